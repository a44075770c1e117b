"""The process group of a tunnel's agent and its keeper: how the keeper ends it."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import threading
from collections.abc import Iterable

_GOOD_BYE_S = 2.0
"""How long an agent may take to deregister its endpoint after SIGTERM; it does so in well under a second."""


def outlive_group_signal() -> None:
    """Both the keeper and the agent get the group's SIGTERM; a handler, unlike SIG_IGN, is not inherited."""
    signal.signal(signal.SIGTERM, lambda _signal, _frame: None)


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
