"""The dialogue with a robot that asks who is calling."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cartesia_call.conversation.limits import SCREENER_LIMIT_S
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    VoicemailMode,
)
from tests.conversation.line import Events, Line, beep, key, leaving, speech, verdict

MACHINE = Answerer.MACHINE
IGNORE, SKIP, LEAVE = VoicemailMode.IGNORE, VoicemailMode.SKIP, VoicemailMode.LEAVE

ENDED_AT_6 = verdict(6, MACHINE, beep=True)
QUESTION = speech(0.5, 6.0)
LONG_GREETING = speech(0.5, 9.0)
SCREENED = leaving(IGNORE, identity=True)
LEAVING_OR_SCREENED = leaving(LEAVE, identity=True)
SKIPPING_OR_SCREENED = leaving(SKIP, identity=True)


@pytest.mark.parametrize(
    ("plan", "events", "done"),
    [
        # No question: late, or short.
        (SCREENED, [speech(8, 11)], ["4 delivered"]),
        (SCREENED, [speech(0.5, 1.5)], ["4 delivered"]),
        # A question, answered while the message waits for the person.
        (SCREENED, [QUESTION, speech(20, 20.6)], ["8.5 identity", "21.1 message", "25.1 delivered"]),
        (SCREENED, [QUESTION, key(20, "5")], ["8.5 identity", "20 message", "24 delivered"]),
        (SCREENED, [speech(0.5, 2), speech(3, 5), speech(20, 20.6)],
         ["7.5 identity", "21.1 message", "25.1 delivered"]),
        (LEAVING_OR_SCREENED, [QUESTION, verdict(7.5, MACHINE, silence=True), speech(20, 20.6)],
         ["8.5 identity", "21.1 message", "25.1 delivered"]),
        # A fax asks nothing.
        (LEAVING_OR_SCREENED, [QUESTION, verdict(6.5, Answerer.FAX)], ["6.5 unreachable"]),
        # Nobody comes: the message is said all the same.
        (SCREENED, [QUESTION], ["8.5 identity", "40.5 message", "44.5 delivered"]),
        # A beep behind a longer greeting says that it was a mailbox, a key that it was a person.
        (SCREENED, [LONG_GREETING, beep(10)], ["10 delivered"]),
        (SCREENED, [QUESTION, key(2, "5")], ["4 delivered"]),
        (LEAVING_OR_SCREENED, [QUESTION, ENDED_AT_6], ["6 voicemail", "11 voicemail-left"]),
        (SKIPPING_OR_SCREENED, [QUESTION, ENDED_AT_6], ["6 voicemail-skipped"]),
        # What asked was judged a machine; nobody takes the phone, and it goes to the mailbox.
        (SCREENED, [QUESTION, beep(30)], ["8.5 identity", "30 message", "34 delivered"]),
        (LEAVING_OR_SCREENED, [QUESTION, verdict(6.5, MACHINE), beep(30)],
         ["8.5 identity", "30 voicemail", "35 voicemail-left"]),
        (LEAVING_OR_SCREENED, [QUESTION, verdict(30, MACHINE, beep=True)],
         ["8.5 identity", "30 voicemail", "35 voicemail-left"]),
        (LEAVING_OR_SCREENED, [QUESTION, verdict(6.5, MACHINE), speech(20, 25)],
         ["8.5 identity", "27.5 voicemail", "32.5 voicemail-skipped"]),
        (LEAVING_OR_SCREENED, [QUESTION, verdict(6.5, MACHINE)],
         ["8.5 identity", "40.5 voicemail", "45.5 voicemail-skipped"]),
        (SKIPPING_OR_SCREENED, [QUESTION, verdict(6.5, MACHINE), beep(30)],
         ["8.5 identity", "30 voicemail-skipped"]),
        # The person came, whatever the carrier says of the robot afterwards.
        (LEAVING_OR_SCREENED, [QUESTION, verdict(6.5, MACHINE), speech(20, 20.6), verdict(22, MACHINE)],
         ["8.5 identity", "21.1 message", "25.1 delivered"]),
        # Nothing to say to it: it is a machine like any other.
        (leaving(), [QUESTION, verdict(6.5, MACHINE)], ["8.5 voicemail", "13.5 voicemail-skipped"]),
    ],
)  # fmt: skip
def test_screening(plan: ConversationPlan, events: Events, done: list[str]) -> None:
    """A long speech without beep and then silence is told once who is calling; the message waits."""
    line = Line(plan)
    assert line.run(*events) == ["0 message", *done]
    assert line.dialogue.screened is any(step.endswith("identity") for step in done)


def test_the_message_is_begun_anew_for_the_person() -> None:
    """The question is over while the message is being repeated: it is cut off, and waits."""
    done = Line(SCREENED).run(speech(0.2, 2.9), key(3.5, "*"))
    assert done == ["0 message", "3.5 clear", "3.5 message", "7.5 delivered"]
    asking = ConversationPlan(parts=SCREENED.parts, ack_key="1", repeats=1, ack_timeout_s=1.0)
    done = Line(asking).run(QUESTION, speech(20, 20.5), key(22))
    heard = ["0 message", "5 message", "8.5 clear", "8.5 identity", "21 message"]
    assert done == [*heard, "22 clear", "22 acknowledged"]


def test_a_question_may_outlast_the_wait_for_a_verdict() -> None:
    """The message was short and is over; the robot still asks."""
    plan = replace(SCREENED, amd_timeout_s=0.5)
    assert Line(plan).run(QUESTION, speech(20, 20.6))[1] == "8.5 identity"
    assert Line(plan).run(speech(0.5, 30))[1] == f"{SCREENER_LIMIT_S:g} delivered"


def test_the_greeting_of_a_robot_is_let_finish() -> None:
    """Who waits for the greeting says nothing into the question."""
    plan = leaving(IGNORE, identity=True, waits_for_greeting=True)
    done = Line(plan).run(QUESTION, speech(20, 20.6))
    assert done == ["8.5 identity", "21.1 message", "25.1 delivered"]
