"""How much text the carrier's voice takes, by each of its measures."""

from __future__ import annotations

import pytest

from cartesia_call.telephony.say_limits import SayLimits, escaped_length


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("Hello", 5),
        ("a & b", 9),
        ("<>", 8),
        ("\"'", 2),
        ("Grüße, 你好", 9),
        ("🚨", 1),
        ("a\r\nb\t", 5),
        ("bell\x07 null\x00 \x1b[31m", 14),
        ("\ufffe\uffff\ud800", 0),
    ],
)
def test_length_after_escaping(text: str, length: int) -> None:
    assert escaped_length(text) == length


@pytest.mark.parametrize(
    ("text", "takes"), [("&&", (10, 2, 6)), ("ä", (1, 2, 6)), ("a b", (3, 3, 3)), ("\x07", (0, 0, 0))]
)
def test_a_text_meets_three_limits(text: str, takes: tuple[int, int, int]) -> None:
    """It fits exactly, and no longer if any of them is smaller by one."""
    names = ("escaped_characters", "utf8_bytes", "url_encoded_characters")
    assert SayLimits(**dict(zip(names, takes, strict=True))).hold(text)
    for name, value in zip(names, takes, strict=True):
        limits = dict(zip(names, takes, strict=True)) | {name: value - 1}
        assert not SayLimits(**limits).hold(text)
