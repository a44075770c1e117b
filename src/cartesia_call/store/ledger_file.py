"""The ledger's file as work to be done in time: connections, transactions, and what their failures mean."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import TypeVar

from cartesia_call.blocking import DaemonWorker, in_daemon_thread
from cartesia_call.errors import LedgerBusy, LedgerError
from cartesia_call.store.group_commit import WaitingWrites, Write, write_together
from cartesia_call.store.schema import DATABASE_NAME, open_database

T = TypeVar("T")

TRIES = 3
"""Of a write that no call waits for."""


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


class _OfThread(threading.local):
    """Whether this thread keeps a connection from one piece of work to the next, and which."""

    keeps = False
    connection: sqlite3.Connection | None = None


class LedgerFile:
    """The database in the directory `folder`.

    Every piece of work opens its own connection in a thread of its own, so that one that hangs on a disk
    holds up nothing but itself, and is given up after `busy_timeout_s` seconds. Inside `kept_open` one
    thread keeps a connection for all of it, and what waits to be written meanwhile shares a transaction;
    where it hangs, another one goes on with the rest.
    """

    def __init__(self, folder: Path, *, busy_timeout_s: float) -> None:
        self._folder = folder
        self._path = folder / DATABASE_NAME
        self._busy_timeout_s = busy_timeout_s
        self._worker: DaemonWorker | None = None
        self._worker_pid = 0
        self._of_thread = _OfThread()
        self._waiting = WaitingWrites()

    @contextlib.asynccontextmanager
    async def kept_open(self) -> AsyncIterator[None]:
        """For many writes: work inside the block shares one connection, which is closed at its end.

        Not to be nested. A process that is forked inside the block works as if outside of it.
        """
        self._worker, self._worker_pid = self._new_worker(), os.getpid()
        try:
            yield
        finally:
            worker, self._worker = self._worker, None
            worker.end()
            await in_daemon_thread(lambda: worker.join(self._busy_timeout_s))

    def _new_worker(self) -> DaemonWorker:
        return DaemonWorker(self._keeping, name="ledger")

    @contextlib.contextmanager
    def _keeping(self) -> Iterator[None]:
        """The life of a worker's thread, whose connection nobody else uses."""
        self._of_thread.keeps = True
        try:
            yield
        finally:
            self._drop_kept()

    def _drop_kept(self) -> None:
        connection, self._of_thread.connection = self._of_thread.connection, None
        if connection is not None:
            connection.close()

    def _exists(self) -> bool:
        return self._path.exists()

    @contextlib.contextmanager
    def _connected(self) -> Iterator[sqlite3.Connection]:
        if self._of_thread.keeps:
            with self._kept() as connection:
                yield connection
        else:
            with contextlib.closing(self._opened()) as connection:
                connection.row_factory = sqlite3.Row
                yield connection

    @contextlib.contextmanager
    def _kept(self) -> Iterator[sqlite3.Connection]:
        """This thread's connection; after a failure the next piece of work opens a new one."""
        connection = self._of_thread.connection or self._opened()
        self._of_thread.connection = connection
        connection.row_factory = sqlite3.Row
        try:
            yield connection
        except (sqlite3.Error, OSError):
            self._drop_kept()
            raise

    def _opened(self) -> sqlite3.Connection:
        return open_database(self._folder, busy_timeout_s=self._busy_timeout_s)

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, rolled back by any exception."""
        with self._connected() as connection, _committed(connection):
            yield connection

    @contextlib.contextmanager
    def _removal(self) -> Iterator[sqlite3.Connection]:
        """One write transaction, after which nothing of what it removed can be read in the files.

        If somebody else reads the ledger meanwhile, the log still holds it, until the last one closes it.
        """
        with self._connected() as connection:
            connection.execute("PRAGMA secure_delete = ON")  # sqlite.org/pragma.html#pragma_secure_delete
            with _committed(connection):
                yield connection
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def _write(self, write: Write[T], verdict: Claim | None = None) -> T:
        """The outcome of `write`, which is durable then: in a transaction of its own, or of the worker's with
        whatever else waits there."""
        if self._worker_here() is None:
            return await self._in_time(lambda: self._written_alone(write), verdict)
        verdict = verdict or Claim()
        self._waiting.add(write)
        return await self._in_time(lambda: self._written(write, verdict), verdict)

    async def _write_patiently(self, make: Callable[[], Write[T]]) -> T:
        """The outcome of such a write as often as others hold the ledger, `TRIES` times at most. Nobody's
        call waits for it, and it may happen twice."""
        for _ in range(TRIES - 1):
            with contextlib.suppress(LedgerBusy):
                return await self._write(make())
        return await self._write(make())

    def _worker_here(self) -> DaemonWorker | None:
        return self._worker if self._worker_pid == os.getpid() else None

    def _written_alone(self, write: Write[T]) -> T:
        write_together([write], self._transaction)
        return write.outcome(0)

    def _written(self, write: Write[T], verdict: Claim) -> T:
        while together := self._waiting.take(write):
            write_together(together, self._transaction)
        if not write.is_settled and (verdict.decide() or not write.is_settled):
            raise self._busy()  # the thread that took it hangs, or this one would not ask
        return write.outcome(self._busy_timeout_s)

    async def _in_time(self, work: Callable[[], T], verdict: Claim | None = None) -> T:
        """What `work` returns, made in a thread. Work that asks its `verdict` learns if it was given up."""

        def translated() -> T:
            try:
                return work()
            except (sqlite3.Error, OSError) as error:
                raise self._ledger_error(error) from error

        verdict = verdict or Claim()
        worker = self._worker_here()
        task = worker.run(translated) if worker else asyncio.ensure_future(in_daemon_thread(translated))
        try:
            await asyncio.wait({task}, timeout=self._busy_timeout_s)
            if not task.done() and not verdict.decide():  # it counts, and is about to be over
                await asyncio.wait({task}, timeout=self._busy_timeout_s)
            if task.done():
                return await task
            if worker is not None and worker is self._worker:
                self._worker = self._new_worker()
                worker.end(successor=self._worker)
            raise self._busy()
        finally:
            verdict.decide()
            task.cancel()

    def _busy(self) -> LedgerError:
        return LedgerBusy(
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


@contextlib.contextmanager
def _committed(connection: sqlite3.Connection) -> Iterator[None]:
    """What is written inside the block becomes true at its end, or not at all."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise
