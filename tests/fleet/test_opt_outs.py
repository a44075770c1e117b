"""Whoever asks not to be called again is called by no worker, whichever list names the number."""

from __future__ import annotations

from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.ledger import FleetLedger
from cartesia_call.fleet.opt_outs import FleetOptOuts
from cartesia_call.policy.withheld import Rule
from cartesia_call.store.opt_outs import OptOutFile
from cartesia_call.store.outbox import Outbox
from tests.fleet.workers import enqueue, joined, list_row

NUMBER = "+12025550143"
TOLD = "no worker of the queue calls the number again"


async def _withheld(database: FleetDatabase) -> Rule | None:
    """By which rule another worker does not call the number."""
    await enqueue(database, "b", rows=[list_row(1, to=NUMBER)])
    worker = await joined(database)
    row = await worker.queue.take("b")
    assert row is not None
    withheld = await worker.ledger.begin(worker.intent_for(row))
    return None if withheld is None else withheld.rule


async def test_nobody_calls_that_number_again(database: FleetDatabase, tmp_path: Path) -> None:
    """Nor if it is told twice; and the file of the worker that heard it has it too."""
    own = tmp_path / "never.txt"
    own.touch()
    opt_outs = FleetOptOuts(
        database,
        Outbox(tmp_path, place=database.place),
        own=OptOutFile(own, clock=SystemClock()),
    )
    assert await opt_outs.add(NUMBER) == f"{TOLD}; the number is on the do-not-call list {own}"
    own.unlink()
    assert (await opt_outs.add(NUMBER)).startswith(f"{TOLD}; {own} cannot be written: No such file")
    assert await _withheld(database) is Rule.DO_NOT_CALL


async def test_it_is_kept_until_the_database_answers(database: FleetDatabase, tmp_path: Path) -> None:
    outbox = Outbox(tmp_path, place=database.place)
    async with database.transaction() as holder:
        await holder.execute("LOCK TABLE opt_outs IN ACCESS EXCLUSIVE MODE")
        opt_outs = FleetOptOuts(database, outbox, limit_s=0.1)
        assert await opt_outs.add(NUMBER) == f"{TOLD} once its database answers"
    await FleetLedger(database, clock=SystemClock(), outbox=outbox).deliver()
    assert await outbox.kept() == []
    assert await _withheld(database) is Rule.DO_NOT_CALL


async def test_after_a_rehearsal_everybody_may_be_called(database: FleetDatabase, tmp_path: Path) -> None:
    told = await FleetOptOuts(database, Outbox(tmp_path, place=""), rehearses=True).add(NUMBER)
    assert told == "a live call would keep every worker of the queue from calling the number again"
    assert await _withheld(database) is None
