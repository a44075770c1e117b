"""The rows of a dial list: whom to call and what to say, or what is wrong, one after the other.

A list may be long: no more than a row is held, but for what tells one number from another.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from datetime import time
from enum import StrEnum

from cartesia_call.dial_list.cells import (
    FILL_IN,
    PARSERS,
    callee_in,
    choice_in,
    odd_character_in,
    same_callee_key,
    unsayable,
)
from cartesia_call.dial_list.columns import Columns, read_columns
from cartesia_call.dial_list.first_lines import FirstLines, packed
from cartesia_call.dial_list.layout import DELIMITERS, Layout
from cartesia_call.dial_list.records import BrokenRecord, Record, records
from cartesia_call.dial_list.showing import shown_name
from cartesia_call.dial_list.template import Template
from cartesia_call.errors import DialListError, InputError, ListProblem
from cartesia_call.records import dataclass
from cartesia_call.speech.script import says_nothing
from cartesia_call.telephony.numbers import known_region


class Duplicates(StrEnum):
    """What becomes of a number that stands in the list again, in whatever spelling."""

    REFUSE = "refuse"
    FIRST = "first"
    """Its first row is called, and the others are passed over."""
    ALL = "all"


@dataclass(frozen=True, kw_only=True)
class ListRules:
    """How the rows are meant.

    `source` names the list in what is told of it. Numbers stand in the column `to_column`, national ones are
    those of `country`, and calls come from the country `home`; each ISO 3166-1 alpha-2. The message is
    `template`, or without one the column `message`.
    """

    source: str = "the list"
    to_column: str = "to"
    template: Template | None = None
    duplicates: Duplicates = Duplicates.REFUSE
    country: str | None = None
    home: str | None = None


@dataclass(frozen=True, kw_only=True)
class ListRow:
    """One row that can be called.

    `number` counts rows from 1, good and bad; `line` is where it begins in the file. `to` is E.164 or a SIP
    address, `warning` what is odd about it, as `ParsedNumber` has it. `message` is what to say, as words.
    `voice`, `language`, `timezone` and `not_after` are the row's own, or None. `fields` are as written, by
    the names of their columns.
    """

    number: int
    line: int
    to: str
    message: str
    voice: str | None
    language: str | None
    timezone: str | None
    not_after: time | None
    fields: Mapping[str, str]
    warning: str | None = None


@dataclass(frozen=True, kw_only=True)
class RowProblem(ListProblem):
    """A row that cannot be called: the first thing that is wrong in it, and in `further` the others. `fields`
    are as written, by the names of their columns, as far as they can be told."""

    number: int
    fields: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class RepeatedRow:
    """A row that is passed over: its number is that of the row in the line `first_line`, which is called."""

    number: int
    line: int
    first_line: int
    fields: Mapping[str, str]

    @property
    def reason(self) -> str:
        """Why, as part of a sentence."""
        return f"passed over: the number is the same as in line {self.first_line}"


Entry = ListRow | RowProblem | RepeatedRow
"""What a row of the file comes to."""


def read_rows(lines: Iterable[str], layout: Layout, rules: ListRules) -> Iterator[Entry]:
    """Each row of the file with these `lines`, which keep their ends as they are written, in turn.

    Reads no further than it is asked. DialListError, at once, for a header that cannot be used, and for a
    list without rows; when it comes to it, for what is no UTF-8. InputError for a country that there is not.
    """
    known_region(rules.country)
    read = records(lines, layout, rules.source)
    header = next(read, None)
    if header is None:
        raise _refused(1, "the list is empty", "Begin it with a line of names, such as to,name.", rules)
    columns = _columns(header, rules)
    rows = _Rows(columns, layout, rules).of(read)
    first = next(rows, None)
    if first is None:
        raise _refused(header.line, "nobody stands below the header", None, rules)
    return itertools.chain((first,), rows)


def _columns(header: Record | BrokenRecord, rules: ListRules) -> Columns:
    if isinstance(header, BrokenRecord):
        reason = f"the header's field {header.field + 1} cannot be read: {header.reason}"
        raise _refused(header.line, reason, header.hint, rules)
    for place, name in enumerate(header.fields, start=1):
        if odd := odd_character_in(name):
            raise _refused(header.line, f"the header's field {place}: {odd}", "Write it again.", rules)
    return read_columns(
        header.fields,
        line=header.line,
        to_column=rules.to_column,
        template=rules.template,
        source=rules.source,
    )


def _refused(line: int, reason: str, hint: str | None, rules: ListRules) -> DialListError:
    return DialListError([ListProblem(line=line, reason=reason, hint=hint)], source=rules.source)


class _Rows:
    """From records to rows, with what is known of those before."""

    def __init__(self, columns: Columns, layout: Layout, rules: ListRules) -> None:
        self._columns = columns
        self._delimiter = layout.delimiter
        self._rules = rules
        self._lines = FirstLines()
        """Whom the rows call that can be called, and the line of the first that does."""

    def of(self, read: Iterable[Record | BrokenRecord]) -> Iterator[Entry]:
        for number, record in enumerate(read, start=1):
            if isinstance(record, BrokenRecord):
                name = self._columns.name(record.field)
                yield RowProblem(
                    number=number, line=record.line, column=name, reason=record.reason, hint=record.hint
                )
            else:
                yield _Row(number, record, self._columns, self._delimiter).read(self._rules, self._lines)


class _Row:
    """One record on its way to a row; `problems` are what is wrong with it, as far as it was read."""

    def __init__(self, number: int, record: Record, columns: Columns, delimiter: str) -> None:
        self._number = number
        self._record = record
        self._columns = columns
        self._delimiter = delimiter
        self.problems: list[RowProblem] = []

    def read(self, rules: ListRules, lines: FirstLines) -> Entry:
        """What the record comes to. In `lines` the number of a row that can be called is noted."""
        values = self._fitted()
        if values is None or self._has_odd_characters(values):
            return self._problem()
        columns, callee, key = self._columns, None, None
        try:
            callee = callee_in(values[columns.to], country=rules.country, home=rules.home)
        except InputError as error:
            self._found(columns.to, error.message, error.hint)
        if callee is not None and rules.duplicates is not Duplicates.ALL:
            key = packed(same_callee_key(callee.e164))
            first_line = lines.get(key)
            if first_line is not None and rules.duplicates is Duplicates.FIRST:
                return RepeatedRow(
                    number=self._number,
                    line=self._record.line,
                    first_line=first_line,
                    fields=self._named(values),
                )
            if first_line is not None:
                reason = f"the number is the same as in line {first_line}"
                self._found(
                    columns.to, reason, "Call one of the rows with --duplicates first, or all of them."
                )
        fields = self._named(values)
        message = self._message(values, fields)
        options = self._options(values)
        if callee is None or self.problems:
            return self._problem()
        if key is not None:
            lines.note(key, self._record.line)
        not_after = options.get("not_after")
        return ListRow(
            number=self._number,
            line=self._record.line,
            to=callee.e164,
            message=message,
            voice=options.get("voice"),
            language=options.get("language"),
            timezone=options.get("timezone"),
            not_after=None if not_after is None else time.fromisoformat(not_after),
            fields=fields,
            warning=callee.warning,
        )

    def _problem(self) -> RowProblem:
        first, *others = self.problems
        return replace(first, further=tuple(others), fields=self._named(self._record.fields))

    def _named(self, values: list[str]) -> dict[str, str]:
        """As far as there are fields: what is told of a row that cannot be called may be less."""
        return {name: value for name, value in zip(self._columns.names, values, strict=False) if name}

    def _found(self, place: int | None, reason: str, hint: str | None) -> None:
        column = None if place is None else self._columns.name(place)
        self.problems.append(
            RowProblem(number=self._number, line=self._record.line, column=column, reason=reason, hint=hint)
        )

    def _fitted(self) -> list[str] | None:
        """A field for each of the header's names; None if there are not as many as there have to be.

        Spreadsheets leave out the delimiters of fields at the end of a row that are empty, and write more of
        them than the header has names.
        """
        fields, wanted = self._record.fields, len(self._columns.names)
        if len(fields) == wanted:
            return fields
        if len(fields) > wanted and not any(field.strip() for field in fields[wanted:]):
            return fields[:wanted]
        if self._columns.needed <= len(fields) < wanted and not self._record.is_cut:
            return [*fields, *[""] * (wanted - len(fields))]
        there = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
        reason = f"the row has {there}, and the header {wanted}"
        if len(fields) > wanted:
            hint = f"Put a field that has a {DELIMITERS[self._delimiter]} in it into quotes."
            if any(field.startswith(' "') for field in fields):
                hint = "Take the space before the quote out."
            self._found(None, reason, hint)
        elif self._record.is_cut:
            self._found(None, f"{reason}; the list ends in it", "Perhaps its end was lost; fetch it again.")
        else:
            self._found(None, reason, "A field that has a line break in it stands in quotes.")
        return None

    def _has_odd_characters(self, values: list[str]) -> bool:
        for place, value in enumerate(values) if self._record.is_odd else ():
            if odd := odd_character_in(value):
                self._found(place, odd, "Write the field again.")
        return bool(self.problems)

    def _message(self, values: list[str], fields: Mapping[str, str]) -> str:
        """What is said; what keeps it from being said is noted."""
        template, place = self._columns.template, self._columns.message
        before = len(self.problems)
        if template is None:
            place = place or 0
            message = values[place].strip()
            if reason := unsayable(message):
                self._found(place, reason, FILL_IN)
        else:
            place = None
            message = template.render(fields).strip()
            for name, said in self._columns.said.items():
                if reason := unsayable(values[said]):
                    self._found(said, f"{reason}, and the message says {{{shown_name(name)}}}", FILL_IN)
        if len(self.problems) == before and says_nothing(message):
            self._found(place, "the message has nothing in it that a voice could say", "Give it some words.")
        return message

    def _options(self, values: list[str]) -> dict[str, str | None]:
        options: dict[str, str | None] = {}
        for option, place in self._columns.options.items():
            try:
                options[option] = choice_in(values[place], PARSERS[option])
            except ValueError as error:
                self._found(place, str(error), None)
        return options
