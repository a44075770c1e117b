"""A call that is not placed on purpose: by which rule, why, and until when."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from enum import StrEnum

from cartesia_call.records import dataclass


class Rule(StrEnum):
    """What can hold a call back: too many calls, to one number or to all together, the hour of day where the
    callee is, a moment that is past, the callee's wish, a fence around numbers, another call at the time."""

    GUARD = "guard"
    BUDGET = "budget"
    WINDOW = "window"
    NOT_AFTER = "not-after"
    DO_NOT_CALL = "do-not-call"
    ALLOW = "allow"
    COUNTRIES = "countries"
    PREMIUM = "premium"
    SHORT_CODE = "short-code"
    TURN = "turn"


@dataclass(frozen=True, kw_only=True)
class Withheld:
    """`detail` is a sentence for people, the end of it included. From `until` on the rule lets the call pass;
    None: it never does."""

    rule: Rule
    detail: str
    until: datetime | None


def moment_text(moment: datetime) -> str:
    """Date, minute and zone of `moment`, which is aware; rounded up, for a call at that minute shall pass."""
    almost_a_minute = timedelta(minutes=1) - timedelta(microseconds=1)
    # Added as to a moment: in its own zone the sum would lose which of two equal times of day it is.
    rounded = (moment.astimezone(UTC) + almost_a_minute).astimezone(moment.tzinfo)
    return f"{rounded:%Y-%m-%d %H:%M %Z}"
