"""`--save-audio`: the file is written when the call is over, and a disk that hangs delays nobody."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from pathlib import Path

from cartesia_call.blocking import in_daemon_thread, within
from cartesia_call.cli import terminal
from cartesia_call.cli.output_files import check_writable
from cartesia_call.cli.wav import write_wav
from cartesia_call.errors import CartesiaCallError

CHECK_LIMIT_S = 2.0
"""A disk in order answers within milliseconds; an alert does not wait for another one."""

WRITE_LIMIT_S = 30.0
"""Ten minutes of a call are 19 megabytes: enough for a network share."""
INTERRUPTED_LIMIT_S = 5.0
"""When somebody wants the program to end."""

WriteWav = Callable[[Path, bytes, bytes], None]


def check_place(path: Path) -> None:
    """InputError if the audio cannot be written to `path`, to be asked before dialling.

    A disk that does not answer is warned of: the call goes before its recording.
    """
    try:
        check = functools.partial(
            check_writable, path, option="--save-audio", what="audio", example="a .wav file"
        )
        within(CHECK_LIMIT_S, check)
    except TimeoutError:
        terminal.print_note(f"warning: the disk of {path} does not answer; the audio may not be written")


async def save_audio(
    path: Path, heard: bytes, said: bytes, *, limit_s: float = WRITE_LIMIT_S, write: WriteWav = write_wav
) -> None:
    """Write both channels (mu-law) to `path`, or warn that it was not done. Returns within `limit_s`."""
    try:
        async with asyncio.timeout(limit_s) as limit:
            await in_daemon_thread(functools.partial(write, path, heard, said))
    except TimeoutError as error:
        why = f"not within {limit_s:g} s" if limit.expired() else str(error)
        _warn(path, why)
    except (OSError, CartesiaCallError) as error:
        _warn(path, str(error))


def limit_s(*, hurry: bool) -> float:
    """How long the file may take; `hurry` after a signal."""
    return INTERRUPTED_LIMIT_S if hurry else WRITE_LIMIT_S


def leave_unsaved(path: Path | None) -> None:
    """Say that a signal came before the file was whole."""
    if path is not None:
        _warn(path, "interrupted")


def _warn(path: Path, why: str) -> None:
    terminal.print_note(f"warning: the audio could not be written to {path}: {why}")
