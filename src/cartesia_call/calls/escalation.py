"""People in turn: one message, one way to it, and calls until somebody took it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import Callable

from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.ledger_row import intent_of
from cartesia_call.calls.legs import Legs
from cartesia_call.calls.outbound import OutboundCall
from cartesia_call.calls.preparing import Preparation
from cartesia_call.calls.settling import settle_beside
from cartesia_call.calls.tear_down import tear_down
from cartesia_call.errors import LedgerError
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.retry import EscalationPlan, NextTurn, Turn, next_turn
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Clock, Ports
from cartesia_call.speech.message_text import MessageText
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import CallLeft, Outcome

logger = logging.getLogger(__name__)

NOTHING_MORE = "interrupted; nobody else was called"


class Escalation:
    """Calls everybody of `turns` as its rules say. `run` once.

    `plan` is that of the first call; `new_id` names each further one. `withholds` says whether a rule other
    than the guard holds back a call to somebody now. `tell` is called with each result as it is known, and
    what the user should read beside it. `text` brings the message of a plan that has none.
    """

    def __init__(
        self,
        plan: CallPlan,
        turns: EscalationPlan,
        ports: Ports,
        interruption: Interruption,
        *,
        new_id: Callable[[], str],
        withholds: Callable[[str], Withheld | None],
        tell: Callable[[AttemptResult, list[str]], None],
        text: MessageText | None = None,
    ) -> None:
        self._plan = plan
        self._turn_plan = turns
        self._ports = ports
        self._interruption = interruption
        self._new_id = new_id
        self._withholds = withholds
        self._tell = tell
        self._clock = ports.clock
        self._preparation = Preparation(plan, ports, text)
        self._told: set[str] = set()
        self._turns: list[Turn] = []
        self._results: list[AttemptResult] = []
        self._under_way: OutboundCall | None = None
        self._legs = Legs(ports)
        self.call: OutboundCall | None = None
        """The latest call, under way or over."""

    async def run(self) -> AttemptResult:
        """The result that decides: the last one, unless one before it may have left a call behind."""
        results = self._results
        try:
            async with self._legs:
                settling = self._legs.begin(
                    lambda: settle_beside(self._plan, self._ports), "settling earlier calls"
                )
                try:
                    await self._call_everybody()
                finally:
                    settling.cancel()
        finally:
            await tear_down(self._ports, self._preparation.close())
        return _left_behind(results) or results[-1]

    async def _call_everybody(self) -> None:
        results = self._results
        while (turn := next_turn(self._turn_plan, self._turns, self._clock.now_s())) is not None:
            if not await self._wait_for(turn):
                results.append(self._interrupted(turn.to, len(results) + 1))
                break
            began_at_s = self._clock.now_s()
            result = await self._call(turn.to, len(results) + 1)
            results.append(result)
            self._turns.append(
                Turn(
                    to=turn.to,
                    outcome=result.outcome,
                    placed_at_s=began_at_s + (result.timing.placed_after or 0.0) / 1000,
                    ended_at_s=self._clock.now_s(),
                )
            )

    async def _wait_for(self, turn: NextTurn) -> bool:
        """Until it is this person's turn; False if a signal came first."""
        left_s = turn.at_s - self._clock.now_s()
        if self._interruption.signal_number is None and left_s > 0:
            logger.info("the next call follows in %.0f s", left_s)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(left_s):
                    await self._interruption.wait()
        return not (self._turns and self._interruption.signal_number is not None)

    async def _call(self, to: str, attempt: int) -> AttemptResult:
        plan = self._plan
        if attempt > 1:
            plan = dataclasses.replace(plan, id=self._new_id(), to=to, attempt=attempt)
        withheld = self._withholds(to)
        if withheld is not None:
            return await self._withhold(plan, withheld)
        self.call = OutboundCall(plan, self._legs, self._interruption, self._preparation)
        self._under_way = self.call
        result = await self.call.run()
        warnings = [warning for warning in self.call.warnings if warning not in self._told]
        self._told.update(warnings)
        self._preparation.speech.characters_told += result.characters
        self._under_way = None
        self._tell(result, warnings)
        return result

    def leave_now(self) -> AttemptResult | None:
        """If the program had to leave at this moment: the attempt under way, or one that is told already and
        left a call behind; None if nothing of both."""
        if self._under_way is not None:
            return self._under_way.result_so_far()
        return _left_behind(self._results)

    @property
    def is_calling(self) -> bool:
        """Whether an attempt is under way that nobody was told of."""
        return self._under_way is not None

    async def _withhold(self, plan: CallPlan, withheld: Withheld) -> AttemptResult:
        warnings = []
        if self._ports.ledger is not None:
            try:
                intent = intent_of(plan, self._clock.utc_now())
                await self._ports.ledger.withhold(intent, withheld)
            except Exception as error:  # of ours too: the next person is called
                if not isinstance(error, LedgerError):
                    logger.exception("a fault of ours in the ledger")
                warnings.append(f"the ledger does not hold that the call was withheld: {error}")
        result = without_call(plan, Outcome.WITHHELD, withheld.detail, self._clock)
        self._tell(result, warnings)
        return result

    def _interrupted(self, to: str, attempt: int) -> AttemptResult:
        plan = dataclasses.replace(self._plan, id=self._new_id(), to=to, attempt=attempt)
        result = dataclasses.replace(
            without_call(plan, Outcome.INTERRUPTED, NOTHING_MORE, self._clock),
            interrupted_by=self._interruption.signal_number,
        )
        self._tell(result, [])
        return result


def _left_behind(results: list[AttemptResult]) -> AttemptResult | None:
    """What no later success makes good: of several, a call that is surely there before one that may be."""
    left = [(result.outcome.means.left, result) for result in results if result.outcome is not None]
    worst = max((kind for kind, _ in left), default=CallLeft.NONE)
    return next((result for kind, result in left if kind is worst > CallLeft.OVER), None)


def without_call(plan: CallPlan, outcome: Outcome, detail: str, clock: Clock) -> AttemptResult:
    """The result of an attempt that placed nothing."""
    now = clock.utc_now()
    return AttemptResult(
        id=plan.id,
        to=plan.to,
        caller_id=plan.caller_id,
        outcome=outcome,
        detail=detail,
        started_at=now,
        ended_at=now,
        rehearsal=plan.rehearsal,
        carrier=plan.other_carrier,
        attempts=plan.attempt,
        acknowledged=False if plan.conversation.asks_for_key else None,
    )
