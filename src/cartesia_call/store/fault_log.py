"""Where tracebacks of our own faults are kept: one file of bounded size in the state directory."""

from __future__ import annotations

import os
from pathlib import Path

from cartesia_call.store.directories import private_directory

FILE_NAME = "faults.log"
MAX_FILE_BYTES = 256 * 1024
"""When it has grown so large it becomes `faults.log.1`, whose predecessor goes."""
MAX_ENTRY_CHARACTERS = 32 * 1024
"""Python's own tracebacks are shorter, but the words of an exception may be anything."""


def append_fault(folder: Path, text: str) -> None:
    """Add `text` to the file in `folder`, mode 0600. OSError if it cannot be written."""
    path = private_directory(folder) / FILE_NAME
    if len(text) > MAX_ENTRY_CHARACTERS:
        half = MAX_ENTRY_CHARACTERS // 2
        text = f"{text[:half]}\n[...]\n{text[-half:]}"
    entry = f"{text}\n\n".encode(errors="backslashreplace")
    descriptor = _opened(path)
    try:
        if os.fstat(descriptor).st_size + len(entry) > MAX_FILE_BYTES:
            _set_aside(path, descriptor)
            os.close(descriptor)
            descriptor = _opened(path)
        os.fchmod(descriptor, 0o600)
        os.write(descriptor, entry)  # at once, so that the entries of two processes do not mix
    finally:
        os.close(descriptor)


def _opened(path: Path) -> int:
    # Not through a link that somebody else may have put there.
    return os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)


def _set_aside(path: Path, descriptor: int) -> None:
    if os.path.samestat(os.stat(path), os.fstat(descriptor)):  # else another process has done it
        os.replace(path, path.with_name(f"{FILE_NAME}.1"))
