"""Who owns a ledger row: a lock file per row, locked with flock(2), which the kernel frees with the process.

The owner creates and locks the file before the row exists, and removes it after the row is closed. Row ids
are never used twice, so a file that is missing means that nobody owns the row.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from cartesia_call.store.directories import private_directory
from cartesia_call.store.file_locks import HeldFile, is_free, lock, try_lock

_SUFFIX = ".lock"


class RowLocks:
    """The row locks in `folder`. Every method blocks on the disk and raises OSError when that fails."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._held: dict[str, HeldFile] = {}

    def take(self, id: str) -> None:
        """Own the row `id` from now on, until `release` or the end of this process."""
        private_directory(self._folder)
        self._held[id] = lock(self.path(id))

    def release(self, id: str) -> None:
        """The row is closed: remove its lock file, then free the lock. Nothing happens if it is not ours."""
        held = self._held.pop(id, None)
        if held is not None:
            held.remove()

    def is_free(self, id: str) -> bool:
        """True if no living process owns the row."""
        return is_free(self.path(id))

    def own(self) -> frozenset[str]:
        """The rows of this process, whose locks it need not try. One look at the folder tells of all."""
        return frozenset(self._held).intersection(self._with_file())

    @contextlib.contextmanager
    def abandoned(self) -> Iterator[list[str]]:
        """Ids whose lock file nobody owned; they are ours inside the block. `remove` those of no open row."""
        with contextlib.ExitStack() as owned:
            ids = []
            for id in self._with_file():
                held = None if id in self._held else try_lock(self.path(id))
                if held is not None:
                    owned.enter_context(held)
                    ids.append(id)
            yield ids

    def _with_file(self) -> list[str]:
        """Ids that there is a lock file of."""
        try:
            names = os.listdir(self._folder)
        except FileNotFoundError:  # nobody ever owned a row
            return []
        return sorted(name.removesuffix(_SUFFIX) for name in names if name.endswith(_SUFFIX))

    def remove(self, id: str) -> None:
        """Remove the lock file of a row that `abandoned` named, or that is no more; it may be missing."""
        self.path(id).unlink(missing_ok=True)

    def path(self, id: str) -> Path:
        """Where the lock file of the row `id` is, if there is one."""
        return self._folder / f"{id}{_SUFFIX}"
