"""A call has begun before its request is answered, but for what every request takes."""

from __future__ import annotations

import pytest

from cartesia_call.policy.request_times import LEARNED, UNEVEN_SHARE, RequestTimes


def _learned(*took_s: float) -> RequestTimes:
    times = RequestTimes()
    for number in range(2 * LEARNED):
        times.begun_at_the_latest_s(float(number), number + took_s[number % len(took_s)])
    return times


def test_nothing_is_sure_at_first() -> None:
    assert RequestTimes().begun_at_the_latest_s(10.0, 10.3) == 10.3


def test_what_takes_longer_than_others_may_have_begun_later() -> None:
    """By all of what it took longer; of what all take no more than a share counts."""
    times = _learned(0.2)
    assert times.begun_at_the_latest_s(100.0, 100.2) == pytest.approx(100.2 - (1 - UNEVEN_SHARE) * 0.2)
    late_s = times.begun_at_the_latest_s(101.0, 101.7) - times.begun_at_the_latest_s(101.0, 101.2)
    assert late_s == pytest.approx(0.5, abs=0.005)


def test_the_more_they_differ_the_less_is_sure() -> None:
    assert _learned(0.2, 0.25).sure_s < _learned(0.2).sure_s
    assert _learned(0.01, 0.3).sure_s == 0
