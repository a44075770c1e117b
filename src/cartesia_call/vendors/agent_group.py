"""What the keepers of tunnels' agents have in common: one answer to a request, and the end of their process
group, the agent in it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

_GOOD_BYE_S = 2.0
"""How long an agent may take to deregister its endpoint after SIGTERM; it does so in well under a second."""


class OneAnswer:
    """To one request. What is given after the first is nobody's any more."""

    def __init__(self, channel: socket.socket) -> None:
        self._channel = channel
        self._unanswered = threading.Semaphore()

    def give(self, reply: dict[str, Any]) -> None:
        """Send it as a line, if it is the first."""
        if self._unanswered.acquire(blocking=False):
            with contextlib.suppress(OSError):  # nobody waits for the answer any more
                self._channel.sendall(json.dumps(reply).encode() + b"\n")


def serve(take: Callable[[dict[str, Any], OneAnswer], None]) -> socket.socket:
    """`take` every request that comes over the channel whose descriptor is the first argument, until its end.

    Returns the channel, to be held until the group has ended: whoever reads its end takes the agent for gone.
    Both the keeper and the agent get the group's SIGTERM; a handler, unlike SIG_IGN, is not inherited.
    """
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)
    channel = socket.socket(fileno=int(sys.argv[1]))
    with contextlib.suppress(OSError), channel.makefile("r", encoding="utf-8") as requests:
        for line in requests:
            take(json.loads(line), OneAnswer(channel))
    return channel


def later(seconds: float, act: Callable[[], None]) -> threading.Timer:
    """Have `act` done in so many seconds, unless it is cancelled or this process ends before."""
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    timer.start()
    return timer


def end_group(folders: Iterable[str] = ()) -> None:
    """End the agent, whatever it started, remove its folders, and end this process."""
    os.killpg(0, signal.SIGTERM)
    reaper = threading.Thread(target=_reap_children, daemon=True)
    reaper.start()
    reaper.join(_GOOD_BYE_S)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
    os.killpg(0, signal.SIGKILL)


def _reap_children() -> None:
    with contextlib.suppress(ChildProcessError):  # none is left
        while True:
            os.waitpid(-1, 0)
