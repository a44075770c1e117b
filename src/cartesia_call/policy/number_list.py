"""Files of numbers: who is never called, and who alone is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import field
from itertools import groupby

from cartesia_call.errors import InputError
from cartesia_call.patterns import regex
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.records import dataclass
from cartesia_call.telephony.callees import compared, may_be_same, parse_callee
from cartesia_call.telephony.sip_addresses import is_sip

_COMMENT = regex(r"(?:^|\s)#.*")
_BYTE_ORDER_MARK = "\ufeff"


@dataclass(frozen=True, kw_only=True)
class NumberLists:
    """Who is never called, and who alone is: by the file's name, numbers as `parse_numbers` returns them.

    Each file holds; without any, nobody is on the one list and everybody on the other.
    """

    do_not_call: Mapping[str, frozenset[str]] = field(default_factory=dict)
    allow: Mapping[str, frozenset[str]] = field(default_factory=dict)


def parse_numbers(text: str, *, name: str, kind: str, country: str | None) -> frozenset[str]:
    """The numbers and SIP addresses in `text`, as `compared` has them: one a line, a number in E.164 or, with
    `country`, in its national form.

    A `#` at the beginning of a line or after white space begins a comment; empty lines and a byte-order mark
    are skipped. InputError names every line that cannot be read, for whoever stands there must not be called
    by mistake, and whoever else must be reached. `name` is the file's, `kind` what it is for
    (`do-not-call`), for that sentence.
    """
    numbers: set[str] = set()
    bad_lines: list[int] = []
    first: InputError | None = None
    for line_number, entry in entries_of(text):
        try:
            numbers.add(compared(parse_callee(entry, country=country).e164))
        except InputError as error:
            bad_lines.append(line_number)
            first = first or error
    if first is not None:
        lines = f"line {bad_lines[0]}" if len(bad_lines) == 1 else f"lines {_ranges(bad_lines)}"
        reason = first.message.rstrip(".")
        raise InputError(
            f"{name} cannot be read as a {kind} file: {lines}: "
            f"{reason}{'' if len(bad_lines) == 1 else f' (line {bad_lines[0]})'}.",
            hint="Write one number a line, such as +12025550143, or a national one and --country; "
            "# begins a comment.",
        )
    return frozenset(numbers)


def entries_of(text: str) -> Iterator[tuple[int, str]]:
    """What stands in a file of numbers, and in which line, from 1; comments and empty lines are none."""
    for line_number, line in enumerate(text.removeprefix(_BYTE_ORDER_MARK).splitlines(), start=1):
        if entry := _COMMENT.sub("", line).strip():
            yield line_number, entry


def withheld_by_do_not_call(to: str, numbers: Set[str], *, name: str) -> Withheld | None:
    """Whether `to` (E.164, or a SIP address) is or may be one of `numbers`, which the file `name` holds."""
    # A list may be long: only a SIP user of digits may be a number that is written otherwise.
    others = numbers if is_sip(to) else (number for number in numbers if is_sip(number))
    if compared(to) not in numbers and not any(may_be_same(to, other) for other in others):
        return None
    return Withheld(rule=Rule.DO_NOT_CALL, detail=f"the number is on the do-not-call list {name}", until=None)


def withheld_by_allow(to: str, numbers: Set[str], *, name: str) -> Withheld | None:
    """Whether `to` is none of `numbers`, which the file `name` holds: a SIP address stands there itself."""
    if compared(to) in numbers:
        return None
    return Withheld(
        rule=Rule.ALLOW, detail=f"the number is not in {name}, and no other is called", until=None
    )


def _ranges(ascending: Sequence[int]) -> str:
    """`3, 5-7, 9`."""
    runs = [
        [line for _, line in run]
        for _, run in groupby(enumerate(ascending), key=lambda place: place[1] - place[0])
    ]
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)
