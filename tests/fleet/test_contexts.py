"""Contexts are counted over all machines."""

from __future__ import annotations

import asyncio

from cartesia_call.clock import running_s
from cartesia_call.fleet.contexts import FleetContexts
from cartesia_call.fleet.database import FleetDatabase
from tests.fleet.workers import IdleWorker, joined, let_die


def contexts_of(database: FleetDatabase, worker: IdleWorker, count: int = 1) -> FleetContexts:
    return FleetContexts(database, count=count, worker_id=lambda: worker.ledger.worker_id)


async def _taken(database: FleetDatabase) -> int:
    async with database.connection() as connection:
        row = await (await connection.execute("SELECT count(*) AS n FROM contexts")).fetchone()
        return 0 if row is None else int(row["n"])


async def test_a_machine_waits_for_another_ones(database: FleetDatabase) -> None:
    one, other = [contexts_of(database, await joined(database)) for _ in range(2)]
    async with one.slot(until_s=running_s() + 5):
        waiting = asyncio.create_task(_hold(other))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        assert await _taken(database) == 1
    await asyncio.wait_for(waiting, 5)
    assert await _taken(database) == 0


async def _hold(contexts: FleetContexts, within_s: float = 5) -> None:
    async with contexts.slot(until_s=running_s() + within_s):
        pass


async def test_who_waited_for_long_enough_goes_without(database: FleetDatabase) -> None:
    """The service decides then."""
    one, other = [contexts_of(database, await joined(database)) for _ in range(2)]
    async with one.slot(until_s=running_s() + 5):
        await asyncio.wait_for(_hold(other, within_s=0.1), 5)


async def test_those_of_a_dead_worker_are_free(database: FleetDatabase) -> None:
    dead = await joined(database)
    other = contexts_of(database, await joined(database))
    async with contexts_of(database, dead).slot(until_s=running_s() + 5):
        await let_die(database, dead)
        async with asyncio.timeout(5), other.slot(until_s=running_s() + 5):
            assert await _taken(database) == 1
