"""Waiting until something is the case, on the clock of the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from cartesia_call.ports import Clock

T = TypeVar("T")


class Waiting:
    """Something that changes, and tells when it did. One event loop."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self._changed = asyncio.Event()

    def tell(self) -> None:
        """Something changed: wake whoever waits in `until`."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def until(self, happened: Callable[[], bool], within_s: float | None) -> bool:
        """Wait until `happened()`, at most `within_s` call seconds; whether it did."""
        deadline_s = None if within_s is None else self.clock.now_s() + within_s
        while not happened():
            left_s = None if deadline_s is None else deadline_s - self.clock.now_s()
            if left_s is not None and left_s <= 0:
                return False
            changed = self._changed
            try:
                async with asyncio.timeout(left_s):
                    await changed.wait()
            except TimeoutError:
                continue
        return True

    async def unless(
        self, happened: Callable[[], bool], work: Coroutine[Any, Any, T], within_s: float | None
    ) -> T | None:
        """Do `work` until it is done, `happened()` or `within_s` is over; what it returned, else None.

        Work that is given up is cancelled.
        """
        task = asyncio.ensure_future(work)
        task.add_done_callback(lambda _: self.tell())
        try:
            await self.until(lambda: task.done() or happened(), within_s)
            return task.result() if task.done() else None
        finally:
            task.cancel()
            await asyncio.wait({task})
