"""What people type, as E.164; and numbers masked."""

from __future__ import annotations

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers.phonemetadata import PhoneMetadata

from cartesia_call.errors import InputError
from cartesia_call.telephony.numbers import (
    country_of,
    mask_known,
    mask_number,
    mask_numbers_in,
    parse_number,
)


@pytest.mark.parametrize(
    ("text", "country", "e164"),
    [
        ("+12025550143", None, "+12025550143"),
        ("  +1 (202) 555-0143 ", None, "+12025550143"),
        ("tel:+1-202-555-0143", None, "+12025550143"),
        ("(202) 555-0143", "US", "+12025550143"),
        ("202.555.0143", "us", "+12025550143"),
        ("+12025550143", "DE", "+12025550143"),
        ("011 1 202 555 0143", "US", "+12025550143"),
        ("001 202 555 0143", "DE", "+12025550143"),
        ("+1\u202f202\u2009555\u20070143", None, "+12025550143"),
        ("\u200e+1\t202\u00a0555\u200f0143\ufeff", None, "+12025550143"),
    ],
)
def test_reads_every_usual_form(text: str, country: str | None, e164: str) -> None:
    """International forms as they are, national ones with a country; valid numbers without a warning."""
    number = parse_number(text, country=country)
    assert (number.e164, number.warning) == (e164, None)


def test_possible_number_outside_known_ranges_warns() -> None:
    """Numbering plans change: such a number passes, with a warning that masks it."""
    number = parse_number("+15555550100", country=None)
    assert number.e164 == "+15555550100"
    assert number.warning == (
        "+1555***0100 is outside the number ranges known for its country; "
        "whether it can be called is up to Twilio."
    )


@pytest.mark.parametrize(
    ("text", "country"),
    [
        *[
            (text, None)
            for text in ("911", "112", "110", "999", "9-1-1", "+1911", "+1 911", "+49110", "+44 999")
        ],
        ("911", "US"),
        ("112", "DE"),
        ("110", "US"),
    ],
)
def test_refuses_emergency_numbers(text: str, country: str | None) -> None:
    """Of any country, in any form: an automatic call there harms somebody."""
    with pytest.raises(InputError, match="is an emergency number"):
        parse_number(text, country=country)


def test_no_emergency_number_is_longer_than_six_digits() -> None:
    """So nothing longer is looked up in every country that shares a code, which took most of the time."""
    regions = phonenumbers.SUPPORTED_SHORT_REGIONS
    known = filter(None, map(PhoneMetadata.short_metadata_for_region, regions))
    kinds = [plan.emergency for plan in known if plan.emergency is not None]
    assert max(digits for kind in kinds for digits in kind.possible_length) == 6


@pytest.mark.parametrize(
    ("text", "country"),
    [
        ("+1 911 555 1234", None),
        ("911 555 1234", "US"),
        ("+49 112 12345", None),
        ("112 12345", "DE"),
        ("112112", "DE"),
    ],
)
def test_refuses_what_begins_with_an_emergency_number(text: str, country: str | None) -> None:
    """An exchange may connect it after its first digits."""
    with pytest.raises(InputError, match="begins with an emergency number"):
        parse_number(text, country=country)


@pytest.mark.parametrize("text", ["+94 112 345 678", "+251 911 234 567"])
def test_known_ranges_may_begin_like_an_emergency_number(text: str) -> None:
    """Where subscribers' numbers begin so (Colombo, Addis Ababa), exchanges listen on."""
    assert parse_number(text, country=None).warning is None


@pytest.mark.parametrize(
    ("text", "country", "kind"),
    [
        ("12345", None, "is a short code"),
        ("20255", "US", "is a short code"),
        ("+49 11833", None, "is a short code"),
        ("11833", "DE", "is a short code"),
        ("+33 3615", None, "is a premium-rate short code"),
    ],
)
def test_refuses_short_codes(text: str, country: str | None, kind: str) -> None:
    """They work inside one network, and some cost a lot."""
    with pytest.raises(InputError, match=kind):
        parse_number(text, country=country)


@pytest.mark.parametrize(
    ("text", "country", "reason"),
    [
        ("", None, "is empty"),
        (" \n", None, "is empty"),
        ("+", None, "is not a telephone number"),
        ("---", None, "is not a telephone number"),
        ("sip:bob@example.com", None, "SIP addresses"),
        ("202-555-0143", None, "has no country code"),
        ("+1202***0143", None, "is masked"),
        ("0012025550143", None, "begins with 00"),
        ("+12025550143", "ZZ", "not a country"),
        ("+12025550143", "UK", "not a country"),
        ("+120255501431", None, "too many digits"),
        ("+1202555014", None, "too few digits"),
        ("5550143", "US", "area code is missing"),
        ("+999 123456789", None, "is not a telephone number"),
        ("+12025550143 x12", None, "has an extension"),
        ("+12025550143,", None, "has a comma or semicolon behind it"),
        ("+12025550143 ;", None, "has a comma or semicolon behind it"),
        ("+12025550143 # Anna", None, "has words behind the number"),
        ("1,20256E+10", None, "is a number as a spreadsheet shortens it"),
        ("+12025550143 / 01", None, "has one to three digits behind a slash"),
        ("202 555 01/43", "US", "has one to three digits behind a slash"),
        ("202 555 01\\43", "US", "has one to three digits behind a slash"),
        ("+49 30 23125000 / 0160", None, "has digits behind a slash, and is a whole number without"),
        ("+12025550143 / 0160", None, "has digits behind a slash, and is a whole number without"),
        ("+12025550143 // Anna", None, "has words behind the number"),
        ("+12025550143 (Anna)", None, "has words behind the number"),
        ("+12025550143;ext=12", None, "has an extension"),
        ("+12025550143 ext. 12", None, "has an extension"),
        ("+12025550143#12", None, "has an extension"),
        ("+12025550143,,12", None, "has an extension"),
        ("+12025550143,+12025550144", None, "has more than one number in it"),
        ("+12025550143 / +12025550144", None, "has more than one number in it"),
        ("+12025550143 12025550144", None, "is not a telephone number"),
        ("1-800-FLOWERS", "US", "has letters in it"),
        ("The database is down.", None, "has letters in it"),
    ],
)
def test_refuses_what_is_no_dialable_number(text: str, country: str | None, reason: str) -> None:
    """One sentence says why, the hint what to write instead."""
    with pytest.raises(InputError, match=reason) as refusal:
        parse_number(text, country=country)
    assert refusal.value.hint


