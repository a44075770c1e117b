"""One worker, from joining the queue to its exit status."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from typing import TYPE_CHECKING

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.calls.changes import Changes
from cartesia_call.calls.dial_list import DialList, RunRules, Told
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.list_progress import RowRules
from cartesia_call.calls.queued_admission import QueueAdmission
from cartesia_call.calls.queued_rows import ServedList, Worker
from cartesia_call.cli import exit_status, signals, terminal
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.cli.render import result_fields
from cartesia_call.cli.session import CommandSession, working_directory
from cartesia_call.cli.wording import message_and_remarks
from cartesia_call.clock import SystemClock
from cartesia_call.declarations.setting import OF_A_CALL
from cartesia_call.errors import LedgerError
from cartesia_call.fleet_ports import QueuedList, QueuedRow
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.policy.withheld import Withheld
from cartesia_call.settings.fleet import travelling
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.settings.table import TABLE
from cartesia_call.speech.message_text import Message
from cartesia_call.wiring.dial_list import RowPlans, RowSettings, list_speech, one_row
from cartesia_call.wiring.fleet import WorkerLine, open_queue, open_worker_line, pool_of
from cartesia_call.wiring.line import Line

if TYPE_CHECKING:
    from cartesia_call.fleet.database import FleetDatabase
    from cartesia_call.fleet.ledger import FleetLedger

SHORTEST_CALL_S = 10.0
"""Ringing, a sentence and hanging up take that long: so many calls a second `--max-live` bears."""

STATUS_S = 60.0
"""Between two lines about how it goes."""

LEAVE_LIMIT_S = 5.0


class WorkerRun:
    """Serves the queue with this machine's `settings`; `lists` are its own do-not-call and allow files."""

    def __init__(self, session: CommandSession, settings: Settings, lists: NumberLists) -> None:
        self._session = session
        self._settings = settings
        self._lists = lists
        self._interruption = Interruption()
        self._dial_list: DialList[QueuedRow] | None = None
        self._worker: Worker | None = None
        self._line: Line | None = None
        self._ledger: FleetLedger | None = None
        self._is_hanging_up = False
        self._is_stopped = False

    async def serve(self, url: str) -> int:
        """Until a signal, or until calls fail for a reason that is ours; the exit status."""
        settings, clock = self._settings, SystemClock()
        with signals.handled(self._stop, self._stop_again):
            async with (
                open_queue(url) as database,
                open_worker_line(
                    settings,
                    self._session.environment,
                    database,
                    clock=clock,
                    observer=NoDisplay(),
                    gate=lambda: self._worker,
                ) as opened,
            ):
                self._line, self._ledger = opened.line, opened.ledger
                terminal.mask_too([opened.line.caller_id])
                await opened.queue.join()
                try:
                    with terminal.results_aside():
                        status = await self._call(opened, database, clock)
                        await in_daemon_thread(terminal.wait_for_results)
                finally:
                    await self._leave(opened)
            return status

    async def _call(self, opened: WorkerLine, database: FleetDatabase, clock: SystemClock) -> int:
        settings, line = self._settings, opened.line
        self._worker = worker = Worker(opened.queue, clock, self._order_of, told=self._tell)
        self._dial_list = dial_list = DialList(
            worker.turns,
            line.ports,
            self._interruption,
            RunRules(
                rows=RowRules(plan=one_row(settings)),
                cps=settings.dial_list.most_live / SHORTEST_CALL_S,
                most_live=settings.dial_list.most_live,
                needs_ledger=False,
            ),
            list_id="",
            plan_for=worker.plan_for,
            withholds=worker.withholds,
            tell=worker.tell,
            speech=list_speech(settings, line),
            admission=lambda changes: self._admission(opened, worker, changes, clock),
        )
        worker.attend(dial_list)
        if self._is_stopped:
            dial_list.drain()
        if not settings.quiet:
            terminal.print_note(
                f"worker {opened.ledger.worker_id} serves {pool_of(settings)} in {database.place}, "
                f"{settings.dial_list.most_live} calls at most"
            )
        async with asyncio.TaskGroup() as beside:
            tasks = [
                beside.create_task(worker.beat(), name="signs of life"),
                beside.create_task(worker.feed(), name="taking rows"),
                beside.create_task(self._tell_now_and_then(dial_list), name="how it goes"),
            ]
            account, region = line.account_sid, line.region
            tend = lambda: worker.tend(  # noqa: E731 - begun by the list, in its own group
                opened.ledger, line.ports.carrier, account_sid=account, region=region
            )
            await dial_list.run(tend)
            worker.turns.give_up()
            is_written = await worker.errands.end()
            for task in tasks:
                task.cancel()
        if not is_written:
            terminal.print_note(
                "warning: the queue did not take everything in time; its other workers find out"
            )
        return self._status(dial_list)

    def _admission(
        self, opened: WorkerLine, worker: Worker, changes: Changes, clock: SystemClock
    ) -> QueueAdmission:
        admission = QueueAdmission(
            clock,
            changes,
            opened.queue,
            worker.errands,
            most_live=self._settings.dial_list.most_live,
            is_fenced=lambda: worker.is_fenced,
        )
        worker.admission = admission
        return admission

    def _status(self, dial_list: DialList[QueuedRow]) -> int:
        if self._worker is not None and self._worker.outdated is not None:
            raise self._worker.outdated
        if dial_list.tripped is not None:
            terminal.print_note(f"stopped: {dial_list.tripped.sentence}; the lists wait for other workers")
            return exit_status.of_outcome(dial_list.tripped.outcome)
        number = self._interruption.signal_number
        return 0 if number is None else exit_status.SIGNAL_BASE + number

    async def _leave(self, opened: WorkerLine) -> None:
        with contextlib.suppress(LedgerError, TimeoutError):  # its heartbeat ends all the same
            async with asyncio.timeout(LEAVE_LIMIT_S):
                await opened.queue.leave()

    # --- the lists -------------------------------------------------------------------------------

    def _order_of(self, queued: QueuedList) -> ServedList:
        """How the rows of a list are called: as it was told, by what this machine has."""
        line, session = self._line, self._session
        if line is None:
            raise ValueError("no line is open")
        settings = resolve(
            travelling(session.command_line, queued.settings, TABLE),
            session.environment,
            working_directory=working_directory(),
            needs=frozenset() if self._settings.rehearse else OF_A_CALL,
        )
        rows = RowSettings(settings, _worded)
        own = dataclasses.replace(line, voice_id=settings.voice_id)
        plans = RowPlans(rows, own, self._lists, _SameNames())
        keeps_digits = settings.answering.keeps_digits

        def plan_for(row: QueuedRow, attempt: int) -> CallPlan:
            plan = plans.plan_for(row.row, attempt)
            if keeps_digits and self._ledger is not None:
                self._ledger.keeps_digits_of.add(plan.id)
            return plan

        def withholds(row: QueuedRow) -> Withheld | None:
            return plans.withholds(row.row)

        waits = "CARTESIA_CALL_WAIT" in queued.settings
        return ServedList(
            rules=RowRules(plan=one_row(settings), waits=waits), plan_for=plan_for, withholds=withholds
        )

    # --- telling ---------------------------------------------------------------------------------

    def _tell(self, told: Told[QueuedRow]) -> None:
        for warning in told.warnings:
            terminal.print_note(f"warning: {told.row.list_id}, row {told.row.number}: {warning}")
        if self._settings.json:
            place = {"list": told.row.list_id, "row": told.row.number, "line": told.row.row.line}
            fields = {**result_fields(told.result), **place, "attempt": told.attempt}
            terminal.print_result(json.dumps({**fields, "is_final": told.is_final}))

    async def _tell_now_and_then(self, dial_list: DialList[QueuedRow]) -> None:
        while True:
            await asyncio.sleep(STATUS_S)
            figures = dial_list.figures
            if not self._settings.quiet and (dial_list.live or figures.attempts):
                terminal.print_note(f"{figures.attempts:,} attempts, {dial_list.live} calls up")

    # --- signals ---------------------------------------------------------------------------------

    def _stop(self, number: int) -> None:
        self._is_stopped = True
        if self._dial_list is None:
            self._interruption.raise_signal(number)
            return
        if self._worker is not None:
            self._worker.drain()
        up = self._dial_list.live
        terminal.print_note(f"no other row is called; {up} calls come to their end; once more: hang up now")

    def _stop_again(self, number: int) -> None:
        """The second hangs up, the third leaves."""
        if not self._is_hanging_up:
            self._is_hanging_up = True
            self._interruption.raise_signal(number)
            return
        terminal.wait_for_results(terminal.END_WAIT_S)
        signals.leave_at_once(exit_status.SIGNAL_BASE + number)


class _SameNames(dict[str, str]):
    """The ids of voices that rows name: they were looked up when the list was queued."""

    def __missing__(self, name: str) -> str:
        return name


def _worded(text: str, settings: Settings) -> Message:
    """Remarks about tags were told when the list was queued."""
    return message_and_remarks(text, settings)[0]
