"""The journal of dial lists in the ledger. Implements `ledger_ports.ListJournal`."""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Collection, Iterator, Sequence
from datetime import datetime
from pathlib import Path

from cartesia_call.errors import InputError, LedgerError
from cartesia_call.ledger_ports import DialListRecord, ListPlace, RowAttempt
from cartesia_call.store.directories import private_directory
from cartesia_call.store.file_locks import HeldFile, try_lock
from cartesia_call.store.ledger_file import LedgerFile
from cartesia_call.store.list_rows import ATTEMPT_COLUMNS, list_record, row_attempt, whole_rows
from cartesia_call.store.row_locks import RowLocks
from cartesia_call.store.rows import LedgerRow, ledger_row, time_text

_LISTS_OF_DIGEST = "SELECT * FROM lists WHERE ?1 IS NULL OR digest = ?1 ORDER BY created_at DESC, id DESC"
_LIST_OF_ID = "SELECT * FROM lists WHERE id = ?1"
_LISTS_OF_PREFIX = (
    "SELECT * FROM lists WHERE substr(id, 1, length(?1)) = ?1 ORDER BY created_at DESC, id DESC"
)
_ATTEMPTS_OF_LIST = f"SELECT {ATTEMPT_COLUMNS} FROM calls WHERE list_id = ?"  # noqa: S608 - names of ours
_ATTEMPTS = (
    f"{_ATTEMPTS_OF_LIST} AND (list_row, list_attempt) > (?, ?) ORDER BY list_row, list_attempt LIMIT ?"
)
_ATTEMPTS_OF_ROW = f"{_ATTEMPTS_OF_LIST} AND list_row = ? ORDER BY list_attempt"
_ROWS = (
    "SELECT * FROM calls WHERE list_id = ? AND (list_row, list_attempt) > (?, ?)"
    " ORDER BY list_row, list_attempt LIMIT ?"
)
_BEFORE_ALL = (0, 0)
_ATTEMPTS_AT_ONCE = 10_000
"""Read as one piece of work, which must be done within the ledger's time limit on a slow machine, too."""


