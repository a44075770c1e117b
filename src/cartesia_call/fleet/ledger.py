"""The ledger of calls that many machines share. Implements `ledger_ports.Ledger`.

What is known of a call is kept by an `Outbox` of this machine while the database does not answer.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any, Protocol

from psycopg.errors import UniqueViolation

from cartesia_call.errors import LedgerError, PlaceClaimed, QueueUnreachable
from cartesia_call.fleet.database import Connection, FleetDatabase
from cartesia_call.fleet.journal import FleetJournal
from cartesia_call.fleet.liveness import ALIVE
from cartesia_call.ledger_ports import CallIntent, ListPlace, OpenCall
from cartesia_call.loggers import logger_of
from cartesia_call.policy.guard import GuardRule, withheld_by_guard
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.ports import Clock
from cartesia_call.store.forgetting import masked_columns
from cartesia_call.store.rows import LedgerRow, ledger_row, open_call, result_text, time_text
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.callees import compared, likeness, may_be_same
from cartesia_call.telephony.outcomes import CallLeft, Outcome

logger = logger_of(__name__)

_NOT_PLACED = [str(outcome) for outcome in Outcome if outcome.means.left is CallLeft.NONE]
_BEHIND_ALL_TIME = ("9999", "")
_COUNTED_AT_MOST = 10_000
"""Calls to all numbers that a budget looks at: the newest."""


OPT_OUT_KIND = "opt-out"
"""In the outbox: the text is who asked not to be called again."""


class Outbox(Protocol):
    """Where a machine keeps what the database does not take at the moment."""

    async def keep(self, id: str, kind: str, text: str) -> None:
        """Durably. LedgerError if that is impossible, too."""

    async def kept(self) -> list[tuple[str, str, str]]:
        """All of it, in the order in which it came."""

    async def drop(self, id: str, kind: str) -> None:
        """It has arrived."""


class FleetLedger(FleetJournal):
    """The calls in `database`. Rows that are begun belong to the worker `worker_id`; None: to nobody alive.

    `jobs` has the procrastinate job of each row that this worker holds: its claim is proven in the
    transaction that writes the intent.
    """

    def __init__(
        self,
        database: FleetDatabase,
        *,
        clock: Clock,
        worker_id: int | None = None,
        outbox: Outbox | None = None,
    ) -> None:
        super().__init__(database)
        self._clock = clock
        self._outbox = outbox
        self.worker_id = worker_id
        self.jobs: dict[tuple[str, int], int] = {}
        self.keeps_digits_of: set[str] = set()
        """Attempts of which all keys that were pressed are kept."""

    # --- an attempt's own process ---------------------------------------------------------------

    async def begin(self, intent: CallIntent, guard: GuardRule | None = None) -> Withheld | None:
        """Implements the port. PlaceClaimed, too, for a row whose job is another worker's by now.

        Without an answer of the database nobody knows whether the intent was written: then nothing is placed,
        and the outbox says so later.
        """
        try:
            async with self._database.transaction() as connection:
                await self._prove_claim(connection, intent.place)
                withheld = await self._withheld(connection, intent, guard)
                await self._insert(connection, intent, withheld)
        except QueueUnreachable:
            await self._keep(intent.id, "not-placed", "")
            raise
        return withheld

    async def would_withhold(self, intent: CallIntent, guard: GuardRule) -> Withheld | None:
        """Implements the port."""
        async with self._database.transaction() as connection:
            return await self._withheld(connection, intent, guard)

    async def withhold(self, intent: CallIntent, withheld: Withheld) -> None:
        """Implements the port."""
        async with self._database.transaction() as connection:
            await self._prove_claim(connection, intent.place)
            await self._insert(connection, intent, withheld)

    async def _prove_claim(self, connection: Connection, place: ListPlace | None) -> None:
        job = self.jobs.get((place.list_id, place.row)) if place is not None else None
        if job is None or place is None:
            return
        claimed = await connection.execute(
            "SELECT 1 FROM procrastinate_jobs WHERE id = %s AND worker_id = %s AND status = 'doing'"
            " FOR UPDATE",
            [job, self.worker_id],
        )
        if await claimed.fetchone() is None:
            raise PlaceClaimed(f"Row {place.row} of the list {place.list_id} is another worker's by now.")

    async def _withheld(
        self, connection: Connection, intent: CallIntent, guard: GuardRule | None
    ) -> Withheld | None:
        asked = await connection.execute("SELECT 1 FROM opt_outs WHERE to_key = %s", [compared(intent.to)])
        if await asked.fetchone() is not None:
            detail = "whoever is called there asked not to be called again"
            return Withheld(rule=Rule.DO_NOT_CALL, detail=detail, until=None)
        return None if guard is None else await self._withheld_by(connection, intent, guard)

    async def _withheld_by(
        self, connection: Connection, intent: CallIntent, guard: GuardRule
    ) -> Withheld | None:
        now = intent.created_at.astimezone()  # the machine's zone, for the sentence
        span = (time_text(now - guard.horizon), time_text(now + guard.horizon), _NOT_PLACED)
        counts = (
            " AND created_at BETWEEN %s AND %s"
            " AND (call_sid IS NOT NULL OR outcome IS NULL OR NOT outcome = ANY(%s))"
        )
        own = await connection.execute(
            f"SELECT to_number, created_at FROM calls WHERE to_key = %s{counts}".encode(),  # noqa: S608
            [likeness(intent.to), *span],
        )
        placed = [
            datetime.fromisoformat(row["created_at"])
            for row in await own.fetchall()
            if may_be_same(row["to_number"], intent.to)
        ]
        everybody: list[datetime] = []
        if guard.budgets:
            of_all = await connection.execute(
                f"SELECT created_at FROM calls WHERE true{counts}"  # noqa: S608
                " ORDER BY created_at DESC LIMIT %s".encode(),
                [*span, _COUNTED_AT_MOST],
            )
            everybody = [datetime.fromisoformat(row["created_at"]) for row in await of_all.fetchall()]
        return withheld_by_guard(placed, now, guard=guard, all_placed_at=everybody)

    async def _insert(self, connection: Connection, intent: CallIntent, withheld: Withheld | None) -> None:
        created_at, place = time_text(intent.created_at), intent.place
        columns: dict[str, Any] = {
            "id": intent.id,
            "created_at": created_at,
            "to_number": intent.to,
            "to_key": likeness(intent.to),
            "caller_id": intent.caller_id,
            "account_sid": intent.account_sid,
            "region": intent.region,
            "time_limit_s": intent.time_limit_s,
            "no_guard_reason": intent.no_guard_reason,
            "outcome": str(Outcome.WITHHELD) if withheld else None,
            "ended_at": created_at if withheld else None,
            "withheld": withheld.detail if withheld else None,
            "list_id": place.list_id if place else None,
            "list_row": place.row if place else None,
            "list_attempt": place.attempt if place else None,
            "worker_id": self.worker_id,
        }
        marks = ", ".join(["%s"] * len(columns))
        insert = f"INSERT INTO calls ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of ours alone
        try:
            await connection.execute(insert.encode(), list(columns.values()))
        except UniqueViolation as error:
            if place is None or error.diag.constraint_name != "calls_by_place":
                raise LedgerError(f"UNIQUE: there is an attempt {intent.id} already.") from None
            raise PlaceClaimed(
                f"Attempt {place.attempt} of row {place.row} of the list {place.list_id} was made already."
            ) from None

    async def placed(self, id: str, call_sid: str) -> None:
        """Implements the port. LedgerError if another attempt has claimed the call already."""
        try:
            await self._placed(id, call_sid)
        except QueueUnreachable:
            await self._keep(id, "placed", call_sid)

    async def _placed(self, id: str, call_sid: str) -> None:
        async with self._database.transaction() as connection:
            found = await connection.execute(
                "SELECT id FROM calls WHERE call_sid = %s AND id <> %s", [call_sid, id]
            )
            if (other := await found.fetchone()) is not None:
                raise LedgerError(f"The call {call_sid} belongs to the attempt {other['id']} already.")
            await self._change(connection, "UPDATE calls SET call_sid = %s WHERE id = %s", [call_sid, id])

    async def close(self, result: AttemptResult) -> None:
        """Implements the port."""
        text = result_text(result, keeps_digits=result.id in self.keeps_digits_of)
        self.keeps_digits_of.discard(result.id)
        try:
            await self._close(result, text)
        except QueueUnreachable:
            await self._keep(result.id, "closed", text)

    async def _close(self, result: AttemptResult, text: str) -> None:
        outcome = None if result.outcome is None else str(result.outcome)
        async with self._database.connection() as connection:
            await self._change(
                connection,
                "UPDATE calls SET call_sid = COALESCE(call_sid, %s), outcome = %s, ended_at = %s, result = %s"
                " WHERE id = %s",
                [result.call_sid, outcome, time_text(result.ended_at), text, result.id],
            )

    async def _change(self, connection: Connection, statement: str, parameters: list[Any]) -> None:
        """One row, whose ID is the last parameter."""
        changed = await connection.execute(statement.encode(), parameters)
        if changed.rowcount != 1:
            raise LedgerError(f"The queue {self._database.place} has no attempt {parameters[-1]}.")

    # --- while the database does not answer -----------------------------------------------------

    async def _keep(self, id: str, kind: str, text: str) -> None:
        if self._outbox is None:
            raise QueueUnreachable(
                f"The queue {self._database.place} did not answer, and nothing keeps {kind}."
            )
        await self._outbox.keep(id, kind, text)

    async def deliver(self) -> None:
        """Write what this machine knows and the database did not take. QueueUnreachable while it does not."""
        kept = await self._outbox.kept() if self._outbox is not None else []
        for id, kind, text in kept:
            try:
                await self._deliver_one(id, kind, text)
            except QueueUnreachable:
                raise
            except LedgerError as error:  # an intent that was never written
                logger.info("nothing to be written for %s: %s", id, error)
            if self._outbox is not None:
                await self._outbox.drop(id, kind)

    async def _deliver_one(self, id: str, kind: str, text: str) -> None:
        if kind == "placed":
            await self._placed(id, text)
        elif kind == "closed":
            await self._close_by_text(id, text)
        elif kind == OPT_OUT_KIND:
            await insert_opt_out(self._database, text)
        else:
            detail = "the database did not answer in time, so nothing was placed"
            await self.settle(id, detail, Outcome.INTERRUPTED)

    async def _close_by_text(self, id: str, text: str) -> None:
        async with self._database.connection() as connection:
            await self._change(
                connection,
                "UPDATE calls SET call_sid = COALESCE(call_sid, r ->> 'call_sid'), outcome = r ->> 'outcome',"
                " ended_at = r ->> 'ended_at', result = %s FROM (SELECT %s::jsonb AS r) AS told"
                " WHERE id = %s",
                [text, text, id],
            )

    # --- whoever looks after the others ---------------------------------------------------------

    async def orphans(self) -> list[OpenCall]:
        """Rows whose worker has shown no sign of life for a while, oldest first."""
        async with self._database.connection() as connection:
            found = await connection.execute(
                f"SELECT * FROM calls WHERE ended_at IS NULL AND NOT {ALIVE}"  # noqa: S608 - text of ours
                " ORDER BY created_at, id".encode()
            )
            return [open_call(ledger_row(row)) for row in await found.fetchall()]

    async def settle(self, id: str, detail: str, outcome: Outcome | None = None) -> bool:
        """Implements the port. A row closed already stays as it is."""
        async with self._database.connection() as connection:
            changed = await connection.execute(
                "UPDATE calls SET settled = %s, outcome = %s, ended_at = %s"
                " WHERE id = %s AND ended_at IS NULL",
                [detail, None if outcome is None else str(outcome), time_text(self._clock.utc_now()), id],
            )
            return changed.rowcount == 1

    async def claimed(self, call_sids: Collection[str]) -> frozenset[str]:
        """Those of `call_sids` that a row holds already."""
        async with self._database.connection() as connection:
            found = await connection.execute(
                "SELECT call_sid FROM calls WHERE call_sid = ANY(%s)", [list(call_sids)]
            )
            return frozenset(row["call_sid"] for row in await found.fetchall())

    async def ended_by_command(self, call_sid: str) -> bool:
        """Whether a command of ours has asked the carrier to end this call."""
        async with self._database.connection() as connection:
            asked = "SELECT 1 FROM calls WHERE call_sid = %s AND end_asked_by IS NOT NULL"
            return await (await connection.execute(asked, [call_sid])).fetchone() is not None

    async def cut_numbers(self, before: datetime) -> int:
        """Implements the port, for a thousand rows at a time."""
        async with self._database.transaction() as connection:
            found = await connection.execute(
                "SELECT * FROM calls WHERE created_at < %s AND numbers_cut = 0 LIMIT 1000"
                " FOR UPDATE SKIP LOCKED",
                [time_text(before)],
            )
            rows = await found.fetchall()
            for row in rows:
                await connection.execute(
                    "UPDATE calls SET to_number = %s, caller_id = %s, settled = %s, withheld = %s,"
                    " no_guard_reason = %s, result = %s, to_key = '', numbers_cut = 1 WHERE id = %s",
                    [*masked_columns(row), row["id"]],
                )
            return len(rows)

    # --- reading for people ---------------------------------------------------------------------

    async def recent(self, limit: int, *, before: LedgerRow | None = None) -> list[LedgerRow]:
        """The newest `limit` rows, newest first, or the next ones behind `before`."""
        place = (time_text(before.created_at), before.id) if before else _BEHIND_ALL_TIME
        older = "SELECT * FROM calls WHERE (created_at, id) < (%s, %s) ORDER BY created_at DESC, id DESC"
        return await self._rows(f"{older} LIMIT %s", (*place, limit))

    async def find(self, prefix: str) -> list[LedgerRow]:
        """Rows whose id or call SID is `prefix`; if there is none, rows where it begins so, or whose id ends
        so behind its dash. Newest first."""
        exact = "SELECT * FROM calls WHERE %s IN (id, call_sid)"
        begins = (
            "SELECT * FROM calls WHERE starts_with(id, %s) OR starts_with(call_sid, %s)"
            " OR split_part(id, '-', 2) = %s ORDER BY created_at DESC, id DESC LIMIT 100"
        )
        if not prefix:
            return []
        return await self._rows(exact, (prefix,)) or await self._rows(begins, (prefix, prefix, prefix))


async def insert_opt_out(database: FleetDatabase, callee: str, *, limit_s: float | None = None) -> None:
    """From now on no worker calls `callee`: each looks when it writes its intent."""
    async with database.connection(limit_s=limit_s) as connection:
        await connection.execute(
            "INSERT INTO opt_outs (to_key) VALUES (%s) ON CONFLICT DO NOTHING", [compared(callee)]
        )
