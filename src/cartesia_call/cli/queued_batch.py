"""`batch --queue`: write a list for many machines, and wait for what they tell of it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from array import array
from collections.abc import AsyncIterator, Callable, Iterator
from typing import TYPE_CHECKING

from cartesia_call.calls.dial_list import Told
from cartesia_call.calls.list_figures import ListFigures
from cartesia_call.calls.list_progress import Fate, progress_of
from cartesia_call.cli import terminal
from cartesia_call.cli.list_file import ListFile
from cartesia_call.cli.list_report import ListEnd, ListTelling, tell_end
from cartesia_call.cli.list_results import write_results
from cartesia_call.cli.list_run import Order, voice_ids
from cartesia_call.cli.list_survey import Survey
from cartesia_call.cli.render import JSON_SCHEMA
from cartesia_call.cli.session import CommandSession, working_directory
from cartesia_call.clock import SystemClock
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.errors import InputError, QueueUnreachable
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.records import dataclass
from cartesia_call.settings.fleet import travels
from cartesia_call.settings.resolve import given_texts
from cartesia_call.settings.speaking import VOICE_ID
from cartesia_call.store.rows import LedgerRow
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.wiring.dial_list import check_budgets, one_row, run_rules
from cartesia_call.wiring.fleet import held_for_good, open_queue, pool_of
from cartesia_call.wiring.plan import new_attempt_id
from cartesia_call.wiring.voice_choice import choose_voice

if TYPE_CHECKING:
    from cartesia_call.fleet.database import FleetDatabase
    from cartesia_call.fleet.lists import FleetLists, ListOrder, ListState, ToldRow

LOOK_S = 1.0
"""Between two looks at what the workers have told."""

NOBODY_AFTER_S = 20.0
"""A worker that is about to begin has done so by then."""

UNREACHABLE_AFTER_S = 600.0
"""So long is a database waited for that was there before."""


class QueuedBatch:
    """Writes the rows of `file`, which `good_rows` has read, to the queue, as `order` says, and waits."""

    def __init__(
        self,
        order: Order,
        file: ListFile,
        session: CommandSession,
        good_rows: Callable[[], Iterator[ListRow]],
    ) -> None:
        self._order = order
        self._settings = order.settings
        self._file = file
        self._good_rows = good_rows
        self._session = session
        self._clock = SystemClock()
        self._known: frozenset[str] | None = None

    async def run(self, url: str, found: Survey) -> int:
        """The exit status: of the list, or 0 for one that is not waited for."""
        async with open_queue(url) as database:
            from cartesia_call.fleet.lists import FleetLists

            lists = FleetLists(database)
            record, is_new = await self._record(database)
            if is_new:
                record = dataclasses.replace(record, rows=found.rows + found.bad_rows)
                await lists.enqueue(
                    record, await self._order_for(found), await self._rows(found), known=self._known
                )
            else:
                await self._go_on(database, lists, record, found)
            if self._settings.fleet.no_wait:
                self._tell_queued(record)
                return 0
            try:
                return await self._wait(database, lists, record, found)
            except asyncio.CancelledError:
                terminal.print_note(
                    f"the workers go on with the list; cartesia-call queue cancel {record.id} calls it off"
                )
                raise

    async def _record(self, database: FleetDatabase) -> tuple[DialListRecord, bool]:
        """The list's place in the queue, and whether it is to be written."""
        from cartesia_call.fleet.journal import FleetJournal

        asked, now = self._settings.dial_list, self._clock.utc_now()
        digest = self._file.digest(self._order.message, asked.to_column, asked.duplicates)
        same = await FleetJournal(database).lists(digest)
        if same and asked.resumes:
            return same[0], False
        if same and not (asked.calls_again or self._settings.rehearse):
            known = same[0]
            state = "is done" if known.ended_at is not None else "is being called"
            raise InputError(
                f"this list was queued on {known.created_at.astimezone():%Y-%m-%d %H:%M}, and {state} "
                f"({known.id})",
                hint="--resume waits for it; --again calls everybody anew",
            )
        self._known = None if self._settings.rehearse else frozenset(record.id for record in same)
        new = DialListRecord(
            id=new_attempt_id(now), digest=digest, name=self._file.name, rows=0, created_at=now
        )
        return new, True

    async def _go_on(
        self, database: FleetDatabase, lists: FleetLists, record: DialListRecord, found: Survey
    ) -> None:
        """Call rows of a list that has ended again, as without a queue; one that goes on is only waited for.
        InputError for what cannot be done any more, or not yet."""
        redials, (state,) = self._settings.dial_list.redials_unknown, await lists.states(record.id)
        if state.record.ended_at is None and redials:
            raise InputError(
                f"the list {record.id} has not ended: --redial-unknown cannot say yet who is unknown",
                hint="leave it out to wait for the list's end, and add it then",
            )
        if state.is_cancelled and redials:
            raise InputError(
                f"the list {record.id} was called off{f': {state.note}' if state.note else ''}; nobody else "
                "of it is called",
                hint="--again calls everybody anew",
            )
        if state.record.ended_at is None and not self._settings.quiet:
            terminal.print_note(f"the list {record.id} is waited for; it is called as it was queued")
        if state.record.ended_at is None or state.is_cancelled:
            return
        again = await self._called_again(database, record.id)
        if again:
            await lists.reopen(record.id, await self._order_for(found), await self._rows(found), again)
            if not self._settings.quiet:
                terminal.print_note(f"{len(again):,} rows of the list {record.id} are called again")

    async def _called_again(self, database: FleetDatabase, list_id: str) -> dict[int, int]:
        """The numbers of rows that come again, as these settings have it, with that of their last attempt."""
        from cartesia_call.fleet.journal import FleetJournal

        again: dict[int, int] = {}
        rules, clock = run_rules(self._settings).rows, self._clock
        async for attempts in FleetJournal(database).attempts_in_pieces(list_id):
            progress = progress_of(
                attempts,
                rules,
                redials_unknown=self._settings.dial_list.redials_unknown,
                utc_now=clock.utc_now(),
                now_s=clock.now_s(),
            )
            begun = progress.begun.items()
            again |= {number: one.attempts for number, one in begun if one.fate is Fate.AGAIN}
        return again

    async def _order_for(self, found: Survey) -> ListOrder:
        from cartesia_call.fleet.lists import ListOrder

        settings, asked = self._settings, self._settings.dial_list
        if not settings.speech.uses_cache:
            raise InputError(
                "--no-cache: the audio of a queued list is kept in its database, for all workers",
                hint="call the list without --queue",
            )
        one_row(settings)  # attempts that the guard would withhold
        self._check_budgets(found)
        texts = given_texts(
            self._session.command_line,
            self._session.environment,
            working_directory=working_directory(),
            wanted=travels,
        )
        if settings.cartesia is not None:
            texts[VOICE_ID.title] = await choose_voice(settings, settings.cartesia)
        return ListOrder(
            pool=pool_of(settings),
            cps=asked.cps,
            most_live=asked.most_live,
            bad_rows=found.bad_rows,
            stop_after=asked.stop_after,
            stop_on=sorted(map(str, asked.stop_on)),
            settings=texts,
        )

    async def _rows(self, found: Survey) -> Iterator[tuple[ListRow, str | None]]:
        """Each row with the id of its voice, and why nobody may call it, if nobody may."""
        return self._with_voices(await voice_ids(self._settings, found, self._file.name))

    def _with_voices(self, voices: dict[str, str]) -> Iterator[tuple[ListRow, str | None]]:
        why = held_for_good(self._settings, self._order.lists)
        for row in self._good_rows():
            voice = row.voice and voices[row.voice]
            yield (dataclasses.replace(row, voice=voice) if voice else row), why(row.to)

    def _check_budgets(self, found: Survey) -> None:
        if not self._settings.rehearse:
            check_budgets(found.rows, found.takes_s(self._settings), self._settings)

    def _tell_queued(self, record: DialListRecord) -> None:
        settings = self._settings
        if settings.json:
            fields = {"schema": JSON_SCHEMA, "list": record.id, "name": record.name, "rows": record.rows}
            terminal.print_result(json.dumps({**fields, "exit_code": 0}))
        elif not settings.quiet:
            terminal.print_result(f"{record.name}: {record.rows:,} rows are queued (list {record.id})")

    # --- waiting ---------------------------------------------------------------------------------

    async def _wait(
        self, database: FleetDatabase, lists: FleetLists, record: DialListRecord, found: Survey
    ) -> int:
        from cartesia_call.fleet.journal import FleetJournal

        watched = _Watched(rate=self._settings.dial_list.cps)
        telling = ListTelling(record, self._settings)
        lines = self._lines() if self._settings.json else None
        with terminal.results_aside():
            async with telling.progress(watched, skips=False):
                async for told in self._told(lists, record, watched):
                    _count(watched.figures, told)
                    telling.tell(_as_told(told, lines))
            state = watched.state
            outcomes = watched.figures.outcomes
            met = self._settings.dial_list.stop_after
            is_satisfied = (
                met is not None and sum(outcomes[o] for o in self._settings.dial_list.stop_on) >= met
            )
            end = ListEnd(
                record=dataclasses.replace(record, ended_at=state.record.ended_at if state else None),
                figures=watched.figures,
                ended_at=state.record.ended_at if state else None,
                bad_rows=found.bad_rows,
                repeated=found.repeated,
                is_satisfied=is_satisfied,
                is_done=True,
            )
            results = self._settings.dial_list.results
            if results is not None:
                await write_results(results, self._file, FleetJournal(database), record.id)
            if state is not None and state.is_cancelled and not is_satisfied:
                why = f": {state.note}" if state.note else ""
                terminal.print_note(f"the list was called off{why}; --again calls everybody anew")
            return tell_end(end, self._settings)

    async def _told(
        self, lists: FleetLists, record: DialListRecord, watched: _Watched
    ) -> AsyncIterator[ToldRow]:
        """What is decided of each attempt, until the list has ended."""
        cursor: tuple[str, str] | None = None
        began_s, asked_s, is_warned = self._clock.now_s(), self._clock.now_s(), False
        while True:
            try:
                await lists.end_those_that_are_over(self._clock.utc_now())
                (watched.state,) = await lists.states(record.id)
                told = await lists.told(record.id, after=cursor)
                asked_s = self._clock.now_s()
            except QueueUnreachable:
                if self._clock.now_s() - asked_s > UNREACHABLE_AFTER_S:
                    raise
                await asyncio.sleep(LOOK_S)
                continue
            for one in told:
                cursor = one.cursor
                yield one
            if watched.state.record.ended_at is not None and not told:
                return
            if not watched.state.workers and not is_warned and self._clock.now_s() - began_s > NOBODY_AFTER_S:
                is_warned = True
                terminal.print_note("warning: no worker serves the queue; start one: cartesia-call worker")
            if not told:
                await asyncio.sleep(LOOK_S)

    def _lines(self) -> array[int]:
        """Of each row, by its number, the line of the file in which it begins."""
        lines = array("L", [0])
        for entry in self._file.entries():
            lines.extend([0] * (entry.number - len(lines)))
            lines.append(entry.line)
        return lines


