"""Parameters of what the carrier tells its customer about a call."""

from __future__ import annotations

from datetime import datetime

from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.resources import API_VERSION, rfc_2822

_STATUS_OF_EVENT = {"initiated": "initiated", "ringing": "ringing", "answered": "in-progress"}


def call_parameters(call: SimulatedCall) -> dict[str, str]:
    """What every request about a call carries."""
    return {
        "CallSid": call.sid,
        "AccountSid": call.account_sid,
        "From": call.caller_id,
        "To": call.to,
        "Caller": call.caller_id,
        "Called": call.to,
        "CallStatus": call.status.value,
        "ApiVersion": API_VERSION,
        "Direction": "outbound-api",
    }


def progress_parameters(call: SimulatedCall, event: str, *, sequence: int, now: datetime) -> dict[str, str]:
    """A status callback: `event` is initiated, ringing, answered or completed; `sequence` counts from 0."""
    parameters = call_parameters(call) | {
        "CallStatus": _STATUS_OF_EVENT.get(event, call.status.value),
        "Timestamp": rfc_2822(now) or "",
        "CallbackSource": "call-progress-events",
        "SequenceNumber": str(sequence),
    }
    if event in {"ringing", "answered"}:
        parameters["StirStatus"] = "A"
    if event == "completed":
        parameters["CallDuration"] = str(call.duration_s or 0)
        parameters["Duration"] = str(call.billed_minutes)
        parameters["SipResponseCode"] = str(call.sip_code)
    return parameters


def stream_parameters(
    call: SimulatedCall, stream_sid: str, *, name: str | None, event: str, error: str | None, now: datetime
) -> dict[str, str]:
    """A stream's status callback: `event` is stream-started, stream-stopped or stream-error."""
    parameters = {
        "AccountSid": call.account_sid,
        "CallSid": call.sid,
        "StreamSid": stream_sid,
        "StreamName": name or stream_sid,
        "StreamEvent": event,
        "Timestamp": now.isoformat(timespec="milliseconds"),
    }
    return parameters if error is None else parameters | {"StreamError": error}


def verdict_parameters(call: SimulatedCall) -> dict[str, str]:
    """What the answering-machine detection found; empty before its verdict."""
    if call.answered_by is None:
        return {}
    return {
        "AnsweredBy": call.answered_by,
        "MachineDetectionDuration": str(call.machine_detection_ms),
    }
