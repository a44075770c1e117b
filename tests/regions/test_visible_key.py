"""What a partly shown key says about one that is known."""

from __future__ import annotations

import pytest

from cartesia_call.regions.visible_key import is_same_key

KEY = "SK0123456789abcdef0123456789abcdef"


@pytest.mark.parametrize(
    ("shown", "same"),
    [
        (KEY, True),
        (KEY.upper(), True),
        ("SK0123****cdef", True),
        ("SK" + "*" * 28 + "cdef", True),
        ("SK0123…", True),
        ("SK0123...cdef", True),
        ("SKxxxxxxxxcdef", True),
        ("SK0123****cde0", False),
        ("SK9123****cdef", False),
        ("SK" + "9" * 32, False),
        ("SK****", None),
        ("SK****ef", None),
        ("****", None),
        ("", None),
        (None, None),
    ],
)
def test_digits_that_are_shown_decide(shown: str | None, same: bool | None) -> None:
    """Whatever stands for the hidden ones; too few of them say nothing."""
    assert is_same_key(shown, KEY) is same


def test_nothing_is_said_without_a_key() -> None:
    """An auth token cannot be compared."""
    assert is_same_key("SK0123****cdef", None) is None
