"""What this machine knows of calls and the database of a queue did not take: kept until it does."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import LedgerError
from cartesia_call.store.directories import private_directory

T = TypeVar("T")

DATABASE_NAME = "outbox.sqlite3"
BUSY_S = 3.0

_TABLE = """
CREATE TABLE IF NOT EXISTS kept (
    number INTEGER PRIMARY KEY, place TEXT NOT NULL, id TEXT NOT NULL, kind TEXT NOT NULL, text TEXT NOT NULL,
    UNIQUE (place, id, kind)
)
"""


class Outbox:
    """The file in `folder`, for the database at `place`. Reading from one that does not exist makes none."""

    def __init__(self, folder: Path, *, place: str) -> None:
        self._folder = folder
        self._path = folder / DATABASE_NAME
        self._place = place

    async def keep(self, id: str, kind: str, text: str) -> None:
        """Durably; what was kept of the same kind for the same attempt is replaced. LedgerError else."""

        def keep() -> None:
            with self._opened() as database:
                database.execute(
                    "INSERT OR REPLACE INTO kept (place, id, kind, text) VALUES (?, ?, ?, ?)",
                    (self._place, id, kind, text),
                )

        await self._done(keep)

    async def kept(self) -> list[tuple[str, str, str]]:
        """Attempt, kind and text of all that is kept for the place, in the order in which it came."""

        def kept() -> list[tuple[str, str, str]]:
            if not self._path.exists():
                return []
            with self._opened() as database:
                chosen = "SELECT id, kind, text FROM kept WHERE place = ? ORDER BY number"
                return list(database.execute(chosen, (self._place,)))

        return await self._done(kept)

    async def drop(self, id: str, kind: str) -> None:
        """It has arrived."""

        def drop() -> None:
            with self._opened() as database:
                dropped = "DELETE FROM kept WHERE place = ? AND id = ? AND kind = ?"
                database.execute(dropped, (self._place, id, kind))

        await self._done(drop)

    @contextlib.contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        private_directory(self._folder)
        if not self._path.exists():
            os.close(os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600))
        with contextlib.closing(sqlite3.connect(self._path, timeout=BUSY_S)) as database, database:
            database.execute("PRAGMA synchronous = FULL")
            database.execute(_TABLE)
            yield database

    async def _done(self, work: Callable[[], T]) -> T:
        try:
            return await in_daemon_thread(work)
        except (sqlite3.Error, OSError) as error:
            raise LedgerError(
                f"{self._path} cannot be used: {error}.",
                hint=f"{self._folder} must be a directory that you may write, on a disk with room.",
            ) from error
