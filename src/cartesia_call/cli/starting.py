"""Calls that start at the same moment take turns: one by one they are quick, all together none is.

To start costs half a second of processor time, and next to nothing afterwards. Five hundred alerts of one
second would each be four minutes old before the first phone rings, and every answer that one of them waits
for would be late by then. So each `dial` takes one of a few places before it loads the program, and leaves
it when all is loaded, or as soon as it waits for something.

A place is a lock on a file, which the kernel frees with the process. The files are this user's and this
machine's own, for it is the machine's processors that are shared. Nobody waits for ever: from a process
that has a place and gets nowhere (stopped, or on a dead disk) it is taken after `PATIENCE_S`, and whoever
has waited `MOST_WAITS` times so long, or finds no directory for the files, starts without one.

This module is loaded before everything else of a call, and imports next to nothing.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import stat
from collections.abc import Awaitable, Callable, Iterator, Sequence

from cartesia_call.settings.starting import is_live_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeVar

    from cartesia_call.ports import CallStage, Observer

    T = TypeVar("T")

PLACES_OF_A_CORE = 2
"""So that there is work for a core while one of them waits for a disk. With twice as many, on a machine that
does other work as well, starts took longer than others' patience, and writes of the ledger than its limit."""

PATIENCE_S = 10.0
"""Twenty times what a start takes on a machine that does nothing else."""

MOST_WAITS = 60
"""Ten minutes: some two thousand calls on two cores."""

FOLDERS = ("/dev/shm", "/tmp")  # noqa: S108  # a directory of ours in it has mode 0700, or is not used


def _cores() -> int:
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Places:
    """The places of this machine, in a directory of this user's own below the first of `folders` that has
    one."""

    def __init__(
        self,
        folders: Sequence[str] = FOLDERS,
        *,
        count: int | None = None,
        patience_s: float = PATIENCE_S,
        most_waits: int = MOST_WAITS,
    ) -> None:
        self._folders = folders
        self._count = count or PLACES_OF_A_CORE * _cores()
        self._patience_s = patience_s
        self._most_waits = most_waits
        self._held: int | None = None
        self.has_waited = False

    @property
    def is_held(self) -> bool:
        """Whether this process has a place."""
        return self._held is not None

    def take(self) -> None:
        """Wait for a place. Without one where there can be none, or it takes too long. In the main thread:
        signals mean what they meant before, and SIGALRM is used."""
        with contextlib.suppress(OSError):
            folder = self._folder()
            if folder is not None:
                first = os.getpid() % self._count
                names = [f"{(first + n) % self._count}.lock" for n in range(self._count)]
                self._held = self._waited_for([os.path.join(folder, name) for name in names])

    def leave(self) -> None:
        """Somebody else may start. A second time nothing happens."""
        held, self._held = self._held, None
        if held is not None:
            fcntl.flock(held, fcntl.LOCK_UN)  # also of what a child that was forked meanwhile holds of it
            os.close(held)

    def _folder(self) -> str | None:
        for place in self._folders:
            folder = os.path.join(place, f"cartesia-call-starting-{os.geteuid()}")
            with contextlib.suppress(OSError):
                with contextlib.suppress(FileExistsError):
                    os.mkdir(folder, 0o700)
                found = os.lstat(folder)
                if stat.S_ISDIR(found.st_mode) and (found.st_uid, found.st_mode & 0o077) == (os.geteuid(), 0):
                    return folder
        return None

    def _waited_for(self, paths: Sequence[str]) -> int | None:
        """The first of `paths` that is free, else whichever comes to be while the first is waited for."""
        for _ in range(self._most_waits):
            for path in paths:
                held = _locked(path, fcntl.LOCK_EX | fcntl.LOCK_NB)
                if held is not None:
                    return held
            self.has_waited = True
            seen = _stamp(paths[0])
            with _alarm(self._patience_s):
                held = _locked(paths[0], fcntl.LOCK_EX)
            if held is not None:
                return held
            if seen is not None and seen == _stamp(paths[0]):  # nobody came or went in all this time
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(paths[0])
        return None


PLACES = Places()
"""Those of this process."""


def take_place(words: Sequence[str]) -> None:
    """Whoever is about to make a live call, as the command line's `words` say, waits for a place."""
    if is_live_call(words):
        PLACES.take()


class LeavingPlace:
    """An `observer` too. Whoever has something to show has loaded all, or waits for somebody else's call."""

    def __init__(self, observer: Observer, places: Places) -> None:
        self._observer = observer
        self._places = places

    def show(self, phase: CallStage) -> None:
        """Implements the port."""
        self._places.leave()
        self._observer.show(phase)


def leaving_place(load: Callable[[], Awaitable[T]], places: Places) -> Callable[[], Awaitable[T]]:
    """`load`, behind which there is no more to be loaded."""

    async def loaded() -> T:
        try:
            return await load()
        finally:
            places.leave()

    return loaded


class _Waited(Exception):
    """It took too long."""


@contextlib.contextmanager
def _alarm(after_s: float) -> Iterator[None]:
    """Leave the block after so many real seconds, wherever it is."""

    def ring(*_: object) -> None:
        raise _Waited

    before = signal.signal(signal.SIGALRM, ring)
    try:
        with contextlib.suppress(_Waited):
            signal.setitimer(signal.ITIMER_REAL, after_s)
            try:
                yield
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)
    finally:
        signal.signal(signal.SIGALRM, before)


def _locked(path: str, how: int) -> int | None:
    """The descriptor of the file, locked, its time of change now; None if somebody holds it."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, how)
        if os.path.samestat(os.fstat(descriptor), os.stat(path)):
            os.utime(descriptor)
            return descriptor
    except (BlockingIOError, FileNotFoundError):
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)  # held, or taken from whoever held it
    return None


def _stamp(path: str) -> tuple[int, int] | None:
    """What differs when somebody else has locked it."""
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(path)
        return found.st_ino, found.st_mtime_ns
    return None
