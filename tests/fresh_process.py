"""What makes a fork of a running interpreter what `python -m MODULE ARGUMENT...` would have been.

Different are: modules are imported already, sets have the order that they have in the server, and the parent
is the server. `tests/test_forked_process.py` compares the rest.
"""

from __future__ import annotations

import ctypes
import io
import json
import os
import socket
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TextIO

ROOM_BYTES = 1 << 15
"""How long all arguments may be, and the whole environment: /proc shows the memory in which the server was
given its own, and the server is given so much of both."""

_MAX_REQUEST_BYTES = 1 << 20
_ARGUMENTS_FIELD, _ENVIRONMENT_FIELD = 48, 50
"""Of /proc/PID/stat, counted from 1 as in proc(5): where each begins; the next one is where it ends."""


@dataclass(frozen=True)
class Request:
    """A run: `python -m module argument...`, its whole environment and its working directory."""

    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    working_directory: str

    def has_room(self) -> bool:
        """Whether /proc can show it."""
        return all(len(shown) < ROOM_BYTES for shown in (self.shown_arguments(), self.shown_environment()))

    def command_line(self) -> list[str]:
        return [sys.executable, "-m", self.module, *self.arguments]

    def shown_arguments(self) -> bytes:
        """As /proc/PID/cmdline has it."""
        return b"".join(os.fsencode(word) + b"\0" for word in self.command_line())

    def shown_environment(self) -> bytes:
        """As /proc/PID/environ has it."""
        return b"".join(os.fsencode(f"{name}={value}\0") for name, value in self.environment.items())

    def encoded(self) -> bytes:
        return json.dumps(asdict(self)).encode()


def become_fresh(channel: socket.socket, streams: Mapping[int, int]) -> Request:
    """Read the request from `channel`, be what it asks for, tell the process id with a pidfd of it, and close
    all but the standard streams: those of `streams`, by their numbers.
    """
    request = Request(**json.loads(channel.recv(_MAX_REQUEST_BYTES)))
    os.setsid()
    for number in range(3):
        os.close(number)
    for number, descriptor in streams.items():
        os.dup2(descriptor, number)
        os.close(descriptor)
    os.chdir(request.working_directory)
    os.environ.clear()
    os.environ.update(request.environment)
    time.tzset()
    _show(request.shown_arguments(), _ARGUMENTS_FIELD)
    _show(request.shown_environment(), _ENVIRONMENT_FIELD)
    sys.orig_argv = request.command_line()
    sys.argv = ["-m", *request.arguments]
    sys.path[0] = os.getcwd()
    _open_standard_streams()
    with channel:
        pidfd = os.pidfd_open(os.getpid())
        socket.send_fds(channel, [str(os.getpid()).encode()], [pidfd])
        os.close(pidfd)
    return request


def _show(text: bytes, field: int) -> None:
    """Write `text` where the kernel reads arguments or environment of this process for whoever asks."""
    fields = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    begins, ends = (int(fields[place - 3]) for place in (field, field + 1))
    if len(text) > ends - begins:
        raise ValueError(f"{len(text)} bytes have no room in {ends - begins}")
    ctypes.memmove(begins, text.ljust(ends - begins, b"\0"), ends - begins)


def _open_standard_streams() -> None:
    """As `create_stdio` of CPython's pylifecycle.c does it. Encodings and errors are those of the server,
    whose locale is the run's.
    """
    # typeshed has the original ones final.
    sys.stdin = sys.__stdin__ = _opened(sys.stdin, 0, "r")  # type: ignore[misc]
    sys.stdout = sys.__stdout__ = _opened(sys.stdout, 1, "w")  # type: ignore[misc]
    sys.stderr = sys.__stderr__ = _opened(sys.stderr, 2, "w")  # type: ignore[misc]


def _opened(model: TextIO, number: int, mode: str) -> Any:
    """None for a stream that is closed."""
    try:
        os.fstat(number)
    except OSError:
        return None
    buffer: Any = open(number, f"{mode}b", closefd=False)  # noqa: SIM115  # for as long as the process lives
    buffer.raw.name = model.name
    is_by_line = number == 2 or os.isatty(number)
    stream: Any = io.TextIOWrapper(
        buffer, encoding=model.encoding, errors=model.errors, newline="\n", line_buffering=is_by_line
    )
    stream.mode = mode
    return stream
