"""What the shared ledger promises beyond that of one machine."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import PlaceClaimed, QueueUnreachable
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.ledger import FleetLedger
from cartesia_call.policy.withheld import Rule
from cartesia_call.store.outbox import Outbox
from cartesia_call.telephony.callees import compared
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import CALLEE, STARTED, intent, result
from tests.store.dial_lists import claim


async def test_of_many_who_claim_a_row_one_does(database: FleetDatabase) -> None:
    ledgers = [FleetLedger(database, clock=SystemClock()) for _ in range(6)]
    claims = (ledger.begin(claim("a", 1, id=f"of-{n}")) for n, ledger in enumerate(ledgers))
    came_to = await asyncio.gather(*claims, return_exceptions=True)
    assert [type(each) for each in came_to].count(PlaceClaimed) == 5
    assert came_to.count(None) == 1


async def test_who_asked_not_to_be_called_is_not(database: FleetDatabase) -> None:
    """By any machine: the row of the ledger says so."""
    ledger = FleetLedger(database, clock=SystemClock())
    async with database.connection() as connection:
        await connection.execute("INSERT INTO opt_outs (to_key) VALUES (%s)", [compared(CALLEE)])
    withheld = await ledger.begin(intent("a"))
    assert withheld is not None
    assert withheld.rule is Rule.DO_NOT_CALL
    (row,) = await ledger.recent(9)
    assert (row.outcome, row.withheld) == ("withheld", withheld.detail)


async def test_old_numbers_are_cut(database: FleetDatabase) -> None:
    ledger = FleetLedger(database, clock=SystemClock())
    await ledger.begin(intent("a"))
    await ledger.close(result("a", detail=f"{CALLEE} was busy"))
    assert await ledger.cut_numbers(STARTED) == 0
    assert await ledger.cut_numbers(STARTED + timedelta(days=1)) == 1
    (row,) = await ledger.recent(9)
    assert row.to == "+1202***0143"
    assert row.result is not None
    assert CALLEE not in row.result.detail


async def test_what_was_known_without_the_database_is_written_later(
    database: FleetDatabase, queue_url: str, tmp_path: Path
) -> None:
    """The call's SID and what it came to; that nothing was placed where nobody knows whether the intent was
    written."""
    outbox = Outbox(tmp_path / "state", place=database.place)
    there = FleetLedger(database, clock=SystemClock(), outbox=outbox)
    await there.begin(intent("a"))
    await there.begin(intent("b"))
    async with FleetDatabase(queue_url, limit_s=0.2).opened() as stuck, database.transaction() as holder:
        await holder.execute("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE")
        cut_off = FleetLedger(stuck, clock=SystemClock(), outbox=outbox)
        await cut_off.placed("a", "CA1")
        await cut_off.close(result("a", outcome=Outcome.BUSY))
        with pytest.raises(QueueUnreachable):
            await cut_off.begin(intent("c"))
        with pytest.raises(QueueUnreachable):
            await cut_off.deliver()
    await there.deliver()
    rows = {row.id: row for row in await there.recent(9)}
    assert (rows["a"].outcome, rows["a"].call_sid, rows["b"].outcome) == ("busy", "CA1", None)
    assert rows["a"].result == result("a", outcome=Outcome.BUSY)
    assert "c" not in rows
    assert await outbox.kept() == []
