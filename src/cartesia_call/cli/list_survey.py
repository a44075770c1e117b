"""A dial list looked through once, before anybody is called: what it comes to, and what is wrong or odd."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import field
from datetime import datetime

from cartesia_call.cli.list_file import ListFile
from cartesia_call.cli.wording import check_length
from cartesia_call.dial_list.first_lines import FirstLines, packed
from cartesia_call.dial_list.rows import ListRow, RepeatedRow, RowProblem
from cartesia_call.errors import DialListError, InputError
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message
from cartesia_call.telephony.estimates import pauses_s
from cartesia_call.telephony.time_zones import callee_zone
from cartesia_call.wiring.dial_list import RowSettings

MOST_PROBLEMS = 1_000
"""Of so many the rows are told; a list with more is no list of ours."""

MOST_REMARKS = 20
"""Of so many odd or bad rows each is told where the others are called; the rest are counted."""

MOST_VOICES = 50
"""Each name is looked up before anybody is called."""

SHOWN_MESSAGES = 3

CHARACTERS_PER_S = 15.0
"""About 170 words a minute, as voices speak."""

RING_S = 12.0
"""Of a call: two rings are six seconds each in the US (Precise Tone Plan: 2 s of tone, 4 s of silence)."""


@dataclass(kw_only=True)
class Survey:
    """What a list holds, good rows and bad; the number of a `repeated` one stands in a row before it.

    `characters` are those of all messages, `distinct_characters` of each text once; `messages` are the first
    of them, as they are said. `talk_s` is about how long all of it takes to say, in `billed_minutes`, each of
    which the carrier counts once it is begun. `voices` are those that rows name, with the line of the first.
    `remarks` are sentences about rows that are odd, `odd_rows` how many those are; `too_long` is the first of
    `too_long_rows` whose text the call's limit cuts.
    """

    rows: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    bad_rows: int = 0
    repeated: int = 0
    characters: int = 0
    talk_s: float = 0.0
    billed_minutes: int = 0
    distinct_texts: int = 0
    distinct_characters: int = 0
    messages: list[str] = field(default_factory=list)
    voices: dict[str, int] = field(default_factory=dict)
    remarks: list[str] = field(default_factory=list)
    odd_rows: int = 0
    too_long: str | None = None
    too_long_rows: int = 0

    def takes_s(self, settings: Settings) -> float:
        """About how long it takes to call everybody once."""
        asked = settings.dial_list
        line_s = self.talk_s + RING_S * self.rows
        return max(self.rows / asked.cps, line_s / asked.most_live)

    def warnings(self) -> list[str]:
        """What is told before anybody is called: odd rows, texts that are too long, rows left out."""
        told = [*self.remarks]
        if self.odd_rows > len(self.remarks):
            told.append(f"and {self.odd_rows - len(self.remarks):,} more rows with an odd number")
        if self.too_long is not None:
            told.append(self.too_long + _and_others(self.too_long_rows - 1))
        bad = [
            f"line {problem.line} is left out: {problem.reason}" for problem in self.problems[:MOST_REMARKS]
        ]
        if self.bad_rows > len(bad):
            bad.append(f"and {self.bad_rows - len(bad):,} more rows are left out")
        return told + bad


def _and_others(count: int) -> str:
    return f" (and {count:,} more rows)" if count else ""


def survey(
    file: ListFile,
    rows: RowSettings,
    settings: Settings,
    now: datetime,
    keep: Callable[[ListRow], None] = lambda _: None,
) -> Survey:
    """Look the whole list through; `keep` is handed every row that can be called. DialListError, for all rows
    at once, unless bad ones are to be skipped."""
    found = Survey()
    counting = _Counting(found, rows, settings, now)
    for entry in file.entries():
        if isinstance(entry, RepeatedRow):
            found.repeated += 1
            continue
        problem = entry if isinstance(entry, RowProblem) else counting.counted(entry)
        if problem is None and isinstance(entry, ListRow):
            keep(entry)
        if problem is not None:
            if problem is not entry:
                file.leave_out(problem)
            found.bad_rows += 1
            found.problems += [problem] * (len(found.problems) < MOST_PROBLEMS)
    if found.problems and not (settings.dial_list.skips_bad and found.rows):
        raise DialListError(
            found.problems, source=file.name, more=max(0, found.bad_rows - len(found.problems))
        )
    if len(found.voices) > MOST_VOICES:
        raise InputError(
            f"the list names {len(found.voices)} voices, and {MOST_VOICES} are looked up at the most",
            hint="name voices by their id, or call several lists",
        )
    return found


class _Counting:
    """Counts rows into `found`."""

    def __init__(self, found: Survey, rows: RowSettings, settings: Settings, now: datetime) -> None:
        self._found = found
        self._rows = rows
        self._settings = settings
        self._now = now
        self._texts = FirstLines()

    def counted(self, row: ListRow) -> RowProblem | None:
        """Count a row, or say why it cannot be called: nothing can be said to it, or nobody knows when."""
        try:
            message = self._rows.message(row)
        except InputError as error:
            return _problem(row, "message", error)
        try:
            self._check_window(row)
        except InputError as error:
            return _problem(row, self._settings.dial_list.to_column, error)
        found, length = self._found, len(message.text)
        found.rows += 1
        found.characters += length
        talk_s = length / CHARACTERS_PER_S + pauses_s(message.text)
        found.talk_s += talk_s
        found.billed_minutes += math.ceil(talk_s / 60)
        if row.voice is not None:
            found.voices.setdefault(row.voice, row.line)
        if row.warning is not None:
            found.odd_rows += 1
            if len(found.remarks) < MOST_REMARKS:
                found.remarks.append(f"line {row.line}: {row.warning}")
        self._count_text(row, message)
        return None

    def _check_window(self, row: ListRow) -> None:
        """InputError where nobody can tell what time it is there."""
        if self._settings.guard.window is not None:
            timezone = self._rows.of(row).guard.timezone
            callee_zone(row.to, timezone=timezone, now=self._now)

    def _count_text(self, row: ListRow, message: Message) -> None:
        found, text = self._found, message.text
        if warnings := check_length(text, self._settings):
            found.too_long_rows += 1
            found.too_long = found.too_long or f"line {row.line}: {warnings[0]}"
        if self._texts.note(packed("\0".join((text, row.voice or "", row.language or ""))), row.line):
            found.distinct_texts += 1
            found.distinct_characters += len(text)
            if len(found.messages) < SHOWN_MESSAGES:
                found.messages.append(text)


def _problem(row: ListRow, column: str, error: InputError) -> RowProblem:
    return RowProblem(
        number=row.number,
        line=row.line,
        column=column,
        reason=error.message.rstrip("."),
        hint=error.hint,
        fields=row.fields,
    )
