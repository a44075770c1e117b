"""Intents and results as plain data, for tests that need some."""

from __future__ import annotations

from datetime import UTC, datetime

from cartesia_call.ledger_ports import CallIntent, ListPlace
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

ACCOUNT_SID = "AC00000000000000000000000000000001"
CALLEE = "+12025550143"
CALLER_ID = "+12025550100"
STARTED = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
ENDED = datetime(2026, 3, 1, 12, 0, 20, 500_000, tzinfo=UTC)


def intent(
    id: str,
    *,
    created_at: datetime = STARTED,
    account_sid: str = ACCOUNT_SID,
    region: str = "us1",
    to: str = CALLEE,
    no_guard_reason: str | None = None,
    place: ListPlace | None = None,
) -> CallIntent:
    return CallIntent(
        id=id,
        to=to,
        caller_id=CALLER_ID,
        created_at=created_at,
        time_limit_s=120,
        account_sid=account_sid,
        region=region,
        no_guard_reason=no_guard_reason,
        place=place,
    )


def result(
    id: str,
    *,
    call_sid: str | None = None,
    outcome: Outcome | None = Outcome.DELIVERED,
    detail: str = "The whole message was played.",
    error: ErrorReport | None = None,
) -> AttemptResult:
    return AttemptResult(
        id=id,
        to=CALLEE,
        caller_id=CALLER_ID,
        outcome=outcome,
        detail=detail,
        started_at=STARTED,
        ended_at=ENDED,
        call_sid=call_sid,
        carrier_status="completed",
        voice=Voice.CARTESIA,
        evidence=Evidence.MARK,
        message_ms=4200,
        heard_ms=4200,
        timing=Timing(ring=3100.625),
        characters=21,
        error=error,
    )
