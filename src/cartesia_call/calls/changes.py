"""Waiting until something has changed, or for some moment."""

from __future__ import annotations

import asyncio
import contextlib


class Changes:
    """Wakes whoever waits at the time."""

    def __init__(self) -> None:
        self._waiting: set[asyncio.Event] = set()

    def tell(self) -> None:
        """Something has changed: everybody who waits looks again."""
        for event in self._waiting:
            event.set()

    async def wait(self, *, until_s: float | None = None) -> None:
        """Until somebody tells, or it is `until_s` on the clock of the event loop."""
        event = asyncio.Event()
        self._waiting.add(event)
        try:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(until_s):
                    await event.wait()
        finally:
            self._waiting.discard(event)
