"""What a carrier says about a call leg: its status, one snapshot of it, one progress event."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

from cartesia_call.records import dataclass


class CallStatus(StrEnum):
    """Twilio's `CallStatus` / resource `status` values."""

    QUEUED = "queued"
    INITIATED = "initiated"
    RINGING = "ringing"
    IN_PROGRESS = "in-progress"
    COMPLETED = "completed"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    FAILED = "failed"
    CANCELED = "canceled"

    @property
    def is_final(self) -> bool:
        """True when the leg is down for good."""
        return self in _FINAL


_FINAL = frozenset(
    {CallStatus.COMPLETED, CallStatus.BUSY, CallStatus.NO_ANSWER, CallStatus.FAILED, CallStatus.CANCELED}
)


@dataclass(frozen=True, kw_only=True)
class CallSnapshot:
    """The call resource as one REST answer showed it (eventually consistent).

    `duration_s` is the carrier's own count of the answered time; `price` is negative and filled late.
    `queue_ms` is how long the carrier means to keep the call in its queue before it dials; None: it did not
    say.
    """

    call_sid: str
    status: CallStatus
    to: str
    caller_id: str
    created_at: datetime | None = None
    duration_s: int | None = None
    answered_by: str | None = None
    price: str | None = None
    price_unit: str | None = None
    queue_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class StatusEvent:
    """One status callback. Events may arrive out of order; `sequence_number` (from 0) orders them.

    `sip_code` is the final SIP response code where the carrier told one (486 busy, 603 declined).
    """

    call_sid: str
    status: CallStatus
    sequence_number: int
    sip_code: int | None = None
    duration_s: int | None = None


def parse_status_event(parameters: Mapping[str, str]) -> StatusEvent:
    """A status callback's parameters (names of twilio.com/docs/voice/api/call-resource).

    ValueError if a required parameter is missing or malformed. Unknown parameters are ignored.
    """
    try:
        return StatusEvent(
            call_sid=_sid(parameters["CallSid"]),
            status=CallStatus(parameters["CallStatus"]),  # assumes: callback-fields
            sequence_number=_number(parameters.get("SequenceNumber", "0")),  # assumes: callbacks-in-sequence
            sip_code=_optional_number(parameters.get("SipResponseCode")),
            duration_s=_optional_number(parameters.get("CallDuration")),
        )
    except KeyError as missing:
        raise ValueError(f"a status callback lacks {missing.args[0]}") from None


def is_sid(text: str) -> bool:
    """Whether `text` can be the SID of anything.

    It becomes part of addresses, and of commands that people are told to paste. Documented are two letters
    and 32 hexadecimal digits; no more is asked than here, for nobody could end a call whose SID is refused.
    """
    return re.fullmatch(r"[0-9A-Za-z]{1,64}", text) is not None


def _sid(text: str) -> str:
    if not is_sid(text):
        raise ValueError("a status callback's CallSid is malformed")
    return text


def _number(text: str) -> int:
    if not re.fullmatch(r"[0-9]{1,9}", text):
        raise ValueError("a number in a status callback is malformed")
    return int(text)


def _optional_number(text: str | None) -> int | None:
    return _number(text) if text else None
