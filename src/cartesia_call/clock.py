"""The clock that a call, and in a rehearsal the telephone network with it, lives by."""

from __future__ import annotations

import asyncio
import time
from datetime import UTC, datetime


def machine_s() -> float:
    """Seconds of the machine's own monotonic clock, which no rehearsal makes pass faster: for what people and
    operating systems do, such as sending a signal twice."""
    return time.monotonic()


class SystemClock:
    """Implements `ports.Clock` over the machine's monotonic clock, `scale` times as fast."""

    def __init__(self, scale: float = 1.0) -> None:
        if not scale > 0:
            raise ValueError("a clock's scale is above 0")
        self._scale = scale
        self._origin_s = time.monotonic()

    @property
    def scale(self) -> float:
        return self._scale

    def now_s(self) -> float:
        return (time.monotonic() - self._origin_s) * self._scale

    def utc_now(self) -> datetime:
        return datetime.now(UTC)

    def real_s(self, call_s: float) -> float:
        return call_s / self._scale

    async def sleep(self, call_s: float) -> None:
        await asyncio.sleep(self.real_s(call_s))
