"""A dial list: many rows, each called as `dial` calls one person, at the carrier's pace and side by side."""

from __future__ import annotations

import functools
import math
from collections import Counter
from collections.abc import Callable, Coroutine
from datetime import datetime
from typing import Any, Generic

from cartesia_call.calls.changes import Changes
from cartesia_call.calls.escalation import without_call
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.ledger_row import intent_of
from cartesia_call.calls.legs import Legs
from cartesia_call.calls.list_admission import Admission, Admits
from cartesia_call.calls.list_figures import ListFigures
from cartesia_call.calls.list_progress import RowRules
from cartesia_call.calls.list_speech import ListSpeech
from cartesia_call.calls.list_turns import ListTurns, RowT, RowTurn
from cartesia_call.calls.outbound import OutboundCall
from cartesia_call.calls.preparing import Preparation
from cartesia_call.calls.tear_down import tear_down
from cartesia_call.calls.turn_taking import held_back, number_to_itself
from cartesia_call.errors import LedgerError
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.pacing import DEFAULT_CPS, Breaker, Tripped
from cartesia_call.policy.retry import Turn
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.ports import Ports
from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

AHEAD_S = 3.0
LEAST_AHEAD = 4
"""Rows are prepared so long before their turn, and so many at least: speech takes a second or two."""

BUSY_PAUSE_S = 5.0
"""Before a row is looked at again whose number another call of this user is up to."""


@dataclass(frozen=True, kw_only=True)
class RunRules:
    """`most_live` calls are up at once at the most. After `stop_after` rows that came to one of `stop_on`
    nobody else is called (None: everybody is). `needs_ledger`: nor once the ledger could not be written.
    """

    rows: RowRules
    cps: float = DEFAULT_CPS
    most_live: int = 50
    stop_after: int | None = None
    stop_on: frozenset[Outcome] = frozenset({Outcome.ACKNOWLEDGED})
    needs_ledger: bool = True

    def is_met(self, outcomes: Counter[Outcome | None]) -> bool:
        """Whether so many rows as were asked for came to what was asked for."""
        return self.stop_after is not None and sum(outcomes[one] for one in self.stop_on) >= self.stop_after


@dataclass(frozen=True, kw_only=True)
class Told(Generic[RowT]):
    """One attempt that is over, the `attempt`-th of its row. `is_final`: the row is as well."""

    row: RowT
    attempt: int
    result: AttemptResult
    warnings: list[str]
    is_final: bool


