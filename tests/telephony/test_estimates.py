"""Bounds of how long a text takes to speak."""

from __future__ import annotations

import pytest

from cartesia_call.telephony.estimates import (
    MAX_TIME_LIMIT_S,
    fastest_reading_s,
    longest_call_s,
    pauses_s,
    proven_time_limit_s,
    slowest_reading_s,
    time_limit_s,
)


@pytest.mark.parametrize(
    "text",
    [
        "The database is down.",
        "Call 1-800-555-0199 now.",
        "データベースが停止しました。",
        "ERR_1234 at 03:15",
    ],
)
def test_the_fastest_reading_is_below_the_slowest(text: str) -> None:
    """The two bounds enclose any voice."""
    assert fastest_reading_s(text) < slowest_reading_s(text)


def test_pauses_and_single_read_characters_count() -> None:
    """A break tag takes its time; digits may be read one by one."""
    assert slowest_reading_s('<break time="5s"/>') > 5.0
    assert slowest_reading_s('<break time="500ms"/>') > 0.5
    assert slowest_reading_s("1234567890") == pytest.approx(7.0)
    assert pauses_s("a <break time=\"2s\"/> b <BREAK time = '500MS' /> <break/>") == 2.5


def test_the_time_limit_is_a_seat_belt() -> None:
    """Twice the slowest reading of message and fallback, plus a minute; never above Twilio's own default."""
    assert time_limit_s("Hello", None) >= 60
    assert time_limit_s("x" * 100, "x" * 100) == 60 + 2 * 24
    assert time_limit_s("1" * 20_000, None) == MAX_TIME_LIMIT_S


def test_no_call_is_given_longer_than_it_takes() -> None:
    """A minute more than --max-duration, and never more than the carrier's own limit."""
    assert longest_call_s(600.0) == 660
    assert longest_call_s(None) == longest_call_s(5 * 3600.0) == MAX_TIME_LIMIT_S
    assert proven_time_limit_s(100.0, 600.0) == 260
    assert proven_time_limit_s(1000.0, 600.0) == 660


def test_a_syllable_for_each_character_takes_longer_than_letters_do() -> None:
    """Nobody reads forty Chinese characters in two seconds, nor forty digits."""
    assert fastest_reading_s("数据库已经停止工作" * 5) > 5
    assert fastest_reading_s("7" * 40) > 4
