"""The ledger's tables, as numbered steps from an empty file to the present form.

SQLite's own `user_version` holds how many steps a file has seen. A step that was released is never changed.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path

from cartesia_call.errors import LedgerError
from cartesia_call.store.directories import private_directory
from cartesia_call.store.file_locks import lock

DATABASE_NAME = "ledger.sqlite3"


def open_database(folder: Path, *, busy_timeout_s: float) -> sqlite3.Connection:
    """Connect to the ledger in `folder`, creating and upgrading it as needed; in autocommit mode.

    Openings take turns: switching to write-ahead logging answers "locked" at once instead of waiting when
    two processes do it, and a file that was created here must be closed before anybody connects to it
    (closing any descriptor of a file drops this process's locks on it). Raises sqlite3.Error, OSError, or
    LedgerError for a file that a newer release wrote.
    """
    private_directory(folder)
    path = folder / DATABASE_NAME
    with lock(folder / "setup.lock"):
        if not path.exists():
            # SQLite gives the files beside it (-wal, -shm) the same mode.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        connection = sqlite3.connect(path, timeout=busy_timeout_s, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # a commit survives a power cut
            _migrate(connection, path)
        except BaseException:
            connection.close()
            raise
    return connection


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version > len(STEPS):
        raise LedgerError(
            f"The ledger {path} was written by a newer cartesia-call.",
            hint="Upgrade cartesia-call, or move the file away to start a new ledger.",
        )
    for number in range(version, len(STEPS)):
        connection.execute("BEGIN IMMEDIATE")
        try:
            STEPS[number](connection)
            connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def _1_calls(connection: sqlite3.Connection) -> None:
    """One row per attempt: the intent, the call it became, how it ended. There is no place for a message.

    Times are ISO 8601 in UTC with a fixed number of digits, so that their order is the text's order.
    `result` is the attempt's result as JSON; `settled` the sentence of a later run about a row whose
    process was gone.
    """
    connection.execute(
        """
        CREATE TABLE calls (
            id TEXT PRIMARY KEY,
            created_at TEXT NOT NULL,
            to_number TEXT NOT NULL,
            caller_id TEXT NOT NULL,
            account_sid TEXT NOT NULL,
            region TEXT NOT NULL,
            time_limit_s INTEGER NOT NULL,
            call_sid TEXT,
            outcome TEXT,
            ended_at TEXT,
            settled TEXT,
            result TEXT
        )
        """
    )
    connection.execute("CREATE INDEX calls_by_time ON calls (created_at, id)")
    connection.execute("CREATE INDEX calls_by_sid ON calls (call_sid)")
    connection.execute("CREATE INDEX open_calls ON calls (id) WHERE ended_at IS NULL")


def _2_tunnel_agents(connection: sqlite3.Connection) -> None:
    """Tunnel agents that a call started: no longer used, their line's folder notes them."""
    connection.execute(
        """
        CREATE TABLE tunnel_agents (
            pid INTEGER PRIMARY KEY,
            started TEXT NOT NULL,
            owner_id TEXT NOT NULL
        )
        """
    )


def _3_withheld(connection: sqlite3.Connection) -> None:
    """Why no guard was asked, in the user's words; why a call was not placed on purpose, in ours."""
    connection.execute("ALTER TABLE calls ADD COLUMN no_guard_reason TEXT")
    connection.execute("ALTER TABLE calls ADD COLUMN withheld TEXT")
    connection.execute("CREATE INDEX calls_by_number ON calls (to_number, created_at)")


def _4_end_asked(connection: sqlite3.Connection) -> None:
    """Which command asked the carrier to end the call, and when: not the one that placed it."""
    connection.execute("ALTER TABLE calls ADD COLUMN end_asked_by TEXT")
    connection.execute("ALTER TABLE calls ADD COLUMN end_asked_at TEXT")


def _5_numbers_cut(connection: sqlite3.Connection) -> None:
    """Which rows hold masked numbers only; the others, by their age, are few to look at."""
    connection.execute("ALTER TABLE calls ADD COLUMN numbers_cut INTEGER NOT NULL DEFAULT 0")
    connection.execute("CREATE INDEX whole_numbers ON calls (created_at) WHERE numbers_cut = 0")


def _6_lists(connection: sqlite3.Connection) -> None:
    """Dial lists, and for which row of which list an attempt is made: nobody makes the same attempt twice.

    A list is its file's name and digest; what its rows hold stands nowhere. `ended_at`: all of it is done.
    """
    connection.execute(
        """
        CREATE TABLE lists (
            id TEXT PRIMARY KEY,
            digest TEXT NOT NULL,
            name TEXT NOT NULL,
            row_count INTEGER NOT NULL,
            created_at TEXT NOT NULL,
            ended_at TEXT
        )
        """
    )
    connection.execute("ALTER TABLE calls ADD COLUMN list_id TEXT")
    connection.execute("ALTER TABLE calls ADD COLUMN list_row INTEGER")
    connection.execute("ALTER TABLE calls ADD COLUMN list_attempt INTEGER")
    connection.execute(
        "CREATE UNIQUE INDEX calls_by_place ON calls (list_id, list_row, list_attempt)"
        " WHERE list_id IS NOT NULL"
    )


STEPS = (_1_calls, _2_tunnel_agents, _3_withheld, _4_end_asked, _5_numbers_cut, _6_lists)
"""From an empty file to the present form."""
