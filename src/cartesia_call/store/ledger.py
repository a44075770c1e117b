"""The ledger of calls in SQLite: what was meant, placed and achieved. Implements `ledger_ports.Ledger`.

Full numbers are kept for a while, message text never.
"""

from __future__ import annotations

import asyncio
import itertools
import secrets
import sqlite3
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path

from cartesia_call.errors import LedgerError
from cartesia_call.ledger_ports import CallIntent, OpenCall
from cartesia_call.loggers import logger_of
from cartesia_call.policy.guard import GuardRule
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Clock
from cartesia_call.store.forgetting import (
    cut_numbers,
    forget_lists,
    forget_rows,
    has_whole_numbers,
    kept_lists,
)
from cartesia_call.store.group_commit import Write
from cartesia_call.store.intents import Placed, insert_intent, placed_near, withheld_by_rows
from cartesia_call.store.ledger_file import Claim
from cartesia_call.store.list_journal import SqliteListJournal
from cartesia_call.store.row_locks import RowLocks
from cartesia_call.store.rows import (
    LedgerRow,
    ledger_row,
    open_call,
    result_text,
    time_text,
)
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

_OLDER = "SELECT * FROM calls WHERE (created_at, id) < (?, ?) ORDER BY created_at DESC, id DESC LIMIT ?"
_BEHIND_ALL_TIME = ("9999", "")
_SIDS_AT_ONCE = 500
"""In one query: SQLite takes 999 values at least (sqlite.org/limits.html)."""


