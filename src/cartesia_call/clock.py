"""The clock that a call, and in a rehearsal the telephone network with it, lives by."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime

from cartesia_call.skipping_loop import SkippingLoop


def machine_s() -> float:
    """Seconds of the machine's own monotonic clock, which no rehearsal makes pass faster: for what people and
    operating systems do, such as sending a signal twice."""
    return time.monotonic()


class SystemClock:
    """Implements `ports.Clock` over the event loop in which it is made; the machine's own clocks without one.

    May be read from any thread. Where the loop's time skips, the wall clock goes on with it.
    """

    def __init__(self) -> None:
        loop = _running_loop()
        self._monotonic_s = time.monotonic if loop is None else loop.time
        self._skipping = loop if isinstance(loop, SkippingLoop) else None

    def now_s(self) -> float:
        return self._monotonic_s()

    def utc_now(self) -> datetime:
        return datetime.now(UTC) if self._skipping is None else self._skipping.utc_now()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


def running_s() -> float:
    """Seconds of the running event loop, in which asyncio's time-outs and a clock's `now_s` count."""
    return asyncio.get_running_loop().time()


def _running_loop() -> asyncio.AbstractEventLoop | None:
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None
