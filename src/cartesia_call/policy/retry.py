"""People in turn: whom to call next, when, and when to stop.

One budget of calls for everybody: nobody multiplies it. Whoever was not called yet comes first, in the order
of the list; then those whose outcome asks for another call, in turn. Nothing else is redialled.

Whoever is to be rung twice gets both calls in one turn, for a telephone that was silenced: with its owner's
do-not-disturb on, an iPhone lets a second call from the same number ring if it comes within three minutes of
the first ("Allow Repeated Calls", Apple's guide, support.apple.com/guide/iphone), Android within fifteen.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from datetime import timedelta

from cartesia_call.errors import InputError
from cartesia_call.policy.guard import GUARD, GuardRule, least_pause, most_calls
from cartesia_call.records import dataclass
from cartesia_call.telephony.outcomes import Outcome

RETRYABLE = tuple(outcome for outcome in Outcome if outcome.means.is_retryable)
"""What `--retry-on` may name."""

DEFAULT_RETRY_ON = frozenset(outcome for outcome in Outcome if outcome.means.is_retried_unasked)
"""Without being asked for."""

MOST_PEOPLE = 20
"""Whom one command calls: more are a list that ran away, not people on call."""

DECLINED_PAUSE_S = 300.0
"""How long somebody who declined is left alone at least: the pace of the guard's first limit."""

REPEATED_WITHIN_S = 180.0
"""From a call to the next one that an iPhone takes for its repetition, at the most."""

LEAST_TWICE_AFTER_S = 60.0
"""Between the end of a call and its repetition: what comes sooner, some phones take for a burst."""

_PLACED_WITHIN_S = REPEATED_WITHIN_S - 5.0
"""From placing a call to placing its repetition: one may take some seconds longer to ring than the other."""

_RINGS_LONGER_S = 10.0
"""Twilio may let it ring 5 s longer than asked, and then the end has to be noticed."""

LONGEST_TWICE_AFTER_S = 160.0
"""Of a first call that rang for 5 s, the shortest ring time-out, the repetition still comes in time."""


