"""What a test may have left behind: tasks, threads, processes."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

_LOOP_TURNS = 10
"""How many turns of the event loop a task that is already ending may take."""
_THREAD_GRACE_S = 1.0


async def leaked_tasks(before: frozenset[asyncio.Task[object]]) -> list[str]:
    """Names of the running loop's tasks that are neither in `before` nor the caller; they are cancelled."""
    known = before | {asyncio.current_task()}
    left: list[asyncio.Task[object]] = []
    for _ in range(_LOOP_TURNS):
        left = [task for task in asyncio.all_tasks() if task not in known]
        if not left:
            return []
        await asyncio.sleep(0)
    for task in left:
        task.cancel()
    await asyncio.wait(left, timeout=1)
    return [repr(task) for task in left]


def leaked_threads(before: frozenset[threading.Thread]) -> list[str]:
    """Names of the threads, not in `before`, that would keep the interpreter from ending.

    The event loop's own executor (`asyncio_0`, ...) does not count: the loop joins it when it closes, which
    is after the test's fixtures.
    """
    late = [
        thread
        for thread in threading.enumerate()
        if thread not in before and not thread.daemon and not thread.name.startswith("asyncio_")
    ]
    for thread in late:
        thread.join(_THREAD_GRACE_S)
    return [thread.name for thread in late if thread.is_alive()]


SESSION_CHILDREN: set[int] = set()
"""Of this process, begun for all tests that follow, though it was within one: their process ids."""


def child_processes() -> frozenset[int]:
    """The process ids of this process's own children, zombies included; not those of the whole session."""
    return _children() - SESSION_CHILDREN


def _children() -> frozenset[int]:
    if sys.platform == "linux":
        listings = Path("/proc/self/task").glob("*/children")
        return frozenset(int(pid) for listing in listings for pid in _read(listing).split())
    own = str(os.getpid())
    table = subprocess.run(["ps", "-A", "-o", "pid=,ppid=,comm="], capture_output=True, text=True, check=True)
    rows = [row.split(None, 2) for row in table.stdout.splitlines()]
    return frozenset(int(pid) for pid, parent, command in rows if parent == own and command != "ps")


def end_children(pids: frozenset[int]) -> list[str]:
    """Kill and reap these children of ours; a description of each."""
    descriptions = []
    for pid in sorted(pids):
        descriptions.append(f"{pid}: {_command_line(pid)}")
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
        with contextlib.suppress(ChildProcessError):
            os.waitpid(pid, 0)
    return descriptions


def processes_of_home(home: Path) -> frozenset[int]:
    """Processes, of whichever parent, whose environment or command line names `home`.

    So an agent is found that outlived the program that started it, whatever session it made for itself.
    Linux only; elsewhere nothing is found.
    """
    needle = os.fsencode(home)
    return frozenset(
        int(process.name)
        for process in Path("/proc").glob("[0-9]*")
        if int(process.name) != os.getpid()
        and (needle in _read(process / "environ") or needle in _read(process / "cmdline"))
    )


def _command_line(pid: int) -> str:
    return _read(Path(f"/proc/{pid}/cmdline")).replace(b"\0", b" ").decode(errors="replace").strip()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:  # gone between the listing and the reading, or somebody else's
        return b""
