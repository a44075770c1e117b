"""What is asked of Twilio's Calls resource, and how its answers are read."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from cartesia_call.telephony.call_states import CallSnapshot, CallStatus, is_sid
from cartesia_call.telephony.instructions import CallRequest
from cartesia_call.vendors.twilio_debugger import Notification
from cartesia_call.vendors.twiml import render_twiml

_STATUS_EVENTS = ("initiated", "ringing", "answered", "completed")

_WARNING = "1"
"""`log` of a notification after which the call went on; 0 is an error (Twilio's OpenAPI description)."""

_LONGEST_DIGITS = 9
"""Of a number: seconds of more than thirty years."""


def placing_form(request: CallRequest) -> dict[str, object]:
    """The parameters of the request that places a call; a list stands for a name that is repeated."""
    form: dict[str, object] = {
        "To": request.to,
        "From": request.caller_id,
        "Twiml": render_twiml(request.instructions),
        "Timeout": math.ceil(request.limits.ring_timeout_s),
        "TimeLimit": request.time_limit_s,
    }
    if request.status_callback_url is not None:
        form |= {
            "StatusCallback": request.status_callback_url,
            "StatusCallbackMethod": "GET",  # assumes: callbacks-come-by-get
            "StatusCallbackEvent": _STATUS_EVENTS,
        }
    if request.send_digits:
        form["SendDigits"] = request.send_digits
    return form | _detection(request)


def _detection(request: CallRequest) -> dict[str, object]:
    """Asynchronous, so that nobody waits for it, and to the end of a greeting, so that its beep is told."""
    if not request.detects_machine:
        return {}
    # assumes: detection-beside-stream
    detection: dict[str, object] = {"MachineDetection": "DetectMessageEnd", "AsyncAmd": "true"}
    if request.status_callback_url is not None:
        detection["AsyncAmdStatusCallback"] = request.status_callback_url
        detection["AsyncAmdStatusCallbackMethod"] = "GET"  # assumes: verdicts-come-by-get
    return detection


def read_object(text: str) -> dict[str, Any]:
    """The fields of an answer. ValueError, as from all the readers here, for what is no JSON object."""
    try:
        fields = json.loads(text)
    except RecursionError:  # for thousands of brackets
        fields = None
    if not isinstance(fields, dict):
        raise ValueError("the answer is no JSON object")  # noqa: TRY004  # of the answer, not of an argument
    return fields


def read_call(fields: Mapping[str, Any]) -> CallSnapshot:  # assumes: call-fields
    """A call. ValueError without the SID of one."""
    call_sid = fields.get("sid")
    if not isinstance(call_sid, str) or not is_sid(call_sid):
        raise ValueError("the answer names no call")
    return CallSnapshot(
        call_sid=call_sid,
        status=_status(fields.get("status")),
        to=_text(fields.get("to")) or "",
        caller_id=_text(fields.get("from")) or "",
        created_at=http_date(fields.get("date_created")),
        duration_s=_count(fields.get("duration")),
        answered_by=_text(fields.get("answered_by")),
        price=_text(fields.get("price")),
        price_unit=_text(fields.get("price_unit")),
        queue_ms=_count(fields.get("queue_time")),
    )


def read_calls(fields: Mapping[str, Any]) -> list[CallSnapshot]:
    """One page of the list."""
    return [read_call(entry) for entry in _entries(fields, "calls")]


def read_notifications(fields: Mapping[str, Any]) -> list[Notification]:
    """One page of a call's debugger, newest first."""
    found = sorted(_entries(fields, "notifications"), key=_noted_at_s, reverse=True)
    return [_notification(entry) for entry in found]


def _count(value: object) -> int | None:
    """A number that Twilio writes as text; None for anything else."""
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= _LONGEST_DIGITS else None


def http_date(value: object) -> datetime | None:
    """A date of RFC 2822 with its zone, which is UTC where it names none; None for anything else."""
    try:
        moment = parsedate_to_datetime(value) if isinstance(value, str) else None
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=UTC) if moment is not None and moment.tzinfo is None else moment


def _entries(fields: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    entries = fields.get(name)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ValueError(f"the answer has no list of {name}")
    return entries


def _notification(entry: Mapping[str, Any]) -> Notification:
    """A code that the list leaves out may stand in the text."""
    text = _text(entry.get("message_text")) or ""
    code = re.search(r"[0-9]{1,9}", str(entry.get("error_code") or "")) or re.search(
        r"(?<=ErrorCode=)[0-9]{1,9}", text
    )
    return Notification(
        code=int(code.group()) if code else 0,
        is_error=str(entry.get("log")) != _WARNING,
        text=text,
        more_info=_text(entry.get("more_info")) or "",
    )


def _noted_at_s(entry: Mapping[str, Any]) -> float:
    moments = (http_date(entry.get("message_date")), http_date(entry.get("date_created")))
    return next((moment.timestamp() for moment in moments if moment is not None), 0.0)


def _status(value: object) -> CallStatus:
    """A word that is not in our list is taken for a call under way, so that nobody stops watching it."""
    try:
        return CallStatus(str(value))
    except ValueError:
        return CallStatus.QUEUED  # assumes: statuses-are-known


def _text(value: object) -> str | None:
    return str(value) if value else None
