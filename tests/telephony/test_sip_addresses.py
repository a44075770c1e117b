"""SIP addresses as callees."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.telephony.callees import parse_callee
from cartesia_call.telephony.numbers import mask_known, mask_number, mask_numbers_in


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("sip:anna@example.com", "sip:anna@example.com"),
        ("SIP:Anna@EXAMPLE.com:5061;Transport=TLS", "sip:Anna@example.com:5061;Transport=TLS"),
        ("sip:+12025550143@trunk.example.com", "sip:+12025550143@trunk.example.com"),
        (" sip:110@[2001:DB8::1] ", "sip:110@[2001:db8::1]"),
        ("+1 202 555 0143", "+12025550143"),
        ("tel:+12025550143", "+12025550143"),
    ],
)
def test_a_callee_is_an_address_or_a_number(text: str, address: str) -> None:
    """Scheme and host in lower case; the user, whose case counts, as it is written."""
    assert parse_callee(text, country=None).e164 == address


@pytest.mark.parametrize(
    "text",
    [
        "sip:anna",
        "sip:@example.com",
        "sip:anna@",
        "sip:anna@example.com?Subject=x",
        "sip:anna:secret@example.com",
        "sips:anna@example.com",
        "sip://anna@example.com",
        "sip:anna@example.com, sip:ben@example.com",
        "sip:anna@exa mple.com",
        "sip:" + "a" * 300 + "@example.com",
    ],
)
def test_what_is_no_address_is_refused_with_its_user_masked(text: str) -> None:
    """No headers, no password: both would be kept in the ledger."""
    with pytest.raises(InputError, match="is not a SIP address that can be called") as refusal:
        parse_callee(text, country=None)
    assert "anna@" not in str(refusal.value)
    assert "secret" not in str(refusal.value)


@pytest.mark.parametrize("user", ["911", "112"])
def test_emergency_numbers_are_refused(user: str) -> None:
    """A trunk would connect them."""
    with pytest.raises(InputError, match="emergency"):
        parse_callee(f"sip:{user}@trunk.example.com", country="US")


def test_the_user_is_masked_like_a_number() -> None:
    """Alone, in a sentence and in a URL; what else is in the sentence stays."""
    address = "sip:anna2@example.com"
    assert mask_number(address) == "sip:a***@example.com"
    assert mask_number("sip:42@example.com") == "sip:***@example.com"
    assert mask_numbers_in(f"to {address} at 2:00") == "to sip:a***@example.com at 2:00"
    assert mask_numbers_in("To=sip%3Aanna%40example.com&x") == "To=sip%3Aa***%40example.com&x"
    assert mask_known(f"{address} took 2 of 2", [address]) == "sip:a***@example.com took 2 of 2"
    assert mask_numbers_in("SIP 603: mail anna@example.com") == "SIP 603: mail anna@example.com"
