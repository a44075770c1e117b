"""Lines written by a thread of its own: a terminal stopped with Ctrl-S, a full pipe or a hanging disk holds
up nobody but that thread."""

from __future__ import annotations

import functools
import os
import select
import threading
from collections import deque
from collections.abc import Callable

MAX_WAITING_LINES = 2_000
"""About what `-vv` says of a call of five minutes; what comes while so many wait is dropped, and counted."""


class LineWriter:
    """Hands lines, in their order, to `write`, which may take as long as it likes.

    `write` gets one text at a time and raises nothing. The thread is a daemon: it never keeps the program.
    """

    def __init__(self, write: Callable[[str], None], *, name: str) -> None:
        self._write = write
        self._name = name
        self._thread: threading.Thread | None = None
        self._changed = threading.Condition()
        self._waiting: deque[str | _Dropped] = deque()
        self._is_writing = False
        self._written = 0
        self._stuck_since: int | None = None

    def put(self, line: str, *, may_be_dropped: bool = False) -> None:
        """Have `line` written; returns at once."""
        with self._changed:
            if may_be_dropped and len(self._waiting) >= MAX_WAITING_LINES:
                self._drop()
                return
            self._waiting.append(line)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name=self._name, daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def flush(self, within_s: float) -> bool:
        """Wait until all is written, at most so many real seconds; whether it is.

        Where nothing was written since somebody waited in vain, nobody waits again.
        """
        with self._changed:
            if self._stuck_since == self._written:
                return self._is_idle()
            is_written = self._changed.wait_for(self._is_idle, within_s)
            self._stuck_since = None if is_written else self._written
            return is_written

    def wait(self, without_progress_s: float) -> bool:
        """Wait until all is written, for as long as somebody takes a line now and then; whether it is."""
        with self._changed:
            while not self._is_idle():
                has_moved = functools.partial(self._has_moved_since, self._written)
                if not self._changed.wait_for(has_moved, without_progress_s):
                    return False
            return True

    def _has_moved_since(self, written: int) -> bool:
        return self._is_idle() or self._written != written

    def _drop(self) -> None:
        last = self._waiting[-1]
        if isinstance(last, _Dropped):
            last.lines += 1
        else:
            self._waiting.append(_Dropped())

    def _is_idle(self) -> bool:
        return not self._waiting and not self._is_writing

    def _run(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                line = self._waiting.popleft()
                self._is_writing = True
            self._write(str(line))
            with self._changed:
                self._is_writing = False
                self._written += 1
                self._changed.notify_all()


class _Dropped:
    """How many lines are missing at one place."""

    def __init__(self) -> None:
        self.lines = 1

    def __str__(self) -> str:
        what = "line was" if self.lines == 1 else "lines were"
        return f"{self.lines} log {what} dropped here: nobody took them"


def descriptor_writer(descriptor: int, *, encoding: str) -> Callable[[str], None]:
    """What writes whole lines to `descriptor`. A failure is nobody's: a closed pipe, a full disk.

    Not through `sys.stderr`: whoever waits in its buffer holds a lock that the interpreter wants at its end.
    """

    def write(line: str) -> None:
        left = f"{line}\n".encode(encoding, errors="backslashreplace")
        while left:
            try:
                left = left[os.write(descriptor, left) :]
            except BlockingIOError:  # somebody who shares the terminal has made it non-blocking
                select.select([], [descriptor], [])
            except OSError:
                return

    return write
