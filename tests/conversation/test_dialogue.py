"""The dialogue with a person: keys, the greeting, and what is no event. Plain data, simulated time."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.dialogue import Dialogue
from cartesia_call.conversation.limits import (
    GREETING_LIMIT_S,
    HELLO_SILENCE_S,
)
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    Finish,
    Judge,
    Part,
    Say,
)
from cartesia_call.listening.sounds import SpeechBegan
from cartesia_call.telephony.outcomes import Outcome
from tests.conversation.line import Event, Line, beep, key, leaving, sound, speech, verdict

HUMAN, MACHINE = Answerer.HUMAN, Answerer.MACHINE
LOCAL = Judge.LOCAL

PLAIN = ConversationPlan()
ASKING = ConversationPlan(
    parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION}),
    ack_key="1",
    reject_key="9",
    repeats=1,
    ack_timeout_s=15.0,
)
"""The message is said from 0 to 4 and from 21 to 25, the prompt for 2 s behind it; the end is at 42."""


# --- keys ---


def test_the_message_alone() -> None:
    """Spoken at once, delivered when played; nobody said who answered, and no key was asked for."""
    line = Line(PLAIN)
    assert line.run() == ["0 message", "4 delivered"]
    dialogue = line.dialogue
    assert (dialogue.acknowledged, dialogue.answered_by, dialogue.answered_by_source) == (None, None, None)
    assert (dialogue.outcome, dialogue.digits, dialogue.screened) == (Outcome.DELIVERED, "", False)


WHOLE_ROUND = ["0 message", "4 prompt", "21 message", "25 prompt"]


@pytest.mark.parametrize(
    ("events", "done", "digits"),
    [
        ([], [*WHOLE_ROUND, "42 not-acknowledged"], ""),
        ([key(0)], ["0 message", "0 clear", "0 confirmation", "1 acknowledged"], "1"),
        ([key(2)], ["0 message", "2 clear", "2 confirmation", "3 acknowledged"], "1"),
        ([key(5)], ["0 message", "4 prompt", "5 clear", "5 confirmation", "6 acknowledged"], "1"),
        ([key(9)], ["0 message", "4 prompt", "9 confirmation", "10 acknowledged"], "1"),
        ([key(21)], ["0 message", "4 prompt", "21 confirmation", "22 acknowledged"], "1"),
        ([key(2, "9")], ["0 message", "2 clear", "2 rejected"], "9"),
        ([key(9, "9")], ["0 message", "4 prompt", "9 rejected"], "9"),
        # The first answer decides; a second key during the confirmation changes nothing.
        ([key(2), key(2.1)], ["0 message", "2 clear", "2 confirmation", "3 acknowledged"], "11"),
        ([key(2), key(2.1, "9")], ["0 message", "2 clear", "2 confirmation", "3 acknowledged"], "19"),
        ([key(2), key(2.1, "*")], ["0 message", "2 clear", "2 confirmation", "3 acknowledged"], "1*"),
        ([key(2), key(3)], ["0 message", "2 clear", "2 confirmation", "3 acknowledged"], "11"),
        ([key(2, "9"), key(2.1)], ["0 message", "2 clear", "2 rejected"], "91"),
        # Other keys are kept and change nothing.
        ([key(2, "5"), key(9, "#")], [*WHOLE_ROUND, "42 not-acknowledged"], "5#"),
        ([key(1, "5"), key(2)], ["0 message", "2 clear", "2 confirmation", "3 acknowledged"], "51"),
    ],
)
def test_keys(events: list[Event], done: list[str], digits: str) -> None:
    """An answer counts at any moment, at the same one as a deadline too; every key is kept."""
    line = Line(ASKING)
    assert line.run(*events) == done
    assert line.dialogue.digits == digits
    assert line.dialogue.acknowledged is (line.dialogue.outcome is Outcome.ACKNOWLEDGED)


def test_the_repeat_key_does_not_use_up_the_repeats() -> None:
    """`*` says the message again from its first word, and it is still repeated by itself afterwards."""
    done = Line(ASKING).run(key(3, "*"), key(12, "*"))
    heard = ["0 message", "3 clear", "3 message", "7 prompt", "12 message", "16 prompt"]
    assert done == [*heard, "33 message", "37 prompt", "54 not-acknowledged"]
    assert Line(PLAIN).run(key(1, "*")) == ["0 message", "1 clear", "1 message", "5 delivered"]


def test_the_repeat_key_may_be_the_answer() -> None:
    """What was asked for wins over the tool's own meaning of a key."""
    done = Line(ConversationPlan(ack_key="*")).run(key(1, "*"))
    assert done == ["0 message", "1 clear", "1 acknowledged"]


def test_only_the_message_is_needed() -> None:
    """Without prompt and confirmation, the key is waited for behind the message and ends the call."""
    plan = ConversationPlan(ack_key="1", ack_timeout_s=3.0)
    assert Line(plan).run() == ["0 message", "7 not-acknowledged"]
    assert Line(plan).run(key(5)) == ["0 message", "5 acknowledged"]


