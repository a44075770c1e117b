"""Attempts and lists as plain data, for tests of reports, with words and numbers that no page may show."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone

from cartesia_call.report.reported import ListReport, ReportedAttempt
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Next, Outcome

ZONE = timezone(timedelta(hours=2))
BEGAN = datetime(2026, 3, 1, 9, 0, 0, tzinfo=ZONE)
MADE = datetime(2026, 3, 1, 12, 0, 0, tzinfo=ZONE)

MASKED = "+1202***0143"
SECRETS = ("+12025550143", "2025550143", "+12025550100", "Heron at dawn", "97315", "hint of a fault")
"""What the results hold and a report may not: whole numbers, the message's words, pressed keys."""


def result(
    outcome: Outcome | None = Outcome.DELIVERED,
    *,
    began_at: datetime = BEGAN,
    took_s: float = 30.0,
    timing: Timing | None = None,
) -> AttemptResult:
    return AttemptResult(
        id="a1",
        to=SECRETS[0],
        caller_id=SECRETS[2],
        outcome=outcome,
        detail="nothing",
        started_at=began_at.astimezone(UTC),
        ended_at=began_at.astimezone(UTC) + timedelta(seconds=took_s),
        call_sid="CA00000000000000000000000000000001",
        message_ms=8200,
        heard_ms=4100,
        heard_text=SECRETS[3],
        digits=SECRETS[4],
        timing=timing if timing is not None else Timing(placed_after=1000.0),
        error=ErrorReport(kind="K", code=None, message="nothing", hint=SECRETS[5]),
    )


def attempt(
    outcome: Outcome | str | None = Outcome.DELIVERED,
    *,
    row: int | None = 1,
    number: int = 1,
    after_s: float = 0.0,
    took_s: float | None = 30.0,
    ring_s: float | None = None,
    to: str = MASKED,
    sentence: str = "The sentence.",
) -> ReportedAttempt:
    """Reached ones are answered after 5 s, unless `ring_s` says otherwise. Without `took_s` it is open."""
    began_at = BEGAN + timedelta(seconds=after_s)
    known = outcome if isinstance(outcome, Outcome) else None
    if ring_s is None and known is not None and known.means.next is Next.REACHED:
        ring_s = 5.0
    timing = Timing(placed_after=1000.0, ring=None if ring_s is None else ring_s * 1000)
    return ReportedAttempt(
        row=row,
        attempt=number,
        to=to,
        result=None if took_s is None else result(known, began_at=began_at, took_s=took_s, timing=timing),
        outcome=outcome,
        began_at=began_at,
        ended_at=None if took_s is None else began_at + timedelta(seconds=took_s),
        sentence=sentence,
    )


def report(
    attempts: Sequence[ReportedAttempt] = (),
    *,
    name: str = "people.csv",
    list_id: str | None = "L1",
    rows: int | None = None,
    rehearsal: bool = False,
    other_carrier: bool = False,
) -> ListReport:
    ends = [one.ended_at for one in attempts if one.ended_at is not None]
    return ListReport(
        name=name,
        list_id=list_id,
        rows=len({one.row for one in attempts}) if rows is None else rows,
        began_at=min((one.began_at for one in attempts), default=None),
        ended_at=max(ends, default=None),
        attempts=attempts,
        made_at=MADE,
        rehearsal=rehearsal,
        other_carrier=other_carrier,
    )


def of_every_kind() -> ListReport:
    """Every outcome once, in a row of its own, and an open one, a settled one, a fault and a stranger."""
    words: list[Outcome | str | None] = [*Outcome, "beamed-up", None]
    attempts = [
        attempt(word, row=row, after_s=row * 7, to=f"+1202***01{row:02}")
        for row, word in enumerate(words, start=1)
    ]
    still_open = attempt(None, row=len(words) + 1, took_s=None)
    return report([*attempts, still_open], rows=len(words) + 3)
