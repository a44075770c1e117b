"""One call at a time to one number, over all processes of this user, and `--join`: one call for all who wait.

There is no daemon. Whoever is about to call a number takes a ticket for it (`ticket_ports.py`); whose
ticket is the first of a living process calls, the others wait. Numbers are compared as the guard compares
them. The wait comes before the ledger's intent, so the guard counts calls, not waits, and judges when the
call would begin.

*Who calls.* The first. With `--join` a ticket holds what is to be said, and whoever's turn it is claims, of
the tickets behind it that are to call in the same manner, as many as fit one call (`policy/joining.py`). It
says all of them, one after the other; a key that is pressed is every alert's.

*How the others learn it.* When the call is over, its process writes each claimed ticket's share of the
result beside it, and only then gives its own ticket back. Each of the others reads its share, and goes on
as if it had called itself: it prints, exits, or calls the next person of its own `--then`. The texts lie in
files of mode 0600 beside the ledger, never in it, and go with their tickets.

*What happens at each death.* The kernel frees the ticket of a process that dies. Before its turn: nobody
waits for it any more; its alert is not spoken, or spoken for nobody. While it calls: nobody was told, so
the next process in the order is the first now, claims whoever is left, and calls, but not before the
carrier says that the call of the dead one is over, in which the carrier's voice may be speaking still.
After the call, before all were told: those who were are gone, the others call again: twice is better than
never. A signal to the one that calls, a fault of ours in it and the guard's word hold for that process
alone, and the others call likewise. A process that is stopped (Ctrl-Z) counts until its time is over:
`--turn-timeout` while it waits, the longest that its call may last while it calls.

*When the guard says no.* An alert of `--join` that nobody else is left to hear rests: others pass it, and
whoever calls next, about whatever, says it as well. When the guard lets the next call through, it is in its
place of the order again, and calls for all that rest.

*Limits.* `--turn-timeout` ends the wait: the call is withheld, and the next person's turn comes, unless
another process is speaking this very alert. A signal ends it at once. Where no ticket can be had (no disk
takes a file) the call goes on without one, and says so: an alert is not silenced for the sake of order. A
rehearsal rings no telephone, and waits for nobody.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import field
from typing import Any, TypeVar

from cartesia_call.audio.durations import format_duration
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.ledger_row import intent_of
from cartesia_call.errors import CartesiaCallError, LedgerError
from cartesia_call.ledger_ports import OpenCall
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.joining import WaitingAlert
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.ports import CallStage, Carrier, PhaseKind, Ports
from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.callees import may_be_same
from cartesia_call.ticket_ports import Ticket, Tickets, Turn

logger = logger_of(__name__)

T = TypeVar("T")

MARGIN_S = 30.0
"""Beyond all limits of a call or a wait: for disks and busy machines."""

CLAIMED_S = 30.0
"""So often does a process whose time is over ask whether another one still calls for it."""

LOOK_EVERY_S = 2.0
"""So often is the carrier asked about a call that a killed process left (Twilio's status is as fresh), and
a ticket that rests looked at."""


@dataclass
class TakenTurn:
    """How the wait for a number ended. Without `ticket` nobody knows of this call; `told` is what it came to
    in another process's call. `has_waited`: rules that look at the clock may say something else now."""

    ticket: Ticket | None = None
    told: AttemptResult | None = None
    withheld: Withheld | None = None
    is_interrupted: bool = False
    has_waited: bool = False
    warnings: list[str] = field(default_factory=list)


@contextlib.asynccontextmanager
async def number_turn(
    plan: CallPlan,
    ports: Ports,
    interruption: Interruption,
    *,
    alert: WaitingAlert | None = None,
    waits_for_guard: bool = False,
) -> AsyncIterator[TakenTurn]:
    """Wait until nobody else calls the plan's number; inside the block nobody does.

    `alert`: what another process may say for this one. `waits_for_guard`: where its next free moment is
    within `--turn-timeout`, too.
    """
    turn = TakenTurn()
    try:
        if ports.tickets is not None:
            try:
                until_s = ports.clock.now_s() + plan.limits.turn_timeout_s
                wait = _Wait(plan, ports, interruption, until_s, waits_for_guard)
                await _take(turn, ports.tickets, alert, wait)
            except Exception as error:  # one of ours too: the alert goes on
                if not isinstance(error, LedgerError):
                    logger.exception("a fault of ours while waiting for the number")
                reason = str(error).rstrip(".")
                turn.warnings.append(f"{reason}; going on without waiting for other calls to the number")
        yield turn
    finally:
        if turn.ticket is not None:
            await _give_back(turn.ticket)


@contextlib.asynccontextmanager
async def number_to_itself(plan: CallPlan, ports: Ports) -> AsyncIterator[bool]:
    """Whether nobody else calls the plan's number, without a wait; then nobody does inside the block."""
    ticket = None
    try:
        turn: Turn | None = Turn()
        if ports.tickets is not None:
            try:
                ticket = await ports.tickets.take(plan.to, for_s=longest_call_s(plan))
                turn = await ticket.look()
            except LedgerError as error:
                logger.warning("%s; going on without waiting for other calls to the number", error)
            else:
                if turn is not None and await _left_call(plan, ports) is not None:
                    turn = None
        yield turn is not None
    finally:
        if ticket is not None:
            await _give_back(ticket)


def longest_call_s(plan: CallPlan) -> float:
    """From the first preparation until a call that was placed cannot be up any more."""
    limits = plan.limits
    return plan.prepare_s + limits.ring_timeout_s + plan.time_limit_s + limits.hangup_timeout_s + MARGIN_S


def held_back(plan: CallPlan) -> Withheld:
    """The number was called by somebody else for the whole `--turn-timeout`."""
    limit = format_duration(plan.limits.turn_timeout_s)
    detail = f"another call to this number was up, or waiting before this one, for {limit} (--turn-timeout)"
    return Withheld(rule=Rule.TURN, detail=detail, until=None)


@dataclass(frozen=True)
class _Wait:
    """What a wait needs to know of its call; it ends at `until_s` on the clock of the calls."""

    plan: CallPlan
    ports: Ports
    interruption: Interruption
    until_s: float
    waits_for_guard: bool

    @property
    def left_s(self) -> float:
        return max(0.0, self.until_s - self.ports.clock.now_s())

    @property
    def is_interrupted(self) -> bool:
        return self.interruption.signal_number is not None


async def _take(turn: TakenTurn, tickets: Tickets, alert: WaitingAlert | None, wait: _Wait) -> None:
    plan = wait.plan
    turn.ticket = ticket = await tickets.take(plan.to, for_s=wait.left_s + MARGIN_S, alert=alert)
    ended = await ticket.look()
    if ended is None:
        logger.info("the number is being called already; waiting for the end of that")
        _show_waiting(turn, wait)
        ended = await _end_of_wait(ticket, wait)
    while ended is not None and ended.told is None and (held := await _held_by_guard(wait)) is not None:
        ended = await _rest(turn, ticket, held, wait)
    if ended is not None and ended.told is None:
        await ticket.hold(wait.left_s + longest_call_s(plan))
        if not await _is_silent(turn, wait):
            ended = None
    turn.is_interrupted = turn.has_waited and wait.is_interrupted
    if ended is not None:
        turn.told = ended.told
    elif not turn.is_interrupted:
        turn.withheld = held_back(plan)


def _show_waiting(turn: TakenTurn, wait: _Wait, kind: PhaseKind = "waiting") -> None:
    turn.has_waited = True
    wait.ports.observer.show(CallStage(kind=kind, since_s=wait.ports.clock.now_s()))


@dataclass(frozen=True)
class _HeldByGuard:
    """For how long from now, and why."""

    for_s: float
    detail: str


async def _held_by_guard(wait: _Wait) -> _HeldByGuard | None:
    """None: no wait is asked for, none is needed, or none helps. What cannot be known is decided later."""
    plan, ledger, now = wait.plan, wait.ports.ledger, wait.ports.clock.utc_now()
    if not wait.waits_for_guard or ledger is None or plan.guard is None:
        return None
    try:
        withheld = await ledger.would_withhold(intent_of(plan, now), plan.guard)
    except LedgerError as error:
        logger.info("what the guard would say is not known: %s", error)
        return None
    if withheld is None or withheld.until is None:
        return None
    for_s = max(0.0, (withheld.until - now).total_seconds())
    return _HeldByGuard(for_s, withheld.detail) if for_s < wait.left_s else None


async def _rest(turn: TakenTurn, ticket: Ticket, held: _HeldByGuard, wait: _Wait) -> Turn | None:
    """As `_end_of_wait`, after the guard's next free moment, if nobody else says it before."""
    logger.info("waiting for the guard: %s", held.detail)
    _show_waiting(turn, wait, "held-by-guard")
    turn.warnings[:] = [f"the call waited: {held.detail}"]
    clock, ended = wait.ports.clock, None
    until_s = clock.now_s() + held.for_s
    await _once_it_answers(ticket.rest, wait)
    while ended is None and not wait.is_interrupted and (left_s := until_s - clock.now_s()) > 0:
        await _pause(left_s, wait)
        ended = await _once_it_answers(ticket.look, wait)
    await _once_it_answers(ticket.resume, wait)
    return ended or await _end_of_wait(ticket, wait)


async def _once_it_answers(ask: Callable[[], Awaitable[T]], wait: _Wait) -> T:
    """Whoever waits for minutes waits for a busy disk as well. LedgerError once the wait is over."""
    while True:
        try:
            return await ask()
        except LedgerError as error:
            if wait.is_interrupted or not wait.left_s:
                raise
            logger.info("asking once more: %s", error)
        await _pause(wait.left_s, wait)


async def _end_of_wait(ticket: Ticket, wait: _Wait) -> Turn | None:
    """None if a signal came, or the time was over and nobody calls for this ticket."""
    limit_s = wait.left_s
    while not wait.is_interrupted:
        ended = await _within(ticket, limit_s, wait.interruption)
        if ended is not None:
            return ended
        if not wait.is_interrupted and await ticket.leave():
            return None
        limit_s = CLAIMED_S  # the claimant's ticket has a limit of its own
    return None


async def _within(ticket: Ticket, limit_s: float, interruption: Interruption) -> Turn | None:
    waiting = asyncio.create_task(ticket.turn(), name="waiting for a number")
    stopping = asyncio.create_task(interruption.wait(), name="waiting for a signal")
    tasks: set[asyncio.Task[Any]] = {waiting, stopping}
    try:
        await asyncio.wait(tasks, timeout=limit_s, return_when=asyncio.FIRST_COMPLETED)
        return waiting.result() if waiting.done() else None
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _is_silent(turn: TakenTurn, wait: _Wait) -> bool:
    """Wait until calls to the number that killed processes left are over; False if one is still up then."""
    while not wait.is_interrupted and (left := await _left_call(wait.plan, wait.ports)) is not None:
        if not wait.left_s:
            return False
        if not turn.has_waited:
            logger.info("the call of %s, whose process is gone, is up; waiting for its end", left.id)
            _show_waiting(turn, wait)
        await _pause(wait.left_s, wait)
    return True


async def _pause(most_s: float, wait: _Wait) -> None:
    """Until the next look, or a signal."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(min(LOOK_EVERY_S, most_s)):
            await wait.interruption.wait()


async def _left_call(plan: CallPlan, ports: Ports) -> OpenCall | None:
    """A call to the number that nobody owns and that the carrier says is up. What cannot be known is none."""
    if ports.ledger is None:
        return None
    try:
        for left in await ports.ledger.orphans():
            is_visible = (left.account_sid, left.region) == (plan.account_sid, plan.region)
            age_s = (ports.clock.utc_now() - left.created_at).total_seconds()
            if not is_visible or age_s >= left.time_limit_s or not may_be_same(left.to, plan.to):
                continue
            if any(not call.status.is_final for call in await _calls_of(left, ports.carrier)):
                return left
    except CartesiaCallError as error:
        logger.info("whether an earlier call to the number is still up is not known: %s", error)
    return None


async def _calls_of(left: OpenCall, carrier: Carrier) -> list[CallSnapshot]:
    """The call that was placed, or those that may have been: no other may be up beside ours either."""
    if left.call_sid is not None:
        return [await carrier.fetch(left.call_sid)]
    return await carrier.find(to=left.to, caller_id=left.caller_id, created_since=left.created_at)


async def _give_back(ticket: Ticket) -> None:
    try:
        await ticket.give_back()
    except LedgerError as error:  # the kernel does it with the process
        logger.info("the ticket stays until the end of this process: %s", error)
