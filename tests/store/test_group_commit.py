"""What waits for the disk at the same moment is one transaction, and what fails in it fails alone."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError, PlaceClaimed
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.store.group_commit import WaitingWrites, Write, write_together
from cartesia_call.store.ledger import SqliteLedger
from tests.store.attempts import intent
from tests.store.ledgers import lock_files, until


class Database:
    """One in memory. `transactions` counts those that were begun; with `breaks` their commit fails."""

    def __init__(self) -> None:
        self.connection = sqlite3.connect(":memory:", isolation_level=None)
        self.connection.execute("CREATE TABLE t (n INTEGER UNIQUE)")
        self.transactions = 0
        self.breaks = False

    @contextlib.contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        self.transactions += 1
        self.connection.execute("BEGIN")
        try:
            yield self.connection
            self.connection.execute("COMMIT" if not self.breaks else "COMMIT, which fails")
        except BaseException:
            if self.connection.in_transaction:
                self.connection.execute("ROLLBACK")
            raise

    @property
    def numbers(self) -> list[int]:
        return [n for (n,) in self.connection.execute("SELECT n FROM t ORDER BY n")]


@pytest.fixture
def database() -> Iterator[Database]:
    made = Database()
    with contextlib.closing(made.connection):
        yield made


def inserting(number: int, told: list[str] | None = None) -> Write[int]:
    told = [] if told is None else told

    def apply(connection: sqlite3.Connection) -> int:
        connection.execute("INSERT INTO t VALUES (?)", (number,))
        return number

    return Write(
        apply,
        prepare=lambda: told.append("prepare"),
        durable=lambda number: told.append(f"durable {number}"),
        undone=lambda: told.append("undone"),
    )


def test_all_share_one_transaction(database: Database) -> None:
    writes = [inserting(number) for number in range(5)]
    write_together(writes, database.transaction)
    assert (database.transactions, database.numbers) == (1, [0, 1, 2, 3, 4])
    assert [write.outcome(0) for write in writes] == [0, 1, 2, 3, 4]


def test_one_that_fails_spoils_nothing_of_the_others(database: Database) -> None:
    """What it had written before it failed is undone."""
    told: list[str] = []

    def half(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO t VALUES (7)")
        raise LedgerError("no")

    writes: list[Write[Any]] = [
        inserting(1),
        Write(half, undone=lambda: told.append("undone")),
        inserting(1),
        inserting(2),
    ]
    write_together(writes, database.transaction)
    assert database.numbers == [1, 2]
    assert (writes[0].outcome(0), writes[3].outcome(0), told) == (1, 2, ["undone"])
    with pytest.raises(LedgerError, match="no"):
        writes[1].outcome(0)
    with pytest.raises(sqlite3.IntegrityError):
        writes[2].outcome(0)


@pytest.mark.parametrize("count", [1, 3])
def test_a_commit_that_fails_undoes_all(database: Database, count: int) -> None:
    database.breaks = True
    told: list[str] = []
    writes = [inserting(number, told) for number in range(count)]
    write_together(writes, database.transaction)
    assert database.numbers == []
    assert told == ["prepare"] * count + ["undone"] * count
    for write in writes:
        with pytest.raises(sqlite3.OperationalError):
            write.outcome(0)


def test_a_transaction_that_sqlite_gives_up_undoes_all(database: Database) -> None:
    """As it does on its own where the disk is full: those before are gone, too."""

    def full(connection: sqlite3.Connection) -> None:
        connection.execute("ROLLBACK")
        raise sqlite3.OperationalError("database or disk is full")

    writes: list[Write[Any]] = [inserting(1), Write(full), inserting(2)]
    write_together(writes, database.transaction)
    assert database.numbers == []
    for write in writes:
        with pytest.raises(sqlite3.OperationalError, match="full"):
            write.outcome(0)


def test_what_cannot_be_prepared_is_not_written(database: Database) -> None:
    def prepare() -> None:
        raise OSError("no lock")

    writes: list[Write[Any]] = [inserting(1), Write(lambda _: None, prepare=prepare), inserting(2)]
    write_together(writes, database.transaction)
    assert database.numbers == [1, 2]
    with pytest.raises(OSError, match="no lock"):
        writes[1].outcome(0)


def test_each_is_taken_once(database: Database) -> None:
    waiting, writes = WaitingWrites(), [inserting(number) for number in range(3)]
    for write in writes:
        waiting.add(write)
    assert waiting.take(writes[1]) == writes
    assert waiting.take(writes[1]) == waiting.take(writes[2]) == []


class CountingLedger(SqliteLedger):
    """Counts its transactions; the first waits until `go_on`."""

    transactions = 0

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, clock=SystemClock(), busy_timeout_s=30)
        self.go_on = threading.Event()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        self.transactions += 1
        assert self.go_on.wait(30)
        with super()._transaction() as connection:
            yield connection


async def test_many_attempts_at_once_are_few_commits(folder: Path) -> None:
    """A disk that is busy with the first finds all that came meanwhile; each claims its own place, and who
    comes too late for one is told so alone."""
    ledger = CountingLedger(folder)
    places = [ListPlace(list_id="list", row=number % 100 + 1, attempt=1) for number in range(101)]
    async with ledger.kept_open():
        begun = [
            asyncio.create_task(ledger.begin(intent(f"a{number}", place=place)))
            for number, place in enumerate(places)
        ]
        await until(lambda: ledger.transactions == 1)
        ledger.go_on.set()
        said = await asyncio.gather(*begun, return_exceptions=True)
    assert said[:100] == [None] * 100
    assert isinstance(said[100], PlaceClaimed)
    assert ledger.transactions <= 2
    assert len(lock_files(folder)) == 100
