"""Who is called in turn and who never, checked before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.people import check_zones, opt_out_warnings, read_lists, take_turns
from cartesia_call.errors import InputError
from cartesia_call.policy.number_list import NumberLists
from tests.settings.machine import KEYS, Machine

NUMBER = "+12025550143"


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@pytest.mark.parametrize("first", ["+1202", "911", "@/nowhere"])
def test_a_wrong_number_silences_nobody_else(
    machine: Machine, first: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The others are called; with nobody left it is an error, and nothing is sent."""
    settings = machine.resolve(then=("+12025550144",), country="US")
    assert take_turns(first, settings).people == ("+12025550144",)
    assert "Left out; the others are called." in capsys.readouterr().err
    with pytest.raises(InputError):
        take_turns(first, machine.resolve(country="US"))


def test_the_first_and_then_the_next(machine: Machine) -> None:
    """In the order of the command line, each once, one call for each."""
    settings = machine.resolve(then=("+12025550144", NUMBER))
    turns = take_turns(NUMBER, settings)
    assert turns.people == (NUMBER, "+12025550144")
    assert turns.attempts == 2


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"attempts": "1", "then": ("+12025550144",)}, "--attempts 1 is fewer than the 2 people"),
        ({"attempts": "4"}, "which the guard would withhold"),
        ({"attempts": "4", "ring_twice": True}, "--ring-twice may call one number 4 times"),
        ({"attempts": "1", "ring_twice": True}, "fewer than the 2 calls of --ring-twice"),
    ],
)
def test_attempts_that_cannot_be_made_are_refused(machine: Machine, given: dict[str, Any], told: str) -> None:
    """Wrong usage, not a call that is withheld in the night."""
    with pytest.raises(InputError, match=told):
        take_turns(NUMBER, machine.resolve(**given))


def test_whoever_is_rung_twice_gets_two_calls(machine: Machine) -> None:
    """Which the guard lets through."""
    turns = take_turns(NUMBER, machine.resolve(then=("+12025550144",), ring_twice=True))
    assert (turns.attempts, turns.ring_twice_after_s) == (4, 75.0)


def test_a_list_that_can_take_nobody_is_warned_of_beforehand(machine: Machine, tmp_path: Path) -> None:
    """Only where somebody may ask to be put there."""
    never = tmp_path / "never"
    given: dict[str, Any] = {"do_not_call": str(never), "key": ("9=opt-out",)}
    (warning,) = opt_out_warnings(machine.resolve(**given))
    assert warning == (
        f"--key opt-out: {never} cannot be written: No such file or directory; "
        "whoever asks for it would be on no list"
    )
    assert opt_out_warnings(machine.resolve(do_not_call=str(never), ack="1")) == []
    never.touch()
    assert opt_out_warnings(machine.resolve(**given)) == []


def test_a_reason_opens_the_guard(machine: Machine) -> None:
    """Then any number of attempts is possible."""
    assert take_turns(NUMBER, machine.resolve(attempts="9", no_guard="fire drill")).attempts == 9


def test_files_of_numbers(machine: Machine) -> None:
    """As E.164, by the file's name; without a file, nobody is on either list."""
    path = machine.write(machine.here / "never.txt", "# asked us\n(202) 555-0143\n+12025550144 # too\n")
    lists = read_lists(machine.resolve(do_not_call=str(path), allow=str(path), country="US"))
    assert lists.do_not_call == lists.allow == {str(path): {NUMBER, "+12025550144"}}
    assert read_lists(machine.resolve()) == NumberLists()


def test_a_spelling_is_no_further_person(machine: Machine) -> None:
    """The first one is called; who must not be called is left out."""
    spelled = ("sip:anna@example.com:5061", "sip:anna@example.com", NUMBER)
    assert take_turns(NUMBER, machine.resolve(then=spelled)).people == (NUMBER, "sip:anna@example.com:5061")
    british = {**KEYS, "TWILIO_FROM_NUMBER": "+442079460143"}
    settings = machine.resolve(british, then=("sip:999@trunk.example.com",))
    assert take_turns(NUMBER, settings).people == (NUMBER,)


@pytest.mark.parametrize("option", ["do_not_call", "allow"])
@pytest.mark.parametrize("content", [None, b"+1202555\xff", b"somebody\n"])
def test_a_file_that_cannot_be_read_stops_everything(
    machine: Machine, content: bytes | None, option: str
) -> None:
    """Missing, no text, no numbers: nobody may be called by mistake."""
    path = machine.here / "never.txt"
    given: dict[str, Any] = {option: str(path)}
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InputError, match=r"never\.txt"):
        read_lists(machine.resolve(**given))


@pytest.mark.parametrize("to", ["+18005550143", "sip:anna@example.com"])
def test_a_window_needs_a_zone(machine: Machine, to: str) -> None:
    """A number of no place, or an address, is refused until the user says where."""
    settings = machine.resolve(window="08:00-21:00")
    with pytest.raises(InputError, match="time zone"):
        check_zones(take_turns(to, settings), settings)
    settings = machine.resolve(window="08:00-21:00", timezone="America/New_York")
    check_zones(take_turns(to, settings), settings)
    check_zones(take_turns(NUMBER, settings), machine.resolve(window="08:00-21:00"))
    check_zones(take_turns(to, settings), machine.resolve())
