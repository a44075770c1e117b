"""What one `dial` is to do, checked and complete, before anything is sent."""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_call.errors import CartesiaCallError
from cartesia_call.ports import SpeechRequest
from cartesia_call.telephony.outcomes import Evidence, Outcome


@dataclass(frozen=True, kw_only=True)
class CallLimits:
    """Waits of the call itself, in call seconds. `max_duration_s` counts from the answer; None: no limit."""

    ring_timeout_s: float
    stream_timeout_s: float
    hangup_timeout_s: float
    max_duration_s: float | None


@dataclass(frozen=True, kw_only=True)
class DialPlan:
    """One message for one number.

    `fallback_text` is what the carrier's own voice may say, already short enough for TwiML, or None if it
    must not speak; `fallback_is_cut` says that its end is missing. `tunnel_timeout_s` limits the public path
    until it is proven, in real seconds.
    """

    id: str
    to: str
    caller_id: str
    account_sid: str
    region: str
    speech: SpeechRequest
    fallback_text: str | None
    fallback_is_cut: bool
    time_limit_s: int
    limits: CallLimits
    tunnel_timeout_s: float
    probe: bool = True
    record_callee: bool = False
    rehearsal: bool = False


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the call went, as far as it is known before the line is put down. `outcome` None: by a bug."""

    outcome: Outcome | None
    detail: str
    evidence: Evidence = Evidence.NONE
    error: CartesiaCallError | None = None
