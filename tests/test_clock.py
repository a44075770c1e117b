"""The one clock."""

from __future__ import annotations

import time

import pytest

from cartesia_call.clock import SystemClock, machine_s


def test_call_seconds_pass_scale_times_as_fast() -> None:
    """And `real_s` is the way back."""
    clock = SystemClock(1000)
    before_s, real_before_s = clock.now_s(), time.monotonic()
    while time.monotonic() < real_before_s + 0.01:
        pass
    assert clock.now_s() - before_s >= 10
    assert clock.real_s(30) == 0.03
    assert clock.scale == 1000


@pytest.mark.parametrize("scale", [0, -1])
def test_a_clock_that_stands_still_is_refused(scale: float) -> None:
    """Every wait would be endless."""
    with pytest.raises(ValueError, match="above 0"):
        SystemClock(scale)


async def test_the_wall_clock_is_not_scaled() -> None:
    """Time stamps are those of the world; sleeping takes real time divided by the scale."""
    clock = SystemClock(1000)
    before = clock.utc_now()
    await clock.sleep(1)
    assert (clock.utc_now() - before).total_seconds() < 1
    assert before.tzinfo is not None


def test_the_machines_seconds_are_never_scaled() -> None:
    """They are what the operating system counts."""
    before_s, real_before_s = machine_s(), time.monotonic()
    assert 0 <= before_s <= real_before_s
