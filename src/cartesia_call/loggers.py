"""Loggers that load `logging` when something is logged: a command that calls nobody seldom logs anything.

To type checkers it is the library's `getLogger`.
"""

from __future__ import annotations

import threading

__all__ = ["before_the_first_record", "logger_of"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import getLogger as logger_of  # noqa: N813  # as our class is written
else:

    class logger_of:  # noqa: N801  # in the place of a function
        """As `logging.getLogger`: what a logger does may be called. What it is (`handlers`, `level`) is to be
        asked of the library's own."""

        def __init__(self, name):
            self._name = name

        def __getattr__(self, name):
            """Kept here, so that it is looked up once."""
            import logging

            _prepare()
            found = self.__dict__[name] = getattr(logging.getLogger(self._name), name)
            return found


_PREPARING = threading.RLock()
_before_the_first: Callable[[], None] | None = None


def before_the_first_record(prepare: Callable[[], None] | None) -> None:
    """Call `prepare` once, when a logger of `logger_of` is first used for something; with None, nothing."""
    global _before_the_first  # noqa: PLW0603  # of the whole process, as loggers are
    with _PREPARING:
        _before_the_first = prepare


def _prepare() -> None:
    """Another thread that logs meanwhile waits until it is done."""
    with _PREPARING:
        prepare = _before_the_first
        before_the_first_record(None)
        if prepare is not None:
            prepare()