@dataclass
class _Watched:
    """How far the list is. Implements `list_report.UnderWay`."""

    rate: float
    figures: ListFigures = dataclasses.field(default_factory=ListFigures)
    state: ListState | None = None
    waiting: int = 0

    @property
    def live(self) -> int:
        return 0 if self.state is None else self.state.live


def _count(figures: ListFigures, told: ToldRow) -> None:
    if told.row.result is not None:
        figures.count(told.row.result, is_final=told.is_final)
    elif told.is_final:
        figures.outcomes[_outcome(told.row)] += 1


def _outcome(row: LedgerRow) -> Outcome | None:
    """What a worker that is gone left without an outcome may have rung somebody."""
    if row.outcome is None:
        return Outcome.UNKNOWN
    with contextlib.suppress(ValueError):
        return Outcome(row.outcome)
    return None


def _as_told(told: ToldRow, lines: array[int] | None) -> Told[ListRow]:
    row = told.row
    number, attempt = (row.place.row, row.place.attempt) if row.place else (0, 0)
    line = lines[number] if lines is not None and number < len(lines) else 0
    result = row.result or AttemptResult(
        id=row.id,
        to=row.to,
        caller_id=row.caller_id,
        outcome=_outcome(row),
        detail=row.settled or row.withheld or "",
        started_at=row.created_at,
        ended_at=row.ended_at or row.created_at,
        call_sid=row.call_sid,
    )
    list_row = ListRow(
        number=number,
        line=line,
        to=row.to,
        message="",
        voice=None,
        language=None,
        timezone=None,
        not_after=None,
        fields={},
    )
    return Told(row=list_row, attempt=attempt, result=result, warnings=[], is_final=told.is_final)