class DialList(Generic[RowT]):
    """Calls everybody of `turns` as `rules` say. `run` once; `drain` at any moment.

    `plan_for` makes the plan of a row's call by the number of its attempt, `withholds` says whether a rule
    other than the guard holds it back now; both may be asked more than once. `tell` is called with each
    attempt as it ends. `figures` begin with what earlier runs came to. `list_id` and the rules for rows hold
    for turns that have none of their own; `admission` makes what lets rows in, if not this process alone.
    """

    def __init__(
        self,
        turns: ListTurns[RowT],
        ports: Ports,
        interruption: Interruption,
        rules: RunRules,
        *,
        list_id: str,
        plan_for: Callable[[RowT, int], CallPlan],
        withholds: Callable[[RowT], Withheld | None],
        tell: Callable[[Told[RowT]], None],
        speech: ListSpeech,
        figures: ListFigures | None = None,
        admission: Callable[[Changes], Admits] | None = None,
    ) -> None:
        self._ports = ports
        self._clock = ports.clock
        self._interruption = interruption
        self._rules = rules
        self._list_id = list_id
        self._plan_for = plan_for
        self._withholds = withholds
        self._tell = tell
        self._speech = speech
        self._breaker = Breaker()
        self._changes = Changes()
        self._admission = (
            Admission(ports.clock, self._changes, cps=rules.cps, most_live=rules.most_live)
            if admission is None
            else admission(self._changes)
        )
        self._legs = Legs(ports, notice=self._admission.notice)
        self._coming = 0
        self._under_way: dict[int, tuple[RowTurn[RowT], OutboundCall]] = {}
        self._told_warnings: set[str] = set()
        self.turns = turns
        self.figures = figures or ListFigures()
        self.is_draining = False
        self.tripped: Tripped | None = None
        """Why nobody else is called: calls fail for a reason that is ours."""
        self.refused: LedgerError | None = None
        """The journal cannot be written: nobody else is called."""

    # --- ask ---

    @property
    def is_stopping(self) -> bool:
        """Nobody else is called, whatever the reason."""
        reasons = (self.tripped, self.refused, self._interruption.signal_number)
        return self.is_draining or self.is_satisfied or any(reason is not None for reason in reasons)

    @property
    def is_satisfied(self) -> bool:
        """So many rows as were asked for came to what was asked for."""
        return self._rules.is_met(self.figures.outcomes)

    @property
    def live(self) -> int:
        """How many calls are up, or about to be."""
        return self._admission.live

    @property
    def waiting(self) -> int:
        """How many rows come again."""
        return self.turns.waiting

    @property
    def rate(self) -> float:
        """Calls per second, as the carrier takes them now."""
        return self._admission.rate

    def calls_under_way(self) -> list[Told[RowT]]:
        """What is known of each call that is up, if the program had to leave at this moment."""
        return [
            Told(row=turn.row, attempt=turn.attempts, result=call.result_so_far(), warnings=[], is_final=True)
            for turn, call in self._under_way.values()
        ]

    # --- act ---

    def drain(self) -> None:
        """Nobody else is called; who is on the telephone hears the message to its end."""
        self.is_draining = True
        self._changes.tell()

    def wake(self) -> None:
        """There may be more to call than before."""
        self._changes.tell()

    def again(self, turn: RowTurn[RowT], at_s: float) -> None:
        """A row whose turn comes again, not before `at_s`."""
        self.turns.put_back(turn, at_s)
        self._changes.tell()

    def is_over(self, outcome: Outcome | None) -> None:
        """A row that an earlier run called has come to this."""
        self.figures.outcomes[outcome] += 1
        self._changes.tell()

    async def run(self, beside: Callable[[], Coroutine[Any, Any, None]] | None = None) -> None:
        """Until all rows are over, or nobody else is called and no call is up; `beside` goes on till then."""
        unsubscribe = self._interruption.subscribe(lambda _: self._changes.tell())
        try:
            async with self._legs:
                other = self._legs.begin(beside, "beside the list") if beside is not None else None
                try:
                    await self._call_everybody()
                finally:
                    if other is not None:
                        other.cancel()
        finally:
            unsubscribe()
            await tear_down(self._ports, self._speech.close())

    async def _call_everybody(self) -> None:
        most_ahead = max(LEAST_AHEAD, math.ceil(self._rules.cps * AHEAD_S))
        while True:
            while self._coming < most_ahead and not self.is_stopping:
                turn = self.turns.next(self._clock.now_s())
                if turn is None:
                    break
                self._coming += 1
                self._legs.begin(functools.partial(self._take, turn), f"row {turn.row.number}")
            if self.is_stopping:
                self._speech.give_up()
            nobody_comes = self.is_stopping or self.turns.is_over
            if nobody_comes and not self._coming and not self.live:
                return
            await self._changes.wait(until_s=self.turns.due_s)

    async def _take(self, turn: RowTurn[RowT]) -> None:
        """One attempt, from its preparation to its end."""
        try:
            await self._attempt(turn)
        except Exception:
            logger.exception("a fault of ours with row %d", turn.row.number)
            self.figures.outcomes[None] += 1
        finally:
            self._coming -= 1
            self.turns.left(turn)
            self._changes.tell()

    async def _attempt(self, turn: RowTurn[RowT]) -> None:
        if await self._is_held_back(turn):
            return
        plan = self._plan_for(turn.row, turn.attempts + 1)
        async with self._speech.ready(plan) as preparation:
            if not await self._admission.admitted(turn, lambda: self.is_stopping):
                return
            self._coming -= 1
            self._changes.tell()  # the next row can be got ready
            try:
                if not await self._is_held_back(turn):
                    async with number_to_itself(plan, self._ports) as is_free:
                        if is_free:
                            await self._call(turn, plan, preparation)
                        else:
                            await self._wait_for_number(turn, plan)
            finally:
                self._coming += 1
                self._admission.leave(turn)

    async def _call(self, turn: RowTurn[RowT], plan: CallPlan, preparation: Preparation) -> None:
        turn.waits_since_s = None
        place = self._next_place(turn)
        call = OutboundCall(plan, self._legs, self._interruption, preparation, place)
        self._under_way[id(turn)] = turn, call
        try:
            result = await call.run()
        finally:
            del self._under_way[id(turn)]
        preparation.speech.characters_told += result.characters
        warnings = [warning for warning in call.warnings if warning not in self._told_warnings]
        self._told_warnings.update(warnings)
        self._over(turn, result, warnings, call.withheld)

    async def _is_held_back(self, turn: RowTurn[RowT]) -> bool:
        withheld = self._withholds(turn.row)
        if withheld is None:
            return False
        if self._rules_of(turn).waits and withheld.until is not None:
            self.again(turn, self._clock.now_s() + self._seconds_to(withheld.until))
        else:
            await self._withhold(turn, withheld)
        return True

    async def _wait_for_number(self, turn: RowTurn[RowT], plan: CallPlan) -> None:
        """Somebody else calls the row's number: it comes again soon, until it has waited for too long."""
        now_s = self._clock.now_s()
        if turn.waits_since_s is None:
            turn.waits_since_s = now_s
        if now_s - turn.waits_since_s < plan.limits.turn_timeout_s:
            self.again(turn, now_s + BUSY_PAUSE_S)
        else:
            turn.waits_since_s = None
            await self._withhold(turn, held_back(plan))

    async def _withhold(self, turn: RowTurn[RowT], withheld: Withheld) -> None:
        plan, warnings = self._plan_for(turn.row, turn.attempts + 1), []
        intent = intent_of(plan, self._clock.utc_now(), self._next_place(turn))
        if self._ports.ledger is not None:
            try:
                await self._ports.ledger.withhold(intent, withheld)
            except LedgerError as error:
                warnings.append(f"the journal does not hold that row {turn.row.number} was withheld: {error}")
        self._over(
            turn, without_call(plan, Outcome.WITHHELD, withheld.detail, self._clock), warnings, withheld
        )

    def _next_place(self, turn: RowTurn[RowT]) -> ListPlace:
        turn.attempts += 1
        return ListPlace(list_id=turn.list_id or self._list_id, row=turn.row.number, attempt=turn.attempts)

    def _rules_of(self, turn: RowTurn[RowT]) -> RowRules:
        return turn.rules or self._rules.rows

    def _seconds_to(self, moment: datetime) -> float:
        return max(0.0, (moment - self._clock.utc_now()).total_seconds())

    def _over(
        self,
        turn: RowTurn[RowT],
        result: AttemptResult,
        warnings: list[str],
        withheld: Withheld | None = None,
    ) -> None:
        """An attempt has ended: what becomes of its row, and of the list."""
        now_s, rules = self._clock.now_s(), self._rules_of(turn)
        began_at_s = now_s - (result.ended_at - result.started_at).total_seconds()
        placed_at_s = began_at_s + (result.timing.placed_after or 0.0) / 1000
        own = Turn(to=turn.row.to, outcome=result.outcome, placed_at_s=placed_at_s, ended_at_s=now_s)
        turn.turns.append(own)
        held_until = withheld.until if withheld is not None else None
        if rules.waits and withheld is not None and held_until is not None:
            at_s: float | None = now_s + self._seconds_to(held_until)
            if withheld.rule is Rule.BUDGET:  # everybody else would only hear the same
                self._admission.pause(now_s + self._seconds_to(held_until))
        else:
            at_s = rules.next_at_s(turn.row.to, turn.turns, now_s)
            self.figures.held_for_now += held_until is not None
        self.figures.count(result, is_final=at_s is None)
        if at_s is not None:
            self.again(turn, at_s)
        is_unwritten = result.error is not None and result.error.kind == LedgerError.__name__
        if result.error is not None and is_unwritten and self._rules.needs_ledger:
            self.refused = LedgerError(result.detail, hint=result.error.hint)
        slows_down = self._admission.slows_down
        self.tripped = self.tripped or self._breaker.count(result, slows_down=slows_down)
        self._tell(
            Told(row=turn.row, attempt=turn.attempts, result=result, warnings=warnings, is_final=at_s is None)
        )
        self._changes.tell()
