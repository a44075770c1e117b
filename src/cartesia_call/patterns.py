"""Regular expressions that are compiled when they are first used: most that a command loads never are.

To compile one takes some tenths of a millisecond, in an interpreter that is written in Python itself, and the
modules of one call hold a hundred. To type checkers it is the library's `compile`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

__all__ = ["regex"]

if TYPE_CHECKING:
    from re import compile as regex
else:

    class regex:  # noqa: N801  # in the place of a function
        """As `re.compile`, with everything that a compiled expression has. An expression that is malformed
        is found out when it is used."""

        def __init__(self, written, flags=0):
            self._written = written
            self._flags = flags

        def __getattr__(self, name):
            """Kept here, so that it is looked up once."""
            found = self.__dict__[name] = getattr(re.compile(self._written, self._flags), name)
            return found
