"""How far a dial list has come: what the journal's attempts mean for each row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import field, replace
from datetime import datetime
from enum import Enum, auto
from itertools import groupby

from cartesia_call.ledger_ports import RowAttempt
from cartesia_call.policy.pacing import is_ours
from cartesia_call.policy.retry import EscalationPlan, Turn, next_turn
from cartesia_call.records import dataclass
from cartesia_call.telephony.outcomes import CallLeft, Next, Outcome

MOST_FREE_TRIES = 3
"""So often may a row meet a carrier that has too much to do without using up one of its attempts."""


@dataclass(frozen=True, kw_only=True)
class RowRules:
    """How often one row is called: as the only person of `plan`, whose budget of calls is the row's own.
    `waits`: what was held back until some moment is not over.
    """

    plan: EscalationPlan
    waits: bool = False

    def next_at_s(self, to: str, turns: Sequence[Turn], now_s: float) -> float | None:
        """When the row is called again after `turns`, which are all its own; None: it is done."""
        free = sum(turn.outcome is Outcome.CARRIER_UNAVAILABLE for turn in turns)
        plan = replace(
            self.plan,
            people=(to,),
            attempts=self.plan.attempts + min(free, MOST_FREE_TRIES),
            retry_on=self.plan.retry_on | {Outcome.CARRIER_UNAVAILABLE},
        )
        turn = next_turn(plan, turns, now_s)
        return None if turn is None else turn.at_s


class Fate(Enum):
    """What is known of a row that was tried before."""

    DONE = auto()
    """Nobody calls it again."""
    AGAIN = auto()
    """Its turn comes again."""
    OPEN = auto()
    """Its process was gone before it knew, and nobody has found out since."""
    UNKNOWN = auto()
    """Nobody can find out: it may have been called."""


@dataclass(frozen=True, kw_only=True)
class Begun:
    """A row that was tried and is not done: how often, and those attempts that are over, as turns.
    `next_at_s` is when it is called again, if that is its fate. `open_ids` are attempts that nobody closed.
    """

    fate: Fate
    attempts: int
    turns: tuple[Turn, ...]
    next_at_s: float
    open_ids: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Progress:
    """`done` are the numbers of rows that nobody calls again, with the outcome that decided; `begun` all
    other rows that were tried.
    """

    done: dict[int, Outcome | None] = field(default_factory=dict)
    begun: dict[int, Begun] = field(default_factory=dict)

    @property
    def outcomes(self) -> Counter[Outcome | None]:
        """How many rows came to what."""
        return Counter(self.done.values())


def progress_of(
    attempts: Sequence[RowAttempt],
    rules: RowRules,
    *,
    redials_unknown: bool,
    utc_now: datetime,
    now_s: float,
) -> Progress:
    """What `attempts`, by row and number, say about their list. `utc_now` and `now_s` are the same moment."""
    done: dict[int, Outcome | None] = {}
    begun: dict[int, Begun] = {}
    for number, group in groupby(attempts, key=lambda attempt: attempt.row):
        own = tuple(group)
        if _was_reached(own[-1]):
            done[number] = own[-1].outcome
            continue
        turns = tuple(
            Turn(
                to=attempt.to,
                outcome=attempt.outcome,
                placed_at_s=now_s - (utc_now - attempt.began_at).total_seconds(),
                ended_at_s=now_s - (utc_now - (attempt.ended_at or utc_now)).total_seconds(),
            )
            for attempt in own
            if not attempt.is_open
        )
        fate = _fate(own, turns, rules, redials_unknown=redials_unknown, now_s=now_s)
        if fate is Fate.DONE or fate is Fate.UNKNOWN:
            done[number] = Outcome.UNKNOWN if fate is Fate.UNKNOWN else own[-1].outcome
        else:
            begun[number] = Begun(
                fate=fate,
                attempts=own[-1].attempt,
                turns=turns,
                next_at_s=rules.next_at_s(own[-1].to, turns, now_s) or now_s,
                open_ids=tuple(attempt.id for attempt in own if attempt.is_open),
            )
    return Progress(done=done, begun=begun)


def _was_reached(attempt: RowAttempt) -> bool:
    """As most rows of a list that is done; a list may have a hundred thousand."""
    outcome = attempt.outcome
    return outcome is not None and not attempt.is_open and outcome.means.next is Next.REACHED


def _fate(
    attempts: tuple[RowAttempt, ...],
    turns: tuple[Turn, ...],
    rules: RowRules,
    *,
    redials_unknown: bool,
    now_s: float,
) -> Fate:
    last = attempts[-1]
    if last.is_open:
        return Fate.OPEN
    if is_unknown(last):
        return Fate.AGAIN if redials_unknown else Fate.UNKNOWN
    if never_placed(last) or failed_for_us(last) or (rules.waits and last.outcome is Outcome.WITHHELD):
        return Fate.AGAIN
    return Fate.DONE if rules.next_at_s(last.to, turns, now_s) is None else Fate.AGAIN


def is_unknown(attempt: RowAttempt) -> bool:
    """It may have rung somebody, and nobody knows what came of it."""
    if attempt.outcome is None:
        return attempt.may_be_call
    return attempt.outcome.means.left is CallLeft.MAY_EXIST


def failed_for_us(attempt: RowAttempt) -> bool:
    """Nothing was placed, for a reason that was not theirs: the same row may do well in a later run."""
    if attempt.may_be_call or attempt.outcome is None:
        return False
    return is_ours(attempt.outcome, account_wide=attempt.account_wide)


def never_placed(attempt: RowAttempt) -> bool:
    """It was given up before anybody's telephone rang, and not because of them."""
    return not attempt.may_be_call and attempt.outcome in {None, Outcome.INTERRUPTED}