@dataclass(frozen=True, kw_only=True)
class EscalationPlan:
    """`people` are E.164 numbers or SIP addresses, each once, in the order in which they are called.

    `attempts` is the budget of calls for all of them together, `retry_after_s` the pause between the end of a
    call and the next one to the same person, in call seconds. `ring_twice_after_s` is the pause between a
    call that nobody may have heard, on a silenced phone, and its repetition; None: nobody is rung twice.
    """

    people: tuple[str, ...]
    attempts: int
    retry_on: frozenset[Outcome] = DEFAULT_RETRY_ON
    retry_after_s: float = 60.0
    ring_twice_after_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One attempt that is over. `outcome` None: a fault of ours. Times on the clock of the calls; where
    nothing was placed, `placed_at_s` is when it began."""

    to: str
    outcome: Outcome | None
    placed_at_s: float
    ended_at_s: float


@dataclass(frozen=True, kw_only=True)
class NextTurn:
    """Call `to`, not before `at_s`, which may be past."""

    to: str
    at_s: float


def escalation_plan(
    people: Sequence[str],
    *,
    attempts: int | None,
    retry_on: frozenset[Outcome] = DEFAULT_RETRY_ON,
    retry_after_s: float = 60.0,
    ring_twice_after_s: float | None = None,
    guard: GuardRule | None = GUARD,
) -> EscalationPlan:
    """The plan, checked. `people` at least one; a number that comes again is left out: a list that is made up
    by a script must not silence an alert. `attempts` None: one for each, two if they are rung twice, and
    nobody is called for another reason.

    InputError for more than `MOST_PEOPLE`, for a budget that leaves somebody out, or whose calls `guard`
    would withhold even if nobody else called anybody (None: no guard).
    """
    distinct = tuple(dict.fromkeys(people))
    if len(distinct) > MOST_PEOPLE:
        raise InputError(
            f"{len(distinct)} people are more than the {MOST_PEOPLE} that one command calls.",
            hint="Name the first of them; whoever must be called besides needs a command of their own.",
        )
    plan = EscalationPlan(
        people=distinct,
        attempts=_budget(len(distinct), attempts, is_doubled=ring_twice_after_s is not None),
        retry_on=retry_on if attempts is not None or ring_twice_after_s is None else frozenset(),
        retry_after_s=retry_after_s,
        ring_twice_after_s=ring_twice_after_s,
    )
    if guard is not None:
        _refuse_what_is_withheld(plan, guard, is_budgeted=attempts is not None)
    return plan


def _budget(people: int, attempts: int | None, *, is_doubled: bool) -> int:
    """How many calls there may be. InputError if they leave somebody out."""
    least = 2 * people if is_doubled else people
    if attempts is None:
        return least
    if attempts < least:
        needed = (
            f"the {least} calls of --ring-twice, two to each person"
            if is_doubled
            else f"the {people} people to call, each at least once"
        )
        raise InputError(
            f"--attempts {attempts} is fewer than {needed}.",
            hint="The attempts are one budget for everybody: "
            f"--attempts {2 * people} calls each of them up to twice.",
        )
    return attempts


def _refuse_what_is_withheld(plan: EscalationPlan, guard: GuardRule, *, is_budgeted: bool) -> None:
    people, twice_after_s = len(plan.people), plan.ring_twice_after_s
    each, twice_after, with_twice = math.ceil(plan.attempts / people), None, ""
    if twice_after_s is not None:
        each = min(plan.attempts, 2 * math.ceil(plan.attempts / (2 * people)))
        twice_after, with_twice = timedelta(seconds=twice_after_s), " and --ring-twice"
    pause_s = math.ceil(least_pause(each, guard, twice_after=twice_after).total_seconds())
    if plan.retry_after_s < pause_s:
        raise InputError(
            f"--attempts {plan.attempts} with --retry-after {plan.retry_after_s:g}s{with_twice} may call one "
            f"number {each} times, which the guard would withhold.",
            hint=f"Write --retry-after {pause_s}s or more, or fewer --attempts: the guard lets "
            f"{' and '.join(map(str, guard.limits))} through.",
        )
    for allowed in guard.budgets if is_budgeted else ():
        most = most_calls(people, plan.attempts, plan.retry_after_s, allowed, twice_after_s=twice_after_s)
        if most > allowed.calls:
            raise InputError(
                f"--attempts {plan.attempts} for {people} people may place {most} calls where --budget lets "
                f"{allowed} through.",
                hint="Write fewer --attempts, a longer --retry-after, or a wider --budget.",
            )


def longest_ring_s(ring_twice_after_s: float) -> float:
    """How long a call may ring, at the most, so that its repetition comes while a phone takes it for one."""
    return _PLACED_WITHIN_S - _RINGS_LONGER_S - ring_twice_after_s


def parse_retry_on(text: str) -> frozenset[Outcome]:
    """Outcomes out of `RETRYABLE`, separated by commas or white space; ValueError with half a sentence."""
    words = [word for word in re.split(r"[\s,]+", text.lower()) if word]
    known = {str(outcome): outcome for outcome in RETRYABLE}
    unknown = next((word for word in words if word not in known), None)
    if unknown is not None or not words:
        raise ValueError(
            f"{unknown or text!r} is not an outcome that can be retried; write some of {', '.join(known)}"
        )
    return frozenset(known[word] for word in words)


def next_turn(plan: EscalationPlan, turns: Sequence[Turn], now_s: float) -> NextTurn | None:
    """Whom to call after `turns`, which are in order; None to stop, for good.

    What was withheld is no call and uses up no budget; its number is left alone.
    """
    last = turns[-1].outcome if turns else None
    if last is not None and last.means.ends_turns:
        return None
    if sum(turn.outcome is not Outcome.WITHHELD for turn in turns) >= plan.attempts:
        return None
    repetition = _repetition(plan, turns)
    if repetition is not None:
        return repetition
    candidates = []
    for place, person in enumerate(plan.people):
        own = [turn for turn in turns if turn.to == person]
        if not own or own[-1].outcome in plan.retry_on:
            due_s = own[-1].ended_at_s + _pause_s(plan, own[-1]) if own else now_s
            # Of those who may be called now, the least called first; else whoever may be called soonest.
            candidates.append((max(due_s, now_s), len(own), place, NextTurn(to=person, at_s=due_s)))
    return min(candidates)[-1] if candidates else None


def _repetition(plan: EscalationPlan, turns: Sequence[Turn]) -> NextTurn | None:
    """The second call to whoever was called last. A mailbox may have listened for long: then it comes
    sooner, a minute later at the least, and not at all where that is too late."""
    if plan.ring_twice_after_s is None or not turns or not _was_rung_once(turns):
        return None
    first = turns[-1]
    at_s = min(first.ended_at_s + plan.ring_twice_after_s, first.placed_at_s + _PLACED_WITHIN_S)
    return NextTurn(to=first.to, at_s=at_s) if at_s >= first.ended_at_s + LEAST_TWICE_AFTER_S else None


def _was_rung_once(turns: Sequence[Turn]) -> bool:
    """Whether the latest call may have been kept from being heard, and is not itself a repetition."""
    is_repetition = was_unheard = False
    for turn in (turn for turn in turns if turn.to == turns[-1].to):
        is_repetition = was_unheard and not is_repetition
        was_unheard = turn.outcome is not None and turn.outcome.means.rings_twice
    return was_unheard and not is_repetition


def _pause_s(plan: EscalationPlan, turn: Turn) -> float:
    if turn.outcome is Outcome.DECLINED:
        return max(plan.retry_after_s, DECLINED_PAUSE_S)
    return plan.retry_after_s
