"""Who the account's owner is, as Twilio's Trust Hub shows it (OpenAPI description of trusthub, v1)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cartesia_simulator.carrier import api_errors
from cartesia_simulator.carrier.listing import page_of
from cartesia_simulator.carrier.resources import Resource

CUSTOMER_PROFILES_PATH = "/v1/CustomerProfiles"
APPROVED = "twilio-approved"
STATUSES = frozenset({"draft", "pending-review", "in-review", "twilio-rejected", APPROVED})

_URL = f"https://trusthub.twilio.com{CUSTOMER_PROFILES_PATH}"
_FILTERS = frozenset({"Status", "FriendlyName", "PolicySid", "PageSize", "Page", "PageToken"})


def customer_profiles(
    account_sid: str, statuses: tuple[str, ...], query: Mapping[str, str], *, created_at: datetime
) -> Resource:
    """The page that `query` asks for, of profiles with these `statuses`."""
    wanted = query.get("Status")
    if not query.keys() <= _FILTERS or wanted not in {None, *STATUSES}:
        raise api_errors.invalid_parameter(f"Status is one of {', '.join(sorted(STATUSES))}")
    number, size = page_of(query)
    found = [
        _profile(account_sid, n, status, created_at)
        for n, status in enumerate(statuses)
        if wanted in {None, status}
    ]
    url = f"{_URL}?PageSize={size}&Page=0"
    meta = {
        "page": number,
        "page_size": size,
        "first_page_url": url,
        "previous_page_url": None,
        "url": url,
        "next_page_url": None,
        "key": "results",
    }
    return {"results": found[number * size : (number + 1) * size], "meta": meta}


def _profile(account_sid: str, n: int, status: str, created_at: datetime) -> Resource:
    sid = f"BU{n:032x}"
    return {
        "sid": sid,
        "account_sid": account_sid,
        "policy_sid": "RN" + "0" * 32,
        "friendly_name": "Simulated profile",
        "status": status,
        "email": "owner@example.com",
        "status_callback": None,
        "valid_until": None,
        "date_created": f"{created_at:%Y-%m-%dT%H:%M:%SZ}",
        "date_updated": f"{created_at:%Y-%m-%dT%H:%M:%SZ}",
        "url": f"{_URL}/{sid}",
        "links": {},
        "errors": None,
    }
