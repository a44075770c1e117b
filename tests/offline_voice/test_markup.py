"""Cartesia's tags in a transcript.

Silence, step by step.
"""

from __future__ import annotations

import pytest

from cartesia_call.audio import mulaw
from cartesia_call.offline_voice.markup import Break, Words, parse_markup, pause, plain_text


@pytest.mark.parametrize(
    ("tag", "duration_ms"),
    [('<break time="1s"/>', 1000), ("<break time='250ms' />", 250), ('<BREAK time="1.5s">', 1500)],
)
def test_break_is_silence_between_words(tag: str, duration_ms: int) -> None:
    """A break is silence of its length, in its place."""
    parts = list(parse_markup(f"One {tag} two"))
    assert parts == [Words(text="One"), Break(duration_ms=duration_ms), Words(text="two")]


def test_spell_is_read_letter_by_letter() -> None:
    """`<spell>` sets its letters apart."""
    assert plain_text("Room <spell>B4</spell>.") == "Room B, 4."


def test_other_tags_are_left_out() -> None:
    """Speed, volume, emotion and phoneme are not spoken."""
    assert plain_text('<speed ratio="1.5"/>Fast <EMOTION value="angry"/> now') == "Fast now"
    assert plain_text("<phoneme>tomato</phoneme>") == "tomato"


def test_a_comparison_is_no_tag() -> None:
    """Angle brackets that are none of Cartesia's tags are text: no word gets lost."""
    assert plain_text("1 < 2 and 3 > 2") == "1 < 2 and 3 > 2"
    assert plain_text("if a <b and c> d, disk <sda1>") == "if a <b and c> d, disk <sda1>"
    assert plain_text("a <break-in at night> b") == "a <break-in at night> b"


@pytest.mark.parametrize("seconds", ["11", "9" * 400])
def test_a_break_has_a_limit(seconds: str) -> None:
    """A slip of the finger is not hours of silence."""
    assert list(parse_markup(f'<break time="{seconds}s"/>')) == [Break(duration_ms=10_000)]


@pytest.mark.parametrize("text", ["", "  \n", '<speed ratio="1"/>'])
def test_nothing_to_say(text: str) -> None:
    """Blank text and tags alone give no words."""
    assert list(parse_markup(text)) == []


@pytest.mark.parametrize("duration_ms", [0, 1, 999, 1000, 1001, 600_000])
def test_a_pause_is_as_long_as_it_says(duration_ms: int) -> None:
    """And no step of it longer than a second."""
    steps = list(pause(duration_ms))
    assert b"".join(steps) == mulaw.silence(duration_ms)
    assert all(0 < len(step) <= mulaw.BYTES_PER_S for step in steps)
