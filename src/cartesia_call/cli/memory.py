"""Memory that is free is given back to the system: what many calls leave behind is full of holes."""

from __future__ import annotations

import ctypes
import gc
from collections.abc import Callable


def giving_back() -> Callable[[], object]:
    """What gives it back, in some hundredths of a second where hundreds of calls are up.

    A closed transport of asyncio's holds itself by a method that it calls, and its socket with it: a dozen of
    them for each call, which only a search for cycles finds. By itself that comes after tens of thousands of
    calls, since it looks at everything that was ever imported. Here the first one is the last that does.

    glibc then keeps what was freed between buffers that are in use still, for each of its arenas: after a
    thousand calls more than those calls need (malloc_trim(3)). Nothing of this where the C library is not
    glibc.
    """
    trim, is_first = _trim(), True

    def give_back() -> None:
        nonlocal is_first
        gc.collect()
        if is_first:
            gc.freeze()
            is_first = False
        trim()

    return give_back


def _trim() -> Callable[[], object]:
    try:
        trim = ctypes.CDLL(None).malloc_trim
    except (OSError, AttributeError):
        return lambda: None
    return lambda: trim(0)
