"""Numbers that stand in a file: a command line is shown to everybody on the machine, the file is not."""

from __future__ import annotations

import os
import select
from pathlib import Path
from typing import TYPE_CHECKING

from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.telephony.numbers import ParsedNumber

FILE_MARK = "@"
"""Before a path, in the place of a number."""

MOST_BYTES = 100_000
"""Some thousand numbers with a comment each. A larger file is a mistake."""

WAIT_S = 10.0
"""For the next piece of a file that another program writes, such as `<(pass show on-call)`."""

_HINT = "write one number a line, such as +12025550143; what stands behind # is a comment"


def callees(entry: str, *, country: str | None, home: str | None = None) -> tuple[ParsedNumber, ...]:
    """The callee that `entry` is, or with `@PATH` everybody in that file, in its order; at least one.

    `home` is the country that calls come from. InputError, which names the file and its line, for what cannot
    be read or called.
    """
    from cartesia_call.telephony.callees import parse_callee

    if not entry.startswith(FILE_MARK):
        return (parse_callee(entry, country=country, home=home),)
    return _callees_in(entry.removeprefix(FILE_MARK), country, home)


def one_callee(entry: str, *, country: str | None, home: str | None = None) -> ParsedNumber:
    """The callee that `entry` is, or with `@PATH` the only one in that file. InputError as `callees`."""
    found = callees(entry, country=country, home=home)
    if len(found) > 1:
        path = entry.removeprefix(FILE_MARK)
        raise InputError(
            f"{path} holds {len(found)} numbers, and only one is called first",
            hint=f"leave one in it, and name the others in a file of their own with --then {FILE_MARK}FILE",
        )
    return found[0]


def _callees_in(path: str, country: str | None, home: str | None) -> tuple[ParsedNumber, ...]:
    from cartesia_call.policy.number_list import entries_of
    from cartesia_call.telephony.callees import parse_callee

    found = []
    for line_number, entry in entries_of(_text_of(path)):
        try:
            found.append(parse_callee(entry, country=country, home=home))
        except InputError as error:
            raise InputError(f"line {line_number} of {path}: {error.message}", hint=error.hint) from None
    if not found:
        raise InputError(f"no number stands in {path}", hint=_HINT)
    return tuple(found)


def _text_of(path: str) -> str:
    if not path:
        raise InputError(f"{FILE_MARK} names no file of numbers", hint=f"write {FILE_MARK}PATH")
    try:
        content = _read(Path(path).expanduser())
        text = content.decode("utf-8")
    except OSError as error:
        raise _unreadable(path, error.strerror or str(error)) from None
    except (RuntimeError, ValueError) as error:  # no such home; a zero byte; bytes that are no text
        reason = "it is not UTF-8 text" if isinstance(error, UnicodeDecodeError) else "there is no such file"
        raise _unreadable(path, reason) from None
    if len(content) > MOST_BYTES:
        raise _unreadable(path, f"it is longer than {MOST_BYTES:,} bytes")
    return text


def _read(path: Path) -> bytes:
    """At most one byte more than there may be. OSError, also where nothing comes for `WAIT_S`."""
    # Not blocking: opening a named pipe that nobody writes to would wait without a limit.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        content = b""
        while len(content) <= MOST_BYTES:
            if not select.select([descriptor], [], [], WAIT_S)[0]:
                raise TimeoutError(None, f"nothing came from it for {WAIT_S:g} s")
            piece = os.read(descriptor, MOST_BYTES + 1 - len(content))
            if not piece:
                break
            content += piece
        return content
    finally:
        os.close(descriptor)


def _unreadable(path: str, reason: str) -> InputError:
    return InputError(f"the number in {path} cannot be read: {reason}", hint=_HINT)
