"""The file of `--trace`: written beside the call by a thread of its own, which alone waits for the disk."""

from __future__ import annotations

import errno
import fcntl
import os
import queue
import secrets
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.tracing.lines import end_line, message_line
from cartesia_call.tracing.messages import Message
from cartesia_call.tracing.pseudonyms import Pseudonyms
from cartesia_call.tracing.scrubbing import Scrubber

logger = logger_of(__name__)

MOST_WAITING = 20_000
"""Messages that a slow disk may leave waiting: some minutes of one call, and ten megabytes."""

LARGEST_FILE_BYTES = 256 * 1024 * 1024
"""Five hours of one call without audio."""

_CLOSE_LIMIT_S = 3.0
"""How long the end of the command waits for a disk."""

_FLAGS = os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK


def trouble_with(path: Path) -> str | None:
    """Why no trace can be written to `path`, as a sentence about it; None: it can. Leaves what is in it."""
    try:
        os.close(_opened(path))
    except OSError as error:
        return f"{path}: {error.strerror}"
    return None


def _opened(path: Path) -> int:
    """For writing, by this command alone. OSError for a link, pipe or device, and while another writes it."""
    try:
        descriptor = os.open(path, _FLAGS, 0o600)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(error.errno, "it is a symbolic link") from error
        raise
    try:
        _claim(descriptor)
    except BlockingIOError as error:
        os.close(descriptor)
        raise OSError(error.errno, "another command writes its trace there") from error
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


def _claim(descriptor: int) -> None:
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        raise OSError(errno.EINVAL, "it is not a file")
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class TraceFile:
    """Implements `trace_ports.Tracer`. `header` is the first line. Times count from its making on.

    Nothing raises: what goes wrong is in `trouble`, a sentence, or None. What is too much is left out and
    counted in the last line.
    """

    def __init__(
        self,
        path: Path,
        *,
        header: str,
        clock: Clock,
        keeps_audio: bool = False,
        largest_bytes: int = LARGEST_FILE_BYTES,
    ) -> None:
        self.trouble: str | None = None
        self._path = path
        self._header = header
        self._clock = clock
        self._scrubber = Scrubber(Pseudonyms(secrets.token_bytes(32)), keeps_audio=keeps_audio)
        self._largest_bytes = largest_bytes
        self._began_s = clock.now_s()
        self._links = 0
        self._dropped = 0
        self._waiting: queue.SimpleQueue[tuple[float, Message | None]] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._write_all, name="trace", daemon=True)
        self._thread.start()

    def note(self, message: Message) -> None:
        if self._waiting.qsize() < MOST_WAITING:
            self._waiting.put((self._now_ms(), message))
        else:
            self._dropped += 1

    def new_link(self) -> int:
        self._links += 1
        return self._links

    async def close(self) -> None:
        """Write what is waiting and end; three seconds at the most."""
        self._waiting.put((self._now_ms(), None))
        await in_daemon_thread(self._join)
        if self._thread.is_alive():
            self.trouble = f"{self._path}: it does not take what is written within {_CLOSE_LIMIT_S:g} s"

    def _join(self) -> None:
        self._thread.join(_CLOSE_LIMIT_S)

    def _now_ms(self) -> float:
        return (self._clock.now_s() - self._began_s) * 1000

    # --- in the thread

    def _write_all(self) -> None:
        try:
            with self._open() as file:
                self._write_to(file)
        except OSError as error:
            self.trouble = f"{self._path}: {error.strerror or error}"
        except Exception:  # a trace never ends a call
            logger.exception("a fault of ours in writing the trace")
            self.trouble = f"{self._path}: a fault of ours"
        # What nobody writes any more must not pile up.
        while self.trouble is not None and self._waiting.get()[1] is not None:
            pass

    def _open(self) -> IO[str]:
        """Empty, and for its owner alone, whatever was there. OSError if it cannot be."""
        descriptor = _opened(self._path)
        try:
            os.ftruncate(descriptor, 0)
            os.fchmod(descriptor, 0o600)
            return open(descriptor, "w", encoding="ascii")
        except BaseException:
            os.close(descriptor)
            raise

    def _write_to(self, file: IO[str]) -> None:
        written, records = 0, 0
        write: Callable[[str], int] = file.write
        written += write(self._header)
        while True:
            at_ms, message = self._waiting.get()
            if message is None:
                write(end_line(at_ms, records=records, dropped=self._dropped))
                return
            line = message_line(message, at_ms, self._scrubber)
            if written + len(line) > self._largest_bytes:
                self._dropped += 1
                continue
            written += write(line)
            records += 1
            if self._waiting.empty():
                file.flush()
