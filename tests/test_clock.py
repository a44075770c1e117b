"""The one clock."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime, timedelta

from cartesia_call.clock import SystemClock, machine_s
from cartesia_call.skipping_loop import SkippingLoop


def test_it_is_the_clock_of_the_loop_in_which_it_is_made() -> None:
    """Also for whoever reads it from another thread; without a loop it is the machine's."""
    assert abs(SystemClock().now_s() - time.monotonic()) < 60

    async def read_in_thread() -> tuple[float, float]:
        clock = SystemClock()
        await clock.sleep(3600)
        return await asyncio.to_thread(clock.now_s), asyncio.get_running_loop().time()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        from_thread_s, of_loop_s = runner.run(read_in_thread())
    assert from_thread_s == of_loop_s >= 3600


def test_where_time_skips_the_wall_clock_goes_on_with_it() -> None:
    """From the moment at which the loop was made, so that two clocks of one loop agree."""

    async def dates() -> tuple[datetime, datetime]:
        first, second = SystemClock(), SystemClock()
        before = first.utc_now()
        await first.sleep(90)
        return before, second.utc_now()

    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        before, after = runner.run(dates())
    assert after - before == timedelta(seconds=90)
    assert before.tzinfo is UTC


def test_the_machines_seconds_never_skip() -> None:
    """They are what the operating system counts."""
    before_s, real_before_s = machine_s(), time.monotonic()
    assert 0 <= before_s <= real_before_s
