"""The database's clock is known as well as the quickest answer tells it."""

from __future__ import annotations

import pytest

from cartesia_call.fleet.times import MOST_DOUBT_S, Times


def test_the_quickest_answer_counts() -> None:
    """A slow one says less; when the last good one is long ago, clocks may have drifted."""
    times = Times()
    times.compare(1000.0, asked_at_s=10.0, answered_at_s=10.2)
    assert times.here_s(1001.0) == pytest.approx(11.1)
    times.compare(1001.0, asked_at_s=11.0, answered_at_s=11.002)
    assert times.here_s(1001.0) == pytest.approx(11.001)
    times.compare(1002.5, asked_at_s=12.0, answered_at_s=12.9)
    assert times.here_s(1001.0) == pytest.approx(11.001)
    for _ in range(400):
        times.compare(1003.45, asked_at_s=13.0, answered_at_s=13.9)
    assert times.here_s(1003.45) == pytest.approx(13.45)


def test_what_is_doubtful_is_half_of_the_quickest_answer() -> None:
    """The clocks may differ by so much from what is believed, as long as answers are quick."""
    times = Times()
    times.compare(1000.0, asked_at_s=10.0, answered_at_s=10.004)
    assert times.doubt_s == pytest.approx(0.002)
    assert times.here_s(times.there_s(12.0)) == pytest.approx(12.0)
    far = Times()
    far.compare(1000.0, asked_at_s=10.0, answered_at_s=10.3)
    assert far.doubt_s == MOST_DOUBT_S
