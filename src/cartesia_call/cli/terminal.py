"""Standard streams as a cron job, a closed pipe or a full disk leave them: printing never fails the call."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

PROGRAM = "cartesia-call"


def reserve_standard_streams() -> None:
    """Open the null device on each of 0, 1, 2 that is closed (`>&-`).

    Else the next socket would get that number, and whoever prints would print into a phone call.
    """
    for descriptor, flags in ((0, os.O_RDONLY), (1, os.O_WRONLY), (2, os.O_WRONLY)):
        try:
            os.fstat(descriptor)
        except OSError:
            null = os.open(os.devnull, flags)
            if null != descriptor:
                os.dup2(null, descriptor)
                os.close(null)


def print_result(text: str) -> None:
    """One line of data on standard output. What cannot be printed is lost without a word."""
    _print(text, sys.stdout)


def print_note(text: str) -> None:
    """One line for people, on standard error."""
    _print(f"{PROGRAM}: {text}", sys.stderr)


def with_hint(sentence: str, hint: str | None) -> str:
    """One line of what happened and what to do about it."""
    if not hint:
        return sentence
    return f"{sentence.rstrip('.')}. {hint}" if hint[0].isupper() else f"{sentence.rstrip('.')}; {hint}"


def _print(text: str, stream: TextIO | None) -> None:
    if stream is None:  # closed before Python started
        return
    try:
        stream.write(text + "\n")
        stream.flush()
    except (OSError, ValueError):
        # The unwritten rest would be tried again at exit, and its failure would become the exit status.
        with contextlib.suppress(OSError, ValueError):
            null = os.open(os.devnull, os.O_WRONLY)
            os.dup2(null, stream.fileno())
            os.close(null)
