"""The queue's tables are made once, and a newer release's are left alone."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from cartesia_call.calls.queued_rows import Worker
from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError, QueueNewer
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.lists import FleetLists
from cartesia_call.fleet.schema import STEPS, prepare
from cartesia_call.fleet_ports import Verdict
from tests.fleet.server import RELEASE, own_database
from tests.fleet.workers import enqueue, joined
from tests.store.attempts import ENDED, result

NEWER = "1.3.0"
NEWER_STEPS = (*STEPS, "ALTER TABLE lists ADD COLUMN colour text NOT NULL DEFAULT 'blue';")


async def test_processes_that_come_at_the_same_time_make_them_once(server_url: str) -> None:
    url = own_database(server_url, f"new-{uuid.uuid4().hex[:8]}")

    async def come() -> None:
        async with FleetDatabase(url).opened() as database:
            await prepare(database, release=RELEASE)

    await asyncio.gather(*(come() for _ in range(3)))
    async with FleetDatabase(url).opened() as database, database.connection() as connection:
        found = await connection.execute("SELECT version, release FROM schema_version")
        assert await found.fetchall() == [{"version": len(STEPS), "release": RELEASE}]


async def test_a_newer_release_is_named(database: FleetDatabase) -> None:
    """It is said which one to install, and nothing is changed."""
    async with database.connection() as connection:
        await connection.execute("UPDATE schema_version SET version = version + 1, release = '9.1.0'")
    try:
        with pytest.raises(LedgerError, match=r"by cartesia-call 9\.1\.0, and this is 1\.2\.3") as caught:
            await prepare(database, release=RELEASE)
        assert "pip install 'cartesia-call[fleet]>=9.1.0'" in str(caught.value.hint)
    finally:
        async with database.connection() as connection:
            await connection.execute("UPDATE schema_version SET version = version - 1")


async def test_a_queue_changes_while_an_older_worker_is_at_work(server_url: str) -> None:
    """It brings its call to an end and is told to take no other row; a worker of the newer release calls the
    rest; an older one does not begin."""
    url = own_database(server_url, f"upgraded-{uuid.uuid4().hex[:8]}")
    async with FleetDatabase(url).opened() as database, FleetDatabase(url).opened() as newer:
        await prepare(database, release=RELEASE)
        await enqueue(database, count=2)
        old = await joined(database)
        row = await old.queue.take("a")
        assert row is not None
        assert (await old.queue.turn(row, longest_s=1))[0] is Verdict.GO
        await old.ledger.begin(old.intent_for(row))
        await prepare(newer, release=NEWER, steps=NEWER_STEPS)
        with pytest.raises(QueueNewer, match=r"by cartesia-call 1\.3\.0, and this is 1\.2\.3"):
            await old.queue.beat()
        with pytest.raises(QueueNewer, match=r"1\.3\.0"):
            await prepare(database, release=RELEASE)
        assert (await old.queue.moment(row, longest_s=1)).is_given
        await old.ledger.placed("a-1-1", "CA1")
        await old.ledger.close(result("a-1-1", call_sid="CA1"))
        await old.queue.over(row)
        assert await old.queue.done(row)
        await old.queue.leave()
        new = await joined(newer, release=NEWER, steps=len(NEWER_STEPS))
        await new.queue.beat()
        rest = await new.queue.take("a")
        assert rest is not None
        assert rest.number == 2
        await new.call(rest)
        await new.queue.done(rest)
        await FleetLists(newer).end_those_that_are_over(ENDED)
        (state,) = await FleetLists(newer).states("a")
        assert (state.word, state.outcomes) == ("done", {"delivered": 2})


async def test_a_worker_that_has_grown_old_takes_no_other_row(database: FleetDatabase) -> None:
    """And goes on to show that it lives, for its calls."""
    idle = await joined(database, steps=len(STEPS) - 1)
    worker = Worker(idle.queue, SystemClock(), lambda _: pytest.fail("no list"), told=lambda _: None)
    beating = asyncio.create_task(worker.beat())
    async with asyncio.timeout(10):
        while worker.outdated is None:
            await asyncio.sleep(0.01)
    assert worker.turns.is_over
    assert not worker.is_fenced
    assert not beating.done()
    beating.cancel()
