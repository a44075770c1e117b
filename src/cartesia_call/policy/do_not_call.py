"""The file of numbers that are never called."""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from itertools import groupby

from cartesia_call.errors import InputError
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.telephony.numbers import parse_callee

_COMMENT = re.compile(r"(?:^|\s)#.*")
_BYTE_ORDER_MARK = "\ufeff"


def parse_do_not_call(text: str, *, name: str, country: str | None) -> frozenset[str]:
    """The numbers (as E.164) and SIP addresses in `text`: one a line, a number in E.164 or, with `country`,
    in its national form.

    A `#` at the beginning of a line or after white space begins a comment; empty lines and a byte-order mark
    are skipped. InputError names every line that cannot be read, for whoever stands there must not be called
    by mistake. `name` is the file's, for that sentence.
    """
    numbers: set[str] = set()
    bad_lines: list[int] = []
    first: InputError | None = None
    for line_number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).splitlines(), start=1):
        entry = _COMMENT.sub("", line).strip()
        if not entry:
            continue
        try:
            numbers.add(parse_callee(entry, country=country).e164)
        except InputError as error:
            bad_lines.append(line_number)
            first = first or error
    if first is not None:
        lines = f"line {bad_lines[0]}" if len(bad_lines) == 1 else f"lines {_ranges(bad_lines)}"
        reason = first.message.rstrip(".")
        raise InputError(
            f"{name} cannot be read as a do-not-call file: {lines}: "
            f"{reason}{'' if len(bad_lines) == 1 else f' (line {bad_lines[0]})'}.",
            hint="Write one number a line, e.g. +12025550143, or a national one and --country; "
            "# begins a comment.",
        )
    return frozenset(numbers)


def withheld_by_do_not_call(to: str, numbers: Set[str], *, name: str) -> Withheld | None:
    """Whether `to` (E.164, or a SIP address) is one of `numbers`, which the file `name` holds."""
    if to not in numbers:
        return None
    return Withheld(rule=Rule.DO_NOT_CALL, detail=f"the number is on the do-not-call list {name}", until=None)


def _ranges(ascending: Sequence[int]) -> str:
    """`3, 5-7, 9`."""
    runs = [
        [line for _, line in run]
        for _, run in groupby(enumerate(ascending), key=lambda place: place[1] - place[0])
    ]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
