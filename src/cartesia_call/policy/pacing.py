"""How fast the calls of a list are placed, and when the list stops for a reason that is not a callee's."""

from __future__ import annotations

from collections import deque

from cartesia_call.records import dataclass
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Cause, Next, Outcome

DEFAULT_CPS = 1.0
"""Twilio's own for an account without a business profile: what comes faster waits in its queue
(twilio.com/docs/voice/api/call-resource)."""

LOWEST_CPS = 0.02
HIGHEST_CPS = 100.0

WINDOW_S = 1.01
"""In which there are never more starts than `cps`: a second, and what a busy machine is inexact by."""

LONGEST_DEBT_S = 1.0
"""So much of the time in which nothing could be placed is made up for at most."""

QUEUE_TOLERATED_S = 2.0
"""A call that is to wait longer in the carrier's queue says that the account is slower than our pace."""

SLOWEST_SHARE = 1 / 32
"""Of the pace that was asked for: slower than this it never gets, or a list would seem to stand still."""

ONE_BURST_S = 1.0
"""Refusals so close to each other tell of one moment, and slow down once."""

SPEED_UP_S = 10.0
SPEED_UP_BY = 1.5
"""After each so long a time without a refusal, the pace grows by so much, up to what was asked for."""

FAILURES_IN_A_ROW = 3
"""So many calls that fail one after the other, for one and the same reason, stop a list."""


class Pacer:
    """When the next call may be placed. Times in seconds of one clock.

    There are never more than `cps` starts in any second, and while somebody waits hardly fewer: what a late
    start lost is made up for. Below one a second they are `1 / cps` apart.
    """

    def __init__(self, cps: float) -> None:
        self.cps = cps
        self.rate = cps
        """The pace that holds now: `cps`, or less after a refusal."""
        self._starts_s: deque[float] = deque(maxlen=max(1, int(cps)))
        self._due_s: float | None = None
        self._slowed_at_s: float | None = None

    def next_start_s(self, now_s: float) -> float:
        """When somebody may start; not before `now_s`."""
        self._recover(now_s)
        at_s = now_s if self._due_s is None else max(now_s, self._due_s)
        if len(self._starts_s) == self._starts_s.maxlen:
            at_s = max(at_s, self._starts_s[0] + WINDOW_S / min(1.0, self.cps))
        return at_s

    def started(self, now_s: float) -> None:
        """A call is being placed."""
        self._starts_s.append(now_s)
        due_s = now_s if self._due_s is None else max(self._due_s, now_s - LONGEST_DEBT_S)
        self._due_s = due_s + 1 / self.rate

    def refused(self, now_s: float) -> None:
        """The carrier had too much to do: half the pace, and nothing for twice the pause."""
        if self._slowed_at_s is not None and now_s - self._slowed_at_s < ONE_BURST_S:
            return
        self._slowed_at_s = now_s
        self.rate = max(self.rate / 2, self.cps * SLOWEST_SHARE)
        self._due_s = max(self._due_s or now_s, now_s + 2 / self.rate)

    def queued(self, queue_ms: int, now_s: float) -> None:
        """A call that was placed is to wait so long in the carrier's queue."""
        if queue_ms / 1000 > QUEUE_TOLERATED_S:
            self.refused(now_s)

    def pause(self, until_s: float) -> None:
        """Nobody starts before `until_s`, for a reason that is not the carrier's: the pace stays."""
        self._due_s = max(self._due_s or until_s, until_s)

    @property
    def slows_down(self) -> bool:
        """The carrier had too much to do of late, and a slower pace may help."""
        return self.cps * SLOWEST_SHARE < self.rate < self.cps

    def _recover(self, now_s: float) -> None:
        while self._slowed_at_s is not None and now_s - self._slowed_at_s >= SPEED_UP_S:
            self.rate = min(self.rate * SPEED_UP_BY, self.cps)
            self._slowed_at_s = None if self.rate == self.cps else self._slowed_at_s + SPEED_UP_S


@dataclass(frozen=True, kw_only=True)
class Tripped:
    """Why a list stops: what the calls came to, one after the other."""

    outcome: Outcome
    sentence: str


class Breaker:
    """Stops a list whose calls fail for a reason that is ours, and every other call's as well.

    Refused credentials are enough once; anything else has to happen `FAILURES_IN_A_ROW` times.
    """

    def __init__(self) -> None:
        self._reason: tuple[Outcome, str | None] | None = None
        self._count = 0

    def count(self, result: AttemptResult, *, slows_down: bool = False) -> Tripped | None:
        """A call is over. That the carrier has too much to do counts once no slower pace helps: `slows_down`
        says that one may."""
        if slows_down and result.outcome is Outcome.CARRIER_UNAVAILABLE:
            return None
        reason = _reason(result)
        if reason is None or result.outcome is None:
            # That somebody was held back says nothing of those before.
            if result.outcome is not Outcome.WITHHELD:
                self._reason, self._count = None, 0
            return None
        self._count = self._count + 1 if reason == self._reason else 1
        self._reason = reason
        if self._count < FAILURES_IN_A_ROW and result.outcome.means.next is not Next.STOP:
            return None
        times = "" if self._count == 1 else f"{self._count} calls in a row: "
        return Tripped(outcome=result.outcome, sentence=f"{times}{result.detail}")


def is_ours(outcome: Outcome, *, account_wide: bool) -> bool:
    """Whether every other call meets what this one came to; `account_wide` says it of a carrier's refusal."""
    cause = outcome.means.cause
    return cause is Cause.OURS or (cause is Cause.BY_ERROR and account_wide)


def _reason(result: AttemptResult) -> tuple[Outcome, str | None] | None:
    """What every other call would meet as well, or None."""
    if result.outcome is None:
        return None
    error = result.error
    is_reason = is_ours(result.outcome, account_wide=error is not None and error.account_wide)
    return (result.outcome, error.code if error else None) if is_reason else None
