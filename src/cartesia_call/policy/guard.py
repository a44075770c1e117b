"""How often one number may be called: against the runaway script that rings somebody all night."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from cartesia_call.policy.withheld import Rule, Withheld, moment_text


@dataclass(frozen=True, kw_only=True)
class GuardLimit:
    """At most this many `calls` to one number within any stretch of this length."""

    calls: int
    within: timedelta

    def __str__(self) -> str:
        minutes = round(self.within.total_seconds() / 60)
        hours, is_broken = divmod(minutes, 60)
        if is_broken:
            return f"{self.calls} calls to one number in {minutes} minutes"
        return f"{self.calls} calls to one number in {hours} hour{'s' if hours > 1 else ''}"


@dataclass(frozen=True)
class GuardRule:
    """Limits that hold together."""

    limits: tuple[GuardLimit, ...]

    @property
    def horizon(self) -> timedelta:
        """Calls further away than this count for nothing."""
        return max(limit.within for limit in self.limits)


GUARD = GuardRule(
    (
        GuardLimit(calls=3, within=timedelta(minutes=15)),
        GuardLimit(calls=7, within=timedelta(hours=1)),
        GuardLimit(calls=15, within=timedelta(hours=3)),
    )
)
"""GoAlert's limits of voice alerts to one contact (engine/message/ratelimit.go of target/goalert)."""


def withheld_by_guard(
    placed_at: Sequence[datetime], now: datetime, *, guard: GuardRule = GUARD
) -> Withheld | None:
    """Whether one more call at `now` would be too many after those at `placed_at`, to the same number.

    All times are aware; `placed_at` in any order. A moment after `now` counts like one before it: the clocks
    of two processes may read the ledger in either order, and one that was set wrong once does not block a
    number for longer than the limit says. Times in the detail are in the zone of `now`.
    """
    verdicts = [verdict for limit in guard.limits if (verdict := _withheld_by(limit, placed_at, now))]
    return max(verdicts, key=lambda verdict: verdict.until or now, default=None)


def _withheld_by(limit: GuardLimit, placed_at: Sequence[datetime], now: datetime) -> Withheld | None:
    near = sorted(moment for moment in placed_at if abs(now - moment) < limit.within)
    if len(near) < limit.calls:
        return None
    until = (near[-limit.calls] + limit.within).astimezone(now.tzinfo)
    detail = (
        f"the guard lets {limit} through and has counted {len(near)}; it lets the next one through "
        f"at {moment_text(until)}, or at once with --no-guard and a reason"
    )
    return Withheld(rule=Rule.GUARD, detail=detail, until=until)


def least_pause(calls: int, guard: GuardRule = GUARD) -> timedelta:
    """The shortest equal pause between `calls` calls to one number, themselves of no length, that fits."""
    pauses = [limit.within / limit.calls for limit in guard.limits if calls > limit.calls]
    return max(pauses, default=timedelta())
