"""Runs of the program as forks of a process that has imported it, handled like `subprocess.Popen`."""

from __future__ import annotations

import contextlib
import os
import select
import selectors
import signal
import socket
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

from tests.fresh_process import ROOM_BYTES, Request

_REPOSITORY = Path(__file__).resolve().parent.parent
_STARTS_WITHIN_S = 60.0
"""The first run waits until everything is imported, on a busy machine."""
_CHUNK_BYTES = 1 << 16

CLOSED = -10
"""A standard stream that is not open, as after `>&-`; beside the constants of `subprocess`."""

LANGUAGE = "C.UTF-8"
"""`LANG` of every forked run: what it decides is decided when an interpreter starts."""

_PREFIXES = (
    *("CARTESIA_", "TWILIO_", "NGROK_", "PYNGROK_", "XDG_", "_CARTESIA_CALL_"),
    *("NAGIOS_", "ICINGA_", "MONIT_"),
)
_NAMES = frozenset(
    (
        *("LANG", "HOME", "PATH", "TZ", "TMPDIR", "TERM", "COLUMNS", "LINES", "NO_COLOR", "FORCE_COLOR"),
        *("PWD", "OLDPWD", "CREDENTIALS_DIRECTORY", "BODY", "WHAT", "ON_CALL", "MAILTO"),
        *("TROUBLE", "OPEN_FILES"),  # of tests.cli.troubled_program
        *("HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"),
    )
)
"""Variables that are read only after all imports; `tests/test_forked_process.py` shows it."""


def is_read_late(name: str) -> bool:
    """Whether nothing reads this variable at an interpreter's start or in an import."""
    return name in _NAMES or name.startswith(_PREFIXES)


class ForkServer:
    """`tests.fork_server` as a child process, until `close`."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        """`environment` is what Python starts in: a search path, a home that is no run's."""
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        room = "-" * ROOM_BYTES
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-m", "tests.fork_server", str(theirs.fileno()), room],
                env={**environment, "LANG": LANGUAGE, "ROOM": room},
                cwd=_REPOSITORY,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                start_new_session=True,
            )

    @staticmethod
    def can_run(request: Request) -> bool:
        """Whether a fork would be what an interpreter of its own is."""
        return (
            sys.platform == "linux"
            and request.environment.get("LANG") == LANGUAGE
            and all(map(is_read_late, request.environment))
            and request.has_room()
        )

    def start(self, request: Request, *, stdin: int, stdout: int, stderr: int) -> ForkedProcess:
        """Start a run. Streams as for `subprocess.Popen`, or CLOSED."""
        return ForkedProcess(self._control, request, (stdin, stdout, stderr))

    def close(self) -> None:
        """End the server, and kill what still runs."""
        self._control.close()
        self._process.wait()


class ForkedProcess:
    """A run. Attributes and methods do what those of the same names of a `subprocess.Popen[bytes]` do."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def __init__(self, control: socket.socket, request: Request, streams: tuple[int, int, int]) -> None:
        self.args = request.command_line()
        self.returncode: int | None = None
        self._reaping = threading.Lock()
        with contextlib.ExitStack() as started:
            ends = [_ends(stream, number, started) for number, stream in enumerate(streams)]
            self._channel, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
            started.callback(theirs.close)
            given = {str(number): end for number, (end, _) in enumerate(ends) if end is not None}
            numbers = "".join(given).encode() or b"-"
            socket.send_fds(control, [numbers], [theirs.fileno(), *given.values()])
        self._pipes = {number: ours for number, (_, ours) in enumerate(ends) if ours is not None}
        self._collected = dict.fromkeys(self._pipes, b"")
        self.stdin, self.stdout, self.stderr = map(self._pipes.get, range(3))
        weakref.finalize(self, self._channel.close)
        self._channel.send(request.encoded())
        self.pid, self._pidfd = self._wait_for_start()
        weakref.finalize(self, os.close, self._pidfd)

    def _wait_for_start(self) -> tuple[int, int]:
        if not _is_readable(self._channel, _STARTS_WITHIN_S):
            raise subprocess.TimeoutExpired(self.args, _STARTS_WITHIN_S)
        told, descriptors, _, _ = socket.recv_fds(self._channel, 64, 1)
        if not descriptors:
            raise RuntimeError(f"no run came to be of {self.args}: {told!r}")
        return int(told), descriptors[0]

    def poll(self) -> int | None:
        with self._reaping:
            if self.returncode is None and _is_readable(self._channel, 0):
                told = self._channel.recv(64)
                if not told:
                    raise RuntimeError("the fork server is gone")
                self.returncode = int(told)
            return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        until_s = _later_s(timeout)
        while (status := self.poll()) is None:
            if not _is_readable(self._channel, _left_s(until_s)):
                raise subprocess.TimeoutExpired(self.args, timeout or 0)
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)

    def communicate(
        self, input: bytes | None = None, timeout: float | None = None
    ) -> tuple[bytes | None, bytes | None]:
        until_s = _later_s(timeout)
        unwritten = memoryview(input or b"")
        pipes = {n: pipe for n, pipe in self._pipes.items() if not pipe.closed}
        with selectors.DefaultSelector() as selector:
            for number, pipe in pipes.items():
                selector.register(pipe, selectors.EVENT_READ if number else selectors.EVENT_WRITE, number)
            while pipes:
                events = selector.select(_left_s(until_s))
                if not events:
                    raise subprocess.TimeoutExpired(self.args, timeout or 0)
                for number in [key.data for key, _ in events]:
                    pipe = pipes[number]
                    if number == 0:
                        unwritten = _written(pipe.fileno(), unwritten)
                        is_over = not unwritten
                    else:
                        chunk = pipe.read1(_CHUNK_BYTES)
                        self._collected[number] += chunk
                        is_over = not chunk
                    if is_over:
                        selector.unregister(pipe)
                        pipes.pop(number).close()
        self.wait(_left_s(until_s))
        return self._collected.get(1), self._collected.get(2)


def _ends(stream: int, number: int, started: contextlib.ExitStack) -> tuple[int | None, Any]:
    """The run's end of a stream, None if it has none, and ours. `started` closes what is the run's alone."""
    if stream == CLOSED:
        return None, None
    if stream == subprocess.PIPE:
        reading, writing = os.pipe()
        theirs, ours, mode = (reading, writing, "wb") if number == 0 else (writing, reading, "rb")
        started.callback(os.close, theirs)
        return theirs, open(ours, mode)
    if stream == subprocess.DEVNULL:
        null = os.open(os.devnull, os.O_RDWR)
        started.callback(os.close, null)
        return null, None
    return stream, None


def _written(descriptor: int, text: memoryview) -> memoryview:
    """What is left of `text`; nothing once nobody reads it."""
    try:
        return text[os.write(descriptor, text[: select.PIPE_BUF]) :]
    except BrokenPipeError:
        return text[:0]


def _is_readable(channel: socket.socket, limit_s: float | None) -> bool:
    waiting = select.poll()
    waiting.register(channel, select.POLLIN)
    return bool(waiting.poll(None if limit_s is None else limit_s * 1_000))


def _later_s(limit_s: float | None) -> float | None:
    return None if limit_s is None else time.monotonic() + limit_s


def _left_s(until_s: float | None) -> float | None:
    return None if until_s is None else max(0.0, until_s - time.monotonic())
