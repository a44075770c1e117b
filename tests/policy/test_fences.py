"""Which ranges and countries are called at all, and how each refusal says what lets the call through."""

from __future__ import annotations

import pytest

from cartesia_call.policy.fences import withheld_by_countries, withheld_by_range, withheld_by_short_code
from cartesia_call.policy.withheld import Rule

NUMBER = "+12025550143"


@pytest.mark.parametrize(
    ("to", "what"),
    [
        ("+19005550143", "a premium-rate number"),
        ("+449098790143", "a premium-rate number"),
        ("+33820123456", "a shared-cost number"),
        ("+881612345678", "a satellite or international-network number"),
        ("sip:+19005550143@trunk.example.com", "a premium-rate number"),
        ("sip:9005550143@trunk.example.com", "a premium-rate number"),
        ("sip:%2B1900-555-0143;x=y@trunk.example.com", "a premium-rate number"),
        ("sip:011881612345678@trunk.example.com", "a satellite or international-network number"),
    ],
)
def test_costly_ranges_are_held_back_in_every_spelling(to: str, what: str) -> None:
    withheld = withheld_by_range(to, home="US")
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.PREMIUM, None)
    assert withheld.detail.startswith(f"it is {what}")
    assert "--allow-premium" in withheld.detail
    forbidden = withheld_by_range(to, home="US", forbidden_at="X in the environment")
    assert forbidden is not None
    assert forbidden.detail.endswith("X in the environment rules that out")


@pytest.mark.parametrize("to", [NUMBER, "sip:anna@example.com", "sip:4711@example.com"])
def test_other_callees_pass(to: str) -> None:
    assert withheld_by_range(to, home="US") is None
    assert withheld_by_countries(to, {"US"}, home="US") is None


@pytest.mark.parametrize(
    ("to", "country"),
    [
        ("+442079460143", "GB"),
        ("+18765550143", "JM"),
        ("sip:+442079460143@trunk.example.com", "GB"),
        ("sip:442079460143@trunk.example.com", "GB"),
        ("sip:8765550143@trunk.example.com", "JM"),
    ],
)
def test_other_countries_are_held_back(to: str, country: str) -> None:
    """The sentence names the country, and how to add it."""
    withheld = withheld_by_countries(to, {"US", "CA"}, home="US")
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.COUNTRIES, None)
    wider = ",".join(sorted({"CA", "US", country}))
    assert f"in {country}, " in withheld.detail
    assert f"--countries {wider}" in withheld.detail
    assert f"CARTESIA_CALL_COUNTRIES={country}" in withheld.detail
    assert withheld_by_countries(to, {"US", country}, home="US") is None
    assert withheld_by_countries(to, None, home="US") is None


def test_what_is_configured_is_widened_there() -> None:
    """An option would only narrow it."""
    withheld = withheld_by_countries("+442079460143", {"US"}, home="US", configured_at="X in /etc/a.env")
    assert withheld is not None
    assert "add GB to X in /etc/a.env" in withheld.detail


def test_numbers_of_no_country_have_a_name_too() -> None:
    withheld = withheld_by_countries("+80012345678", {"US"}, home="US")
    assert withheld is not None
    assert "of no country (001)" in withheld.detail
    assert withheld_by_countries("+80012345678", {"001"}, home="US") is None


def test_a_short_code_is_no_extension() -> None:
    """Unless the user says so."""
    withheld = withheld_by_short_code("sip:411@trunk.example.com", home="US")
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.SHORT_CODE, None)
    assert "--allow" in withheld.detail
    assert withheld_by_short_code("sip:anna@trunk.example.com", home="US") is None
