"""Memory that is free is given back to the system: what many calls leave behind is full of holes."""

from __future__ import annotations

import ctypes
from collections.abc import Callable


def giving_back() -> Callable[[], object]:
    """What gives it back, in about a millisecond; nothing where the C library is not glibc.

    glibc keeps what was freed between buffers that are in use still, for each of its arenas: after a thousand
    calls more than those calls need (malloc_trim(3)).
    """
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return lambda: None
    return lambda: trim(0)
