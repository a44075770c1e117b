"""One run of a dial list, from its place in the ledger to the exit status."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import datetime

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.calls.dial_list import DialList, Told
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.list_figures import ListFigures
from cartesia_call.calls.list_progress import Progress
from cartesia_call.calls.list_resume import Resumption
from cartesia_call.calls.list_turns import ListTurns
from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.cut_off import CutOffCalls
from cartesia_call.cli.list_file import ListFile
from cartesia_call.cli.list_report import ListEnd, ListTelling, tell_end
from cartesia_call.cli.list_results import write_results
from cartesia_call.cli.list_survey import Survey
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.conversation.keys import OPT_OUT
from cartesia_call.dial_list.rows import Duplicates, ListRow, ListRules
from cartesia_call.errors import DialListError, InputError, LedgerError, ListProblem
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.ports import Clock
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.outcomes import CallLeft
from cartesia_call.wiring.dial_list import RowPlans, RowSettings, check_budgets, list_speech, run_rules
from cartesia_call.wiring.line import ledger_of, open_line
from cartesia_call.wiring.plan import new_attempt_id
from cartesia_call.wiring.voice_choice import choose_voice


@dataclass(frozen=True)
class Order:
    """What the command line asks for, checked but for the list itself: nothing was sent yet."""

    settings: Settings
    rules: ListRules
    rows: RowSettings
    lists: NumberLists
    message: str | None


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Where a list is in the ledger: its `record`, which is written if `is_new` says no, how far it is, and
    the IDs of all lists `known` that are the same."""

    record: DialListRecord
    is_new: bool
    progress: Progress
    known: frozenset[str]


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
        self._journal = ledger_of(order.settings)
        self._list: DialList[ListRow] | None = None
        self._telling: ListTelling | None = None
        self._known_voices: dict[str, str] = {}
        self._signal: int | None = None
        self._is_hanging_up = False

    async def call(self, standing: Standing, found: Survey) -> int:
        """Call everybody; the exit status. Everything is printed when it returns.

        InputError where another process calls the list, or a budget would keep it from being called,
        LedgerError where its journal cannot be written.
        """
        record = dataclasses.replace(standing.record, rows=found.rows + found.bad_rows)
        self._check_budgets(found, len(standing.progress.done))
        with signals.handled(self._stop, self._stop_again), self._journal.hold(record.id):
            self._known_voices = await voice_ids(self._settings, found, self._file.name)
            if standing.is_new:
                known = None if self._settings.rehearse else standing.known
                await self._journal.begin_list(record, known=known)
            with terminal.results_aside():
                status = await self._call(record, found)
                await in_daemon_thread(terminal.wait_for_results)
            return status

    def _check_budgets(self, found: Survey, done: int) -> None:
        left = found.rows - done
        takes_s = found.takes_s(self._settings) * left / found.rows if found.rows else 0.0
        try:
            check_budgets(left, takes_s, self._settings)
        except InputError as error:
            if not self._settings.rehearse:
                raise
            if not self._settings.quiet:
                told = terminal.with_hint(error.message, error.hint)
                terminal.print_note(f"warning: in a live call: {told}")

    # --- which list it is ---

    async def find(self) -> Standing:
        """Where the list is in the ledger; a new one is not written yet, and has 0 rows.

        InputError for a list that was called before, unless that was asked for, and for one to be gone on
        with that is not the one that was begun.
        """
        asked, now = self._settings.dial_list, SystemClock().utc_now()
        digest = self._file.digest(self._order.message, asked.to_column, asked.duplicates)
        lists = await self._journal.lists()
        same = [record for record in lists if record.digest == digest]
        known = frozenset(record.id for record in same)
        if same and (asked.resumes or not (asked.calls_again or self._settings.rehearse)):
            progress = await self._resumption(same[0], SystemClock()).read()
            if not asked.resumes:
                raise _known_already(same[0], progress)
            return Standing(record=same[0], is_new=False, progress=progress, known=known)
        if not (same or asked.calls_again):
            self._check_others([record for record in lists if record.name == self._file.name])
        record = DialListRecord(
            id=new_attempt_id(now), digest=digest, name=self._file.name, rows=0, created_at=now
        )
        return Standing(record=record, is_new=True, progress=Progress(), known=known)

    def _check_others(self, others: list[DialListRecord]) -> None:
        """Whoever changed the file or the message and goes on calls everybody once more: that is told."""
        resumes = self._settings.dial_list.resumes
        if not others or (self._settings.rehearse and not resumes):
            return
        newest = others[0]
        differs = f"this is not the list {newest.name} that was called on {_begun(newest)} ({newest.id})"
        why = "the file, the message, --to-column or --duplicates was another"
        if resumes and newest.ended_at is None:
            raise InputError(
                f"{differs} and is not done: {why}",
                hint="--resume needs them as they were; --again calls everybody on the list as it is now",
            )
        if resumes or newest.ended_at is None:
            terminal.print_note(f"warning: {differs}: {why}; everybody on it is called")

    def _resumption(self, record: DialListRecord, clock: Clock) -> Resumption[ListRow]:
        return Resumption(
            self._journal,
            clock,
            self._rules.rows,
            list_id=record.id,
            redials_unknown=self._settings.dial_list.redials_unknown,
        )

    def is_over(self, standing: Standing) -> bool:
        """Whether nobody is left to call, as these settings have it. A few lists can only be told by a look
        at their rows: False for those."""
        record, progress = standing.record, standing.progress
        if record.ended_at is None or progress.begun or self._order.rules.duplicates is Duplicates.FIRST:
            return False
        return self._rules.is_met(progress.outcomes) or len(progress.done) >= record.rows

    async def tell_what_it_came_to(self, standing: Standing) -> int:
        """A list that is done already: the same words, and the same exit status."""
        record, outcomes = standing.record, standing.progress.outcomes
        end = ListEnd(
            record=record,
            figures=ListFigures(outcomes=outcomes),
            ended_at=record.ended_at,
            is_satisfied=self._rules.is_met(outcomes),
        )
        await self._write_results(record)
        return tell_end(end, self._settings)

    # --- the calls ---

    async def _call(self, record: DialListRecord, found: Survey) -> int:
        settings, clock = self._settings, SystemClock()
        resumption = self._resumption(record, clock)
        progress = await resumption.read()
        figures = ListFigures(outcomes=progress.outcomes)
        if self._rules.is_met(figures.outcomes) or (figures.over >= found.rows and not progress.begun):
            return await self._end(record, found, figures, clock.utc_now())
        telling = ListTelling(record, settings)
        self._telling = telling
        async with open_line(
            settings,
            self._environment,
            clock=clock,
            observer=NoDisplay(),
            keeps_ledger_open=True,
            recordings_kept=0,
            warn=terminal.warn,
        ) as line:
            if line.network is not None and not line.network.voice.is_speech and not settings.quiet:
                terminal.print_note(
                    "warning: a tone stands for each word; the extra `offline` brings a voice"
                )
            plans = RowPlans(self._order.rows, line, self._order.lists, self._known_voices)
            terminal.mask_too([line.caller_id])
            self._list = dial_list = DialList(
                ListTurns(resumption.rows(self._file.rows())),
                line.ports,
                self._interruption,
                self._rules,
                list_id=record.id,
                plan_for=plans.plan_for,
                withholds=plans.withholds,
                tell=lambda told: self._tell(told, telling, plans),
                speech=list_speech(settings, line),
                figures=figures,
            )
            resumption.attend(dial_list)
            cut_off = CutOffCalls(telling.note, rehearsal=settings.rehearse, carrier=settings.other_carrier)
            async with telling.progress(dial_list, skips=self._skips):
                await dial_list.run(
                    lambda: resumption.look_into(
                        line.ports.ledger or self._journal,
                        line.ports.carrier,
                        account_sid=line.account_sid,
                        region=line.region,
                        tell=cut_off.tell,
                    )
                )
        return await self._end(record, found, figures, clock.utc_now())

    def _tell(self, told: Told[ListRow], telling: ListTelling, plans: RowPlans) -> None:
        if told.result.key == OPT_OUT:
            plans.opted_out(told.row.to)
        telling.tell(told)

    async def _end(
        self, record: DialListRecord, found: Survey, figures: ListFigures, ended_at: datetime
    ) -> int:
        dial_list, is_satisfied = self._list, self._rules.is_met(figures.outcomes)
        is_done = is_satisfied or figures.over >= found.rows
        if is_done:
            try:
                await self._journal.end_list(record.id, ended_at)
            except LedgerError as error:
                terminal.print_note(f"warning: the ledger does not hold that the list is done: {error}")
        end = ListEnd(
            record=record,
            figures=figures,
            ended_at=ended_at,
            bad_rows=found.bad_rows,
            repeated=found.repeated,
            is_done=is_done,
            is_satisfied=is_satisfied,
            tripped=dial_list.tripped if dial_list else None,
            refused=dial_list.refused if dial_list else None,
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
        self._note("nobody else is called" + (f"; {calls} to an end; once more: hang up now" if up else ""))

    def _note(self, text: str) -> None:
        (terminal.print_note if self._telling is None else self._telling.note)(text)

    def _stop_again(self, number: int) -> None:
        """The second hangs up, the third leaves."""
        if not self._is_hanging_up and self._list is not None:
            self._is_hanging_up = True
            self._interruption.raise_signal(number)
            return
        status = exit_status.SIGNAL_BASE + number
        for told in self._list.calls_under_way() if self._list is not None else ():
            result = told.result
            if self._telling is not None:
                self._telling.tell(told)
            if result.call_sid is not None:
                self._note(
                    f"the call {result.call_sid} may still be up; "
                    f"cartesia-call hangup {result.call_sid} ends it"
                )
            if result.outcome is not None and result.outcome.means.left >= CallLeft.MAY_EXIST:
                status = exit_status.of_outcome(result.outcome)
        terminal.wait_for_results(terminal.END_WAIT_S)
        signals.leave_at_once(status)


def _begun(record: DialListRecord) -> str:
    return f"{record.created_at.astimezone():%Y-%m-%d %H:%M}"


def _known_already(record: DialListRecord, progress: Progress) -> InputError:
    done = f"{len(progress.done):,} of its {record.rows:,} rows are done ({record.id})"
    if record.ended_at is not None and len(progress.done) == record.rows:
        return InputError(
            f"this list was called on {_begun(record)}, and is done ({record.id})",
            hint="--again calls everybody anew; history --list shows what it came to",
        )
    return InputError(
        f"this list was begun on {_begun(record)}, and {done}",
        hint="--resume goes on with the others; --again calls everybody anew",
    )


async def voice_ids(settings: Settings, found: Survey, source: str) -> dict[str, str]:
    """The id of each voice that a row names, known before anybody is called. DialListError for a name that
    nobody has."""
    cartesia = settings.cartesia
    if cartesia is None:  # a rehearsal
        return {name: name for name in found.voices}
    ids: dict[str, str] = {}
    problems: list[ListProblem] = []
    for name, line in found.voices.items():
        try:
            ids[name] = await choose_voice(dataclasses.replace(settings, voice_id=name), cartesia)
        except InputError as error:
            reason = error.message.rstrip(".")
            problems.append(ListProblem(line=line, column="voice", reason=reason, hint=error.hint))
    if problems:
        raise DialListError(problems, source=source)
    return ids
