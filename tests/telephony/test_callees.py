"""Which spellings mean one callee, and what numbers a SIP address may ring."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.errors import InputError
from cartesia_call.telephony.callees import (
    compared,
    may_be_same,
    numbers_meant,
    parse_callee,
    short_code_meant,
)

NUMBER = "+12025550143"


@pytest.mark.parametrize(
    ("spelling", "one_form"),
    [
        (NUMBER, NUMBER),
        ("+5491123456789", "+541123456789"),
        ("+541123456789", "+541123456789"),
        ("+5215512345678", "+525512345678"),
        ("+525512345678", "+525512345678"),
        ("sip:anna@example.com", "sip:anna@example.com"),
        ("sip:anna@EXAMPLE.com.:5061;transport=tls", "sip:anna@example.com"),
        ("sip:%61nna;x=y@example.com", "sip:anna@example.com"),
        ("sip:+1-(202)-555.0143@example.com", f"sip:{NUMBER}@example.com"),
        ("sip:anna@[2001:db8::1]:5060", "sip:anna@[2001:db8::1]"),
        ("sip:Anna@example.com", "sip:Anna@example.com"),
        ("no number at all", "no number at all"),
    ],
)
def test_one_callee_has_one_form(spelling: str, one_form: str) -> None:
    """Without what only says "mobile", and without what leaves an address's destination the same."""
    assert compared(spelling) == one_form
    assert may_be_same(spelling, one_form)


@pytest.mark.parametrize(
    ("user", "is_same"),
    [
        (NUMBER, True),
        ("%2B12025550143", True),
        ("12025550143;phone-context=example.com", True),
        ("2025550143", True),
        ("0012025550143", True),
        ("01112025550143", True),
        ("5550143", True),
        ("+12025550144", False),
        ("550143", False),
        ("anna", False),
    ],
)
def test_a_user_of_digits_may_be_a_number(user: str, is_same: bool) -> None:
    """Its last digits decide where a country code may be missing; an extension is too short for that."""
    assert may_be_same(f"sip:{user}@trunk.example.com", NUMBER) is is_same
    assert may_be_same(NUMBER, f"sip:{user}@trunk.example.com") is is_same


def test_an_extension_belongs_to_its_switchboard() -> None:
    assert not may_be_same("sip:100@one.example.com", "sip:100@two.example.com")
    assert may_be_same(f"sip:{NUMBER}@one.example.com", f"sip:{NUMBER}@two.example.com")


@pytest.mark.parametrize(
    ("callee", "meant"),
    [
        (NUMBER, (NUMBER,)),
        ("sip:anna@example.com", ()),
        ("sip:4711@example.com", ()),
        (f"sip:{NUMBER}@example.com", (NUMBER,)),
        ("sip:2025550143@example.com", (NUMBER,)),
        ("sip:12025550143@example.com", (NUMBER,)),
        ("sip:00442079460143@example.com", ("+442079460143",)),
        ("sip:011442079460143@example.com", ("+442079460143",)),
        ("sip:9005550143@example.com", ("+19005550143",)),
    ],
)
def test_a_call_may_ring_every_reading_of_its_digits(callee: str, meant: tuple[str, ...]) -> None:
    assert numbers_meant(callee, home="US") == meant


@pytest.mark.parametrize(
    ("user", "home"),
    [
        ("911", None),
        ("%39%31%31", None),
        ("911;phone-context=x", None),
        ("911%3Bx", None),
        ("9-1-1", None),
        ("112", "US"),
        ("+1911", None),
        ("999", "GB"),
        ("110", "DE"),
        ("11255550143", "DE"),
    ],
)
def test_no_spelling_calls_for_help(user: str, home: str | None) -> None:
    """What a trunk in the caller's country would connect."""
    with pytest.raises(InputError, match="emergency"):
        parse_callee(f"sip:{user}@trunk.example.com", country=None, home=home)


@pytest.mark.parametrize("user", ["+12", "+1202555014", "+1202555014399"])
def test_a_plus_makes_it_a_telephone_number(user: str) -> None:
    """One that is none is refused like any other."""
    with pytest.raises(InputError):
        parse_callee(f"sip:{user}@trunk.example.com", country=None)


def test_short_codes_are_those_of_the_callers_country() -> None:
    """Of no other, and no name is one."""
    assert short_code_meant("sip:411@trunk.example.com", home="US") == "411"
    assert short_code_meant("sip:%34-11;x=y@trunk.example.com", home="US") == "411"
    for callee in ("sip:2@trunk.example.com", "sip:anna@trunk.example.com", NUMBER, "sip:+1@x.example.com"):
        assert short_code_meant(callee, home="US") is None
    assert short_code_meant("sip:411@trunk.example.com", home=None) is None
    assert short_code_meant("sip:008@trunk.example.com", home="US") is None


@given(st.text("0019+-.;%x", min_size=1, max_size=18), st.sampled_from([None, "US", "GB"]))
def test_whatever_the_user_is_it_can_be_compared(user: str, home: str | None) -> None:
    """No spelling ends a run with a fault."""
    with contextlib.suppress(InputError):
        callee = parse_callee(f"sip:{user}@trunk.example.com", country=None, home=home).e164
        assert may_be_same(callee, compared(callee))
        assert may_be_same(callee, NUMBER) in {True, False}
        assert numbers_meant(callee, home=home) is not None
        assert short_code_meant(callee, home=home) != ""
