"""Loggers that load `logging` when something is logged: a command that calls nobody seldom logs anything.

To type checkers it is the library's `getLogger`.
"""

from __future__ import annotations

__all__ = ["before_the_first_record", "logger_of"]

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from logging import getLogger as logger_of  # noqa: N813  # as our class is written
else:

    class logger_of:  # noqa: N801  # in the place of a function
        """As `logging.getLogger`, with everything that a logger has."""

        def __init__(self, name):
            self._name = name

        def __getattr__(self, name):
            """Kept here, so that it is looked up once."""
            import logging

            prepare, _BEFORE_THE_FIRST[:] = tuple(_BEFORE_THE_FIRST), ()
            for one in prepare:
                one()
            found = self.__dict__[name] = getattr(logging.getLogger(self._name), name)
            return found


_BEFORE_THE_FIRST: list[Callable[[], None]] = []


def before_the_first_record(*prepare: Callable[[], None]) -> None:
    """Call `prepare` once, when a logger of `logger_of` is first used for something; without it, nothing."""
    _BEFORE_THE_FIRST[:] = prepare
