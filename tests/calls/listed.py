"""A rehearsed dial list inside a test: the program's own wiring, the built-in network, time that skips."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import replace
from pathlib import Path

from cartesia_call.calls.dial_list import DialList, Told
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.list_resume import Resumption
from cartesia_call.calls.list_turns import ListTurns
from cartesia_call.calls.settling import CutOff
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.conversation.keys import OPT_OUT
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.policy.guard import GuardRule
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.ticket_ports import Tickets
from cartesia_call.wiring.dial_list import RowPlans, RowSettings, list_speech, run_rules
from cartesia_call.wiring.line import Line, open_ledger, open_line
from cartesia_simulator.carrier.call import SimulatedCall
from tests.settings.machine import command_line

LIST_ID = "20261129T120000Z-11111111"


def row(number: int, message: str = "The meeting is at nine.", **columns: str) -> ListRow:
    """A row with a number of its own, up to the 99th; further ones have SIP addresses."""
    return ListRow(
        number=number,
        line=number + 1,
        to=f"+120255501{number:02d}" if number < 100 else f"sip:row{number}@example.com",
        message=message,
        voice=columns.get("voice"),
        language=columns.get("language"),
        timezone=columns.get("timezone"),
        not_after=None,
        fields={},
    )


class Listed:
    """A list as `batch` calls it, on one line. `told` is what was told of each attempt, `cut_off` of calls of
    no list that a killed process left; `then` is called whenever an attempt is told. `guard` counts the
    calls, as it would those of a list that is no rehearsal."""

    def __init__(self, rows: Sequence[ListRow], line: Line, settings: Settings) -> None:
        assert line.network is not None
        self.line = line
        self.network = line.network
        self.interruption = Interruption()
        self.told: list[Told[ListRow]] = []
        self.cut_off: list[CutOff] = []
        self.then: Callable[[], object] = lambda: None
        self.guard: GuardRule | None = None
        self.journal: SqliteLedger = open_ledger(rehearsal=True)
        self.rules = run_rules(settings)
        self.resumption: Resumption[ListRow] = Resumption(
            self.journal, line.ports.clock, self.rules.rows, list_id=LIST_ID
        )
        self.plans = plans = RowPlans(
            RowSettings(settings, lambda text, own: Message.of(text, own.language)),
            line,
            NumberLists(do_not_call={}, allow={}),
            {},
        )
        self.dial_list = DialList(
            ListTurns(self.resumption.rows(rows)),
            line.ports,
            self.interruption,
            self.rules,
            list_id=LIST_ID,
            plan_for=lambda row, attempt: replace(plans.plan_for(row, attempt), guard=self.guard),
            withholds=plans.withholds,
            tell=self._tell,
            speech=list_speech(settings, line),
        )
        self._rows = len(rows)

    async def run(self) -> None:
        """Call everybody whom no earlier run has called."""
        clock = self.line.ports.clock
        if not await self.journal.find_list(LIST_ID):
            await self.journal.begin_list(
                DialListRecord(
                    id=LIST_ID, digest="d", name="people.csv", rows=self._rows, created_at=clock.utc_now()
                )
            )
        progress = await self.resumption.read()
        self.dial_list.figures.outcomes.update(progress.outcomes)
        self.resumption.attend(self.dial_list)
        await self.dial_list.run(
            lambda: self.resumption.look_into(
                self.journal,
                self.line.ports.carrier,
                account_sid=self.line.account_sid,
                region=self.line.region,
                tell=self.cut_off.append,
            )
        )

    def _tell(self, told: Told[ListRow]) -> None:
        if told.result.key == OPT_OUT:
            self.plans.opted_out(told.row.to)
        self.told.append(told)
        self.then()

    @property
    def outcomes(self) -> dict[int, str]:
        """What each row that is over came to."""
        return {told.row.number: str(told.result.outcome) for told in self.told if told.is_final}

    @property
    def calls(self) -> list[SimulatedCall]:
        """What the carrier knows of, in the order of the requests."""
        return list(self.network.carrier.calls.values())

    @property
    def placed_at_s(self) -> list[float]:
        """When they were placed."""
        return [call.created_at.timestamp() for call in self.calls]


@contextlib.asynccontextmanager
async def listed(
    rows: Sequence[ListRow],
    callee: str = "answers,ring:1s",
    *faults: str,
    recordings_kept: int | None = None,
    tickets: Tickets | None = None,
    **options: object,
) -> AsyncIterator[Listed]:
    """A list that is wired and ready to `run`, with these command-line options.

    With `tickets` it keeps off numbers that others call, as a live one does.
    """
    options.setdefault("max_contexts", 8)
    given = command_line(rehearse=True, callee=callee, faults=faults, **options)
    settings = resolve(given, {}, working_directory=Path.cwd(), needs=frozenset())
    async with open_line(
        settings,
        {},
        clock=SystemClock(),
        observer=NoDisplay(),
        keeps_ledger_open=True,
        recordings_kept=recordings_kept,
    ) as line:
        ports = dataclasses.replace(line.ports, tickets=tickets)
        yield Listed(rows, dataclasses.replace(line, ports=ports), settings)
