"""An agent that outlived the process it belonged to: recognised beyond doubt, then ended."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

from cartesia_call.records import dataclass

_MARKS = (" start --none ", " tunnel --config /dev/null ")
"""How pyngrok starts ngrok's agent, and we cloudflared; nobody starts them so by hand."""

_GOOD_BYE_S = 2.0
_LOOK_EVERY_S = 0.05
_PS_LIMIT_S = 5.0
_LSTART_LENGTH = len("Mon Nov  2 10:11:12 2026")
_STARTTIME_FIELD = 22
"""proc_pid_stat(5): `starttime`, in clock ticks since boot. Fields count from 1."""


@dataclass(frozen=True)
class AgentIdentity:
    """A process that no later one is mistaken for. `started` is the system's own word, only compared."""

    pid: int
    started: str


def identity_of_agent(pid: int) -> AgentIdentity | None:
    """The running agent `pid`; None if there is no such process or it is something else."""
    started, command = _from_proc(pid) if sys.platform == "linux" else _from_ps(pid)
    if not any(mark in f" {command} " for mark in _MARKS):
        return None
    return AgentIdentity(pid, started)


def end_left_over(identity: AgentIdentity) -> bool:
    """End that agent if it is still the same process; whether it was. Blocks up to about two seconds."""
    if identity_of_agent(identity.pid) != identity:
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, signal.SIGTERM)
    pause = threading.Event()
    for _ in range(round(_GOOD_BYE_S / _LOOK_EVERY_S)):
        if identity_of_agent(identity.pid) != identity:
            return True
        pause.wait(_LOOK_EVERY_S)
    with contextlib.suppress(ProcessLookupError):
        os.kill(identity.pid, signal.SIGKILL)
    return True


def _from_proc(pid: int) -> tuple[str, str]:
    """Start and command line by Linux's /proc; both empty for a process that is gone or a zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
        command = Path(f"/proc/{pid}/cmdline").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return "", ""
    # The second field is a name in brackets and may hold anything; the third follows the last bracket.
    third_field_onward = stat.rpartition(")")[2].split()
    return third_field_onward[_STARTTIME_FIELD - 3], command.replace("\0", " ")


def _from_ps(pid: int) -> tuple[str, str]:
    """The same by `ps`, for macOS."""
    try:
        listing = subprocess.run(  # noqa: S603  # a fixed program and a number
            ["/bin/ps", "-ww", "-p", str(pid), "-o", "lstart=", "-o", "args="],
            env={"LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_PS_LIMIT_S,
            check=False,
        ).stdout.strip()
    except (OSError, subprocess.TimeoutExpired):
        return "", ""
    return listing[:_LSTART_LENGTH], listing[_LSTART_LENGTH:]
