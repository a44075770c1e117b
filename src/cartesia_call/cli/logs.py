"""Log lines on standard error: `-v` what happens, `-vv` details. Secrets and telephone numbers are masked."""

from __future__ import annotations

import logging

from cartesia_call.cli import terminal

ROOT = "cartesia_call"


class MaskedFormatter(logging.Formatter):
    """Formats a record as standard error may show it."""

    def format(self, record: logging.LogRecord) -> str:
        return terminal.masked(super().format(record))


def configure_logging(verbosity: int) -> None:
    """Send this package's records, and asyncio's, to standard error: none, INFO (`-v`) or DEBUG (`-vv`)."""
    handler: logging.Handler = logging.NullHandler()
    if verbosity > 0:
        handler = logging.StreamHandler()
        handler.setFormatter(MaskedFormatter(f"{terminal.PROGRAM}: %(message)s"))
    for name, level in (
        (ROOT, logging.INFO if verbosity == 1 else logging.DEBUG),
        ("asyncio", logging.ERROR),
    ):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = [handler]
        logger.setLevel(level)
