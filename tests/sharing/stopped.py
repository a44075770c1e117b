"""A process on a line that is stopped: it has its name there, and answers nothing."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

_PROGRAM = """
import fcntl, os, signal, socket, sys
from pathlib import Path

folder, name, keeps_up = sys.argv[1:]
os.chdir(folder)
if keeps_up:
    lock = open("kept-up.lock", "w")
    fcntl.flock(lock, fcntl.LOCK_EX)
    print(os.getpid(), file=lock, end="", flush=True)
listening = socket.socket(socket.AF_UNIX)
listening.bind(name)
listening.listen()
os.kill(os.getpid(), signal.SIGSTOP)
signal.pause()
"""


@contextlib.contextmanager
def stopped_process(folder: Path, name: str, *, keeps_up: bool = False) -> Iterator[subprocess.Popen[bytes]]:
    """Called `name` in `folder`, inside the block. `keeps_up`: as `line up` does."""
    # -I -S: it starts in a few milliseconds.
    arguments = [sys.executable, "-I", "-S", "-c", _PROGRAM, str(folder), name, "x" if keeps_up else ""]
    with subprocess.Popen(arguments) as process:
        try:
            _, status = os.waitpid(process.pid, os.WUNTRACED)
            assert os.WIFSTOPPED(status)
            yield process
        finally:
            process.kill()
