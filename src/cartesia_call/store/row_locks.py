"""Who owns a ledger row: a lock file per row, locked with flock(2), which the kernel frees with the process.

The owner creates and locks the file before the row exists, and removes it after the row is closed. Row ids
are never used twice, so a file that is missing means that nobody owns the row.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path

from cartesia_call.store.directories import private_directory

_SUFFIX = ".lock"


@contextlib.contextmanager
def flocked(path: Path) -> Iterator[None]:
    """Hold the lock file `path`, created with mode 0600; waits for whoever holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class RowLocks:
    """The row locks in `folder`. Every method blocks on the disk and raises OSError when that fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, int] = {}

    def take(self, id: str) -> None:
        """Own the row `id` from now on, until `release` or the end of this process."""
        private_directory(self._folder)
        while True:
            descriptor = os.open(self._path(id), os.O_RDWR | os.O_CREAT, 0o600)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX)
                is_ours = _same_file(descriptor, self._path(id))
            except BaseException:
                os.close(descriptor)
                raise
            if is_ours:
                self._held[id] = descriptor
                return
            os.close(descriptor)  # `abandoned` removed the file between our open and our lock

    def release(self, id: str) -> None:
        """The row is closed: remove its lock file, then free the lock. Nothing happens if it is not ours."""
        descriptor = self._held.pop(id, None)
        if descriptor is not None:
            self._path(id).unlink(missing_ok=True)
            os.close(descriptor)

    def holds(self, id: str) -> bool:
        """True while this object owns the row."""
        return id in self._held

    def is_free(self, id: str) -> bool:
        """True if no living process owns the row. A shared lock asks, so that two who ask see the same."""
        try:
            descriptor = os.open(self._path(id), os.O_RDWR)
        except FileNotFoundError:
            return True
        try:
            fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(descriptor)
        return True

    @contextlib.contextmanager
    def abandoned(self) -> Iterator[list[str]]:
        """Ids whose lock file nobody owned; they are ours inside the block. `remove` those of no open row."""
        owned: dict[str, int] = {}
        try:
            for path in sorted(self._folder.glob(f"*{_SUFFIX}")):
                descriptor = _try_lock(path)
                if descriptor is not None:
                    owned[path.name.removesuffix(_SUFFIX)] = descriptor
            yield list(owned)
        finally:
            for descriptor in owned.values():
                os.close(descriptor)

    def remove(self, id: str) -> None:
        """Remove the lock file of a row that `abandoned` named."""
        self._path(id).unlink(missing_ok=True)

    def _path(self, id: str) -> Path:
        return self._folder / f"{id}{_SUFFIX}"


def _try_lock(path: Path) -> int | None:
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _same_file(descriptor: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(descriptor), path.stat())
    except FileNotFoundError:
        return False
