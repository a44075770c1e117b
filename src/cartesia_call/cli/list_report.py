"""What is told of a dial list: each attempt as it ends, how far the list is, and what it came to."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections import deque
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Protocol

from cartesia_call.audio.durations import about
from cartesia_call.calls.dial_list import Told
from cartesia_call.calls.list_figures import ListFigures
from cartesia_call.cli import exit_status, terminal
from cartesia_call.cli.live_table import LiveTable
from cartesia_call.cli.memory import giving_back
from cartesia_call.cli.render import JSON_SCHEMA, not_twilio, result_fields
from cartesia_call.clock import machine_s
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.errors import LedgerError
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.policy.pacing import Tripped
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.outcomes import CallLeft, Cause, Outcome

RATE_OVER_S = 30.0
"""Calls per second are counted over so long a time."""

PROGRESS_S = 60.0
"""Between two lines where nobody watches: a mail of cron is to be short."""

GIVES_BACK_AFTER = 200
"""So many attempts leave some megabytes, of free memory in pieces and of closed connections."""

MOST_WARNINGS = 20
"""Of so many different ones each is told; the others are in the log."""


class UnderWay(Protocol):
    """A list while it is called: `waiting` rows come again, `live` calls are up, at most `rate` are placed
    in a second."""

    @property
    def figures(self) -> ListFigures: ...

    @property
    def live(self) -> int: ...

    @property
    def waiting(self) -> int: ...

    @property
    def rate(self) -> float: ...


class EndRate:
    """How many attempts have ended in a second, of late. `began_at_s` and all moments are of one clock.

    It knows no more than the ends of the last `RATE_OVER_S`, whether anybody asks or not.
    """

    def __init__(self, began_at_s: float) -> None:
        self._began_at_s = began_at_s
        self._ended_at_s: deque[float] = deque()

    def __len__(self) -> int:
        """How many ends are known."""
        return len(self._ended_at_s)

    def count(self, now_s: float) -> None:
        """An attempt has ended."""
        self._ended_at_s.append(now_s)
        self._forget(now_s)

    def per_second(self, now_s: float) -> float:
        """Of the last `RATE_OVER_S`, or of all the time if that is less; of a second at the least."""
        self._forget(now_s)
        return len(self) / max(1.0, min(RATE_OVER_S, now_s - self._began_at_s))

    def _forget(self, now_s: float) -> None:
        while self._ended_at_s and self._ended_at_s[0] < now_s - RATE_OVER_S:
            self._ended_at_s.popleft()


class ListTelling:
    """Tells of one run of the list of `record` while it goes on.

    Where nobody watches it says every `progress_s` real seconds how far that is.
    """

    def __init__(self, record: DialListRecord, settings: Settings, *, progress_s: float = PROGRESS_S) -> None:
        self._record = record
        self._settings = settings
        self._table: LiveTable | None = None
        self._warnings: set[str] = set()
        self._progress_s = progress_s
        self._give_back = giving_back()
        self._told = 0
        self._rehearsed: UnderWay | None = None
        self._noted_at_s = machine_s()
        self._end_rate = EndRate(self._noted_at_s)

    def tell(self, told: Told[ListRow]) -> None:
        """An attempt has ended."""
        self._told += 1
        if self._told % GIVES_BACK_AFTER == 0:
            self._give_back()
        self._end_rate.count(machine_s())
        for warning in told.warnings:
            if warning not in self._warnings and len(self._warnings) < MOST_WARNINGS:
                self._warnings.add(warning)
                self.note(f"warning: row {told.row.number}: {warning}")
        if self._settings.json:
            self._erase()
            place = {"list": self._record.id, "row": told.row.number, "line": told.row.line}
            fields = {**result_fields(told.result), **place, "attempt": told.attempt}
            terminal.print_result(json.dumps({**fields, "is_final": told.is_final}))
        if self._rehearsed is not None and machine_s() - self._noted_at_s >= self._progress_s:
            self._note_progress(self._rehearsed)

    def note(self, text: str) -> None:
        """One line for people, above what shows how far the list is."""
        self._erase()
        terminal.print_note(text)

    def _erase(self) -> None:
        if self._table is not None:
            self._table.erase()

    @contextlib.asynccontextmanager
    async def progress(self, dial_list: UnderWay, *, skips: bool) -> AsyncIterator[None]:
        """Show inside the block how far the list is: on a terminal at any time, else once a minute."""
        if self._settings.quiet:
            yield
            return
        if skips:  # the loop's time says nothing of how long somebody has waited
            self._rehearsed = dial_list
            yield
            self._rehearsed = None
            return
        table = LiveTable.on(sys.stderr) if not self._settings.verbose else None
        self._table = table
        showing = asyncio.create_task(
            table.show(lambda: self._lines(dial_list)) if table else self._tell_now_and_then(dial_list),
            name="how far the list is",
        )
        try:
            yield
        finally:
            showing.cancel()
            await asyncio.wait({showing})
            if table is not None:
                table.erase()
            self._table = None

    async def _tell_now_and_then(self, dial_list: UnderWay) -> None:
        while True:
            await asyncio.sleep(self._progress_s)
            self._note_progress(dial_list)

    def _note_progress(self, dial_list: UnderWay) -> None:
        self._noted_at_s = machine_s()
        terminal.print_note("; ".join(f"{name}: {value}" for name, value in self._lines(dial_list)))

    def _lines(self, dial_list: UnderWay) -> list[tuple[str, str]]:
        """How far it is, by what is told of."""
        figures, rows = dial_list.figures, self._record.rows
        left, per_second = max(0, rows - figures.over), self._end_rate.per_second(machine_s())
        lines = [
            ("rows over", f"{figures.over:,} of {rows:,}"),
            ("reached", f"{figures.reached:,}"),
            *((str(outcome or "failed"), f"{count:,}") for outcome, count in _others(figures)),
            ("calls up", f"{dial_list.live}"),
            ("come again", f"{dial_list.waiting:,}"),
            ("per second", f"{per_second:.2f} (at most {dial_list.rate:g})"),
            ("time left", f"{about(left / (per_second or dial_list.rate))} (about)"),
            ("cost so far", f"{figures.characters:,} characters, {figures.minutes:,} minutes (about)"),
        ]
        return [(name, value) for name, value in lines if value != "0"]


def _others(figures: ListFigures) -> list[tuple[Outcome | None, int]]:
    return [
        (outcome, count)
        for outcome, count in figures.outcomes.most_common()
        if count and not (outcome and exit_status.of_outcome(outcome) == 0)
    ]


@dataclass(frozen=True, kw_only=True)
class ListEnd:
    """How a run of a list ended. `is_done`: nobody is left to call. `bad_rows` count as not reached; those
    `repeated`, whose number comes before, count nowhere."""

    record: DialListRecord
    figures: ListFigures
    ended_at: datetime | None
    bad_rows: int = 0
    repeated: int = 0
    is_done: bool = True
    is_satisfied: bool = False
    tripped: Tripped | None = None
    refused: LedgerError | None = None
    signal_number: int | None = None

    @property
    def status(self) -> int:
        """The exit status: a call that may be up before everything else, then why nobody else was called."""
        if self.figures.outcomes[Outcome.HANGUP_UNCONFIRMED]:
            return exit_status.of_outcome(Outcome.HANGUP_UNCONFIRMED)
        if self.refused is not None:
            return exit_status.of_error(self.refused)
        if self.signal_number is not None:
            return exit_status.SIGNAL_BASE + self.signal_number
        if self.tripped is not None:
            return exit_status.of_outcome(self.tripped.outcome)
        return 0 if self.is_satisfied or self.figures.reached == self.record.rows else exit_status.PARTIAL

    @property
    def left(self) -> int:
        """How many rows are not over."""
        return max(0, self.record.rows - self.figures.over - self.bad_rows)

    @property
    def sentence(self) -> str:
        """What it came to, for people."""
        figures, rows = self.figures, self.record.rows
        parts = [f"{figures.reached:,} of {rows:,} reached"]
        parts += [f"{count:,} {outcome or 'failed'}" for outcome, count in _others(figures)]
        parts += [f"{self.bad_rows:,} bad {'row' if self.bad_rows == 1 else 'rows'}"] * bool(self.bad_rows)
        parts += [f"{self.left:,} not called"] * bool(self.left)
        parts += [
            f"{self.repeated:,} passed over as {'a duplicate' if self.repeated == 1 else 'duplicates'}"
        ] * bool(self.repeated)
        return ", ".join(parts)

    @property
    def hint(self) -> str | None:
        """What calls those who might be reached by the same list once more."""
        is_ours = any(
            outcome is None or (outcome.means.cause is Cause.OURS and outcome.means.left is CallLeft.NONE)
            for outcome, count in self.figures.outcomes.items()
            if count
        )
        if (self.left and not self.is_done) or is_ours or self.tripped is not None:
            return "--resume goes on with the others"
        if self.figures.held_for_now:
            return "--resume --wait calls those whom only the hour or a limit held back"
        return None

    @property
    def reason(self) -> str | None:
        """Why nobody else was called, if somebody is left."""
        if self.refused is not None:
            return f"stopped: {self.refused}"
        if self.tripped is not None:
            return f"stopped: {self.tripped.sentence}"
        if self.signal_number is not None:
            return "interrupted"
        return "as many as were asked for" if self.is_satisfied else None


def tell_end(end: ListEnd, settings: Settings) -> int:
    """Print what the list came to, for scripts or for people; the exit status."""
    if settings.json:
        terminal.print_result(json.dumps(_end_fields(end, settings)))
    reason = f"; {end.reason}" if end.reason else ""
    begin = not_twilio(rehearsal=settings.rehearse, carrier=settings.other_carrier)
    line = f"{begin}{end.record.name}: {end.sentence}{reason} (list {end.record.id})"
    if end.status:
        terminal.print_note(terminal.with_hint(line, end.hint))
    elif not settings.json and not settings.quiet:
        terminal.print_result(line)
    return end.status


def _end_fields(end: ListEnd, settings: Settings) -> dict[str, Any]:
    figures, record = end.figures, end.record
    return {
        "schema": JSON_SCHEMA,
        "list": record.id,
        "name": record.name,
        "rows": record.rows,
        "reached": figures.reached,
        "outcomes": {str(outcome or "failed"): n for outcome, n in figures.outcomes.items() if n},
        "bad_rows": end.bad_rows,
        "duplicates": end.repeated,
        "not_called": end.left,
        "is_done": end.is_done,
        "attempts": figures.attempts,
        "characters": figures.characters,
        "detail": end.sentence if end.reason is None else f"{end.sentence}; {end.reason}",
        "exit_code": end.status,
        "rehearsal": settings.rehearse,
        "carrier": settings.other_carrier,
        "started_at": _iso(record.created_at),
        "ended_at": None if end.ended_at is None else _iso(end.ended_at),
    }


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
