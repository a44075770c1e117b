"""Lock files: flock(2), which the kernel frees with the process. `first_free` waits for one of several
without holding up the event loop.

flock belongs to an open file, not to a process, so tasks of one process exclude each other as processes do.
"""

from __future__ import annotations

import fcntl
import os
import random
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Generic, Self, TypeVar

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.store.directories import private_directory

T = TypeVar("T")

FIRST_PAUSE_S = 0.02
LONGEST_PAUSE_S = 0.5
PAUSE_GROWTH = 1.5
"""Between two looks at locks that are held, in seconds. A look opens, locks and stats each file: whoever
waits for long looks rarely, for many may wait, and a lock that is freed is taken within the longest pause."""

JITTER = 0.5
"""Each pause is shorter by up to this part of it, so that many who began together do not look together."""


class HeldFile:
    """A lock file that is locked by us. As a context manager it is released on leaving."""

    def __init__(self, path: Path, descriptor: int) -> None:
        self._path = path
        self._descriptor = descriptor

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def release(self) -> None:
        """Free the lock; the file stays."""
        os.close(self._descriptor)

    def remove(self) -> None:
        """Remove the file, then free the lock. OSError if the file stays; the lock is free all the same."""
        try:
            self._path.unlink(missing_ok=True)
        finally:
            self.release()


def lock(path: Path) -> HeldFile:
    """Lock `path`, created with mode 0600; blocks while somebody holds it. OSError if it cannot be opened."""
    while True:
        held = _lock(path, fcntl.LOCK_EX)
        if held is not None:
            return held


def try_lock(path: Path) -> HeldFile | None:
    """The same, but None if somebody holds it."""
    return _lock(path, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _lock(path: Path, how: int) -> HeldFile | None:
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, how)
        is_ours = os.path.samestat(os.fstat(descriptor), path.stat())
    except (BlockingIOError, FileNotFoundError):
        is_ours = False
    except BaseException:
        os.close(descriptor)
        raise
    if is_ours:
        return HeldFile(path, descriptor)
    os.close(descriptor)  # held, or removed between our open and our lock
    return None


def growing_pauses_s() -> Iterator[float]:
    """How long to wait from one look to the next, for ever."""
    pause_s = FIRST_PAUSE_S
    while True:
        yield pause_s * random.uniform(1 - JITTER, 1)  # noqa: S311  # no secret
        pause_s = min(pause_s * PAUSE_GROWTH, LONGEST_PAUSE_S)


def is_free(path: Path) -> bool:
    """True if no living process holds the lock. A shared lock asks, so that two who ask see the same."""
    try:
        descriptor = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return True
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)
    return True


async def first_free(
    folder: Path, names: Sequence[str], *, pauses_s: Callable[[], Iterator[float]] = growing_pauses_s
) -> HeldFile:
    """Lock the first of these files in `folder`, which is made, that is free. Waits without a limit.

    Whoever gives the wait up by cancelling it holds no lock. OSError if a file cannot be locked at all.
    """
    paths = [folder / name for name in names]
    is_made = False

    def look() -> HeldFile | None:
        nonlocal is_made
        if not is_made:
            private_directory(folder)
            is_made = True
        return next((held for path in paths if (held := try_lock(path)) is not None), None)

    return await until_found(look, put_back=HeldFile.release, pauses_s=pauses_s)


async def until_found(
    look: Callable[[], T | None],
    *,
    put_back: Callable[[T], None] = lambda _: None,
    pauses_s: Callable[[], Iterator[float]] = growing_pauses_s,
) -> T:
    """Have a thread `look` again and again until it finds something. Waits without a limit.

    What is found when nobody waits any more is `put_back`.
    """
    search = _Search(look, put_back, pauses_s())
    try:
        return await in_daemon_thread(search.run)
    except BaseException:
        search.give_up()
        raise


class _Search(Generic[T]):
    """The thread's side of `until_found`, which costs less by sleeping itself than by being started for each
    look. Whichever comes first decides: what is found, or giving up."""

    def __init__(
        self, look: Callable[[], T | None], put_back: Callable[[T], None], pauses_s: Iterator[float]
    ) -> None:
        self._look = look
        self._put_back = put_back
        self._pauses_s = pauses_s
        self._given_up = threading.Event()
        self._mutex = threading.Lock()
        self._found: T | None = None

    def run(self) -> T:
        while not self._given_up.is_set():
            found = self._look()
            if found is not None:
                return self._keep(found)
            self._given_up.wait(next(self._pauses_s))
        raise TimeoutError("nobody waits any more")

    def _keep(self, found: T) -> T:
        with self._mutex:
            if not self._given_up.is_set():
                self._found = found
                return found
        self._put_back(found)
        raise TimeoutError("nobody waits any more")

    def give_up(self) -> None:
        with self._mutex:
            self._given_up.set()
        if self._found is not None:
            self._put_back(self._found)