class SqliteListJournal(LedgerFile):
    """The dial lists of the ledger in `folder`, with a lock file for each list that is being called.

    Errors and time limits are those of `SqliteLedger`, which is one of these.
    """

    def __init__(self, folder: Path, *, busy_timeout_s: float) -> None:
        super().__init__(folder, busy_timeout_s=busy_timeout_s)
        self._list_locks = RowLocks(folder / "lists")

    async def begin_list(self, record: DialListRecord, *, known: Collection[str] | None = None) -> None:
        """Write the list, durably, before any of its rows is claimed. LedgerError for an ID in use.

        InputError, and nothing is written, for a list with its digest that is not among those `known`.
        """
        await self._in_time(lambda: self._begin_list(record, known))

    def _begin_list(self, record: DialListRecord, known: Collection[str] | None) -> None:
        columns = (record.id, record.digest, record.name, record.rows)
        ended_at = None if record.ended_at is None else time_text(record.ended_at)
        with self._transaction() as database:
            same = database.execute("SELECT id FROM lists WHERE digest = ?", (record.digest,))
            if known is not None and (others := {row["id"] for row in same} - {*known}):
                raise InputError(
                    f"another process has just begun this list: {min(others)}",
                    hint="wait for it to end; history --list shows what it came to",
                )
            database.execute(
                "INSERT INTO lists (id, digest, name, row_count, created_at, ended_at)"
                " VALUES (?, ?, ?, ?, ?, ?)",
                (*columns, time_text(record.created_at), ended_at),
            )

    async def lists(self, digest: str | None = None) -> list[DialListRecord]:
        """All lists, or those with this digest; newest first."""
        return await self._in_time(lambda: self._read_lists(_LISTS_OF_DIGEST, digest))

    async def find_list(self, id_prefix: str) -> list[DialListRecord]:
        """The list of this ID; if there is none, those whose ID begins so. Newest first."""
        return await self._in_time(lambda: self._find_list(id_prefix)) if id_prefix else []

    def _find_list(self, id_prefix: str) -> list[DialListRecord]:
        exact = self._read_lists(_LIST_OF_ID, id_prefix)
        return exact or self._read_lists(_LISTS_OF_PREFIX, id_prefix)

    def _read_lists(self, query: str, parameter: str | None) -> list[DialListRecord]:
        if not self._exists():
            return []
        with self._connected() as database:
            return [list_record(row) for row in database.execute(query, (parameter,))]

    async def end_list(self, list_id: str, ended_at: datetime) -> None:
        """All of the list is done. LedgerError for a list that the ledger does not hold."""
        await self._in_time(lambda: self._end_list(list_id, time_text(ended_at)))

    def _end_list(self, list_id: str, ended_at: str) -> None:
        with self._transaction() as database:
            changed = database.execute("UPDATE lists SET ended_at = ? WHERE id = ?", (ended_at, list_id))
            if changed.rowcount != 1:
                raise LedgerError(f"The ledger {self._path} has no dial list {list_id}.")

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
        return await self._in_time(lambda: self._read_attempts((list_id, *place, _ATTEMPTS_AT_ONCE)))

    def _read_attempts(self, parameters: tuple[str, int, int, int]) -> list[RowAttempt]:
        if not self._exists():
            return []
        with self._connected() as database:
            database.row_factory = None  # plain tuples: a list may have a hundred thousand
            return [row_attempt(columns) for columns in database.execute(_ATTEMPTS, parameters)]

    async def attempts_of(self, list_id: str, rows: Collection[int]) -> list[RowAttempt]:
        """The attempts of these rows alone, row by row."""
        return await self._in_time(lambda: self._read_attempts_of(list_id, sorted(rows)))

    def _read_attempts_of(self, list_id: str, rows: Sequence[int]) -> list[RowAttempt]:
        if not self._exists():
            return []
        with self._connected() as database:
            database.row_factory = None
            return [
                row_attempt(columns)
                for row in rows
                for columns in database.execute(_ATTEMPTS_OF_ROW, (list_id, row))
            ]

    async def list_rows(self, list_id: str, *, after: ListPlace | None, limit: int) -> list[LedgerRow]:
        """The next `limit` rows of the ledger behind `after` (None: the first), by row and attempt."""
        behind = (after.row, after.attempt) if after else _BEFORE_ALL
        return await self._in_time(lambda: self._list_rows((list_id, *behind, limit)))

    def _list_rows(self, parameters: tuple[str, int, int, int]) -> list[LedgerRow]:
        if not self._exists():
            return []
        with self._connected() as database:
            return [ledger_row(row) for row in database.execute(_ROWS, parameters)]

    @contextlib.contextmanager
    def hold(self, list_id: str) -> Iterator[None]:
        """Be the only one who calls this list, inside the block; the kernel frees it with the process.

        Looks once and blocks on the disk. InputError, which names the process, if somebody holds it.
        """
        path = self._list_locks.path(list_id)
        held = self._taken(list_id, path)
        try:
            yield
        finally:
            try:
                held.remove()
            except OSError as error:
                raise self._ledger_error(error) from error

    def _taken(self, list_id: str, path: Path) -> HeldFile:
        try:
            private_directory(path.parent)
            held = try_lock(path)
            if held is None:
                raise _held_already(list_id, path)
            try:
                path.write_text(str(os.getpid()), encoding="ascii")
            except BaseException:
                held.release()
                raise
        except OSError as error:
            raise self._ledger_error(error) from error
        return held


def _held_already(list_id: str, path: Path) -> InputError:
    try:
        pid = path.read_text(encoding="ascii")
    except FileNotFoundError:  # it has just ended
        pid = ""
    named = f" (pid {pid})" if pid.isdecimal() else ""
    return InputError(
        f"another process is calling this list{named}: {list_id}", hint="wait for it to end, or end it"
    )
