"""What is asked of whoever answers: the key, the machine, the robot."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cartesia_call.conversation.parts import ConversationPlan, Part, VoicemailMode
from cartesia_call.settings.answering import AnsweringSettings
from tests.settings.machine import KEYS, Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_nothing_is_asked_for_by_default(machine: Machine) -> None:
    """No key, no hello; a machine is spoken to like a person, and detection costs nothing."""
    assert machine.resolve().answering == AnsweringSettings(
        conversation=ConversationPlan(), texts={}, send_digits=None
    )


def test_one_key_is_enough(machine: Machine) -> None:
    """Prompt, confirmation, time and repeats have defaults."""
    answering = machine.resolve(ack="1").answering
    assert answering.conversation == ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION}),
        ack_key="1",
        ack_timeout_s=15.0,
        repeats=1,
    )
    assert answering.texts == {Part.PROMPT: "Press 1 to confirm.", Part.CONFIRMATION: "Thank you. Good bye."}


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
    texts = machine.resolve(**given).answering.texts
    assert texts.get(Part.PROMPT) == prompt


def test_everything_about_the_key_can_be_said(machine: Machine) -> None:
    """Each option arrives; '' is no confirmation."""
    answering = machine.resolve(
        ack="1", reject="2", prompt="Press!", confirmation="", ack_timeout="2m", repeat="0"
    ).answering
    assert answering.texts == {Part.PROMPT: "Press!"}
    assert answering.conversation == ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT}),
        ack_key="1",
        reject_key="2",
        ack_timeout_s=120.0,
        repeats=0,
    )


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
        (
            {"voicemail": "skip", "voicemail_beep": "optional"},
            "--voicemail-beep: nothing is left on a machine; add --voicemail leave",
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
    assert machine.resolve(environ).answering.conversation.ack_key is None
    conversation = machine.resolve(environ, ack="1").answering.conversation
    assert (conversation.ack_timeout_s, conversation.reject_key) == (20.0, "9")
    for malformed in ("CARTESIA_CALL_ACK_TIMEOUT", "CARTESIA_CALL_REPEAT", "CARTESIA_CALL_REJECT"):
        assert len(machine.problems({**environ, malformed: "soon"})) == 1


def test_a_beep_is_needed_unless_it_is_said_to_be_optional(machine: Machine) -> None:
    """It arrives; nonsense is one problem."""
    assert machine.resolve(voicemail="leave").answering.conversation.needs_beep
    optional = machine.resolve(voicemail="leave", voicemail_beep="optional").answering
    assert not optional.conversation.needs_beep
    assert machine.problems(voicemail="leave", voicemail_beep="maybe") == (
        "--voicemail-beep: 'maybe' is not known; write required or optional",
    )


def test_english_texts_in_another_language_are_told(machine: Machine) -> None:
    """Only those that the user did not word."""
    (warning,) = machine.resolve(ack="1", language="de", prompt="Eins zum Annehmen.").warnings
    assert warning == ("the default text of --confirmation is English, and --language is de: write your own")
    assert machine.resolve(ack="1").warnings == ()
    assert machine.resolve(language="de").warnings == ()


def test_the_machine_and_the_robot(machine: Machine) -> None:
    """Each option arrives."""
    answering = machine.resolve(
        voicemail="leave",
        voicemail_message="Call us.",
        amd="both",
        amd_timeout="4s",
        greeting="wait",
        identify="Acme alerts",
    ).answering
    texts = {Part.IDENTITY: "Acme alerts", Part.VOICEMAIL: "Call us."}
    assert answering == AnsweringSettings(
        conversation=ConversationPlan(
            parts=frozenset({Part.MESSAGE, *texts}),
            waits_for_greeting=True,
            voicemail=VoicemailMode.LEAVE,
            amd_timeout_s=4.0,
            carrier_judges=True,
            judges_by_ear=True,
        ),
        texts=texts,
        send_digits=None,
    )


def test_a_machine_gets_words_of_its_own_only_where_something_is_left_on_it(machine: Machine) -> None:
    """Configured for other calls, they are not made."""
    environ = {**KEYS, "CARTESIA_CALL_VOICEMAIL_MESSAGE": "Call us."}
    assert machine.resolve(environ).answering.texts == {}
    assert machine.resolve(environ, voicemail="leave").answering.texts == {Part.VOICEMAIL: "Call us."}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"voicemail": "leave", "amd": "carrier"}, True),
        ({"voicemail": "skip", "amd": "both"}, True),
        ({"voicemail": "skip"}, False),
        ({"amd": "carrier"}, False),
        ({"voicemail": "leave", "amd": "carrier", "send_digits": "12"}, False),
    ],
)
def test_the_carrier_is_paid_for_a_verdict_only_where_one_is_wanted(
    machine: Machine, options: dict[str, Any], expected: bool
) -> None:
    """It is asked for, something depends on it, and no digits are sent."""
    assert machine.resolve(**options).answering.conversation.carrier_judges is expected


@pytest.mark.parametrize("amd", ["carrier", "both"])
def test_digits_switch_the_carriers_detection_off(machine: Machine, amd: str) -> None:
    """Twilio ignores it then: what was asked for and cannot be had is told, and our own guess remains."""
    settings = machine.resolve(send_digits="ww12", amd=amd, voicemail="skip")
    assert settings.answering.send_digits == "ww12"
    assert settings.answering.conversation.judges_by_ear
    assert not settings.answering.conversation.carrier_judges
    (warning,) = settings.warnings
    assert "sends digits" in warning
    assert machine.resolve(send_digits="ww12").warnings == ()


@pytest.mark.parametrize(
    ("options", "by_ear", "needs_proof"),
    [
        ({"voicemail": "skip"}, True, True),
        ({"voicemail": "skip", "amd": "local"}, True, False),
        ({"voicemail": "skip", "amd": "carrier"}, False, False),
        ({"voicemail": "skip", "amd": "both"}, True, False),
        ({"voicemail": "skip", "amd": "carrier", "send_digits": "12"}, True, True),
        ({"voicemail": "leave"}, True, False),
        ({}, False, False),
    ],
)
def test_nobody_is_hung_up_on_for_a_guess_by_default(
    machine: Machine, options: dict[str, Any], by_ear: bool, needs_proof: bool
) -> None:
    """Where a machine is hung up on, ours wants to be sure, unless `local` says otherwise."""
    answering = machine.resolve(**options).answering
    assert answering.conversation.judges_by_ear is by_ear
    assert answering.conversation.needs_proof is needs_proof


def test_keys_are_kept_only_on_request(machine: Machine) -> None:
    """The ledger holds what they answered."""
    assert not machine.resolve().answering.keeps_digits
    assert machine.resolve(keep_digits=True).answering.keeps_digits


@pytest.mark.parametrize(
    ("given", "part", "said", "told"),
    [
        ({"ack": "1", "prompt": "Press <break/> 1"}, Part.PROMPT, "Press break 1", None),
        ({"ack": "1", "prompt": "<spell></spell>"}, Part.PROMPT, "spell spell", None),
        (
            {"ack": "1", "prompt": "\u200b"},
            Part.PROMPT,
            "Press 1 to confirm.",
            "--prompt: it has",
        ),
        (
            {"ack": "1", "confirmation": "caf\udce9"},
            Part.CONFIRMATION,
            "caf\ufffd",
            "--confirmation: it",
        ),
        ({"identify": "x" * 2001}, Part.IDENTITY, "x" * 2000, "--identify: it has 2001 characters"),
        ({"identify": "\u200b"}, Part.IDENTITY, None, "--identify: it has nothing in it"),
        ({"voicemail": "leave", "voicemail_message": ""}, Part.VOICEMAIL, None, None),
        (
            {"voicemail": "leave", "voicemail_message": 'Hi <break time="1s"/> you'},
            Part.VOICEMAIL,
            "Hi you",
            "--voicemail-message: the tag <break",
        ),
        (
            {"voicemail": "leave", "voicemail_message": 'Hi <break time="1s"/> you', "tags": "1"},
            Part.VOICEMAIL,
            'Hi <break time="1s"/> you',
            None,
        ),
    ],
)
def test_no_text_of_a_stranger_is_refused(
    machine: Machine, given: dict[str, Any], part: Part, said: str | None, told: str | None
) -> None:
    """What cannot be said of it is left out, and that is told."""
    settings = machine.resolve(**given)
    assert settings.answering.texts.get(part) == said
    assert [warning.startswith(told or "") for warning in settings.warnings] == [True] * (told is not None)
