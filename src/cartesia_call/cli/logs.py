"""Log lines on standard error: `-v` what happens, `-vv` details. Telephone numbers are masked."""

from __future__ import annotations

import logging
import sys

from cartesia_call.telephony.numbers import mask_numbers_in

ROOT = "cartesia_call"


class MaskedFormatter(logging.Formatter):
    """Formats a record and masks every telephone number in the text."""

    def format(self, record: logging.LogRecord) -> str:
        return mask_numbers_in(super().format(record))


def configure_logging(verbosity: int, *, show_numbers: bool) -> None:
    """Send this package's records to standard error: none, INFO (`-v`) or DEBUG (`-vv`)."""
    logger = logging.getLogger(ROOT)
    logger.propagate = False
    logger.handlers.clear()
    if verbosity == 0 or sys.stderr is None:
        logger.addHandler(logging.NullHandler())
        return
    handler = logging.StreamHandler()
    line = "cartesia-call: %(message)s"
    handler.setFormatter(logging.Formatter(line) if show_numbers else MaskedFormatter(line))
    logger.addHandler(handler)
    logger.setLevel(logging.INFO if verbosity == 1 else logging.DEBUG)
