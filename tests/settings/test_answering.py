"""What is asked of whoever answers: the key, the machine, the robot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.settings.model import AckSettings, AnswerSettings, VoicemailSettings
from tests.settings.machine import KEYS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_asked_for_by_default(machine: Machine) -> None:
    """No key, no hello; a machine is spoken to like a person, and detection costs nothing."""
    settings = machine.resolve()
    assert settings.ack is None
    assert settings.answer == AnswerSettings(send_digits=None, waits_for_greeting=False, identity=None)
    assert settings.voicemail == VoicemailSettings(
        mode="ignore", message=None, amd_timeout_s=8.0, detects_local=True, detects_carrier=False
    )


def test_one_key_is_enough(machine: Machine) -> None:
    """Prompt, confirmation, time and repeats have defaults."""
    assert machine.resolve(ack="1").ack == AckSettings(
        key="1",
        reject_key=None,
        prompt="Press 1 to confirm.",
        confirmation="Thank you. Good bye.",
        timeout_s=15.0,
        repeats=1,
    )


@pytest.mark.parametrize(
    ("given", "prompt"),
    [
        ({"ack": "5"}, "Press 5 to confirm."),
        ({"ack": "1", "reject": "9"}, "Press 1 to confirm, or 9 to decline."),
        ({"ack": "#", "reject": "0"}, "Press the pound key to confirm, or 0 to decline."),
        ({"ack": "1", "prompt": "Say yes with 1."}, "Say yes with 1."),
        ({"ack": "1", "prompt": ""}, None),
    ],
)
def test_the_prompt_names_the_keys(machine: Machine, given: dict[str, Any], prompt: str | None) -> None:
    """Unless the user words it, or wants none."""
    ack = machine.resolve(**given).ack
    assert ack is not None
    assert ack.prompt == prompt


def test_everything_about_the_key_can_be_said(machine: Machine) -> None:
    """Each option arrives; '' is no confirmation."""
    ack = machine.resolve(ack="1", reject="2", confirmation="", ack_timeout="2m", repeat="0").ack
    assert ack is not None
    assert (ack.reject_key, ack.confirmation, ack.timeout_s, ack.repeats) == ("2", None, 120.0, 0)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({"reject": "9"}, "--reject: no key is asked for; add --ack KEY, such as --ack 1"),
        (
            {"prompt": "", "confirmation": "x", "ack_timeout": "3s", "repeat": "2"},
            "--prompt, --confirmation, --ack-timeout, --repeat: no key is asked for; "
            "add --ack KEY, such as --ack 1",
        ),
        ({"ack": "1", "reject": "1"}, "--reject and --ack name the same key '1': write two"),
        ({"ack": "*"}, "--ack: '*' always says the message again; write one of 0-9 or #"),
        ({"ack": "", "reject": "9"}, "--ack is empty: give it a value, or leave it out"),
        ({"amd_timeout": "3s"}, "--amd-timeout: no verdict is waited for; add --voicemail skip or leave"),
        (
            {"voicemail": "skip", "voicemail_message": "x"},
            "--voicemail-message: nothing is left on a machine; add --voicemail leave",
        ),
        ({"identify": ""}, "--identify is empty: give it a value, or leave it out"),
        ({"voicemail": "hang-up"}, "--voicemail: 'hang-up' is not known; write ignore or skip or leave"),
    ],
)
def test_what_makes_no_sense_is_one_problem(machine: Machine, given: dict[str, Any], problem: str) -> None:
    """Exit 2 with one sentence, before anything is sent."""
    assert machine.problems(**given) == (problem,)


def test_surroundings_may_set_what_a_call_does_not_use(machine: Machine) -> None:
    """An environment with a time for keys does not forbid calls without one; malformed, it does."""
    environ = {
        **KEYS,
        "CARTESIA_CALL_ACK_TIMEOUT": "20s",
        "CARTESIA_CALL_REJECT": "9",
        "CARTESIA_CALL_AMD_TIMEOUT": "4s",
    }
    assert machine.resolve(environ).ack is None
    ack = machine.resolve(environ, ack="1").ack
    assert ack is not None
    assert (ack.timeout_s, ack.reject_key) == (20.0, "9")
    assert len(machine.problems({**environ, "CARTESIA_CALL_ACK_TIMEOUT": "soon"})) == 1


def test_english_texts_in_another_language_are_told(machine: Machine) -> None:
    """Only those that the user did not word."""
    (warning,) = machine.resolve(ack="1", language="de", prompt="Eins zum Annehmen.").warnings
    assert warning == ("the default text of --confirmation is English, and --language is de: write your own")
    assert machine.resolve(ack="1").warnings == ()
    assert machine.resolve(language="de").warnings == ()


def test_the_machine_and_the_robot(machine: Machine) -> None:
    """Each option arrives."""
    settings = machine.resolve(
        voicemail="leave",
        voicemail_message="Call us.",
        amd="both",
        amd_timeout="4s",
        greeting="wait",
        identify="Acme alerts",
    )
    assert settings.voicemail == VoicemailSettings(
        mode="leave", message="Call us.", amd_timeout_s=4.0, detects_local=True, detects_carrier=True
    )
    assert settings.answer == AnswerSettings(
        send_digits=None, waits_for_greeting=True, identity="Acme alerts"
    )


@pytest.mark.parametrize("amd", ["carrier", "both"])
def test_digits_switch_the_carriers_detection_off(machine: Machine, amd: str) -> None:
    """Twilio ignores it then: what was asked for and cannot be had is told, and our own guess remains."""
    settings = machine.resolve(send_digits="ww12", amd=amd)
    assert (settings.voicemail.detects_local, settings.voicemail.detects_carrier) == (True, False)
    (warning,) = settings.warnings
    assert "sends digits" in warning
    assert machine.resolve(send_digits="ww12").warnings == ()
