"""The contexts that a Cartesia plan allows at once, over all machines: `speech_ports.ContextSlots`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

from cartesia_call.errors import LedgerError
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.liveness import ALIVE
from cartesia_call.loggers import logger_of

logger = logger_of(__name__)

LOOK_S = 0.05
LONGEST_LOOK_S = 0.5

_TAKE = (
    "INSERT INTO contexts (slot, worker_id) SELECT slot, %s FROM generate_series(1, %s) AS slot"  # noqa: S608
    " WHERE NOT EXISTS (SELECT 1 FROM contexts WHERE contexts.slot = slot.slot)"
    f" OR EXISTS (SELECT 1 FROM contexts WHERE contexts.slot = slot.slot AND NOT {ALIVE})"
    " ORDER BY random() LIMIT 1 ON CONFLICT (slot) DO UPDATE SET worker_id = excluded.worker_id"
    f" WHERE NOT {ALIVE.replace('= worker_id', '= contexts.worker_id')} RETURNING slot"
)


class FleetContexts:
    """`count` of them, for the worker that `worker_id` tells. A dead worker's are free."""

    def __init__(self, database: FleetDatabase, *, count: int, worker_id: Callable[[], int | None]) -> None:
        self._database = database
        self._count = count
        self._worker_id = worker_id
        self._turn = asyncio.Semaphore(count)

    @contextlib.asynccontextmanager
    async def slot(self, *, until_s: float) -> AsyncIterator[None]:
        """Implements the port."""
        async with contextlib.AsyncExitStack() as held:
            try:
                async with asyncio.timeout_at(until_s):
                    await self._turn.acquire()
                    held.callback(self._turn.release)
                    slot = await self._take()
                    held.push_async_callback(self._give_back, slot)
            except TimeoutError:
                logger.info("no context was free in time; going on without a slot")
            except LedgerError as error:
                logger.warning("the contexts in use cannot be counted: %s", error)
            yield

    async def _take(self) -> int:
        pause_s = LOOK_S
        while True:
            async with self._database.connection() as connection:
                found = await connection.execute(_TAKE.encode(), [self._worker_id(), self._count])
                row = await found.fetchone()
            if row is not None:
                return int(row["slot"])
            await asyncio.sleep(pause_s)
            pause_s = min(LONGEST_LOOK_S, pause_s * 1.5)

    async def _give_back(self, slot: int) -> None:
        with contextlib.suppress(LedgerError):  # it is free with the worker's heartbeat
            async with self._database.connection() as connection:
                await connection.execute(
                    "DELETE FROM contexts WHERE slot = %s AND worker_id = %s", [slot, self._worker_id()]
                )
