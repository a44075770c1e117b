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

from cartesia_call.settings.starting import folders_of_places, is_live_call

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeVar

    from cartesia_call.ports import CallStage, Observer

    T = TypeVar("T")

PLACES_OF_A_CORE = 2
"""So that there is work for a core while one of them waits. 500 calls lost nothing so on two cores;
of 60 that took twice as many, beside other work, two waited for the ledger longer than its limit."""

PATIENCE_S = 10.0
"""Twenty times what a start takes on a machine that does nothing else."""

MOST_WAITS = 60
"""Ten minutes: some two thousand calls on two cores."""

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
"""The signals that end a command, as in `cli/signals.py`, which is not loaded yet."""

_AT_ONCE_S = 1e-6
_LAST_STANDARD = 2


def _cores() -> int:
    """That this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class Places:
    """The places of this machine, in a directory of this user's own below the first of `folders` that has
    one, by default of `folders_of_places`: mode 0700, or it is not used."""

    def __init__(
        self,
        folders: Sequence[str] | None = None,
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
        self.stopped_by: int | None = None
        """The signal that ended the wait: to be told as any other, once that is loaded which tells it."""

    @property
    def is_held(self) -> bool:
        """Whether this process has a place."""
        return self._held is not None

    def take(self) -> None:
        """Wait for a place. Without one where there can be none, or it takes too long, or one of `ENDING`
        came; the next ones are ignored then, for who sends one sends another at once.

        In the main thread: signals mean what they meant before, and SIGALRM is used.
        """
        try:
            folder = self._folder()
            if folder is not None:
                first = os.getpid() % self._count
                names = [f"{(first + n) % self._count}.lock" for n in range(self._count)]
                self._held = self._waited_for([os.path.join(folder, name) for name in names])
        except OSError:
            return
        except _Stopped as stopped:
            self.stopped_by = stopped.number

    def leave(self) -> None:
        """Somebody else may start. A second time nothing happens."""
        held, self._held = self._held, None
        if held is not None:
            fcntl.flock(held, fcntl.LOCK_UN)  # also of what a child that was forked meanwhile holds of it
            os.close(held)

    def _folder(self) -> str | None:
        for place in folders_of_places() if self._folders is None else self._folders:
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
            with _for_a_while(self._patience_s):
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


class _Stopped(Exception):
    """Whoever started this process wants its end."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


@contextlib.contextmanager
def _for_a_while(limit_s: float) -> Iterator[None]:
    """Leave the block after so many real seconds, wherever it is; _Stopped if a signal comes before.

    An alarm that this process was started with (`perl -e 'alarm 60; exec @ARGV'`) rings when it is due, and
    it makes no difference whether SIGALRM was blocked.
    """
    due_in_s, every_s = signal.setitimer(signal.ITIMER_REAL, 0)
    limit_s = min(limit_s, due_in_s or limit_s)
    left_s = 0.0
    with _handling_signals(), contextlib.suppress(_Waited):
        try:
            signal.setitimer(signal.ITIMER_REAL, limit_s)
            yield
        finally:
            left_s, _ = signal.setitimer(signal.ITIMER_REAL, 0)
    if due_in_s:
        signal.setitimer(signal.ITIMER_REAL, max(due_in_s - (limit_s - left_s), _AT_ONCE_S), every_s)


@contextlib.contextmanager
def _handling_signals() -> Iterator[None]:
    """Inside the block SIGALRM raises _Waited, and the first of `ENDING` _Stopped; behind it they mean what
    they meant before, or nothing once there was one."""

    def ring(*_: object) -> None:
        raise _Waited

    def stop(number: int, _: object) -> None:
        if stop not in before.values():
            before.update(dict.fromkeys(ending, stop))
            raise _Stopped(number)

    # `nohup` holds here, too.
    ending = [n for n in ENDING if n is not signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]
    before: dict[int, Any] = {number: signal.getsignal(number) for number in (signal.SIGALRM, *ending)}
    blocked = signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})
    try:
        signal.signal(signal.SIGALRM, ring)
        for each in ending:
            signal.signal(each, stop)
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)


def _locked(path: str, how: int) -> int | None:
    """The descriptor of the file, locked, its time of change now; None if somebody holds it."""
    descriptor = _beside_standard_streams(
        os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    )
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


def _beside_standard_streams(descriptor: int) -> int:
    """The same file with a number above 2. Where a standard stream is closed (`>&-`) it would stand in for
    that, and once it is closed too, the next socket would."""
    if descriptor > _LAST_STANDARD:
        return descriptor
    try:
        return fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, _LAST_STANDARD + 1)
    finally:
        os.close(descriptor)


def _stamp(path: str) -> tuple[int, int] | None:
    """What differs when somebody else has locked it."""
    with contextlib.suppress(FileNotFoundError):
        found = os.stat(path)
        return found.st_ino, found.st_mtime_ns
    return None
