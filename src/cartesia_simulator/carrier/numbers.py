"""What an account may call from and to, as the REST API shows it: its numbers, its dialing permissions, and
which region its numbers are answered in.

Fields of Twilio's OpenAPI descriptions (v2010, voice v1, routes v2). `IncomingPhoneNumbers` are found by a
part of a number, with `*` for any digits (docs, "IncomingPhoneNumber resource"); `OutgoingCallerIds` by all
of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from cartesia_simulator.carrier.countries import Country
from cartesia_simulator.carrier.resources import (
    API_VERSION,
    Resource,
    account_path,
    formatted_number,
    rfc_2822,
)

DIALING_PERMISSIONS_PATH = "/v1/DialingPermissions/Countries"
ROUTES_PATH = "/v2/PhoneNumbers"
_PERMISSIONS_URL = f"https://voice.twilio.com{DIALING_PERMISSIONS_PATH}"


def numbers_with(part: str | None, numbers: Iterable[str]) -> list[str]:
    """The numbers that a filter of `IncomingPhoneNumbers` means; all of them without one."""
    digits = ".*".join(map(re.escape, (part or "").split("*")))
    return [number for number in sorted(numbers) if re.search(digits, number)]


def incoming_phone_number(account_sid: str, number: str, *, created_at: datetime) -> Resource:
    """A number that the account owns, with nobody to answer it."""
    sid = _sid("PN", number)
    return {
        "account_sid": account_sid,
        "address_requirements": "none",
        "address_sid": None,
        "api_version": API_VERSION,
        "beta": False,
        "bundle_sid": None,
        "capabilities": {"voice": True, "sms": True, "mms": True, "fax": False},
        "date_created": rfc_2822(created_at),
        "date_updated": rfc_2822(created_at),
        "emergency_address_sid": None,
        "emergency_address_status": "unregistered",
        "emergency_status": "Inactive",
        "friendly_name": formatted_number(number),
        "identity_sid": None,
        "origin": "twilio",
        "phone_number": number,
        "sid": sid,
        "sms_application_sid": "",
        "sms_fallback_method": "POST",
        "sms_fallback_url": "",
        "sms_method": "POST",
        "sms_url": "",
        "status": "in-use",
        "status_callback": "",
        "status_callback_method": "POST",
        "trunk_sid": None,
        "uri": f"{account_path(account_sid)}/IncomingPhoneNumbers/{sid}.json",
        "voice_application_sid": None,
        "voice_caller_id_lookup": False,
        "voice_fallback_method": "POST",
        "voice_fallback_url": None,
        "voice_method": "POST",
        "voice_receive_mode": "voice",
        "voice_url": None,
    }


def outgoing_caller_id(account_sid: str, number: str, *, created_at: datetime) -> Resource:
    """A number of somebody else's that the account has proven to be reachable at."""
    sid = _sid("PN", number)
    return {
        "account_sid": account_sid,
        "date_created": rfc_2822(created_at),
        "date_updated": rfc_2822(created_at),
        "friendly_name": formatted_number(number),
        "phone_number": number,
        "sid": sid,
        "uri": f"{account_path(account_sid)}/OutgoingCallerIds/{sid}.json",
    }


def dialing_permission(country: Country, *, is_allowed: bool) -> Resource:
    """Which numbers of a country may be called; those that fraud likes best never."""
    return {
        "continent": None,
        "country_codes": [country.calling_code],
        "high_risk_special_numbers_enabled": False,
        "high_risk_tollfraud_numbers_enabled": False,
        "iso_code": country.iso_code,
        "links": {
            "highrisk_special_prefixes": f"{_PERMISSIONS_URL}/{country.iso_code}/HighRiskSpecialPrefixes"
        },
        "low_risk_numbers_enabled": is_allowed,
        "name": country.name,
        "url": f"{_PERMISSIONS_URL}/{country.iso_code}",
    }


def inbound_processing_region(account_sid: str, number: str, region: str, *, set_at: datetime) -> Resource:
    """Which region takes the calls to a number (docs, "Inbound Processing Region API - PhoneNumber")."""
    return {
        "account_sid": account_sid,
        "date_created": f"{set_at:%Y-%m-%dT%H:%M:%SZ}",
        "date_updated": f"{set_at:%Y-%m-%dT%H:%M:%SZ}",
        "friendly_name": formatted_number(number),
        "phone_number": number,
        "sid": _sid("QQ", number),
        "url": f"https://routes.twilio.com{ROUTES_PATH}/{number}",
        "voice_region": region,
    }


def _sid(prefix: str, number: str) -> str:
    return prefix + number.lstrip("+").zfill(32)
