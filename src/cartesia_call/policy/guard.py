"""How often one number may be called, and how often anybody: against the script that runs away all night;
and how long what that needs is kept."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

from cartesia_call.policy.withheld import Rule, Withheld, moment_text
from cartesia_call.records import dataclass


@dataclass(frozen=True, kw_only=True)
class GuardLimit:
    """At most this many `calls` to one number within any stretch of this length."""

    calls: int
    within: timedelta

    def __str__(self) -> str:
        return f"{self.calls} calls to one number in {_stretch(self.within)}"


@dataclass(frozen=True, kw_only=True)
class Budget:
    """At most this many `calls` of this user, to whomever, within any stretch of this length."""

    calls: int
    within: timedelta

    def __str__(self) -> str:
        return f"{self.calls} calls in {_stretch(self.within)}"


@dataclass(frozen=True)
class GuardRule:
    """Limits that hold together: those to one number, at least one, and those of all numbers together."""

    limits: tuple[GuardLimit, ...]
    budgets: tuple[Budget, ...] = ()

    @property
    def horizon(self) -> timedelta:
        """Calls further away than this count for nothing."""
        stretches = [limit.within for limit in self.limits]
        return max(stretches + [budget.within for budget in self.budgets])


GUARD = GuardRule(
    (
        GuardLimit(calls=3, within=timedelta(minutes=15)),
        GuardLimit(calls=7, within=timedelta(hours=1)),
        GuardLimit(calls=15, within=timedelta(hours=3)),
    )
)
"""GoAlert's limits of voice alerts to one contact (engine/message/ratelimit.go of target/goalert)."""


DEFAULT_BUDGET = Budget(calls=30, within=timedelta(hours=1))
"""Of a user who says nothing else: a list of reminders, and no night of a runaway script."""


def withheld_by_guard(
    placed_at: Sequence[datetime],
    now: datetime,
    *,
    guard: GuardRule = GUARD,
    all_placed_at: Sequence[datetime] = (),
) -> Withheld | None:
    """Whether one more call at `now` would be too many after those at `placed_at`, to the same number, or
    after those at `all_placed_at`, to any.

    All times are aware, in any order. A moment after `now` counts like one before it: the clocks of two
    processes may read the ledger in either order, and one that was set wrong once does not block a number
    for longer than the limit says. Times in the detail are in the zone of `now`.
    """
    found = [_withheld_by(limit, placed_at, now, Rule.GUARD) for limit in guard.limits]
    found += [_withheld_by(budget, all_placed_at, now, Rule.BUDGET) for budget in guard.budgets]
    broken = [withheld for withheld in found if withheld is not None]
    return max(broken, key=lambda withheld: withheld.until or now, default=None)


def _withheld_by(
    limit: GuardLimit | Budget, placed_at: Sequence[datetime], now: datetime, rule: Rule
) -> Withheld | None:
    near = sorted(moment for moment in placed_at if abs(now - moment) < limit.within)
    if len(near) < limit.calls:
        return None
    until = (near[-limit.calls] + limit.within).astimezone(now.tzinfo)
    who = "guard" if rule is Rule.GUARD else "budget of all numbers together"
    detail = (
        f"the {who} lets {limit} through and has counted {len(near)}; it lets the next one through "
        f"at {moment_text(until)}, or at once with --no-guard and a reason"
    )
    return Withheld(rule=rule, detail=detail, until=until)


def least_pause(calls: int, guard: GuardRule = GUARD, *, twice_after: timedelta | None = None) -> timedelta:
    """The shortest equal pause between `calls` calls to one number, themselves of no length, that fits.

    With `twice_after` they come in pairs, that long apart, and the pause is the one between two pairs;
    `timedelta.max` if none is long enough.
    """
    pauses = [_least_pause(limit, twice_after) for limit in guard.limits if calls > limit.calls]
    return max(pauses, default=timedelta())


def _least_pause(limit: GuardLimit, twice_after: timedelta | None) -> timedelta:
    """The limit holds if as many gaps as it lets calls through, in a row, last as long as its stretch."""
    if twice_after is None:
        return limit.within / limit.calls
    pauses, first = divmod(limit.calls, 2)
    left = limit.within - (pauses + first) * twice_after  # the most crowded row begins inside a pair
    if left <= timedelta():
        return timedelta()
    return left / pauses if pauses else timedelta.max


def most_calls(
    people: int, attempts: int, pause_s: float, budget: Budget, *, twice_after_s: float | None = None
) -> int:
    """How many of `attempts` calls to `people`, themselves of no length, may come within the budget's stretch
    if each person is left alone for `pause_s` between two of them, or two pairs `twice_after_s` apart."""
    calls, round_s = (1, pause_s) if twice_after_s is None else (2, pause_s + twice_after_s)
    rounds = 1 + int(budget.within.total_seconds() // round_s) if round_s > 0 else attempts
    return min(attempts, people * rounds * calls)


def _stretch(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    hours, is_broken = divmod(minutes, 60)
    return f"{minutes} minutes" if is_broken or not hours else f"{hours} hour{'s' if hours > 1 else ''}"


NUMBERS_KEPT = timedelta(days=90)
"""From the call on. After that the ledger holds them masked: nothing that is asked of it needs them."""

LEAST_AGE_TO_FORGET = timedelta(days=1)
"""Younger rows are still needed: the guard counts them, and a call of theirs may be up."""
