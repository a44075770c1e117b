"""The records of a CSV file one by one, and where a quote in it goes wrong.

A record that cannot be read spoils no other: reading goes on behind the line where its bad field begins.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import NamedTuple

from cartesia_call.dial_list.layout import Layout, undecoded
from cartesia_call.errors import DialListError

ODD_CHARACTER = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffd]")
"""Controls other than tab and line ends, half characters, and what stands for a character that was lost."""

LONGEST_ROW_CHARACTERS = 1_000_000
"""Beyond that a record is not read on: memory has to survive a quote that is missing at the beginning."""

_TOO_LONG = "record limit"
_TWICE = 'Write a quote that is part of the text twice: "".'
_CLOSE = f"Put a quote behind the field's text. {_TWICE}"


class Record(NamedTuple):
    """One record. `line` is where it begins, from 1. `is_odd` if there is an `ODD_CHARACTER` in it; `is_cut`
    if the file ends without the end of its last line."""

    line: int
    fields: list[str]
    is_odd: bool
    is_cut: bool


class BrokenRecord(NamedTuple):
    """One that cannot be read, because of the field `field`, from 0, of the record that begins in `line`."""

    line: int
    field: int
    reason: str
    hint: str


class _Lines(Iterator[str]):
    """The file's lines, with what is known of those that the present record has taken."""

    def __init__(self, lines: Iterable[str], source: str) -> None:
        self._lines = iter(lines)
        self._source = source
        self._returned: deque[str] = deque()
        self.taken: list[str] = []
        self.number = 0
        self.is_odd = False
        self._characters = 0

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else next(self._lines)
        self.number += 1
        if self.number == 1:
            line = line.lstrip("\ufeff")
        if ODD_CHARACTER.search(line):
            if problem := undecoded(line, self.number):
                raise DialListError([problem], source=self._source)
            self.is_odd = True
        self.taken.append(line)
        self._characters += len(line)
        if self._characters > LONGEST_ROW_CHARACTERS:
            raise csv.Error(_TOO_LONG)
        return line

    def begin(self) -> None:
        """A new record begins with the next line."""
        self.taken.clear()
        self.is_odd = False
        self._characters = 0

    def give_back(self, kept: int) -> None:
        """All but the first `kept` lines that were taken come again."""
        self._returned.extendleft(reversed(self.taken[kept:]))
        self.number -= len(self.taken) - kept


def records(lines: Iterable[str], layout: Layout, source: str) -> Iterator[Record | BrokenRecord]:
    """Every record of a file that is read by `layout`, in turn; what is blank in all its fields is none.

    DialListError at the first byte that is no UTF-8.
    """
    taken_from = _Lines(lines, source)
    for _ in islice(taken_from, layout.skipped_lines):
        taken_from.begin()
    reader = csv.reader(taken_from, delimiter=layout.delimiter, strict=True)
    while True:
        taken_from.begin()
        line = taken_from.number + 1
        try:
            fields = next(reader, None)
        except csv.Error as error:
            broken, kept = _broken(taken_from.taken, line, layout.delimiter, str(error))
            taken_from.give_back(kept)
            reader = csv.reader(taken_from, delimiter=layout.delimiter, strict=True)
            yield broken
            continue
        if fields is None:
            return
        if any(field.strip() for field in fields):
            is_cut = not taken_from.taken[-1].endswith(("\n", "\r"))
            yield Record(line, fields, taken_from.is_odd, is_cut)


def _broken(taken: list[str], line: int, delimiter: str, said: str) -> tuple[BrokenRecord, int]:
    """What is wrong in the lines `taken`, the first of which is `line`, and how many of them it concerns."""
    limit = csv.field_size_limit()
    place = _bad_field(taken, delimiter, limit)
    is_long = "limit" in said
    longest = f"{LONGEST_ROW_CHARACTERS if said == _TOO_LONG else limit:,} characters"
    spans = len(taken) - place.line
    if place.is_quoted and said.startswith("unexpected end"):
        reason, hint = "the quote before it is never closed", _CLOSE
    elif place.is_quoted and spans > 1 and not is_long:
        reason = (
            f"the quote before it is closed in line {line + len(taken) - 1} only, in the middle of a field"
        )
        hint = _CLOSE
    elif is_long:
        reason = f"{'the row' if said == _TOO_LONG else 'it'} is longer than {longest}"
        hint = "Shorten it." if len(taken) == 1 else f"Perhaps a quote is missing. {_CLOSE}"
    elif place.is_quoted:
        reason, hint = "text stands behind the quote that closes it", _TWICE
    else:
        reason, hint = f"it is no CSV: {said}", "Save the list again as CSV."
    return BrokenRecord(line + place.line, place.field, reason, hint), place.line + 1


class _Place(NamedTuple):
    line: int
    field: int
    is_quoted: bool


def _bad_field(taken: list[str], delimiter: str, limit: int) -> _Place:
    """Where the field begins at which the reader gave up: in which line, from 0, and which field it is.

    Its first line counts, for a quote that is missing there has swallowed the others.
    """
    place, length, before = _Place(0, 0, False), 0, delimiter
    is_open = False
    for number, line in enumerate(taken):
        for character in line:
            length += 1
            if is_open:
                is_open = character != '"'
            elif character == '"' and length == 1:
                place, is_open = _Place(number, place.field, True), True
            elif character == '"' and before == '"' and place.is_quoted:
                is_open = True
            elif character == delimiter:
                place, length = _Place(number, place.field + 1, False), 0
            elif length > limit or (place.is_quoted and character not in "\r\n"):
                return place
            before = character
        if length > limit:
            return place
    return place
