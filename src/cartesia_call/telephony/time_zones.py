"""Time zones of telephone numbers: their country's if it has one, else what the numbering plan says."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import datetime
from importlib import resources
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from cartesia_call.errors import InputError
from cartesia_call.telephony import numbering
from cartesia_call.telephony.numbers import mask_number
from cartesia_call.telephony.sip_addresses import is_sip

if TYPE_CHECKING:
    from phonenumbers import timezone as numbering_zones
else:
    from cartesia_call.telephony.phonenumbers_parts import timezone as numbering_zones

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

    A country with one zone has that one for all its numbers; phonenumbers names the zone of a neighbour for
    some, such as Europe/Paris for Algeria. A number of no range that is known has its country's clock if the
    whole country, or all that share its country code, show the same time at `now`, which is aware.

    A number keeps its digits when its owner moves. Of several zones that show the same time any is as good as
    the others; InputError if they show different times.
    """
    if is_sip(callee):
        return None
    number = numbering.parse(callee)
    is_known = numbering.is_valid_number(number)
    try:
        zones = [parse_zone(name) for name in _zone_names(number, is_known=is_known)]
    except ValueError:  # a time zone database older than the numbering plan
        return None
    if not zones:
        return None
    by_offset = sorted(zones, key=lambda zone: now.astimezone(zone).replace(tzinfo=None))
    earliest, latest = by_offset[0], by_offset[-1]
    if now.astimezone(earliest).utcoffset() == now.astimezone(latest).utcoffset():
        return zones[0]
    if not is_known:
        return None
    raise InputError(
        f"{mask_number(callee)} may be in any of {len(zones)} time zones, from {earliest} "
        f"({now.astimezone(earliest):%H:%M}) to {latest} ({now.astimezone(latest):%H:%M}).",
        hint=_ZONE_HINT,
    )


@functools.cache
def _zones_of_countries() -> dict[str, tuple[str, ...]]:
    """Country (ISO 3166-1 alpha-2) → the names of its zones, from `zone.tab` of the time zone database."""
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if not line.startswith("#")]
    zones: dict[str, tuple[str, ...]] = {}
    for country, _, name, *_ in rows:
        zones[country] = (*zones.get(country, ()), name)
    return zones


def _zone_names(number: numbering.PhoneNumber, *, is_known: bool) -> Sequence[str]:
    """Those in which `number` may be; none if nothing is known."""
    zones = _zones_of_countries()
    if not is_known:
        regions = numbering.region_codes_for_country_code(number.country_code or 0)
        return [name for region in regions for name in zones.get(region, ())]
    of_country = zones.get(numbering.region_code_for_number(number) or "", ())
    if len(of_country) == 1:
        return of_country
    names = numbering_zones.time_zones_for_number(number)
    return [name for name in names if name != numbering_zones.UNKNOWN_TIMEZONE] or of_country


def callee_zone(callee: str, *, timezone: ZoneInfo | None, now: datetime) -> ZoneInfo:
    """The zone in which `callee` is called: `timezone` where the user gave one, else the number's own.

    InputError if the number's is not known, or not certain at `now`.
    """
    zone = timezone or zone_of(callee, now=now)
    if zone is None:
        raise InputError(f"The time zone of {mask_number(callee)} is not known.", hint=_ZONE_HINT)
    return zone
