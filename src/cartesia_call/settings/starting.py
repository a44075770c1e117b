"""Whether a process is about to make a live call: asked before anything of the program is loaded."""

from __future__ import annotations

import os
from collections.abc import Sequence

_CALLS_NOBODY = frozenset({"-h", "--help", "--dry-run", "--print", "--rehearse"})
_NO = frozenset({"", "0", "false", "no", "off"})


def is_live_call(words: Sequence[str]) -> bool:
    """By the words of the command line, as far as they say so without being read. A rehearsal is none: it
    keeps nobody from calling."""
    if list(words[:1]) != ["dial"] or _CALLS_NOBODY.intersection(words):
        return False
    rehearses = os.environ.get("CARTESIA_CALL_REHEARSE", "").strip().lower() not in _NO
    return "--no-rehearse" in words or not rehearses
