"""Log lines on standard error: `-v` what happens, `-vv` details. Telephone numbers are masked."""

from __future__ import annotations

import logging
import sys

from cartesia_call.cli import terminal

ROOT = "cartesia_call"


class MaskedFormatter(logging.Formatter):
    """Formats a record as standard error may show it."""

    def format(self, record: logging.LogRecord) -> str:
        return terminal.masked(super().format(record))


def configure_logging(verbosity: int) -> None:
    """Send this package's records to standard error: none, INFO (`-v`) or DEBUG (`-vv`)."""
    logger = logging.getLogger(ROOT)
    logger.propagate = False
    logger.handlers.clear()
    if verbosity == 0 or sys.stderr is None:
        logger.addHandler(logging.NullHandler())
        return
    handler = logging.StreamHandler()
    handler.setFormatter(MaskedFormatter(f"{terminal.PROGRAM}: %(message)s"))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)
