"""Only live calls take turns at starting: what calls nobody, or rehearses, waits for none of them."""

from __future__ import annotations

import pytest

from cartesia_call.settings.starting import folders_of_places, is_live_call

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


@pytest.mark.parametrize("named", [None, "", "run/user"])
def test_without_a_directory_of_the_session_all_meet_where_everybody_may_write(
    named: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_RUNTIME_DIR", raising=False)
    if named is not None:
        monkeypatch.setenv("XDG_RUNTIME_DIR", named)
    assert folders_of_places() == ("/dev/shm", "/tmp")


def test_the_directory_of_the_session_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", "/run/user/1000")
    assert folders_of_places() == ("/run/user/1000", "/dev/shm", "/tmp")