def test_a_key_is_never_lost() -> None:
    """At any 100 ms of a call the confirmation follows in the same moment."""
    for at_s in (at_ds / 10 for at_ds in range(420)):
        done = Line(ASKING).run(key(at_s))
        assert done[-2:] == [f"{at_s:g} confirmation", f"{round(at_s + 1, 3):g} acknowledged"]


@pytest.mark.parametrize(("digit", "outcome"), [("1", Outcome.ACKNOWLEDGED), ("9", Outcome.REJECTED)])
def test_a_key_behind_the_end_still_counts(digit: str, outcome: Outcome) -> None:
    """The line is not down yet when we give up: the answer holds, and nothing more is done."""
    line = Line(ASKING)
    assert line.run(key(42.5, digit))[-1] == "42 not-acknowledged"
    assert line.dialogue.outcome is outcome


@pytest.mark.parametrize(
    ("plan", "pressed", "awaits"),
    [(ASKING, "", True), (ASKING, "5", True), (ASKING, "1", False), (ASKING, "9", False), (PLAIN, "", False)],
)
def test_a_key_is_waited_for_until_one_answers(plan: ConversationPlan, pressed: str, awaits: bool) -> None:
    """Where one was asked for, from the message's first word on."""
    dialogue = Dialogue(plan)
    assert not dialogue.awaits_key
    dialogue.started(0.0)
    for digit in pressed:
        dialogue.pressed(digit, 1.0)
    assert dialogue.awaits_key == awaits


def test_a_hang_up_during_the_confirmation_loses_no_key() -> None:
    """The decision is there from the key on."""
    dialogue = Dialogue(ASKING)
    dialogue.started(0.0)
    assert dialogue.outcome is None
    dialogue.pressed("1", 1.0)
    assert dialogue.outcome is Outcome.ACKNOWLEDGED
    assert dialogue.acknowledged is True


# --- greeting ---

WAITING = ConversationPlan(waits_for_greeting=True)


@pytest.mark.parametrize(
    ("events", "begins_at_s"),
    [
        ([], HELLO_SILENCE_S),
        ([speech(0.3, 0.8)], 1.3),
        ([speech(1.1, 2.0)], 2.5),
        ([speech(1.3, 2.0)], HELLO_SILENCE_S),
        ([speech(0.3, 4.2)], 4.7),
        ([sound(0.3, SpeechBegan(at_s=0.3))], GREETING_LIMIT_S),
        ([beep(0.9)], 0.9),
        ([key(0.5, "5")], HELLO_SILENCE_S),
        ([key(0.5, "*")], 0.5),
        ([verdict(0.5, HUMAN)], HELLO_SILENCE_S),
        ([verdict(0.5, MACHINE)], HELLO_SILENCE_S),
    ],
)
def test_the_greeting_is_waited_for(events: list[Event], begins_at_s: float) -> None:
    """Speak at the end of a hello, after a silence, or when the callee does not end."""
    done = Line(WAITING).run(*events)
    assert done == [f"{begins_at_s:g} message", f"{begins_at_s + 4:g} delivered"]


def test_a_machine_instead_of_a_greeting() -> None:
    """It is left the message without having heard it before."""
    greeting = [*speech(0.3, 9.5), verdict(3, MACHINE, LOCAL), beep(10.5)]
    done = Line(leaving(waits_for_greeting=True)).run(*greeting)
    assert done == ["10.5 voicemail", "15.5 voicemail-left"]


# --- order ---


def test_what_is_not_being_said_was_not_played() -> None:
    """A mark of something else, or of something that was cleared, moves nothing."""
    dialogue = Dialogue(ASKING)
    dialogue.started(0.0)
    dialogue.played(Part.PROMPT, 1.0)
    assert dialogue.actions() == [Say(part=Part.MESSAGE)]
    dialogue.pressed("9", 2.0)
    dialogue.actions()
    dialogue.played(Part.MESSAGE, 3.0)
    assert dialogue.actions() == []


def test_a_second_start_is_nothing() -> None:
    """Whatever the carrier does, the message is begun once."""
    dialogue = Dialogue(PLAIN)
    dialogue.started(0.0)
    dialogue.started(1.0)
    assert dialogue.actions() == [Say(part=Part.MESSAGE)]


def test_nothing_is_done_before_its_time() -> None:
    """`check` before the deadline changes nothing; there is none while something is said or all is over."""
    dialogue = Dialogue(ConversationPlan(ack_key="1", ack_timeout_s=3.0))
    dialogue.check(100.0)
    assert dialogue.next_deadline_s() is None
    dialogue.started(100.0)
    assert dialogue.next_deadline_s() is None
    dialogue.played(Part.MESSAGE, 104.0)
    assert dialogue.next_deadline_s() == 107.0
    dialogue.actions()
    dialogue.check(106.9)
    assert dialogue.actions() == []
    dialogue.check(107.0)
    assert dialogue.actions() == [Finish(outcome=Outcome.NOT_ACKNOWLEDGED)]
    assert dialogue.next_deadline_s() is None
