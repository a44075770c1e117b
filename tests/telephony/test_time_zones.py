"""Where a number may be, and what time it is there."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import phonenumbers
import pytest

from cartesia_call.errors import InputError
from cartesia_call.telephony.time_zones import callee_zone, parse_zone, zone_of

WINTER = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)

WASHINGTON = "+12025550143"
TOLL_FREE = "+18005550143"
BOISE_OR_LOS_ANGELES = "+12085550143"
BRITISH_FREEPHONE = "+448081570143"
OUTSIDE_KNOWN_RANGES = "+15555550100"


def test_an_area_code_tells_the_zone() -> None:
    zone = zone_of(WASHINGTON, now=WINTER)
    assert zone == ZoneInfo("America/New_York")


def test_a_number_of_many_zones_is_ambiguous() -> None:
    """The sentence masks the number and tells how far the clocks are apart; the way out is an option."""
    with pytest.raises(InputError) as caught:
        zone_of(TOLL_FREE, now=WINTER)
    assert "+1800***0143 may be in any of " in str(caught.value)
    assert TOLL_FREE not in str(caught.value)
    assert caught.value.hint is not None
    assert "--timezone" in caught.value.hint


def test_zones_that_show_the_same_time_are_not_ambiguous() -> None:
    """Guernsey, the Isle of Man and London."""
    zone = zone_of(BRITISH_FREEPHONE, now=WINTER)
    assert zone is not None
    assert WINTER.astimezone(zone).utcoffset() == WINTER.astimezone(ZoneInfo("Europe/London")).utcoffset()


def test_a_number_of_two_zones_names_both_with_their_time() -> None:
    with pytest.raises(InputError) as caught:
        zone_of(BOISE_OR_LOS_ANGELES, now=WINTER)
    assert str(caught.value) == (
        "+1208***0143 may be in any of 2 time zones, "
        "from America/Los_Angeles (04:00) to America/Boise (05:00)."
    )


def test_a_number_outside_the_known_ranges_tells_nothing() -> None:
    assert zone_of(OUTSIDE_KNOWN_RANGES, now=WINTER) is None
    with pytest.raises(InputError, match=r"time zone of \+1555\*\*\*0100 is not known") as caught:
        callee_zone(OUTSIDE_KNOWN_RANGES, timezone=None, now=WINTER)
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("number", "zone"),
    [
        ("+212900000000", "Africa/Casablanca"),
        ("+213210000000", "Africa/Algiers"),
        ("+211400000000", "Africa/Juba"),
        ("+218110000000", "Africa/Tripoli"),
        ("+50530000000", "America/Managua"),
    ],
)
def test_a_number_newer_than_the_metadata_has_its_countrys_clock(number: str, zone: str) -> None:
    """Valid to look at, and of no range that is known."""
    assert not phonenumbers.is_valid_number(phonenumbers.parse(number))
    assert zone_of(number, now=WINTER) == ZoneInfo(zone)


def countries_with_one_zone() -> dict[str, str]:
    """Of `zone.tab`, as the database of this machine's package has it."""
    table = resources.files("tzdata").joinpath("zoneinfo/zone.tab").read_text(encoding="utf-8")
    rows = [line.split("\t") for line in table.splitlines() if line[:1] != "#"]
    countries = [row[0] for row in rows]
    return {row[0]: row[2] for row in rows if countries.count(row[0]) == 1}


def test_every_country_with_one_zone_has_that_one() -> None:
    """All countries of the numbering plan, every kind of number; nowhere the zone of a neighbour."""
    wrong = []
    for country, zone in countries_with_one_zone().items():
        for kind in phonenumbers.supported_types_for_region(country):
            number = phonenumbers.example_number_for_type(country, kind)
            if number is None or phonenumbers.region_code_for_number(number) != country:
                continue
            e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
            found = zone_of(e164, now=WINTER)
            if found != ZoneInfo(zone):
                wrong.append((country, kind, found))
    assert not wrong


def test_a_sip_address_tells_nothing() -> None:
    assert zone_of("sip:alice@example.com", now=WINTER) is None
    with pytest.raises(InputError, match=r"time zone of sip:a\*\*\*@example.com is not known"):
        callee_zone("sip:alice@example.com", timezone=None, now=WINTER)


@pytest.mark.parametrize("number", [WASHINGTON, TOLL_FREE, OUTSIDE_KNOWN_RANGES])
def test_the_users_zone_wins(number: str) -> None:
    """Over what the number says, and where it says nothing or too much."""
    tokyo = ZoneInfo("Asia/Tokyo")
    assert callee_zone(number, timezone=tokyo, now=WINTER) is tokyo


def test_without_the_users_zone_the_numbers_holds() -> None:
    assert callee_zone(WASHINGTON, timezone=None, now=WINTER) == ZoneInfo("America/New_York")


@pytest.mark.parametrize("name", ["America/New_York", " Europe/Berlin ", "UTC"])
def test_zones_have_names(name: str) -> None:
    assert parse_zone(name).key == name.strip()


@pytest.mark.parametrize("name", ["", "America", "Mars/Olympus", "../etc/passwd", "/etc/passwd", "a\0b"])
def test_what_is_no_zone(name: str) -> None:
    """Nothing of the file system shows through."""
    with pytest.raises(ValueError, match=r"is not a time zone; write one such as America/New_York"):
        parse_zone(name)
