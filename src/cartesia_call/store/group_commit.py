"""Writes that wait for the disk at the same moment share one transaction, and so one wait for it."""

from __future__ import annotations

import contextlib
import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Generic, TypeVar

T = TypeVar("T")

MOST_TOGETHER = 500
"""Whoever comes later waits for the next transaction: the first of them waits for all."""


class Write(Generic[T]):
    """One write: `apply` in a transaction, whose result is `outcome` once that is durable.

    Before the transaction `prepare` is called, behind it `durable` with the result, or `undone` where nothing
    was written; all of them in the thread that writes.
    """

    def __init__(
        self,
        apply: Callable[[sqlite3.Connection], T],
        *,
        prepare: Callable[[], object] | None = None,
        durable: Callable[[T], object] | None = None,
        undone: Callable[[], object] | None = None,
    ) -> None:
        self._apply = apply
        self._prepare = prepare
        self._durable = durable
        self._undone = undone
        self._results: list[T] = []
        self._error: BaseException | None = None
        self._is_over = threading.Event()
        self.is_settled = False
        """Its transaction is over: the outcome comes at once."""

    def outcome(self, limit_s: float) -> T:
        """What `apply` returned, or whatever kept it from being written, raised; waits so long for it.
        TimeoutError if there is none."""
        if not self._is_over.wait(limit_s):
            raise TimeoutError
        if self._error is not None:
            raise self._error
        return self._results[0]

    def is_prepared(self) -> bool:
        """Prepare it. What fails with that has nothing to do with the others."""
        if self._prepare is not None:
            with self._caught():
                self._prepare()
        return self._error is None

    def apply_in(self, database: sqlite3.Connection) -> None:
        """Do it in this transaction."""
        self._results.append(self._apply(database))

    def apply_beside_others(self, database: sqlite3.Connection) -> None:
        """Do it in this transaction; what fails is undone and spoils nothing of the others.

        Raises only where SQLite has given up the whole transaction.
        """
        database.execute("SAVEPOINT one")
        with self._caught():
            self.apply_in(database)
        if self._error is not None:
            if not database.in_transaction:
                raise self._error
            database.execute("ROLLBACK TO one")
        database.execute("RELEASE one")

    def fail(self, error: BaseException) -> None:
        """The whole transaction came to nothing."""
        self._error = self._error or error

    def end(self) -> None:
        """The transaction is over, and the outcome is known."""
        with self._caught():
            if self._error is not None and self._undone is not None:
                self._undone()
            elif self._error is None and self._durable is not None:
                self._durable(self._results[0])
        self._is_over.set()

    @contextlib.contextmanager
    def _caught(self) -> Iterator[None]:
        try:
            yield
        except BaseException as error:  # handed over whole: the waiter decides what it means
            self._error = self._error or error


def write_together(
    writes: Sequence[Write[Any]], transaction: Callable[[], AbstractContextManager[sqlite3.Connection]]
) -> None:
    """Do them in their order in one `transaction`, which is durable when each learns its outcome."""
    prepared = [write for write in writes if write.is_prepared()]
    try:
        if len(prepared) == 1:
            with transaction() as database:
                prepared[0].apply_in(database)
        elif prepared:
            with transaction() as database:
                for write in prepared:
                    write.apply_beside_others(database)
    except BaseException as error:  # handed over whole: each waiter decides what it means
        for write in writes:
            write.fail(error)
    for write in writes:
        write.is_settled = True
    for write in writes:
        write.end()


class WaitingWrites:
    """Writes whose turn comes, in their order; several threads may take from it."""

    def __init__(self) -> None:
        self._writes: deque[Write[Any]] = deque()
        self._taking = threading.Lock()

    def add(self, write: Write[Any]) -> None:
        """Behind all others."""
        self._writes.append(write)

    def take(self, write: Write[Any]) -> list[Write[Any]]:
        """The first of them, which may share a transaction; none, if `write` was taken before."""
        with self._taking:
            if write not in self._writes:
                return []
            return [self._writes.popleft() for _ in range(min(MOST_TOGETHER, len(self._writes)))]
