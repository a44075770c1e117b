"""Workers that make no call, and lists for them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cartesia_call.clock import SystemClock
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.ledger import FleetLedger, Outbox
from cartesia_call.fleet.lists import FleetLists, ListOrder
from cartesia_call.fleet.queue import FleetQueue
from cartesia_call.fleet.schema import STEPS
from cartesia_call.fleet_ports import QueuedRow
from cartesia_call.ledger_ports import CallIntent, ListPlace
from cartesia_call.telephony.outcomes import Outcome
from tests.fleet.server import RELEASE
from tests.store.attempts import intent, result
from tests.store.dial_lists import dial_list

POOL = "rehearsals"


@dataclass(frozen=True)
class IdleWorker:
    """One that has joined: its ledger and its queue."""

    ledger: FleetLedger
    queue: FleetQueue

    def intent_for(self, row: QueuedRow, attempt: int = 1) -> CallIntent:
        place = ListPlace(list_id=row.list_id, row=row.number, attempt=attempt)
        return intent(f"{row.list_id}-{row.number}-{attempt}", to=row.to, place=place)

    async def call(self, row: QueuedRow, outcome: Outcome = Outcome.DELIVERED, attempt: int = 1) -> None:
        """As if it had been called."""
        await self.ledger.begin(self.intent_for(row, attempt))
        await self.ledger.close(result(f"{row.list_id}-{row.number}-{attempt}", outcome=outcome))


async def joined(
    database: FleetDatabase,
    *,
    pool: str = POOL,
    outbox: Outbox | None = None,
    release: str = RELEASE,
    steps: int = len(STEPS),
) -> IdleWorker:
    ledger = FleetLedger(database, clock=SystemClock(), outbox=outbox)
    queue = FleetQueue(database, ledger, pool=pool, clock=SystemClock(), release=release, steps=steps)
    await queue.join()
    return IdleWorker(ledger, queue)


async def let_die(database: FleetDatabase, worker: IdleWorker) -> None:
    """Its last sign of life was a minute ago."""
    async with database.connection() as connection:
        await connection.execute(
            "UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute' WHERE id = %s",
            [worker.ledger.worker_id],
        )


def list_row(number: int, *, to: str = "", message: str = "Hello.") -> ListRow:
    return ListRow(
        number=number,
        line=number + 1,
        to=to or f"+120255501{number:02d}",
        message=message,
        voice=None,
        language=None,
        timezone=None,
        not_after=None,
        fields={},
    )


async def enqueue(
    database: FleetDatabase,
    id: str = "a",
    *,
    rows: Iterable[ListRow] | None = None,
    count: int = 3,
    cps: float = 1000,
    most_live: int = 50,
    pool: str = POOL,
    stop_after: int | None = None,
) -> None:
    """A list of `count` rows, or of these."""
    given = list(rows) if rows is not None else [list_row(number) for number in range(1, count + 1)]
    order = ListOrder(
        pool=pool,
        cps=cps,
        most_live=most_live,
        settings={"CARTESIA_CALL_ATTEMPTS": "2"},
        stop_after=stop_after,
        stop_on=["delivered"],
    )
    record = dial_list(id, rows=len(given), digest=id)
    await FleetLists(database).enqueue(record, order, ((row, None) for row in given))
