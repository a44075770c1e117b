"""Whom to call in turn, and what holds a call back."""

from __future__ import annotations

from datetime import time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from cartesia_call.policy.retry import DEFAULT_RETRY_ON
from cartesia_call.policy.window import Window
from cartesia_call.settings.turns import GuardSettings, PeopleSettings
from cartesia_call.telephony.outcomes import Outcome
from tests.settings.machine import KEYS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nobody_else_is_called_by_default(machine: Machine) -> None:
    """And only the guard holds calls back."""
    settings = machine.resolve()
    assert settings.people == PeopleSettings(
        then=(), attempts=None, retry_on=DEFAULT_RETRY_ON, retry_after_s=60.0
    )
    assert settings.guard == GuardSettings(
        no_guard_reason=None, not_after=None, window=None, timezone=None, do_not_call_files=()
    )


def test_the_next_people_are_read_like_the_first(machine: Machine) -> None:
    """In order, national numbers with --country, SIP addresses too."""
    then = ("(202) 555-0144", "+1 202-555-0145", "sip:Anna@Example.com")
    assert machine.resolve(then=then, country="US").people.then == (
        "+12025550144",
        "+12025550145",
        "sip:Anna@example.com",
    )
    environ = {**KEYS, "CARTESIA_CALL_THEN": "+12025550144,+12025550145"}
    assert machine.resolve(environ).people.then == ("+12025550144", "+12025550145")


def test_an_odd_next_number_is_a_warning(machine: Machine) -> None:
    """With its place, masked."""
    (warning,) = machine.resolve(then=("+15555550143",)).warnings
    assert warning.startswith("--then: +1555***0143 is outside")


@pytest.mark.parametrize("wrong", ["+1202", "911", "nobody"])
def test_a_wrong_next_number_silences_nobody_else(machine: Machine, wrong: str) -> None:
    """Left out, with a warning: whoever can be called is."""
    settings = machine.resolve(then=("+12025550144", wrong, "+12025550145"), country="US")
    assert settings.people.then == ("+12025550144", "+12025550145")
    (warning,) = settings.warnings
    assert warning.startswith("--then: ")
    assert warning.endswith("Left out.")


def test_everything_about_turns_can_be_said(machine: Machine) -> None:
    """Each option arrives."""
    people = machine.resolve(attempts="4", retry_on="busy, not-acknowledged", retry_after="2m").people
    assert people == PeopleSettings(
        then=(),
        attempts=4,
        retry_on=frozenset({Outcome.BUSY, Outcome.NOT_ACKNOWLEDGED}),
        retry_after_s=120.0,
    )


def test_people_may_be_rung_twice(machine: Machine) -> None:
    """After 75 s by default; any ring time-out with which the second call comes in time will do."""
    assert machine.resolve(ring_twice=True).people.ring_twice_after_s == 75.0
    given: dict[str, Any] = {"ring_twice": True, "ring_twice_after": "1m", "ring_timeout": "105s"}
    assert machine.resolve(**given).people.ring_twice_after_s == 60.0
    surroundings = {**KEYS, "CARTESIA_CALL_RING_TWICE_AFTER": "90s"}
    assert machine.resolve(surroundings).people.ring_twice_after_s is None
    everywhere = {**KEYS, "CARTESIA_CALL_RING_TWICE": "1"}
    assert machine.resolve(everywhere).people.ring_twice_after_s == 75.0
    (told,) = machine.problems({**everywhere, "CARTESIA_CALL_RING_TIMEOUT": "10m"})
    assert told.startswith("CARTESIA_CALL_RING_TWICE in the environment: with --ring-timeout 10m")


