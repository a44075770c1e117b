"""People in turn: one message, one way to it, and calls until somebody took it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING

from cartesia_call.calls.beginning import Beginning
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.joining import Joining
from cartesia_call.calls.ledger_row import intent_of
from cartesia_call.calls.preparing import LOADING_S, Preparation
from cartesia_call.calls.settling import CutOff, settle_beside
from cartesia_call.calls.tear_down import tear_down
from cartesia_call.calls.turn_taking import TakenTurn, number_turn
from cartesia_call.errors import CarrierUnavailable, LedgerError
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.retry import EscalationPlan, NextTurn, Turn, next_turn
from cartesia_call.policy.withheld import Withheld
from cartesia_call.ports import Clock, Ports
from cartesia_call.speech.message_text import MessageText
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import CallLeft, Outcome

if TYPE_CHECKING:
    from cartesia_call.calls.legs import Legs
    from cartesia_call.calls.outbound import OutboundCall

logger = logger_of(__name__)

NOTHING_MORE = "interrupted; nobody else was called"
GIVEN_UP = "given up before anything was placed"
NOT_CALLED = "interrupted while waiting for another call to this number; this process called nobody"


class Escalation:
    """Calls everybody of `turns` as its rules say. `run` once.

    `plan` is that of the first call; `new_id` names each further one. `withholds` says whether a rule other
    than the guard holds back a call to somebody now. `tell` is called with each result as it is known, and
    what the user should read beside it, `tell_cut_off` with each call that an earlier process left open and
    that was found out about. `text` brings the message of a plan that has none. With `joining` one call is
    made for what other processes have to say to the same person.

    `load` brings the machinery of calls, which is half of the program: it is imported while the speech is
    waited for.
    """

    def __init__(
        self,
        plan: CallPlan,
        turns: EscalationPlan,
        ports: Ports,
        interruption: Interruption,
        *,
        load: Callable[[], Awaitable[tuple[type[Legs], type[OutboundCall]]]],
        new_id: Callable[[], str],
        withholds: Callable[[str], Withheld | None],
        tell: Callable[[AttemptResult, list[str]], None],
        tell_cut_off: Callable[[CutOff], None] = lambda _: None,
        text: MessageText | None = None,
        joining: Joining | None = None,
    ) -> None:
        self._plan = plan
        self._turn_plan = turns
        self._ports = ports
        self._interruption = interruption
        self._load = load
        self._new_id = new_id
        self._withholds = withholds
        self._tell = tell
        self._tell_cut_off = tell_cut_off
        self._joining = joining
        self._clock = ports.clock
        self._preparation = Preparation(plan, ports, text)
        self._told: set[str] = set()
        self._turns: list[Turn] = []
        self._results: list[AttemptResult] = []
        self._under_way: OutboundCall | None = None
        self._opened = contextlib.AsyncExitStack()
        self._machinery: tuple[Legs, type[OutboundCall]] | None = None
        self.call: OutboundCall | None = None
        """The latest call, under way or over."""

    async def run(self) -> AttemptResult:
        """The result that decides: the last one, unless one before it may have left a call behind."""
        results = self._results
        settling = asyncio.create_task(self._settle(), name="settling earlier calls")
        try:
            async with self._opened:
                try:
                    await self._call_everybody()
                finally:
                    settling.cancel()
                    await asyncio.wait({settling})
        finally:
            await tear_down(self._ports, self._preparation.close())
        return _left_behind(results) or results[-1]

    async def _settle(self) -> None:
        try:
            await settle_beside(self._plan, self._ports, self._tell_cut_off)
        except Exception:
            logger.exception("a fault of ours beside the calls")

    async def _loaded(self) -> tuple[Legs, type[OutboundCall]]:
        """What leads calls, and the kind of a call."""
        if self._machinery is None:
            try:
                async with asyncio.timeout(LOADING_S):
                    legs, kind = await self._load()
            except TimeoutError:
                raise CarrierUnavailable(
                    f"cartesia-call itself could not be loaded within {LOADING_S:g} s",
                    hint="is the disk that it is installed on there?",
                ) from None
            self._machinery = await self._opened.enter_async_context(legs(self._ports)), kind
        return self._machinery

    async def _call_everybody(self) -> None:
        results = self._results
        while (turn := next_turn(self._turn_plan, self._turns, self._clock.now_s())) is not None:
            if not await self._wait_for(turn):
                results.append(self._interrupted(self._plan_of(turn.to, len(results) + 1), NOTHING_MORE))
                break
            result = await self._call(turn.to, len(results) + 1)
            results.append(result)
            ended_at_s = self._clock.now_s()
            began_at_s = ended_at_s - (result.ended_at - result.started_at).total_seconds()
            self._turns.append(
                Turn(
                    to=turn.to,
                    outcome=result.outcome,
                    placed_at_s=began_at_s + (result.timing.placed_after or 0.0) / 1000,
                    ended_at_s=ended_at_s,
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

    def _plan_of(self, to: str, attempt: int) -> CallPlan:
        if attempt == 1:
            return self._plan
        return dataclasses.replace(self._plan, id=self._new_id(), to=to, attempt=attempt)

    async def _call(self, to: str, attempt: int) -> AttemptResult:
        plan = self._plan_of(to, attempt)
        withheld = self._withholds(to)
        if withheld is not None:
            return await self._withhold(plan, withheld)
        alert = self._joining.alert(plan) if self._joining is not None else None
        rests = alert is not None and self._is_last(to)
        async with number_turn(
            plan, self._ports, self._interruption, alert=alert, waits_for_guard=rests
        ) as turn:
            return await self._call_in_turn(plan, turn)

    def _is_last(self, to: str) -> bool:
        """Whether nobody would be called any more if `to` were withheld now."""
        now_s = self._clock.now_s()
        withheld = Turn(to=to, outcome=Outcome.WITHHELD, placed_at_s=now_s, ended_at_s=now_s)
        return next_turn(self._turn_plan, [*self._turns, withheld], now_s) is None

    async def _call_in_turn(self, plan: CallPlan, turn: TakenTurn) -> AttemptResult:
        if turn.told is not None:
            result = dataclasses.replace(turn.told, attempts=plan.attempt)
            self._tell(result, turn.warnings)
            return result
        if turn.is_interrupted:
            return self._interrupted(plan, NOT_CALLED)
        withheld = turn.withheld
        if withheld is None and turn.has_waited:
            withheld = self._withholds(plan.to)
        if withheld is not None:
            return await self._withhold(plan, withheld)
        joined = None
        if self._joining is not None and turn.ticket is not None:
            joined = await self._joining.gather(plan, turn.ticket)
        if joined is None:
            return await self._make(plan, self._preparation, turn.warnings)
        preparation = Preparation(joined.plan, self._ports, path=self._preparation.path)
        try:
            return await self._make(joined.plan, preparation, turn.warnings, joined.share)
        finally:
            await preparation.close()

    async def _make(
        self,
        plan: CallPlan,
        preparation: Preparation,
        warnings: list[str],
        share: Callable[[AttemptResult], Awaitable[AttemptResult]] | None = None,
    ) -> AttemptResult:
        """`share` makes of what became of the call what became of the own alert in it."""
        begun = Beginning(plan, self._ports, preparation)
        try:
            if self._interruption.signal_number is None:
                begun.begin()
            if self._machinery is None:
                await preparation.asked()
            legs, kind = await self._loaded()
            self.call = kind(plan, legs, self._interruption, preparation, begun=begun)
        except BaseException as error:
            await begun.give_up()
            is_unavailable = isinstance(error, CarrierUnavailable)
            outcome = Outcome.CARRIER_UNAVAILABLE if is_unavailable else Outcome.INTERRUPTED
            await begun.ledger_row.close(without_call(plan, outcome, GIVEN_UP, self._clock))
            raise
        self._under_way = self.call
        result = await self.call.run()
        if share is not None:
            result = await share(result)
        warnings = [warning for warning in (*warnings, *self.call.warnings) if warning not in self._told]
        self._told.update(warnings)
        preparation.speech.characters_told += result.characters
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

    def _interrupted(self, plan: CallPlan, detail: str) -> AttemptResult:
        result = dataclasses.replace(
            without_call(plan, Outcome.INTERRUPTED, detail, self._clock),
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
