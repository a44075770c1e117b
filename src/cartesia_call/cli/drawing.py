"""Drawing on a terminal beside work that nothing may hold up."""

from __future__ import annotations

import os
import select


def write_at_once(descriptor: int, text: str) -> bool:
    """Write to the terminal if it takes the text at once and is ours; whether it was written.

    False where output is stopped (Ctrl-S), where the window was closed, and in the background.
    """
    try:
        if not _is_in_foreground(descriptor) or not select.select([], [descriptor], [], 0)[1]:
            return False
        os.write(descriptor, text.encode())
    except (OSError, ValueError):  # the window was closed
        return False
    return True


def _is_in_foreground(descriptor: int) -> bool:
    """False for a job started with `&`: the terminal's last line belongs to the shell then."""
    try:
        return os.tcgetpgrp(descriptor) == os.getpgrp()
    except OSError:  # a terminal, but not the one that controls this process
        return True
