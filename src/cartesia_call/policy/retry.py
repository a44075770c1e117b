"""People in turn: whom to call next, when, and when to stop.

One budget of calls for everybody: nobody multiplies it. Whoever was not called yet comes first, in the order
of the list; then those whose outcome asks for another call, in turn. Nothing else is redialled.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cartesia_call.errors import InputError
from cartesia_call.policy.guard import GUARD, GuardRule, least_pause, most_calls
from cartesia_call.telephony.outcomes import Next, Outcome

RETRYABLE = tuple(outcome for outcome in Outcome if outcome.means.is_retryable)
"""What `--retry-on` may name."""

DEFAULT_RETRY_ON = frozenset(outcome for outcome in Outcome if outcome.means.next is Next.AGAIN)
"""Without being asked for."""

MOST_PEOPLE = 20
"""Whom one command calls: more are a list that ran away, not people on call."""

DECLINED_PAUSE_S = 300.0
"""How long somebody who declined is left alone at least: the pace of the guard's first limit."""


@dataclass(frozen=True, kw_only=True)
class EscalationPlan:
    """`people` are E.164 numbers or SIP addresses, each once, in the order in which they are called.

    `attempts` is the budget of calls for all of them together, `retry_after_s` the pause between the end of a
    call and the next one to the same person, in call seconds.
    """

    people: tuple[str, ...]
    attempts: int
    retry_on: frozenset[Outcome] = DEFAULT_RETRY_ON
    retry_after_s: float = 60.0


@dataclass(frozen=True, kw_only=True)
class Turn:
    """One attempt that is over. `outcome` None: a fault of ours. `ended_at_s` on the clock of the calls."""

    to: str
    outcome: Outcome | None
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
    guard: GuardRule | None = GUARD,
) -> EscalationPlan:
    """The plan, checked. `people` at least one; a number that comes again is left out: a list that is made up
    by a script must not silence an alert. `attempts` None: one for each.

    InputError for more than `MOST_PEOPLE`, for a budget that leaves somebody out, or whose calls `guard`
    would withhold even if nobody else called anybody (None: no guard).
    """
    distinct = tuple(dict.fromkeys(people))
    if len(distinct) > MOST_PEOPLE:
        raise InputError(
            f"{len(distinct)} people are more than the {MOST_PEOPLE} that one command calls.",
            hint="Name the first of them; whoever must be called besides needs a command of their own.",
        )
    budget = len(distinct) if attempts is None else attempts
    if budget < len(distinct):
        raise InputError(
            f"--attempts {budget} is fewer than the {len(distinct)} people to call, each at least once.",
            hint="The attempts are one budget for everybody: "
            f"--attempts {2 * len(distinct)} calls each of them up to twice.",
        )
    each = math.ceil(budget / len(distinct))
    pause_s = math.ceil(least_pause(each, guard).total_seconds()) if guard else 0
    if retry_after_s < pause_s:
        raise InputError(
            f"--attempts {budget} with --retry-after {retry_after_s:g}s may call one number {each} times, "
            "which the guard would withhold.",
            hint=f"Write --retry-after {pause_s}s or more, or fewer --attempts: the guard lets "
            f"{' and '.join(map(str, guard.limits)) if guard else ''} through.",
        )
    for allowed in guard.budgets if guard and attempts is not None else ():
        most = most_calls(len(distinct), budget, retry_after_s, allowed)
        if most > allowed.calls:
            raise InputError(
                f"--attempts {budget} for {len(distinct)} people may place {most} calls where --budget lets "
                f"{allowed} through.",
                hint="Write fewer --attempts, a longer --retry-after, or a wider --budget.",
            )
    return EscalationPlan(people=distinct, attempts=budget, retry_on=retry_on, retry_after_s=retry_after_s)


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
    candidates = []
    for place, person in enumerate(plan.people):
        own = [turn for turn in turns if turn.to == person]
        if not own or own[-1].outcome in plan.retry_on:
            due_s = own[-1].ended_at_s + _pause_s(plan, own[-1]) if own else now_s
            # Of those who may be called now, the least called first; else whoever may be called soonest.
            candidates.append((max(due_s, now_s), len(own), place, NextTurn(to=person, at_s=due_s)))
    return min(candidates)[-1] if candidates else None


def _pause_s(plan: EscalationPlan, turn: Turn) -> float:
    if turn.outcome is Outcome.DECLINED:
        return max(plan.retry_after_s, DECLINED_PAUSE_S)
    return plan.retry_after_s
