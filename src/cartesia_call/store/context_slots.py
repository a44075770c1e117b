"""The contexts that a plan allows at once, counted over all processes of a user: one lock file for each."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from cartesia_call.loggers import logger_of
from cartesia_call.store.file_locks import HeldFile, first_free

logger = logger_of(__name__)


class ContextSlots:
    """Implements `speech_ports.ContextSlots` with the files `slot-1.lock` to `slot-COUNT.lock` in `folder`.

    The kernel frees the slot of a process that is gone. Use one object per process: tasks that share it are
    served in the order in which they came.
    """

    def __init__(self, folder: Path, *, count: int) -> None:
        if count < 1:
            raise ValueError("there is at least one slot")
        self._folder = folder
        self._names = [f"slot-{number}.lock" for number in range(1, count + 1)]
        # Only as many tasks of this process look for a slot as could get one.
        self._turn = asyncio.Semaphore(count)

    @contextlib.asynccontextmanager
    async def slot(self, *, until_s: float) -> AsyncIterator[None]:
        """Hold one of the slots inside the block, or none if none was free in time or can be had at all."""
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout_at(until_s):
                    await self._take(held)
            except TimeoutError:
                logger.info("no context was free in time; going on without a slot")
            except OSError as error:
                logger.warning("the contexts in use cannot be counted in %s: %s", self._folder, error)
            yield

    async def _take(self, held: contextlib.AsyncExitStack) -> None:
        await self._turn.acquire()
        held.callback(self._turn.release)
        slot: HeldFile = await first_free(self._folder, self._names)
        held.callback(slot.release)