def test_everything_about_the_guard_can_be_said(machine: Machine) -> None:
    """Times of day, a window with its zone, a file, a reason."""
    guard = machine.resolve(
        no_guard="fire drill",
        not_after="9:30",
        window="21:00-06:00",
        timezone="Europe/Berlin",
        do_not_call="never.txt",
    ).guard
    assert guard == GuardSettings(
        no_guard_reason="fire drill",
        not_after=time(9, 30),
        window=Window(start=time(21), end=time(6)),
        timezone=ZoneInfo("Europe/Berlin"),
        do_not_call_files=(Path("never.txt"),),
    )


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"then": ("",)}, "--then is empty"),
        ({"then": ("+12025550144", "")}, "--then: names an empty number"),
        ({"attempts": "0"}, "--attempts: '0' is not a whole number from 1 to 100"),
        ({"attempts": "2", "retry_on": "delivered"}, "--retry-on: 'delivered' is not an outcome"),
        ({"attempts": "2", "retry_on": "unknown"}, "--retry-on: 'unknown' is not an outcome"),
        ({"attempts": "2", "retry_after": "25h"}, "--retry-after: that is longer than a day"),
        ({"retry_after": "9s"}, "--retry-after: nobody is called again; add --attempts N"),
        ({"retry_on": "busy"}, "--retry-on: nobody is called again; add --attempts N"),
        ({"ring_twice_after": "90s"}, "--ring-twice-after: nobody is rung twice; add --ring-twice"),
        ({"ring_twice": True, "ring_twice_after": "50s"}, "--ring-twice-after: '50s' is outside 1m to 160s"),
        (
            {"ring_twice": True, "ring_timeout": "91s"},
            "--ring-twice: with --ring-timeout 91s and --ring-twice-after 75s the second call would come "
            "later than 3 minutes after the first, when no iPhone lets it through; write --ring-timeout 90s "
            "or less",
        ),
        ({"no_guard": "1"}, "--no-guard: '1' is no reason"),
        ({"no_guard": ""}, "--no-guard is empty"),
        ({"not_after": "25:00"}, "--not-after: '25:00' is not a time of day"),
        ({"window": "08:00"}, "--window: '08:00' is not a window"),
        ({"window": "08:00-08:00"}, "--window: '08:00-08:00' begins where it ends"),
        ({"timezone": "Europe/Berlin"}, "--timezone says where --window holds"),
        ({"window": "08:00-21:00", "timezone": "Mars"}, "--timezone: 'Mars' is not a time zone"),
    ],
)
def test_what_makes_no_sense_is_one_problem(machine: Machine, given: dict[str, Any], problem: str) -> None:
    """Exit 2 with one sentence, before anything is sent."""
    (told,) = machine.problems(**given)
    assert told.startswith(problem)


def test_surroundings_may_set_what_a_call_does_not_use(machine: Machine) -> None:
    """A time zone and a pause for every call of a script."""
    environ = {**KEYS, "CARTESIA_CALL_TIMEZONE": "Europe/Berlin", "CARTESIA_CALL_RETRY_AFTER": "2m"}
    settings = machine.resolve(environ)
    assert settings.guard.timezone == ZoneInfo("Europe/Berlin")
    assert settings.people.retry_after_s == 120.0


@pytest.mark.parametrize(
    "zone",
    ["", "Europe/Berlin", ":Europe/Berlin", "EST5EDT,M3.2.0,M11.1.0", "<+03>-3", "/etc/localtime", "UTC"],
)
def test_a_zone_of_the_process_is_no_news(machine: Machine, zone: str) -> None:
    settings = machine.resolve({**KEYS, "TZ": zone}, not_after="09:00")
    assert settings.warnings == machine.resolve(not_after="09:00").warnings


@pytest.mark.parametrize("zone", ['"Europe/Berlin"', "Nowhere/Land", "Berlin"])
def test_a_zone_that_no_machine_knows_is_told_where_it_counts(machine: Machine, zone: str) -> None:
    """The C library takes UTC without a word, and --not-after is judged by it."""
    (warning,) = machine.resolve({**KEYS, "TZ": zone}, not_after="09:00").warnings
    assert warning.startswith(f"TZ in the environment: {zone!r} is not a time zone")
    assert warning.endswith("--not-after is judged in UTC")
    assert not machine.resolve({**KEYS, "TZ": zone}).warnings
