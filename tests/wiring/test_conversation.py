"""From settings to what is said besides the message, and what is wanted of the conversation."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.conversation.parts import ConversationPlan, Part, VoicemailMode
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.wiring.conversation import conversation_plan, longest_s, texts_of_parts

MESSAGE = "The database is down."


def settings(**options: object) -> Settings:
    return resolve({"rehearse": True, **options}, {}, working_directory=Path.cwd(), needs=frozenset())


def test_without_options_there_is_the_message_alone() -> None:
    """Spoken at once, whoever answers; nothing is detected."""
    assert texts_of_parts(settings()) == {}
    assert conversation_plan(settings()) == ConversationPlan()


def test_a_key_brings_prompt_and_confirmation() -> None:
    """In the order in which they are wanted; with the numbers of the options."""
    asking = settings(ack="1", reject="9", repeat="3", ack_timeout="20s", prompt="Press 1!")
    assert texts_of_parts(asking) == {Part.PROMPT: "Press 1!", Part.CONFIRMATION: "Thank you. Good bye."}
    assert conversation_plan(asking) == ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION}),
        ack_key="1",
        reject_key="9",
        repeats=3,
        ack_timeout_s=20.0,
    )


def test_an_empty_text_is_no_part() -> None:
    """`--prompt '' --confirmation ''`."""
    asking = settings(ack="1", prompt="", confirmation="")
    assert texts_of_parts(asking) == {}
    assert conversation_plan(asking).parts == {Part.MESSAGE}


def test_a_machine_may_get_words_of_its_own() -> None:
    """Only where something is left on it; without them the message is."""
    leaving = settings(voicemail="leave", voicemail_message="Call us.", amd_timeout="5s")
    assert texts_of_parts(leaving) == {Part.VOICEMAIL: "Call us."}
    plan = conversation_plan(leaving)
    assert (plan.voicemail, plan.amd_timeout_s) == (VoicemailMode.LEAVE, 5.0)
    assert texts_of_parts(settings(voicemail="leave")) == {}


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
    options: dict[str, object], expected: bool
) -> None:
    """It is asked for, something depends on it, and no digits are sent."""
    assert conversation_plan(settings(**options)).carrier_judges is expected


def test_the_greeting_and_the_robot() -> None:
    """`--greeting wait --identify TEXT`."""
    patient = settings(greeting="wait", identify="Acme alerts.")
    assert texts_of_parts(patient) == {Part.IDENTITY: "Acme alerts."}
    plan = conversation_plan(patient)
    assert plan.waits_for_greeting
    assert plan.parts == {Part.MESSAGE, Part.IDENTITY}


def test_every_option_that_takes_time_makes_the_conversation_longer() -> None:
    """The bound grows with each, so that `TimeLimit` never ends a conversation."""
    growing: list[dict[str, object]] = [{}]
    for option in (
        {"ack": "1"},
        {"repeat": "5"},
        {"ack_timeout": "60s"},
        {"voicemail": "leave"},
        {"amd_timeout": "30s"},
        {"identify": "Acme alerts."},
    ):
        growing.append({**growing[-1], **option})
    lengths_s = [longest_s(settings(**options), MESSAGE) for options in growing]
    assert lengths_s == sorted(set(lengths_s))
