"""The five kinds of endings that a report tells apart, by word, sign and pattern as well as by colour."""

from __future__ import annotations

import functools
from enum import Enum

from cartesia_call.records import dataclass
from cartesia_call.report.reported import ReportedAttempt
from cartesia_call.telephony.outcomes import Next, Outcome


@dataclass(frozen=True)
class Look:
    """How a kind is told: its word, its sign, and the name of its colour and pattern in the style sheet."""

    word: str
    sign: str
    style: str


class Kind(Enum):
    """In the order in which they are stacked and listed; as the exit statuses are grouped: 0, 1x, 2x, 3x."""

    REACHED = Look("reached", "✓", "reached")
    NOBODY = Look("nobody reached", "✕", "nobody")
    WITHHELD = Look("withheld", "–", "withheld")
    FAILED = Look("failed", "!", "failed")
    NOT_KNOWN = Look("not known", "?", "unknown")


@dataclass(frozen=True)
class Ending:
    """What an attempt came to: the outcome's word, what it means, and its kind."""

    word: str
    meaning: str
    kind: Kind


OPEN = Ending("open", "not over, or its process is gone", Kind.NOT_KNOWN)
SETTLED = Ending("settled", "its process was gone; a later run closed it", Kind.NOT_KNOWN)
ERROR = Ending("error", "it ended by a fault of this program", Kind.FAILED)
NOT_CALLED = Ending("not called", "no call to this row was begun", Kind.NOT_KNOWN)


def ending_of(attempt: ReportedAttempt) -> Ending:
    """The words for attempts without an outcome are those of `history`."""
    if attempt.outcome is not None:
        return _ending_of_word(attempt.outcome)
    if attempt.ended_at is None:
        return OPEN
    return SETTLED if attempt.result is None else ERROR


@functools.lru_cache(maxsize=256)
def _ending_of_word(word: str) -> Ending:
    try:
        outcome = Outcome(word)
    except ValueError:
        return Ending(word, "an outcome of another release", Kind.NOT_KNOWN)
    return Ending(outcome.value, outcome.means.sentence, _kind_of(outcome))


def _kind_of(outcome: Outcome) -> Kind:
    meaning = outcome.means
    if meaning.next is Next.REACHED:
        return Kind.REACHED
    if outcome is Outcome.WITHHELD:
        return Kind.WITHHELD
    if meaning.status is None or 20 <= meaning.status < 30:
        return Kind.FAILED
    return Kind.NOBODY if meaning.status < 20 else Kind.NOT_KNOWN
