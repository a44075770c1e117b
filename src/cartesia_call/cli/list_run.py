"""One run of a dial list, from its place in the ledger to the exit status."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Mapping
from datetime import datetime

from cartesia_call.calls.dial_list import DialList, ListFigures
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.list_resume import Resumption
from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.list_file import ListFile, Survey
from cartesia_call.cli.list_report import ListEnd, ListTelling, tell_end
from cartesia_call.cli.list_results import write_results
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.cli.logs import tell_faults
from cartesia_call.clock import SystemClock
from cartesia_call.dial_list.rows import ListRow, ListRules
from cartesia_call.errors import InputError, LedgerError
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.ports import Clock
from cartesia_call.settings.model import Settings
from cartesia_call.wiring.dial_list import RowPlans, RowSettings, list_speech, run_rules
from cartesia_call.wiring.line import Line, open_ledger, open_line
from cartesia_call.wiring.plan import new_attempt_id
from cartesia_call.wiring.voice_choice import choose_voice


@dataclasses.dataclass(frozen=True)
class Order:
    """What the command line asks for, checked but for the list itself: nothing was sent yet."""

    settings: Settings
    rules: ListRules
    rows: RowSettings
    lists: NumberLists
    message: str | None


class ListRun:
    """Calls the rows of `file`: `find` the list in the ledger, then `call`, each in a loop of its own."""

    def __init__(self, order: Order, file: ListFile, environment: Mapping[str, str], *, skips: bool) -> None:
        self._order = order
        self._settings = order.settings
        self._file = file
        self._environment = environment
        self._skips = skips
        self._interruption = Interruption()
        self._rules = run_rules(order.settings)
        self._journal = open_ledger(
            rehearsal=order.settings.rehearse, keeps_digits=order.settings.answering.keeps_digits
        )
        self._list: DialList[ListRow] | None = None
        self._signal: int | None = None
        self._is_hanging_up = False

    async def call(self, record: DialListRecord, found: Survey) -> int:
        """Call everybody; the exit status. Everything is printed when it returns.

        InputError where another process calls the list, LedgerError where its journal cannot be written.
        """
        with signals.handled(self._stop, self._stop_again):
            is_new = not record.rows
            record = dataclasses.replace(record, rows=found.rows + found.bad_rows)
            with self._journal.hold(record.id):
                if is_new:
                    await self._journal.begin_list(record)
                return await self._call(record, found)

    # --- which list it is ---

    async def find(self) -> DialListRecord:
        """The list's record in the ledger, or a new one, not written yet, with 0 rows.

        InputError for a list that was called before, unless that was asked for.
        """
        asked, now = self._settings.dial_list, SystemClock().utc_now()
        digest = self._file.digest(self._order.message, asked.to_column, asked.duplicates)
        known = await self._journal.lists(digest)
        if known and asked.resumes:
            return known[0]
        if known and not asked.calls_again and not self._settings.rehearse:
            raise await self._known_already(known[0])
        return DialListRecord(
            id=new_attempt_id(now), digest=digest, name=self._file.name, rows=0, created_at=now
        )

    async def _known_already(self, record: DialListRecord) -> InputError:
        progress = await self._resumption(record, SystemClock()).read()
        begun = f"{record.created_at.astimezone():%Y-%m-%d %H:%M}"
        if record.ended_at is not None:
            return InputError(
                f"this list was called on {begun}, and is done ({record.id})",
                hint="--again calls everybody anew; history --list shows what it came to",
            )
        return InputError(
            f"this list was begun on {begun}, and {len(progress.done)} of its {record.rows} rows are done "
            f"({record.id})",
            hint="--resume goes on with the others; --again calls everybody anew",
        )

    def _resumption(self, record: DialListRecord, clock: Clock) -> Resumption[ListRow]:
        return Resumption(
            self._journal,
            clock,
            self._rules.rows,
            list_id=record.id,
            redials_unknown=self._settings.dial_list.redials_unknown,
        )

    async def tell_what_it_came_to(self, record: DialListRecord) -> int:
        """A list that is done already: the same words, and the same exit status."""
        progress = await self._resumption(record, SystemClock()).read()
        figures = ListFigures(outcomes=progress.outcomes)
        await self._write_results(record)
        return tell_end(ListEnd(record=record, figures=figures, ended_at=record.ended_at), self._settings)

    # --- the calls ---

    async def _call(self, record: DialListRecord, found: Survey) -> int:
        settings, clock = self._settings, SystemClock()
        resumption = self._resumption(record, clock)
        figures = ListFigures(outcomes=(await resumption.read()).outcomes)
        telling = ListTelling(record, settings)
        async with open_line(
            settings,
            self._environment,
            clock=clock,
            observer=NoDisplay(),
            keeps_ledger_open=True,
            recordings_kept=0,
        ) as line:
            if line.network is not None and not line.network.voice.is_speech and not settings.quiet:
                terminal.print_note(
                    "warning: a tone stands for each word; the extra `offline` brings a voice"
                )
            plans = RowPlans(self._order.rows, line, self._order.lists, await self._voice_ids(found, line))
            terminal.mask_too([line.caller_id])
            self._list = dial_list = DialList(
                resumption.rows(self._file.rows()),
                line.ports,
                self._interruption,
                self._rules,
                list_id=record.id,
                plan_for=plans.plan_for,
                withholds=plans.withholds,
                tell=telling.tell,
                speech=list_speech(settings, line),
                figures=figures,
            )
            resumption.attend(dial_list)
            async with telling.progress(dial_list, skips=self._skips):
                await dial_list.run(
                    lambda: resumption.look_into(
                        line.ports.ledger or self._journal,
                        line.ports.carrier,
                        account_sid=line.account_sid,
                        region=line.region,
                    )
                )
        return await self._end(record, found, dial_list, clock.utc_now())

    async def _voice_ids(self, found: Survey, line: Line) -> dict[str, str]:
        """The id of each voice that a row names, known before anybody is called."""
        if line.network is not None or self._settings.cartesia is None:
            return {name: name for name in found.voices}
        return {
            name: await choose_voice(
                dataclasses.replace(self._settings, voice_id=name), self._settings.cartesia
            )
            for name in found.voices
        }

    async def _end(
        self, record: DialListRecord, found: Survey, dial_list: DialList[ListRow], ended_at: datetime
    ) -> int:
        is_done = dial_list.is_satisfied or not dial_list.is_stopping
        if is_done:
            try:
                await self._journal.end_list(record.id, ended_at)
            except LedgerError as error:
                terminal.print_note(f"warning: the ledger does not hold that the list is done: {error}")
        end = ListEnd(
            record=record,
            figures=dial_list.figures,
            ended_at=ended_at,
            bad_rows=found.bad_rows,
            is_done=is_done,
            is_satisfied=dial_list.is_satisfied,
            tripped=dial_list.tripped,
            refused=dial_list.refused,
            signal_number=self._interruption.signal_number or (self._signal if not is_done else None),
        )
        await self._write_results(record)
        return tell_end(end, self._settings)

    async def _write_results(self, record: DialListRecord) -> None:
        results = self._settings.dial_list.results
        if results is not None:
            await write_results(results, self._file, self._journal, record.id)

    # --- signals ---

    def _stop(self, number: int) -> None:
        """The first wish: who is on the telephone hears the message to its end."""
        self._signal = number
        if self._list is None:
            self._interruption.raise_signal(number)
            return
        self._list.drain()
        up = self._list.live
        calls = "the call that is up comes" if up == 1 else f"the {up} calls that are up come"
        terminal.print_note(f"nobody else is called; {calls} to an end; once more: hang up now")

    def _stop_again(self, number: int) -> None:
        """The second hangs up, the third leaves."""
        if not self._is_hanging_up and self._list is not None:
            self._is_hanging_up = True
            self._interruption.raise_signal(number)
            return
        for result in self._list.calls_under_way() if self._list is not None else ():
            if result.call_sid is not None:
                terminal.print_note(
                    f"the call {result.call_sid} may still be up; "
                    f"cartesia-call hangup {result.call_sid} ends it"
                )
        tell_faults()
        os._exit(exit_status.SIGNAL_BASE + number)
