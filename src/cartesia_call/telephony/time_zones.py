"""Time zones of telephone numbers: what the numbering plan says of them, which may be more than one."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import phonenumbers
from phonenumbers import timezone as numbering_zones

from cartesia_call.errors import InputError
from cartesia_call.telephony.numbers import mask_number
from cartesia_call.telephony.sip_addresses import is_sip

_ZONE_HINT = "Say which one holds: --timezone America/New_York."


def parse_zone(name: str) -> ZoneInfo:
    """The zone of the time zone database called `name`; ValueError with half a sentence if there is none."""
    try:
        return ZoneInfo(name.strip())
    except (KeyError, ValueError, OSError):  # unknown; not a name at all; a directory, such as `America`
        raise ValueError(
            f"{name!r} is not a time zone; write one such as America/New_York or Europe/Berlin"
        ) from None


def zone_of(callee: str, *, now: datetime) -> ZoneInfo | None:
    """The time zone that an E.164 number belongs to, as far as its digits tell; None if they tell nothing,
    and for a SIP address.

    A number keeps its digits when its owner moves. Of several zones that show the same time at `now`, which
    is aware, any is as good as the others; InputError if they show different times.
    """
    if is_sip(callee):
        return None
    names = numbering_zones.time_zones_for_number(phonenumbers.parse(callee))
    if numbering_zones.UNKNOWN_TIMEZONE in names:
        return None
    try:
        zones = [parse_zone(name) for name in names]
    except ValueError:  # a time zone database older than the numbering plan
        return None
    by_offset = sorted(zones, key=lambda zone: now.astimezone(zone).replace(tzinfo=None))
    earliest, latest = by_offset[0], by_offset[-1]
    if now.astimezone(earliest).utcoffset() != now.astimezone(latest).utcoffset():
        raise InputError(
            f"{mask_number(callee)} may be in any of {len(zones)} time zones, from {earliest} "
            f"({now.astimezone(earliest):%H:%M}) to {latest} ({now.astimezone(latest):%H:%M}).",
            hint=_ZONE_HINT,
        )
    return zones[0]


def callee_zone(callee: str, *, timezone: ZoneInfo | None, now: datetime) -> ZoneInfo:
    """The zone in which `callee` is called: `timezone` where the user gave one, else the number's own.

    InputError if the number's is not known, or not certain at `now`.
    """
    zone = timezone or zone_of(callee, now=now)
    if zone is None:
        raise InputError(f"The time zone of {mask_number(callee)} is not known.", hint=_ZONE_HINT)
    return zone
