"""Only live calls take turns at starting: what calls nobody, or rehearses, waits for none of them."""

from __future__ import annotations

import pytest

from cartesia_call.settings.starting import is_live_call

CALL = ("dial", "+12025550143", "The database is down.")


@pytest.mark.parametrize(
    ("words", "rehearse", "is_one"),
    [
        (CALL, None, True),
        (CALL, "0", True),
        (CALL, "", True),
        (CALL, "1", False),
        (CALL, "yes", False),
        ((*CALL, "--no-rehearse"), "1", True),
        ((*CALL, "--rehearse"), None, False),
        ((*CALL, "--dry-run"), None, False),
        ((*CALL, "--print"), None, False),
        (("dial", "--help"), None, False),
        (("batch", "people.csv"), None, False),
        ((), None, False),
    ],
)
def test_a_live_call_is_told_by_its_words(
    words: tuple[str, ...], rehearse: str | None, is_one: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if rehearse is not None:
        monkeypatch.setenv("CARTESIA_CALL_REHEARSE", rehearse)
    assert is_live_call(words) is is_one
