"""The ledger's file as work to be done in time: connections, transactions, and what their failures mean."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import LedgerError
from cartesia_call.store.schema import DATABASE_NAME, open_database

T = TypeVar("T")


class Claim:
    """Whether work counts or was given up: two threads may decide it, the first one does."""

    def __init__(self) -> None:
        self._taken = threading.Lock()  # by whoever decides, and for ever

    def decide(self) -> bool:
        """True for the first who asks."""
        return self._taken.acquire(blocking=False)

    @property
    def is_decided(self) -> bool:
        return self._taken.locked()


class LedgerFile:
    """The database in the directory `folder`.

    Every piece of work opens its own connection in a thread of its own, so that one that hangs on a disk
    holds up nothing but itself, and is given up after `busy_timeout_s` seconds.
    """

    def __init__(self, folder: Path, *, busy_timeout_s: float) -> None:
        self._folder = folder
        self._path = folder / DATABASE_NAME
        self._busy_timeout_s = busy_timeout_s

    def _exists(self) -> bool:
        return self._path.exists()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        with contextlib.closing(
            open_database(self._folder, busy_timeout_s=self._busy_timeout_s)
        ) as connection:
            connection.row_factory = sqlite3.Row
            yield connection

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, rolled back by any exception."""
        with self._connected() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    async def _in_time(self, work: Callable[[], T], verdict: Claim | None = None) -> T:
        """What `work` returns, made in a thread. Work that asks its `verdict` learns if it was given up."""

        def translated() -> T:
            try:
                return work()
            except (sqlite3.Error, OSError) as error:
                raise self._ledger_error(error) from error

        verdict = verdict or Claim()
        task = asyncio.create_task(in_daemon_thread(translated))
        try:
            await asyncio.wait({task}, timeout=self._busy_timeout_s)
            if task.done() or not verdict.decide():
                return await task
            raise self._busy()
        finally:
            verdict.decide()
            task.cancel()

    def _busy(self) -> LedgerError:
        return LedgerError(
            f"The ledger {self._path} was not free within {self._busy_timeout_s:g} s.",
            hint="Another process or a slow disk holds it: look for a hung cartesia-call.",
        )

    def _ledger_error(self, error: sqlite3.Error | OSError) -> LedgerError:
        # The low byte is the primary code, the rest a detail: sqlite.org/rescode.html.
        code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_OK) & 0xFF
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return self._busy()
        if code in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
            return LedgerError(
                f"The ledger {self._path} is damaged: {error}.",
                hint="Move the file away; the next call starts a new one.",
            )
        if code == sqlite3.SQLITE_FULL:
            return LedgerError(
                f"The disk is full: the ledger {self._path} cannot be written.", hint="Make room on it."
            )
        return LedgerError(
            f"The ledger {self._path} cannot be used: {error}.",
            hint=f"{self._folder} must be a directory that you may write, on a disk with room.",
        )
