"""The database's clock is known as well as the quickest answer tells it."""

from __future__ import annotations

import pytest

from cartesia_call.fleet.times import Times


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
