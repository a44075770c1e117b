"""Run as a script: stops the server of a folder and removes the folder once whoever began it is gone.

    python sweeper.py FOLDER LOCK

A run that is interrupted, or killed, cannot do so itself, and the server is a process of its own. Standard
input ends with the process at its other end; while others hold the lock, their sweepers come later.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import sys
import threading
from pathlib import Path

LOOK_S = 0.05
LOOKS = 200


def sweep(folder: Path, lock: Path) -> None:
    """Nothing, while anybody holds the lock."""
    try:
        with lock.open() as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            _stop(folder / "pg" / "postmaster.pid")
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink()
    except (BlockingIOError, FileNotFoundError):
        return


def _stop(pid_file: Path) -> None:
    with contextlib.suppress(OSError, ValueError, IndexError):
        pid = int(pid_file.read_text().split()[0])
        os.kill(pid, signal.SIGQUIT)
        never = threading.Event()
        for _ in range(LOOKS):
            os.kill(pid, 0)  # until there is no such process
            never.wait(LOOK_S)


if __name__ == "__main__":
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    sys.stdin.buffer.read()
    sweep(Path(sys.argv[1]), Path(sys.argv[2]))
