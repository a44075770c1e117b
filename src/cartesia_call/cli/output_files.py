"""Files that a command writes where the user says: refused early, for their owner only, never in halves."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from cartesia_call.errors import InputError

STANDARD_OUTPUT = "-"
_DEVICES = Path("/dev")


def check_writable(path: Path, *, option: str, what: str, example: str) -> None:
    """InputError if `what` (audio) cannot become a file at `path`; its hint names an `example` (a .wav file).

    Leaves nothing there; to be asked before anything is done for the file.
    """
    if str(path) == "-":
        raise InputError(f"{option} cannot write to standard output", hint=f"name {example}")
    folder = path.parent
    try:
        # A link is replaced by the file, so that it may lead to any; but nothing of /dev is, /dev/stdout say.
        if (path.exists() and not path.is_file()) or folder.resolve() == _DEVICES:
            raise InputError(f"cannot write {what} to {path}: it is not a file", hint=f"name {example}")
        if path.exists() and not path.is_symlink() and not os.access(path, os.W_OK):
            raise InputError(f"cannot write {what} to {path}: it is read-only", hint="name another file")
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise InputError(
            f"cannot write {what} to {path}: {folder}: {error.strerror}",
            hint="name a file in a folder that exists and that you may write to",
        ) from error


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """A new file, mode 0600, that takes the place of what is at `path` once the block is left in peace.

    Of a symbolic link, too: what it leads to was chosen by whoever made it, and stays as it is.
    """
    with tempfile.NamedTemporaryFile(dir=path.parent, prefix=".", suffix=path.suffix, delete=False) as file:
        try:
            yield file
            file.flush()
            os.replace(file.name, path)
        except BaseException:
            os.unlink(file.name)
            raise


def write_output(output: str, content: bytes, *, what: str) -> None:
    """Write to the file, or to standard output for `-`. InputError if it cannot be written."""
    if output == STANDARD_OUTPUT:
        try:
            with open(1, "wb", closefd=False) as stream:
                stream.write(content)
        except OSError as error:
            raise InputError(f"cannot write {what} to standard output: {error.strerror}") from error
        return
    try:
        with replacing(Path(output)) as file:
            file.write(content)
    except OSError as error:
        raise InputError(f"cannot write {what} to {output}: {error.strerror}") from error
