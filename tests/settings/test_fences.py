"""Fences as they are set: what is configured holds, and the command line can only narrow it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.policy.guard import DEFAULT_BUDGET, GUARD, Budget, GuardRule
from cartesia_call.settings.fences import BUILT_IN_COUNTRY, FenceSettings
from cartesia_call.telephony.ranges import destination_of
from cartesia_simulator.network import CALLER_ID
from tests.settings.machine import KEYS, Machine

TEN = Budget(calls=10, within=timedelta(hours=1))
FIVE = Budget(calls=5, within=timedelta(minutes=10))


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_without_a_word_calls_stay_in_the_callers_country(machine: Machine) -> None:
    """No costly range, and 30 calls an hour."""
    assert machine.resolve().fences == FenceSettings(
        allows_premium=False,
        premium_forbidden_at=None,
        countries=frozenset({"US"}),
        countries_at=None,
        home="US",
        allow_files=(),
        guard=GuardRule(GUARD.limits, (DEFAULT_BUDGET,)),
    )


def test_the_command_line_may_say_all_where_nothing_is_configured(machine: Machine) -> None:
    """Wider than the defaults, too."""
    fences = machine.resolve(countries="gb,CA", allow="those.txt", budget="10/1h", allow_premium="1").fences
    assert fences.countries == frozenset({"GB", "CA"})
    assert fences.allow_files == (Path("those.txt"),)
    assert fences.guard == GuardRule(GUARD.limits, (TEN,))
    assert fences.allows_premium


@pytest.mark.parametrize(
    ("configured", "given", "countries"),
    [
        ("MX", None, frozenset({"US", "MX"})),
        ("MX", "US", frozenset({"US"})),
        ("MX", "MX,GB", frozenset({"MX"})),
        ("MX", "GB", frozenset()),
        ("", "GB", frozenset({"GB"})),
    ],
)
def test_countries_that_are_configured_cannot_be_widened(
    machine: Machine, configured: str, given: str | None, countries: frozenset[str]
) -> None:
    """The caller ID's own is always one of them."""
    fences = machine.resolve(KEYS | {"CARTESIA_CALL_COUNTRIES": configured}, countries=given).fences
    assert fences.countries == countries
    assert fences.countries_at == ("CARTESIA_CALL_COUNTRIES in the environment" if configured else None)


def test_every_other_fence_holds_in_both_places(machine: Machine) -> None:
    """Budgets hold together, a number must stand in both files, and who is never called in either."""
    environ = KEYS | {
        "CARTESIA_CALL_BUDGET": "5/10m",
        "CARTESIA_CALL_ALLOW": "/etc/all.txt",
        "CARTESIA_CALL_ALLOW_PREMIUM": "0",
        "CARTESIA_CALL_DO_NOT_CALL": "/etc/never.txt",
    }
    settings = machine.resolve(
        environ, budget="10/1h", allow="some.txt", allow_premium="1", do_not_call="others.txt"
    )
    fences = settings.fences
    assert fences.guard == GuardRule(GUARD.limits, (FIVE, TEN))
    assert fences.allow_files == (Path("/etc/all.txt"), Path("some.txt"))
    assert not fences.allows_premium
    assert fences.premium_forbidden_at == "CARTESIA_CALL_ALLOW_PREMIUM in the environment"
    assert settings.guard.do_not_call_files == (Path("/etc/never.txt"), Path("others.txt"))
    assert machine.resolve(KEYS | {"CARTESIA_CALL_ALLOW_PREMIUM": "1"}).fences.allows_premium


def test_a_reason_lifts_what_is_counted_and_nothing_else(machine: Machine) -> None:
    fences = machine.resolve(no_guard="fire drill", allow="those.txt").fences
    assert (fences.guard, fences.countries) == (None, frozenset({"US"}))
    assert fences.allow_files == (Path("those.txt"),)


def test_a_rehearsal_calls_the_built_in_networks_country(machine: Machine) -> None:
    """And that of the configured caller ID, which does not enter it; that of --from alone."""
    abroad = KEYS | {"TWILIO_FROM_NUMBER": "+442079460143"}
    assert machine.resolve({}, rehearse="1").fences.countries == frozenset({"US"})
    fences = machine.resolve(abroad, rehearse="1").fences
    assert (fences.countries, fences.home) == (frozenset({"US", "GB"}), "GB")
    assert machine.resolve(KEYS, rehearse="1", caller_id="+442079460143").fences.countries == frozenset(
        {"GB"}
    )
    malformed = KEYS | {"TWILIO_FROM_NUMBER": "nobody"}
    assert machine.resolve(malformed, rehearse="1").fences.countries == frozenset({"US"})


def test_the_built_in_networks_country_is_that_of_its_caller_id() -> None:
    assert destination_of(CALLER_ID) == BUILT_IN_COUNTRY


def test_what_is_malformed_is_told(machine: Machine) -> None:
    """In either place."""
    (problem,) = machine.problems(countries="UK")
    assert problem.startswith("--countries: 'UK' is not a country")
    (problem,) = machine.problems(KEYS | {"CARTESIA_CALL_BUDGET": "many"}, budget="10/1h")
    assert problem.startswith("CARTESIA_CALL_BUDGET in the environment: 'many' is not a budget")
