"""Whether a process is about to make a live call, and where those that are leave word of it: asked before
anything of the program is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence

from cartesia_call.declarations.flags import NO

_CALLS_NOBODY = frozenset({"-h", "--help", "--dry-run", "--print", "--rehearse"})


def is_live_call(words: Sequence[str]) -> bool:
    """By the words of the command line, as far as they say so without being read. A rehearsal is none: it
    keeps nobody from calling."""
    if list(words[:1]) != ["dial"] or _CALLS_NOBODY.intersection(words):
        return False
    rehearses = os.environ.get("CARTESIA_CALL_REHEARSE", "").strip().lower() not in {"", *NO}
    return "--no-rehearse" in words or not rehearses


def folders_of_places() -> tuple[str, ...]:
    """Where processes of this user and machine meet, best first; in the last ones everybody may write. cron
    and most daemons have no XDG_RUNTIME_DIR."""
    own = os.environ.get("XDG_RUNTIME_DIR", "")
    return (*([own] if os.path.isabs(own) else []), "/dev/shm", "/tmp")  # noqa: S108  # and look whose it is
