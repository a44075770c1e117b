"""The dialogue with what sounds a tone behind an early question: call screening, or a mailbox."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.limits import (
    PERSON_LIMIT_S,
    QUESTION_LIMIT_S,
    QUESTION_TONE_S,
    ROBOT_REPLY_S,
    TONE_PERSON_S,
)
from cartesia_call.conversation.parts import Answerer, Judge, Manner, VoicemailMode
from cartesia_call.listening.sounds import SpeechBegan
from tests.conversation.line import Event, Events, Line, beep, key, leaving, sound, speech, verdict

MACHINE, LOCAL = Answerer.MACHINE, Judge.LOCAL
IGNORE, SKIP, LEAVE = VoicemailMode.IGNORE, VoicemailMode.SKIP, VoicemailMode.LEAVE
ASKED: Events = [
    sound(0.5, SpeechBegan(at_s=0.5)),
    verdict(3.4, MACHINE, LOCAL),
    *speech(0.5, 4.0)[1:],
    beep(5.0),
    verdict(5.0, MACHINE, LOCAL, beep=True),
]
"""A question of 3.5 s, and a tone that is known at 5 s."""


def line(mode: VoicemailMode, *, identity: bool = False, ack_key: str | None = None) -> Line:
    return Line(leaving(mode, identity=identity, ack_key=ack_key, carrier_judges=False))


@pytest.mark.parametrize(
    ("mode", "done"),
    [
        (IGNORE, ["0 message", "5 identity", "14.5 message", "18.5 delivered"]),
        (SKIP, ["0 message", "3.4 clear", "5 identity", "14.5 message", "18.5 delivered"]),
        (LEAVE, ["0 message", "3.4 clear", "5 identity", "12 voicemail", "14.5 clear", "14.5 message",
                 "18.5 delivered"]),
    ],
)  # fmt: skip
def test_the_robot_is_told_and_the_message_waits_for_the_person(mode: VoicemailMode, done: list[str]) -> None:
    """Who says hello, while a machine would be left its message or behind it, hears all of it."""
    asked = [ASKED[0], *ASKED[2:4]] if mode is IGNORE else ASKED
    screened = line(mode, identity=True)
    if mode is IGNORE:
        done = [*done[:2], "12 message", "14.5 clear", *done[2:]]
    assert screened.run(*asked, speech(13.2, 14.0)) == done
    assert (screened.dialogue.screened, screened.dialogue.beep) == (True, None)


@pytest.mark.parametrize(
    ("mode", "done"),
    [
        (SKIP, ["0 message", "3.4 clear", "14.5 message", "18.5 delivered"]),
        (LEAVE, ["0 message", "3.4 clear", "5 voicemail", "14.5 message", "18.5 delivered"]),
    ],
)
def test_who_is_not_told_anything_may_come_too(mode: VoicemailMode, done: list[str]) -> None:
    """Without --identify the message is the answer; where nothing is to be left, there is silence."""
    assert line(mode).run(*ASKED, speech(13.2, 14.0)) == done


def test_nobody_comes_where_nobody_was_told() -> None:
    """A mailbox: it has the message behind its beep, or nothing but the silence."""
    left, skipped = line(LEAVE), line(SKIP)
    assert left.run(*ASKED)[-2:] == ["5 voicemail", f"{5 + TONE_PERSON_S:g} voicemail-left"]
    assert skipped.run(*ASKED)[-1] == f"{5 + TONE_PERSON_S:g} voicemail-skipped"
    assert (left.dialogue.beep, skipped.dialogue.beep) == (True, True)


def test_a_machine_that_was_told_who_calls_is_left_the_message_all_the_same() -> None:
    """It may record: behind what a robot takes to react. Whether it does, only long silence shows."""
    told_s = 5 + 2
    done = line(LEAVE, identity=True).run(*ASKED)
    assert done[-2:] == [
        f"{told_s + ROBOT_REPLY_S:g} voicemail",
        f"{told_s + PERSON_LIMIT_S:g} voicemail-left",
    ]
    done = line(SKIP, identity=True).run(*ASKED)
    assert done[-1] == f"{told_s + PERSON_LIMIT_S:g} voicemail-skipped"


@pytest.mark.parametrize("identity", [True, False])
def test_nothing_is_proven_by_a_robot_that_speaks_on(identity: bool) -> None:
    """It was one, and nobody came."""
    screened = line(LEAVE, identity=identity)
    done = screened.run(*ASKED, speech(13.0, 17.0))
    assert done[-1].endswith(" voicemail-skipped")
    assert screened.dialogue.manner is Manner.MAYBE_SCREENED


def test_a_second_beep_is_a_mailbox_s() -> None:
    """The screening ended in one: it holds the message from its first word, or is hung up on."""
    greeting: list[Event] = speech(15.0, 22.0)
    done = line(LEAVE, identity=True).run(*ASKED, *greeting, beep(23.0))
    assert done[-3:] == ["12 voicemail", "23 voicemail", "28 voicemail-left"]
    assert line(SKIP, identity=True).run(*ASKED, *greeting, beep(23.0))[-1] == "23 voicemail-skipped"


def test_the_carrier_knows_a_mailbox_s_beep() -> None:
    """Its word is proof, and nobody waits any longer."""
    both = Line(leaving(LEAVE))
    done = both.run(*ASKED, verdict(7.0, MACHINE, beep=True))
    assert done[-2:] == ["5 voicemail", "10 voicemail-left"]


def test_a_long_greeting_is_no_question() -> None:
    """Its beep is a mailbox's at once; who skips machines waits no longer than for a question."""
    long_s = 0.5 + QUESTION_LIMIT_S + 1
    greeting = [sound(0.5, SpeechBegan(at_s=0.5)), verdict(3.4, MACHINE, LOCAL), *speech(0.5, long_s)[1:]]
    told = [beep(long_s + 1), verdict(long_s + 1, MACHINE, LOCAL, beep=True)]
    left_at_s = long_s + 6
    assert line(LEAVE, identity=True).run(*greeting, *told)[-1] == f"{left_at_s:g} voicemail-left"
    skipped_at_s = 0.5 + QUESTION_LIMIT_S + QUESTION_TONE_S
    assert line(SKIP).run(*greeting, *told)[-1] == f"{skipped_at_s:g} voicemail-skipped"


def test_a_late_question_is_none() -> None:
    """Robots answer the ringing."""
    late = [*speech(8.0, 11.0), beep(12.0), verdict(12.0, MACHINE, LOCAL, beep=True)]
    assert line(LEAVE, identity=True).run(*late)[-2:] == ["12 voicemail", "17 voicemail-left"]


def test_a_key_ends_all_doubt() -> None:
    """A person is there."""
    done = line(LEAVE, identity=True, ack_key="1").run(*ASKED, key(6.0))
    assert done[-1] == "6 acknowledged"


def test_the_tone_may_come_when_the_machine_is_known() -> None:
    """The end of the question, by which it is told for a machine's, is known with the tone."""
    ended = [*speech(0.5, 3.1), verdict(3.6, MACHINE, LOCAL)]
    tone = [beep(3.6), verdict(3.6, MACHINE, LOCAL, beep=True)]
    assert line(SKIP).run(*ended, *tone, speech(12.0, 13.0))[-1].endswith(" delivered")
    assert line(SKIP).run(*ended)[-1] == "5.6 voicemail-skipped"
