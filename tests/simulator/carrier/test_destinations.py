"""Which numbers may be called."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.destinations import is_e164, is_sip, refusal_of

CALLER_ID = "+12025550100"


@pytest.mark.parametrize(
    ("to", "code"),
    [
        ("+12025550143", None),
        ("+43512345", None),
        ("+12029115555", None),
        ("+33976123456", None),
        ("+12025550100", 21211),
        ("+112", 21211),
        ("2025550143", 21211),
        ("+911", 21202),
        ("+1211", 21202),
        ("+19005550143", 21202),
        ("+12029765555", 21202),
        ("sip:operator@example.com", None),
        ("sip:example.com", 21211),
    ],
)
def test_refusals(to: str, code: int | None) -> None:
    """Service codes and premium numbers of North America, what is no number, and oneself."""
    refusal = refusal_of(to, CALLER_ID)
    assert (None if refusal is None else refusal.code) == code


def test_a_number_has_six_to_fifteen_digits() -> None:
    """The country code among them, and nothing else."""
    assert [is_e164(f"+{'1' * digits}") for digits in (5, 6, 15, 16)] == [False, True, True, False]
    assert not is_e164("+1 2025550143")
    assert not is_e164("+0123456")


@pytest.mark.parametrize(
    "address",
    [
        "sip:operator@example.com",
        "SIP:+12025550143@sip.example.com:5060",
        "sip:a.b_c-d@192.0.2.7;transport=tls",
        "sip:a@[2001:db8::7]:5061?x-alert=database",
    ],
)
def test_a_sip_address_has_a_user_and_a_host(address: str) -> None:
    """A port, parameters and headers may follow."""
    assert is_sip(address)


@pytest.mark.parametrize(
    "address",
    [
        "sip:example.com",
        "sip:@example.com",
        "sip:a@",
        "sip:a b@example.com",
        "sip:a@b@example.com",
        "sip:a@exa mple.com",
        "sips:a@example.com",
        "a@example.com",
        "client:a@example.com",
        "sip:a@example.com:port",
        "sip:a@example.com\n",
    ],
)
def test_what_is_no_sip_address(address: str) -> None:
    """Without a user or a host, with a space, or of another kind."""
    assert not is_sip(address)