@pytest.mark.parametrize(
    "text", ["202-555-0143", "+120255501431", "+12025550143 x12", "5550143", "001202555014"]
)
def test_refusals_mask_what_was_typed(text: str) -> None:
    """Error lines end in logs and mails."""
    with pytest.raises(InputError) as refusal:
        parse_number(text, country="US" if text == "5550143" else None)
    assert "***" in str(refusal.value)
    assert text not in str(refusal.value)


@pytest.mark.parametrize("text", ["\u202e911", "112\u202e", "\u202e12345"])
def test_refusals_quote_no_bidirectional_controls(text: str) -> None:
    """They would turn the rest of the line around."""
    with pytest.raises(InputError) as refusal:
        parse_number(text, country=None)
    assert "\u202e" not in str(refusal.value)


def test_refusals_do_not_repeat_a_message() -> None:
    """Number and message swapped: the message's text does not reach the log whole."""
    with pytest.raises(InputError) as refusal:
        parse_number("The database of the second floor is down.", country=None)
    assert "is down" not in str(refusal.value)


@given(st.text(max_size=30), st.sampled_from([None, "US", "DE"]))
def test_anything_typed_is_a_number_or_a_clear_refusal(text: str, country: str | None) -> None:
    """No text makes it fail in another way, and what passes is E.164."""
    try:
        e164 = parse_number(text, country=country).e164
    except InputError as refusal:
        assert "\n" not in str(refusal)  # noqa: PT017 - either branch is right
    else:
        assert e164.startswith("+")
        assert e164[1:].isascii()
        assert 7 <= len(e164) <= 16


@pytest.mark.parametrize(
    ("e164", "masked"),
    [
        ("+12025550143", "+1202***0143"),
        ("+4930123", "+4***123"),
        ("+49301234567890", "+4930***7890"),
    ],
)
def test_mask(e164: str, masked: str) -> None:
    """Country and area code and the last digits stay; at least three digits never do."""
    assert mask_number(e164) == masked


def test_mask_in_free_text() -> None:
    """Log lines of libraries hold numbers as they are and in URLs; other digits are left alone."""
    line = "GET /Calls?To=%2B12025550143 from +12025550100: CA0123456789, port 8080, +1"
    assert mask_numbers_in(line) == (
        "GET /Calls?To=%2B1202***0143 from +1202***0100: CA0123456789, port 8080, +1"
    )


@pytest.mark.parametrize(
    "spelling",
    [
        "+12025550143",
        "12025550143",
        "+1 (202) 555-0143",
        "1.202.555.0143",
        "tel:+1-202-555-0143",
        "%2B12025550143",
        "0012025550143",
        "\uff0b\uff11\uff08\uff12\uff10\uff12\uff09\uff15\uff15\uff15\uff0d\uff10\uff11\uff14\uff13",
        "+١٢٠٢٥٥٥٠١٤٣",
        "+1\u202e202\u202c5550143",
    ],
)
def test_mask_of_a_known_number_in_any_spelling(spelling: str) -> None:
    """As people type it and as services repeat it; what stands around it stays."""
    shown = mask_known(f"To: {spelling}, 8080", ["+4930123", "+12025550143"])
    assert shown.endswith("+1202***0143, 8080")
    assert shown.startswith("To: ")
    assert "5550" not in shown


def test_mask_of_known_numbers_leaves_others_alone() -> None:
    """Other numbers and digits are not ours to hide; of two numbers the longer one is found first."""
    text = "+12025550144, CA12345, 2026-11-21"
    assert mask_known(text, ["+12025550143", ""]) == text
    assert mask_known("+49301234567 +4930123", ["+4930123", "+49301234567"]) == "+4930***4567 +4***123"
    assert mask_known("+44 (0)20 7946 0000", ["+442079460000"]) == "+4420***0000"


@pytest.mark.parametrize("spelling", ["2025550143", "(202) 555-0143", "202.555.0143", "1 202 555 0143"])
def test_a_known_number_is_masked_without_its_country_code_too(spelling: str) -> None:
    """As the carrier formats it for people; but never in the middle of another number."""
    assert mask_known(f"To {spelling}.", ["+12025550143"]).replace("(", "") == "To +1202***0143."
    assert mask_known("order 920255501431", ["+12025550143"]) == "order 920255501431"


@pytest.mark.parametrize(
    ("e164", "country"),
    [
        ("+12025550143", "US"),
        ("+14165550123", "CA"),
        ("+442079460000", "GB"),
        ("+80012345678", None),
        ("+15555550143", None),
    ],
)
def test_a_number_belongs_to_a_country(e164: str, country: str | None) -> None:
    """Those that share a country code are told apart; international services belong to none."""
    assert country_of(e164) == country
