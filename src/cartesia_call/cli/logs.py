"""Log lines on standard error: `-v` what happens, `-vv` details. Secrets and telephone numbers are masked.

Faults of ours, which are what this program logs as errors, are kept in a file whatever the verbosity, and one
line on standard error says where. Neither terminal nor disk holds up who logs.
"""

from __future__ import annotations

import logging
import os
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cartesia_call import __version__
from cartesia_call.cli import terminal
from cartesia_call.cli.line_writer import LineWriter
from cartesia_call.loggers import before_the_first_record
from cartesia_call.quoting import one_line

if TYPE_CHECKING:
    from pathlib import Path

ROOT = "cartesia_call"

FILE_WAIT_S = 2.0
"""Real seconds at the end of the program for a disk that is slow to take a traceback."""


class LineFormatter(logging.Formatter):
    """One line for each record, and indented below it those of a traceback."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  # logging's name
        return one_line(super().formatMessage(record))

    def formatException(self, ei: Any) -> str:  # noqa: N802  # logging's name
        return "\n".join(f"  {one_line(line)}" for line in super().formatException(ei).split("\n"))


class MaskedFormatter(LineFormatter):
    """The same as standard error may show it."""

    def format(self, record: logging.LogRecord) -> str:
        return terminal.masked(super().format(record))


class NoteHandler(logging.Handler):
    """Prints records for people, and waits for nobody."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            terminal.print_log_line(self.format(record))
        except Exception:  # as every handler: what cannot be formatted is told by logging itself
            self.handleError(record)


class FaultHandler(logging.Handler):
    """Keeps errors, tracebacks and all, in the fault log."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.setFormatter(LineFormatter())
        self._count = 0
        self._unwritten: list[str] = []
        self._path: Path | None = None
        self._error: OSError | None = None
        self._writer = LineWriter(self._write, name="fault log")

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._keep(record)
        except Exception:  # as every handler: what cannot be formatted is told by logging itself
            self.handleError(record)

    def _keep(self, record: logging.LogRecord) -> None:
        at = datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")
        heading = f"{at} cartesia-call {__version__}, process {os.getpid()}, {record.name}: "
        text = terminal.masked(heading + self.format(record), whole_numbers=False)
        self._count += 1
        self._unwritten.append(text)
        self._writer.put(text)

    def _write(self, text: str) -> None:
        from cartesia_call.store.directories import directories
        from cartesia_call.store.fault_log import FILE_NAME, append_fault

        folder = directories(rehearsal=False).state
        self._path = folder / FILE_NAME
        try:
            append_fault(folder, text)
        except OSError as error:
            self._error = error
        else:
            self._unwritten.remove(text)

    def tell(self) -> None:
        """One line on standard error that says where the tracebacks are; or they themselves, if no file
        could take them. Once; nothing if there were none."""
        if not self._count:
            return
        self._writer.flush(FILE_WAIT_S)
        unwritten, count = self._unwritten, self._count
        self._unwritten, self._count = [], 0
        if not unwritten:
            many = f"tracebacks of {count} faults of ours are"
            which = "traceback of a fault of ours is" if count == 1 else many
            terminal.print_note(f"the {which} in {self._path}; please report it")
            return
        why = self._error.strerror if self._error is not None else "its disk does not answer"
        for text in unwritten:
            heading = f"a fault of ours, which {self._path} cannot hold ({why}):"
            terminal.print_note(heading, *text.split("\n"))


_faults = FaultHandler()


def configure_logging(verbosity: int) -> None:
    """Send this package's records, and asyncio's, to standard error: none, INFO (`-v`) or DEBUG (`-vv`).

    Errors are kept in the fault log, whatever the verbosity.
    """
    before_the_first_record(None)  # it is as wanted now
    handlers: list[logging.Handler] = [_faults]
    if verbosity > 0:
        notes = NoteHandler()
        notes.setFormatter(MaskedFormatter(f"{terminal.PROGRAM}: %(message)s"))
        handlers.append(notes)
    level = {0: logging.ERROR, 1: logging.INFO}.get(verbosity, logging.DEBUG)
    for name, lowest in ((ROOT, level), ("asyncio", logging.ERROR)):
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.handlers = list(handlers)
        logger.setLevel(lowest)


def tell_faults() -> None:
    """Say on standard error where the tracebacks of this run's faults are, if there were any."""
    _faults.tell()
