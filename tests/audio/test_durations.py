"""Durations as people write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.audio.durations import about, format_duration, parse_age_s, parse_duration_s


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("500ms", 0.5), ("30s", 30), ("2m", 120), ("1h", 3600), ("1.5s", 1.5), ("7", 7), (" 3 s ", 3)],
)
def test_units_are_understood(text: str, seconds: float) -> None:
    """A bare number means seconds."""
    assert parse_duration_s(text) == seconds


@pytest.mark.parametrize("text", ["", "soon", "-1s", "1d", "1 2s", "inf", "nan", "1e3", "٣s"])
def test_anything_else_is_one_sentence(text: str) -> None:
    """The error repeats what was written and shows what to write."""
    with pytest.raises(ValueError, match="500ms, 30s, 2m"):
        parse_duration_s(text)


@pytest.mark.parametrize("text", ["25h", "86401", "1" * 400, "9" * 400 + "h"])
def test_absurd_durations_are_refused(text: str) -> None:
    """A day is the longest; no number of digits overflows, or is repeated."""
    assert parse_duration_s("24h") == 86400
    with pytest.raises(ValueError, match="longer than a day; write 24h or less") as refusal:
        parse_duration_s(text)
    assert text not in str(refusal.value)


@given(st.integers(min_value=0, max_value=10_000_000))
def test_what_is_shown_can_be_read_back(milliseconds: int) -> None:
    """To six digits, which is what people are shown."""
    seconds = milliseconds / 1000
    assert parse_duration_s(format_duration(seconds)) == pytest.approx(seconds, rel=1e-4, abs=1e-3)


@pytest.mark.parametrize(
    ("text", "age_s"), [("90d", 7_776_000), ("2 w", 1_209_600), ("36h", 129_600), ("90", 90), ("1.5h", 5400)]
)
def test_ages_may_be_days_and_weeks(text: str, age_s: float) -> None:
    """Durations are ages, too."""
    assert parse_age_s(text) == age_s


@pytest.mark.parametrize("text", ["", "old", "-1d", "1.5d", "36501d", "999999w", "9" * 400 + "d"])
def test_what_is_no_age_is_one_sentence(text: str) -> None:
    """It quotes only the beginning."""
    with pytest.raises(ValueError, match=r"is no age; write 36h|longer than 36500 days") as refused:
        parse_age_s(text)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize(
    ("duration_s", "text"),
    [
        (0, "0s"),
        (44.6, "45s"),
        (60, "1m"),
        (725, "12m 5s"),
        (3600, "1h"),
        (100_000, "1d 3h"),
        (99_960, "1d 3h"),
        (86_399, "23h 59m"),
    ],
)
def test_a_long_time_is_told_in_its_two_largest_units(duration_s: float, text: str) -> None:
    assert about(duration_s) == text
