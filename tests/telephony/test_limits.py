"""Texts of the waits of a call, and their seconds."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cartesia_call.telephony import limits

READABLE: list[tuple[Callable[[str], object], str, object]] = [
    (limits.limit_s, "500ms", 0.5),
    (limits.optional_limit_s, "none", None),
    (limits.ring_timeout_s, "29.6", 30.0),
]

UNREADABLE: list[tuple[Callable[[str], object], str, str]] = [
    (limits.limit_s, "0", "above 0"),
    (limits.limit_s, "soon", "not a duration"),
    (limits.limit_s, "25h", "longer than a day; write 24h or less"),
    (limits.optional_limit_s, "9" * 400, "longer than a day"),
    (limits.ring_timeout_s, "9" * 400, "longer than a day"),
    (limits.ring_timeout_s, "4s", "outside 5s to 10m"),
    (limits.ring_timeout_s, "11m", "outside 5s to 10m"),
]


@pytest.mark.parametrize(("parse", "text", "value"), READABLE)
def test_text_becomes_a_value(parse: Callable[[str], object], text: str, value: object) -> None:
    """In seconds; of ringing whole ones."""
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "problem"), UNREADABLE)
def test_what_makes_no_sense_is_refused(parse: Callable[[str], object], text: str, problem: str) -> None:
    """The rest of a sentence says what to write."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        parse(text)
