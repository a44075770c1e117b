"""Who asked not to be called again, into a do-not-call file that is the user's own.

The file is locked while it is read and written: whatever processes do so at once, a number stands there once.
It is never made nor replaced: mode, owner and links stay, and where it is gone, a new one would not hold who
else is never to be called.
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import io
import os
import stat
import threading
from pathlib import Path

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import OptOutNotKept
from cartesia_call.policy.number_list import entries_of
from cartesia_call.ports import Clock
from cartesia_call.store.file_locks import growing_pauses_s

LOCK_WAIT_S = 5.0
"""So long may others hold the file. Each of us does for the time of one look and one line."""


class OptOutFile:
    """Implements `ports.OptOuts` by the file at `path`."""

    def __init__(self, path: Path, *, clock: Clock, lock_wait_s: float = LOCK_WAIT_S) -> None:
        self._path = path
        self._clock = clock
        self._lock_wait_s = lock_wait_s

    async def add(self, callee: str) -> str:
        """As `ports.OptOuts` has it."""
        line = f"{callee}  # opt-out by key, {self._clock.utc_now():%Y-%m-%d}\n"
        try:
            is_new = await in_daemon_thread(lambda: self._append(callee, line))
        except OSError as error:
            reason = error.strerror or str(error)
            raise OptOutNotKept(f"{self._path} cannot be written: {reason}") from None
        return f"the number {'is' if is_new else 'was already'} on the do-not-call list {self._path}"

    def _append(self, callee: str, line: str) -> bool:
        """Whether `line` was appended: not if `callee` stands there. OSError if it cannot be, whole."""
        with _locked(self._path, self._lock_wait_s) as file:
            content = file.read()
            if any(entry == callee for _, entry in entries_of(content.decode("utf-8", "replace"))):
                return False
            separator = "" if not content or content.endswith(b"\n") else "\n"
            _write(file, f"{separator}{line}".encode(), length_before=len(content))
            return True


class NoOptOuts:
    """Implements `ports.OptOuts` for a rehearsal, after which everybody may be called as before."""

    def __init__(self, path: Path) -> None:
        self._path = path

    async def add(self, callee: str) -> str:
        """Nothing but a sentence."""
        return f"a live call would put the number on the do-not-call list {self._path}"


def why_not_writable(path: Path) -> str | None:
    """What would keep a number from being appended, as far as that can be seen before; None if nothing."""
    try:
        is_file = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return error.strerror or str(error)
    if not is_file:
        return _NO_FILE
    return None if os.access(path, os.W_OK) else os.strerror(errno.EACCES)


_NO_FILE = "it is no regular file"


def _write(file: io.FileIO, text: bytes, *, length_before: int) -> None:
    """The whole of it, on the disk, or nothing: half a number is somebody else's."""
    is_whole = False
    try:
        is_whole = file.write(text) == len(text)
        os.fsync(file.fileno())
    except OSError:
        is_whole = False
        raise
    finally:
        if not is_whole:
            with contextlib.suppress(OSError):  # the first reason is told
                file.truncate(length_before)
    if not is_whole:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def _locked(path: Path, wait_s: float) -> io.FileIO:
    """The file, locked until it is closed; the one that is there, if somebody replaces it meanwhile."""
    pauses_s, waited_s, never = growing_pauses_s(), 0.0, threading.Event()
    while (file := _try_lock(path)) is None:
        if waited_s >= wait_s:
            raise TimeoutError(None, f"other programs have kept it for {wait_s:g} s")
        pause_s = next(pauses_s)
        never.wait(pause_s)
        waited_s += pause_s
    file.seek(0)
    return file


def _try_lock(path: Path) -> io.FileIO | None:
    # Neither made if it is missing, nor waited for if it is a pipe.
    descriptor = os.open(path, os.O_RDWR | os.O_APPEND | os.O_NONBLOCK | os.O_CLOEXEC)
    file, is_ours = io.FileIO(descriptor, "a+"), False
    try:
        _refuse_pipes(descriptor)
        with contextlib.suppress(BlockingIOError):  # somebody else has it
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            is_ours = os.path.samestat(os.fstat(descriptor), path.stat())
    finally:
        if not is_ours:
            file.close()
    return file if is_ours else None


def _refuse_pipes(descriptor: int) -> None:
    """What is written there would be lost, or read by whoever wrote the list."""
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, _NO_FILE)