class SqliteLedger(SqliteListJournal):
    """The ledger in the directory `folder`, which is made by the first write, as is everything in it.

    Reading from a ledger that does not exist finds nothing and creates nothing. Every method raises
    LedgerError, with one sentence and a hint, when it cannot do its work within `busy_timeout_s` real
    seconds. An intent that was given up leaves no row, for nobody would ever close it; other work that was
    given up may still happen later, when it is as true as before. Use one object per process: it owns the
    rows that it began.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Clock,
        keeps_digits: bool = False,
        busy_timeout_s: float = 3.0,
        also_counted: Sequence[SqliteLedger] = (),
    ) -> None:
        """`keeps_digits`: what callees press is kept, and not only what it answered. `also_counted`: ledgers
        whose calls the guard counts as well, as far as they can be read within their own limits: who cannot
        write here in time writes there."""
        super().__init__(folder, busy_timeout_s=busy_timeout_s)
        self._clock = clock
        self._keeps_digits = keeps_digits
        self._also_counted = also_counted
        self._locks = RowLocks(folder / "rows")

    # --- an attempt's own process ---------------------------------------------------------------

    async def begin(self, intent: CallIntent, guard: GuardRule | None = None) -> Withheld | None:
        """Implements the port, in one transaction: processes that begin at the same time see each other."""
        elsewhere = await self._placed_elsewhere(intent, guard)

        def judge(database: sqlite3.Connection) -> Withheld | None:
            return withheld_by_rows(database, intent, guard, elsewhere)

        verdict = Claim()
        return await self._write(self._intent(intent, judge, verdict, owns=True), verdict)

    async def would_withhold(self, intent: CallIntent, guard: GuardRule) -> Withheld | None:
        """What `guard` says of one more call to the intent's number now. Writes nothing."""
        elsewhere = await self._placed_elsewhere(intent, guard)

        def ask() -> Withheld | None:
            with self._connected() as database:
                return withheld_by_rows(database, intent, guard, elsewhere)

        return await self._in_time(ask)

    async def _placed_elsewhere(self, intent: CallIntent, guard: GuardRule | None) -> Placed:
        if guard is None:
            return []
        found = await asyncio.gather(
            *(other._counted(intent.created_at, guard) for other in self._also_counted)
        )
        return list(itertools.chain.from_iterable(found))

    async def _counted(self, moment: datetime, guard: GuardRule) -> Placed:
        """What the guard of another ledger counts here; nothing where that cannot be read in time."""

        def read() -> Placed:
            if not self._exists():
                return []
            with self._connected() as database:
                return placed_near(database, moment, guard)

        try:
            return await self._in_time(read)
        except LedgerError as error:
            logger.info("the guard cannot count what is elsewhere: %s", error)
            return []

    async def withhold(self, intent: CallIntent, withheld: Withheld) -> None:
        """Write an intent that another rule than the guard holds back: a row that is over and says so."""
        verdict = Claim()
        await self._write(self._intent(intent, lambda _: withheld, verdict, owns=False), verdict)

    def _intent(
        self,
        intent: CallIntent,
        judge: Callable[[sqlite3.Connection], Withheld | None],
        verdict: Claim,
        *,
        owns: bool,
    ) -> Write[Withheld | None]:
        """The row of `intent`. If this process `owns` it, its lock is taken before it is written, and kept
        unless the row is over or was not written."""

        def insert(database: sqlite3.Connection) -> Withheld | None:
            withheld = judge(database)
            insert_intent(database, intent, withheld)
            if verdict.is_decided:
                raise self._busy()
            return withheld

        def durable(withheld: Withheld | None) -> None:
            if not verdict.decide():
                # Given up while the disk was writing the commit.
                with self._transaction() as database:
                    database.execute("DELETE FROM calls WHERE id = ?", (intent.id,))
                self._locks.release(intent.id)
                raise self._busy()
            if withheld:
                self._locks.release(intent.id)

        take = (lambda: self._locks.take(intent.id)) if owns else None
        return Write(insert, prepare=take, durable=durable, undone=lambda: self._locks.release(intent.id))

    async def placed(self, id: str, call_sid: str) -> None:
        """The intent became this call. LedgerError if another attempt has claimed the call already."""
        await self._write_patiently(lambda: Write(lambda database: self._placed(database, id, call_sid)))

    def _placed(self, database: sqlite3.Connection, id: str, call_sid: str) -> None:
        other = database.execute(
            "SELECT id FROM calls WHERE call_sid = ? AND id <> ?", (call_sid, id)
        ).fetchone()
        if other is not None:
            raise LedgerError(f"The call {call_sid} belongs to the attempt {other['id']} already.")
        changed = database.execute("UPDATE calls SET call_sid = ? WHERE id = ?", (call_sid, id))
        self._require_row(changed, id)

    async def close(self, result: AttemptResult) -> None:
        """The attempt is over; the row belongs to nobody."""

        def close(database: sqlite3.Connection) -> None:
            text = result_text(result, keeps_digits=self._keeps_digits)
            changed = database.execute(
                "UPDATE calls SET call_sid = COALESCE(call_sid, ?), outcome = ?, ended_at = ?, result = ?"
                " WHERE id = ?",
                (result.call_sid, result.outcome, time_text(result.ended_at), text, result.id),
            )
            self._require_row(changed, result.id)

        await self._write_patiently(lambda: Write(close, durable=lambda _: self._locks.release(result.id)))

    # --- the next run ---------------------------------------------------------------------------

    async def orphans(self) -> list[OpenCall]:
        """Rows whose process is gone, oldest first."""
        return await self._in_time(lambda: self._orphans() if self._exists() else [])

    def _orphans(self) -> list[OpenCall]:
        with self._connected() as database:
            self._remove_needless_locks(database)
            found = database.execute("SELECT * FROM calls WHERE ended_at IS NULL ORDER BY created_at, id")
            own = self._locks.own()
            rows = [ledger_row(row) for row in found if row["id"] not in own]
        return [open_call(row) for row in rows if self._locks.is_free(row.id)]

    def _remove_needless_locks(self, database: sqlite3.Connection) -> None:
        """Lock files that outlived their row: their process was killed just after it closed the row, or
        just before it wrote it."""
        with self._locks.abandoned() as ids:
            for id in ids:
                is_open = "SELECT 1 FROM calls WHERE id = ? AND ended_at IS NULL"
                if database.execute(is_open, (id,)).fetchone() is None:
                    self._locks.remove(id)

    async def settle(self, id: str, detail: str, outcome: Outcome | None = None) -> bool:
        """Close an orphan with a sentence about what was found, and the outcome that this proves, if any.

        False if it was closed already: such a row stays as it is.
        """
        return await self._in_time(lambda: self._settle(id, detail, outcome))

    def _settle(self, id: str, detail: str, outcome: Outcome | None) -> bool:
        with self._transaction() as database:
            changed = database.execute(
                "UPDATE calls SET settled = ?, outcome = ?, ended_at = ? WHERE id = ? AND ended_at IS NULL",
                (detail, outcome, time_text(self._clock.utc_now()), id),
            )
            return changed.rowcount == 1

    async def claimed(self, call_sids: Collection[str]) -> frozenset[str]:
        """Those of `call_sids` that a row holds already."""
        return await self._in_time(lambda: self._claimed(list(call_sids)) if self._exists() else frozenset())

    def _claimed(self, call_sids: list[str]) -> frozenset[str]:
        claimed: set[str] = set()
        with self._connected() as database:
            for start in range(0, len(call_sids), _SIDS_AT_ONCE):
                asked = call_sids[start : start + _SIDS_AT_ONCE]
                marks = ", ".join("?" * len(asked))
                held = f"SELECT call_sid FROM calls WHERE call_sid IN ({marks})"  # noqa: S608 - marks
                claimed.update(row["call_sid"] for row in database.execute(held, asked))
        return frozenset(claimed)

    # --- another command ends a call --------------------------------------------------------------

    async def note_end_asked(self, call_sid: str, *, account_sid: str, region: str, by: str) -> None:
        """The command `by` is about to ask the carrier to end this call. Without a row for it, nothing."""
        row = (call_sid, account_sid, region)
        await self._in_time(lambda: self._note_end_asked(by, row) if self._exists() else None)

    def _note_end_asked(self, by: str, row: tuple[str, str, str]) -> None:
        with self._transaction() as database:
            database.execute(
                "UPDATE calls SET end_asked_by = ?, end_asked_at = ?"
                " WHERE call_sid = ? AND account_sid = ? AND region = ?",
                (by, time_text(self._clock.utc_now()), *row),
            )

    async def ended_by_command(self, call_sid: str) -> bool:
        """Whether a command of ours, in whatever process, has asked the carrier to end this call."""
        return await self._in_time(lambda: self._exists() and self._ended_by_command(call_sid))

    def _ended_by_command(self, call_sid: str) -> bool:
        asked = "SELECT 1 FROM calls WHERE call_sid = ? AND end_asked_by IS NOT NULL"
        with self._connected() as database:
            return database.execute(asked, (call_sid,)).fetchone() is not None

    # --- what is forgotten ------------------------------------------------------------------------

    async def cut_numbers(self, before: datetime) -> int:
        """Mask the numbers in rows that are older, wherever they stand there; how many rows that were.

        What was pressed in these calls goes, too.
        """
        return await self._in_time(lambda: self._cut_numbers(time_text(before)) if self._exists() else 0)

    def _cut_numbers(self, before: str) -> int:
        with self._connected() as database:  # nearly always there is nothing to be written
            if not has_whole_numbers(database, before):
                return 0
        with self._removal() as database:
            return cut_numbers(database, before)

    async def forget(self, before: datetime) -> int:
        """Remove the rows that are older, except those that a living process owns; how many that were.

        A dial list goes as a whole, once all its rows may go and nobody calls it: of one that may be gone on
        with, every row that was called is known.
        """
        return await self._in_time(lambda: self._forget(time_text(before)) if self._exists() else 0)

    def _forget(self, before: str) -> int:
        with self._removal() as database:
            kept = kept_lists(
                database, before, is_row_free=self._locks.is_free, is_list_free=self._list_locks.is_free
            )
            lists = forget_lists(database, before, kept)
            count = forget_rows(database, before, kept, is_free=self._locks.is_free)
        for list_id in lists:
            self._list_locks.remove(list_id)
        return count

    # --- trying it out --------------------------------------------------------------------------

    async def prove_writable(self) -> None:
        """Take a row's lock and commit, durably, what the file already says; no row is left."""
        await self._in_time(self._prove_writable)

    def _prove_writable(self) -> None:
        id = f"check-{secrets.token_hex(8)}"
        self._locks.take(id)
        try:
            with self._transaction() as database:
                (version,) = database.execute("PRAGMA user_version").fetchone()
                database.execute(f"PRAGMA user_version = {version}")
        finally:
            self._locks.release(id)

    # --- reading for people ---------------------------------------------------------------------

    async def recent(self, limit: int, *, before: LedgerRow | None = None) -> list[LedgerRow]:
        """The newest `limit` rows, newest first, or the next ones behind `before`."""
        place = (time_text(before.created_at), before.id) if before else _BEHIND_ALL_TIME
        return await self._in_time(lambda: self._read(_OLDER, (*place, limit)))

    async def find(self, prefix: str) -> list[LedgerRow]:
        """Rows whose id or call SID is `prefix`; if there is none, rows where it begins so, or whose id ends
        so behind its dash. Newest first.

        The id of an alert that was spoken in another one's call finds that call.
        """
        return await self._in_time(lambda: self._find(prefix)) if prefix else []

    def _find(self, prefix: str) -> list[LedgerRow]:
        exact = "SELECT * FROM calls WHERE ?1 IN (id, call_sid)"
        begins = (
            "SELECT * FROM calls WHERE ?1 IN (substr(id, 1, length(?1)), substr(call_sid, 1, length(?1)),"
            " substr(id, instr(id, '-') + 1)) ORDER BY created_at DESC, id DESC"
        )
        joined = (
            "SELECT * FROM calls WHERE CASE WHEN json_valid(result)"
            " THEN ? IN (SELECT value FROM json_each(result, '$.joined')) END"
        )
        return next((rows for query in (exact, begins, joined) if (rows := self._read(query, (prefix,)))), [])

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[LedgerRow]:
        if not self._exists():
            return []
        with self._connected() as database:
            return [ledger_row(row) for row in database.execute(query, parameters)]

    def _require_row(self, changed: sqlite3.Cursor, id: str) -> None:
        if changed.rowcount != 1:
            raise LedgerError(f"The ledger {self._path} has no attempt {id}.")
