"""Where a call to a number goes, and which ranges cost more than others, by the numbering plan."""

from __future__ import annotations

import phonenumbers
import pytest
from phonenumbers import PhoneNumberType

from cartesia_call.telephony.ranges import (
    INTERNATIONAL,
    INTERNATIONAL_NETWORK,
    PREMIUM,
    SHARED_COST,
    costly_range,
    destination_of,
    parse_countries,
)


@pytest.mark.parametrize(
    ("e164", "costly"),
    [
        ("+12025550143", None),
        ("+18005550143", None),
        ("+442079460143", None),
        ("+8801712345678", None),  # Bangladesh and Taiwan are countries among the +88x
        ("+886912345678", None),
        ("+80012345678", None),
        ("+19005550143", PREMIUM),
        ("+449098790143", PREMIUM),
        ("+448712345678", PREMIUM),
        ("+979123456789", PREMIUM),
        ("+33820123456", SHARED_COST),
        ("+491805012345", SHARED_COST),
        ("+80812345678", SHARED_COST),
        ("+870773111632", INTERNATIONAL_NETWORK),
        ("+878101234567890", INTERNATIONAL_NETWORK),
        ("+881612345678", INTERNATIONAL_NETWORK),
        ("+882161234567", INTERNATIONAL_NETWORK),
        ("+883510001234567", INTERNATIONAL_NETWORK),
    ],
)
def test_each_range_is_what_the_numbering_plan_says(e164: str, costly: str | None) -> None:
    assert costly_range(e164) == costly


@pytest.mark.parametrize("type", [PhoneNumberType.PREMIUM_RATE, PhoneNumberType.SHARED_COST])
def test_the_example_of_every_country_is_known(type: int) -> None:
    """Each that the metadata has of this type."""
    for region in phonenumbers.SUPPORTED_REGIONS:
        example = phonenumbers.example_number_for_type(region, type)
        if example is not None and phonenumbers.number_type(example) == type:
            e164 = phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)
            assert costly_range(e164) in {PREMIUM, SHARED_COST}, e164


@pytest.mark.parametrize(
    ("e164", "costly"),
    [
        ("+19001234567", PREMIUM),
        ("+449234567890", PREMIUM),
        ("+449512345678", PREMIUM),
        ("+88213123456", INTERNATIONAL_NETWORK),
        ("+888123456789", INTERNATIONAL_NETWORK),
        ("+15555550143", None),
        ("+819901234567", None),
    ],
)
def test_a_number_that_is_not_known_is_what_its_neighbours_are(e164: str, costly: str | None) -> None:
    """A carrier connects it all the same, or knows more of it: 1-900, and all of Britain's 09."""
    assert not phonenumbers.is_valid_number(phonenumbers.parse(e164))
    assert costly_range(e164) == costly


@pytest.mark.parametrize(
    ("e164", "destination"),
    [
        ("+12025550143", "US"),
        ("+18005550143", "US"),
        ("+15555550143", "US"),
        ("+14165550143", "CA"),
        ("+18765550143", "JM"),
        ("+442079460143", "GB"),
        ("+80012345678", INTERNATIONAL),
        ("+881612345678", INTERNATIONAL),
    ],
)
def test_a_number_goes_to_one_country(e164: str, destination: str) -> None:
    """Of those that share a code, too; an unknown one counts to the main country of its code."""
    assert destination_of(e164) == destination


def test_countries_are_two_letters_or_001() -> None:
    """In any case, separated by commas or white space; others are named."""
    assert parse_countries("us, CA,001") == {"US", "CA", "001"}
    for text, told in (("UK", "GB"), ("US,XX", "'XX' is not a country"), (",", "is not a country")):
        with pytest.raises(ValueError, match=told):
            parse_countries(text)
