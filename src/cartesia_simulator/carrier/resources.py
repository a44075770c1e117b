"""The JSON of the REST API's resources (fields and types of Twilio's OpenAPI description, v2010)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.notifications import Notification

API_VERSION = "2010-04-01"
Resource = dict[str, object]

_CALL_SUBRESOURCES = (
    "events",
    "notifications",
    "payments",
    "recordings",
    "siprec",
    "streams",
    "transcriptions",
    "user_defined_message_subscriptions",
    "user_defined_messages",
)

_MAIN_ACCOUNT_SID = "AC" + "f" * 32
"""The owner of a subaccount."""


def account_path(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}"


def rfc_2822(moment: datetime | None) -> str | None:
    """A date as v2010 writes it: `Fri, 20 Nov 2026 10:05:00 +0000`."""
    return None if moment is None else format_datetime(moment)


def call_resource(call: SimulatedCall) -> Resource:
    """A call as `GET Calls/{Sid}.json` shows it: everything a string or null."""
    path = f"{account_path(call.account_sid)}/Calls/{call.sid}"
    return {
        "sid": call.sid,
        "date_created": rfc_2822(call.created_at),
        "date_updated": rfc_2822(call.updated_at),
        "parent_call_sid": None,
        "account_sid": call.account_sid,
        "to": call.to,
        "to_formatted": formatted_number(call.to),
        "from": call.caller_id,
        "from_formatted": formatted_number(call.caller_id),
        "phone_number_sid": None,
        "status": call.status.value,
        "start_time": rfc_2822(call.started_at),
        "end_time": rfc_2822(call.finished_at),
        "duration": None if call.duration_s is None else str(call.duration_s),
        "price": call.price,
        "price_unit": "USD",
        "direction": "outbound-api",
        "answered_by": call.answered_by,
        "api_version": API_VERSION,
        "forwarded_from": None,
        "group_sid": None,
        "caller_name": None,
        "queue_time": "0",
        "stir_verstat": None,
        "trunk_sid": None,
        "uri": f"{path}.json",
        "subresource_uris": {
            name: f"{path}/{''.join(word.capitalize() for word in name.split('_'))}.json"
            for name in _CALL_SUBRESOURCES
        },
    }


def notification_resource(call: SimulatedCall, notification: Notification) -> Resource:
    """An entry of the debugger as `GET Calls/{Sid}/Notifications.json` lists it."""
    path = f"{account_path(call.account_sid)}/Calls/{call.sid}/Notifications/{notification.sid}.json"
    return {
        "account_sid": call.account_sid,
        "api_version": API_VERSION,
        "call_sid": call.sid,
        "date_created": rfc_2822(notification.noted_at),
        "date_updated": rfc_2822(notification.noted_at),
        "error_code": str(notification.code),
        "log": "1" if notification.is_warning else "0",
        "message_date": rfc_2822(notification.noted_at),
        "message_text": notification.text,
        "more_info": f"https://www.twilio.com/docs/errors/{notification.code}",
        "request_method": notification.problem.request_method,
        "request_url": notification.problem.request_url,
        "sid": notification.sid,
        "uri": path,
    }


def account_resource(
    account_sid: str, *, is_trial: bool, is_subaccount: bool, created_at: datetime
) -> Resource:
    """The account. Twilio's answer holds the auth token; this one leaves it out of the logs of tests."""
    path = account_path(account_sid)
    return {
        "sid": account_sid,
        "friendly_name": "Simulated account",
        "status": "active",
        "type": "Trial" if is_trial else "Full",
        "auth_token": None,
        "owner_account_sid": _MAIN_ACCOUNT_SID if is_subaccount else account_sid,
        "date_created": rfc_2822(created_at),
        "date_updated": rfc_2822(created_at),
        "uri": f"{path}.json",
        "subresource_uris": {"calls": f"{path}/Calls.json"},
    }


def balance_resource(account_sid: str, balance: str | None) -> Resource:
    """What is left on the account; empty for a subaccount."""
    currency = None if balance is None else "USD"
    return {"account_sid": account_sid, "balance": balance, "currency": currency}


def page(
    key: str,
    resources: Sequence[Resource],
    *,
    path: str,
    query: Sequence[tuple[str, str]],
    number: int,
    size: int,
) -> Resource:
    """One page of a list; `number` counts from 0. The keys are those that Twilio's libraries insist on."""
    first = number * size
    shown = list(resources[first : first + size])
    kept = [(name, value) for name, value in query if name not in {"Page", "PageSize", "PageToken"}]

    def uri(page_number: int) -> str:
        return f"{path}?{urlencode([*kept, ('PageSize', str(size)), ('Page', str(page_number))])}"

    return {
        key: shown,
        "first_page_uri": uri(0),
        "next_page_uri": uri(number + 1) if first + size < len(resources) else None,
        "previous_page_uri": uri(number - 1) if number > 0 else None,
        "page": number,
        "page_size": size,
        "start": first,
        "end": max(0, first + len(shown) - 1),
        "uri": uri(number),
    }


def formatted_number(number: str) -> str:
    """A number as people of its country write it, where that is North America."""
    if number.startswith("+1") and len(number) == 12:
        return f"({number[2:5]}) {number[5:8]}-{number[8:]}"
    return number
