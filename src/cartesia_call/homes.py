"""The user's directories on a machine that may not know of any home."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

NO_HOME = Path("/dev/null/no-home")
"""Below a file that is no directory nothing can ever be, nor be made by anybody."""


def in_home(find: Callable[[], Path]) -> Path:
    """What `find`, a question to platformdirs, answers; a place in `NO_HOME` where it knows no home.

    A container's user number, or a service while the directory of users is down, has no entry in the list of
    users; without HOME too, platformdirs raises RuntimeError. A call goes on from there, as it does where the
    home is missing: what cannot be kept is said.
    """
    try:
        return find()
    except RuntimeError:
        return NO_HOME
