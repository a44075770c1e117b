"""What a process finds around itself, as an object in a file, and an end of some kind.

Copied into a working directory, where it is found without further ado: `python -m probe END FILE`.
"""

from __future__ import annotations

import atexit
import ctypes
import json
import os
import random
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

_STAYS_S = 60


def surroundings() -> dict[str, Any]:
    """Everything that the program or a library may go by, but for what differs from process to process."""
    umask = os.umask(0)
    os.umask(umask)
    return {
        "name": __name__,
        "file": __file__,
        "arguments": [sys.argv, sys.orig_argv, _proc("cmdline").rstrip(b"\0").decode().split("\0")],
        "environment": dict(os.environ),
        "environment of a child": _given_to_a_child(),
        "shown environment": sorted(
            _proc("environ").rstrip(b"\0").decode(errors="surrogateescape").split("\0")
        ),
        "title": _proc("comm").decode(),
        "working directory": os.getcwd(),
        "path": sys.path,
        "flags": str(sys.flags),
        "warnings": sys.warnoptions,
        "streams": [_of_stream(stream) for stream in (sys.stdin, sys.stdout, sys.stderr)],
        "are the original ones": sys.stdout is sys.__stdout__ and sys.stderr is sys.__stderr__,
        "descriptors": sorted(os.listdir("/proc/self/fd"))[:-1],
        "signals": {number: str(signal.getsignal(number)) for number in signal.valid_signals()},
        "blocked signals": sorted(signal.pthread_sigmask(signal.SIG_BLOCK, [])),
        "is leader": [os.getpid() == os.getsid(0), os.getpid() == os.getpgid(0)],
        "threads": [thread.name for thread in threading.enumerate()],
        "zone": [time.tzname, time.timezone],
        "umask": umask,
        "limits": _proc("limits").decode(),
    }


def _proc(file: str) -> bytes:
    return Path("/proc/self", file).read_bytes()


def _given_to_a_child() -> list[str]:
    """By a library that starts one without Python."""
    with tempfile.TemporaryFile() as file:
        out = os.dup(file.fileno())
        os.set_inheritable(out, True)
        ctypes.CDLL(None).system(f"env -0 >&{out}".encode())
        os.close(out)
        file.seek(0)
        return sorted(file.read().decode().split("\0"))


def _of_stream(stream: Any) -> list[object] | None:
    if stream is None:
        return None
    return [
        *(stream.name, stream.mode, stream.encoding, stream.errors, stream.newlines),
        *(stream.line_buffering, stream.write_through, stream.isatty(), stream.fileno()),
        *(stream.buffer.raw.name, stream.buffer.raw.mode, stream.buffer.raw.closefd),
    ]


def _by_thread() -> None:
    """The interpreter waits for it, and for what is registered, which prints without flushing."""
    atexit.register(lambda: sys.stdout.write("at exit"))
    threading.Timer(0.05, lambda: print("thread", end=" ")).start()


def _leaving_two() -> None:
    """A child and a fork that stay, each in a session of its own, with none of our streams."""
    waiting = [sys.executable, "-c", f"import time; time.sleep({_STAYS_S})"]
    null = subprocess.DEVNULL
    subprocess.Popen(waiting, stdin=null, stdout=null, stderr=null, start_new_session=True)
    if os.fork() == 0:
        os.setsid()
        os.closerange(0, 3)
        select.select([], [], [], _STAYS_S)
        os._exit(0)


def _interrupted() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    select.select([], [], [], _STAYS_S)


def _raise(error: BaseException) -> Callable[[], None]:
    def end() -> None:
        raise error

    return end


ENDS: dict[str, Callable[[], object]] = {
    "as ever": lambda: None,
    "with status": lambda: sys.exit(7),
    "with words": lambda: sys.exit("words"),
    "by an error": _raise(ValueError("an error")),
    "interrupted": _interrupted,
    "at once": lambda: os._exit(9),
    "killed": lambda: os.kill(os.getpid(), signal.SIGKILL),
    "aborted": os.abort,
    "broken pipe": lambda: os.kill(os.getpid(), signal.SIGPIPE),
    "after a thread": _by_thread,
    "leaving two": _leaving_two,
    "drawing": lambda: print(random.random(), uuid.uuid4(), tempfile.mktemp()),
}

if __name__ == "__main__":
    text = None if sys.stdin is None or sys.stdin.isatty() else sys.stdin.read()
    found = {**surroundings(), "standard input": text}
    Path(sys.argv[2]).write_text(json.dumps(found), encoding="utf-8")
    if sys.stdout is not None:
        sys.stdout.write("looked around ")
    ENDS[sys.argv[1]]()
