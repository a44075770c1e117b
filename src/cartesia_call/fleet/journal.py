"""The journal of dial lists in the queue's database. Implements `ledger_ports.ListJournal`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import datetime
from typing import Any

from psycopg.errors import UniqueViolation
from psycopg.rows import tuple_row

from cartesia_call.errors import InputError, LedgerError
from cartesia_call.fleet.database import Connection, FleetDatabase
from cartesia_call.ledger_ports import DialListRecord, ListPlace, RowAttempt
from cartesia_call.store.list_rows import ATTEMPT_COLUMNS, list_record, row_attempt, whole_rows
from cartesia_call.store.rows import LedgerRow, ledger_row, time_text

_ATTEMPTS = (
    f"SELECT {ATTEMPT_COLUMNS} FROM calls WHERE list_id = %s"  # noqa: S608 - names of ours
    " AND (list_row, list_attempt) > (%s, %s) ORDER BY list_row, list_attempt LIMIT %s"
)
_ATTEMPTS_OF_ROWS = (
    f"SELECT {ATTEMPT_COLUMNS} FROM calls WHERE list_id = %s"  # noqa: S608 - names of ours
    " AND list_row = ANY(%s) ORDER BY list_row, list_attempt"
)
_BEFORE_ALL = (0, 0)
_ATTEMPTS_AT_ONCE = 10_000


class FleetJournal:
    """The dial lists of `database`. QueueUnreachable, a LedgerError, where it does not answer."""

    def __init__(self, database: FleetDatabase) -> None:
        self._database = database

    async def begin_list(self, record: DialListRecord, *, known: Collection[str] | None = None) -> None:
        """Implements the port. LedgerError for an ID in use."""
        async with self._database.transaction() as connection:
            await insert_list(connection, record, known)

    async def lists(self, digest: str | None = None) -> list[DialListRecord]:
        """All lists, or those with this digest; newest first."""
        chosen = "SELECT * FROM lists WHERE %s::text IS NULL OR digest = %s ORDER BY created_at DESC, id DESC"
        return await self._lists(chosen, (digest, digest))

    async def find_list(self, id_prefix: str) -> list[DialListRecord]:
        """The list of this ID; if there is none, those whose ID begins so. Newest first."""
        if not id_prefix:
            return []
        begins = "SELECT * FROM lists WHERE starts_with(id, %s) ORDER BY created_at DESC, id DESC"
        exact = await self._lists("SELECT * FROM lists WHERE id = %s", (id_prefix,))
        return exact or await self._lists(begins, (id_prefix,))

    async def _lists(self, query: str, parameters: Sequence[Any]) -> list[DialListRecord]:
        async with self._database.connection() as connection:
            found = await connection.execute(query.encode(), parameters)
            return [list_record(row) for row in await found.fetchall()]

    async def end_list(self, list_id: str, ended_at: datetime) -> None:
        """All of the list is done. LedgerError for a list that the database does not hold."""
        async with self._database.connection() as connection:
            changed = await connection.execute(
                "UPDATE lists SET ended_at = %s WHERE id = %s", [time_text(ended_at), list_id]
            )
            if changed.rowcount != 1:
                raise LedgerError(f"The queue {self._database.place} has no dial list {list_id}.")

    async def row_attempts(self, list_id: str) -> list[RowAttempt]:
        """Every attempt that was made for a row of the list, by row and attempt."""
        return [attempt async for piece in self.attempts_in_pieces(list_id) for attempt in piece]

    async def attempts_in_pieces(self, list_id: str) -> AsyncIterator[list[RowAttempt]]:
        """The same, some at a time; those of one row are never parted."""
        pieces = whole_rows(lambda last: self._attempts_behind(list_id, last), at_once=_ATTEMPTS_AT_ONCE)
        async for piece in pieces:
            yield piece

    async def _attempts_behind(self, list_id: str, last: RowAttempt | None) -> list[RowAttempt]:
        place = (last.row, last.attempt) if last else _BEFORE_ALL
        return await self._attempts(_ATTEMPTS, (list_id, *place, _ATTEMPTS_AT_ONCE))

    async def attempts_of(self, list_id: str, rows: Collection[int]) -> list[RowAttempt]:
        """The attempts of these rows alone, row by row."""
        return await self._attempts(_ATTEMPTS_OF_ROWS, (list_id, list(rows)))

    async def _attempts(self, query: str, parameters: Sequence[Any]) -> list[RowAttempt]:
        async with self._database.connection() as connection, connection.cursor(row_factory=tuple_row) as one:
            await one.execute(query.encode(), parameters)
            return [row_attempt(columns) for columns in await one.fetchall()]

    async def list_rows(self, list_id: str, *, after: ListPlace | None, limit: int) -> list[LedgerRow]:
        """The next `limit` rows of the ledger behind `after` (None: the first), by row and attempt."""
        behind = (after.row, after.attempt) if after else _BEFORE_ALL
        return await self._rows(
            "SELECT * FROM calls WHERE list_id = %s AND (list_row, list_attempt) > (%s, %s)"
            " ORDER BY list_row, list_attempt LIMIT %s",
            (list_id, *behind, limit),
        )

    async def _rows(self, query: str, parameters: Sequence[Any]) -> list[LedgerRow]:
        async with self._database.connection() as connection:
            found = await connection.execute(query.encode(), parameters)
            return [ledger_row(row) for row in await found.fetchall()]

    @contextlib.contextmanager
    def hold(self, list_id: str) -> Iterator[None]:
        """Many machines call a queued list: each row is claimed by one of them."""
        yield


async def insert_list(connection: Connection, record: DialListRecord, known: Collection[str] | None) -> None:
    """Write the list in a transaction. InputError for one that somebody else has just begun."""
    if known is not None:
        # Two who enqueue the same list come one after the other.
        await connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 17))", [record.digest])
        same = await connection.execute("SELECT id FROM lists WHERE digest = %s", [record.digest])
        if others := {row["id"] for row in await same.fetchall()} - {*known}:
            raise InputError(
                f"another process has just begun this list: {min(others)}",
                hint="wait for it to end; history --list shows what it came to",
            )
    ended_at = None if record.ended_at is None else time_text(record.ended_at)
    try:
        await connection.execute(
            "INSERT INTO lists (id, digest, name, row_count, created_at, ended_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [record.id, record.digest, record.name, record.rows, time_text(record.created_at), ended_at],
        )
    except UniqueViolation:
        raise LedgerError(f"UNIQUE: there is a list {record.id} already.") from None
