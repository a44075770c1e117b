"""Yes and no are said in four words each, in capitals or not, and in no others."""

from __future__ import annotations

import pytest

from cartesia_call.declarations.flags import flag


@pytest.mark.parametrize(("text", "value"), [("yes", True), ("OFF", False)])
def test_a_switch_is_on_or_off(text: str, value: bool) -> None:
    assert flag(text) is value


def test_a_switch_is_nothing_else() -> None:
    with pytest.raises(ValueError, match="write 1 or 0"):
        flag("maybe")
