"""The blocking half of the Twilio carrier: Calls requests through the `twilio` package.

Importing this module imports `twilio.rest` and requests, which takes about 0.1 s (0.6 s right after an
installation).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any

from twilio.rest import Client

from cartesia_call.telephony.call_states import CallSnapshot, CallStatus
from cartesia_call.telephony.instructions import CallInstructions, CallRequest
from cartesia_call.vendors.network import NetworkRules
from cartesia_call.vendors.twilio_debugger import Notification
from cartesia_call.vendors.twilio_http import OneShotHttpClient
from cartesia_call.vendors.twiml import render_twiml

_STATUS_EVENTS = ["initiated", "ringing", "answered", "completed"]

_WARNING = "1"
"""`log` of a notification after which the call went on; 0 is an error (Twilio's OpenAPI description)."""

_PAGE_SIZE = 100
"""Newest calls of one pair of numbers to look at. More than these in the seconds between an intent and its
reconciliation cannot be ours: accounts place one call a second by default."""

_MOST_NOTIFICATIONS = 50
"""Newest entries of one call's debugger to read. What keeps repeating is noted once per stream."""


class TwilioCalls:
    """`/Accounts/{AccountSid}/Calls` of one account. One HTTP request per method, threads welcome.

    Raises what OneShotHttpClient does, and ValueError for a 2xx answer that is no call.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        username: str,
        password: str | None,
        base_url: str,
        timeout_s: float,
        network: NetworkRules,
    ) -> None:
        self._http = OneShotHttpClient(timeout_s=timeout_s, network=network)
        client = Client(
            username,
            password,
            account_sid,
            http_client=self._http,
            # An empty mapping would count as none, and let TWILIO_REGION and TWILIO_EDGE in.
            environment={"TWILIO_ACCOUNT_SID": account_sid},
        )
        client.api.base_url = base_url.rstrip("/")
        self._client = client
        self._account = client.api.v2010.account
        self._calls = self._account.calls

    def place(self, request: CallRequest) -> CallSnapshot:
        callback: dict[str, object] = {}
        if request.status_callback_url is not None:
            callback = {
                "status_callback": request.status_callback_url,
                "status_callback_method": "GET",
                "status_callback_event": _STATUS_EVENTS,
            }
        return _snapshot(
            self._calls.create(
                to=request.to,
                from_=request.caller_id,
                twiml=render_twiml(request.instructions),
                timeout=request.ring_timeout_s,
                time_limit=request.time_limit_s,
                **callback,
                **_detection(request),
                **({"send_digits": request.send_digits} if request.send_digits else {}),
            )
        )

    def fetch(self, call_sid: str) -> CallSnapshot:
        return _snapshot(self._account.calls(call_sid).fetch())

    def newest(self, *, to: str, caller_id: str) -> list[CallSnapshot]:
        """No `StartTime` filter: a call that is still queued has no start time and would be missed."""
        page = self._calls.list(to=to, from_=caller_id, page_size=_PAGE_SIZE, limit=_PAGE_SIZE)
        return [_snapshot(call) for call in page]

    def end(self, call_sid: str) -> CallSnapshot:
        return _snapshot(self._account.calls(call_sid).update(status="completed"))

    def redirect(self, call_sid: str, instructions: CallInstructions) -> CallSnapshot:
        return _snapshot(self._account.calls(call_sid).update(twiml=render_twiml(instructions)))

    def notifications(self, call_sid: str) -> list[Notification]:
        """Newest first."""
        entries = self._account.calls(call_sid).notifications
        found = entries.list(page_size=_MOST_NOTIFICATIONS, limit=_MOST_NOTIFICATIONS)
        return [_notification(entry) for entry in sorted(found, key=_noted_at_s, reverse=True)]

    def is_trial(self) -> bool:
        return str(self._account.fetch().type).lower() == "trial"

    def set_time_limit(self, call_sid: str, time_limit_s: int) -> CallSnapshot:
        return _snapshot(self._account.calls(call_sid).update(time_limit=time_limit_s))

    def read(self, url: str, parameters: Mapping[str, object]) -> tuple[dict[str, Any], datetime | None]:
        """The JSON object at `url`, asked for as this account, and Twilio's clock at its answer."""
        answer = self._client.request("GET", url, params=dict(parameters))
        fields = json.loads(answer.text)
        if not isinstance(fields, dict):
            raise ValueError("the answer is no JSON object")  # noqa: TRY004  # of the answer, not of an argument
        return fields, _http_date(answer.headers.get("Date"))

    def close(self) -> None:
        self._http.close()


def _detection(request: CallRequest) -> dict[str, object]:
    """Asynchronous, so that nobody waits for it, and to the end of a greeting, so that its beep is told."""
    if not request.detects_machine:
        return {}
    detection: dict[str, object] = {"machine_detection": "DetectMessageEnd", "async_amd": "true"}
    if request.status_callback_url is not None:
        detection["async_amd_status_callback"] = request.status_callback_url
        detection["async_amd_status_callback_method"] = "GET"
    return detection


def _snapshot(call: Any) -> CallSnapshot:
    """`twilio`'s CallInstance, whose fields are whatever the JSON held. ValueError without a call SID."""
    if not isinstance(call.sid, str) or not call.sid:
        raise ValueError("the answer names no call")
    return CallSnapshot(
        call_sid=call.sid,
        status=_status(call.status),
        to=_text(call.to) or "",
        caller_id=_text(call._from) or "",
        created_at=call.date_created if isinstance(call.date_created, datetime) else None,
        duration_s=int(call.duration) if str(call.duration).isdecimal() else None,
        answered_by=_text(call.answered_by),
        price=_text(call.price),
        price_unit=_text(call.price_unit),
    )


def _notification(entry: Any) -> Notification:
    """`twilio`'s NotificationInstance. A code that the list leaves out may stand in the text."""
    text = _text(entry.message_text) or ""
    code = re.search(r"\d+", str(entry.error_code or "")) or re.search(r"(?<=ErrorCode=)\d+", text)
    return Notification(
        code=int(code.group()) if code else 0,
        is_error=str(entry.log) != _WARNING,
        text=text,
        more_info=_text(entry.more_info) or "",
    )


def _noted_at_s(entry: Any) -> float:
    moments = (entry.message_date, entry.date_created)
    return next((moment.timestamp() for moment in moments if isinstance(moment, datetime)), 0.0)


def _status(value: object) -> CallStatus:
    """A word that is not in our list is taken for a call under way, so that nobody stops watching it."""
    try:
        return CallStatus(str(value))
    except ValueError:
        return CallStatus.QUEUED


def _http_date(text: str | None) -> datetime | None:
    try:
        return parsedate_to_datetime(text) if text else None
    except ValueError:
        return None


def _text(value: object) -> str | None:
    return str(value) if value else None
