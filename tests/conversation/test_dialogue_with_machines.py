"""The dialogue with machines: verdicts early, late, contradictory and never, and what is left when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from cartesia_call.conversation.limits import (
    GREETING_OVER_S,
    MACHINE_LIMIT_S,
)
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    Judge,
    Manner,
    VoicemailMode,
)
from cartesia_call.listening.sounds import SpeechBegan
from tests.conversation.line import Event, Events, Line, beep, guess, key, leaving, sound, speech, verdict

HUMAN, MACHINE, FAX, UNKNOWN = Answerer.HUMAN, Answerer.MACHINE, Answerer.FAX, Answerer.UNKNOWN
LOCAL = Judge.LOCAL
IGNORE, SKIP, LEAVE = VoicemailMode.IGNORE, VoicemailMode.SKIP, VoicemailMode.LEAVE


@pytest.mark.parametrize(
    ("mode", "events", "done"),
    [
        # Never a verdict: silence behind the message, then it was delivered.
        (IGNORE, [], ["0 message", "4 delivered"]),
        (SKIP, [], ["0 message", "12 delivered"]),
        (LEAVE, [], ["0 message", "12 delivered"]),
        # A person: nothing but the end of the wait.
        (LEAVE, [verdict(2, HUMAN)], ["0 message", "4 delivered"]),
        (LEAVE, [verdict(6, HUMAN)], ["0 message", "6 delivered"]),
        (SKIP, [verdict(6, UNKNOWN)], ["0 message", "6 delivered"]),
        (LEAVE, [verdict(2, UNKNOWN)], ["0 message", "4 delivered"]),
        # A machine, before, in and behind the message, and too late.
        (SKIP, [verdict(-1, MACHINE)], ["0 voicemail-skipped"]),
        (SKIP, [verdict(2, MACHINE)], ["0 message", "2 clear", "2 voicemail-skipped"]),
        (SKIP, [verdict(6, MACHINE)], ["0 message", "6 voicemail-skipped"]),
        (SKIP, [verdict(13, MACHINE)], ["0 message", "12 delivered"]),
        (LEAVE, [verdict(-1, MACHINE), beep(2)], ["2 voicemail", "7 voicemail-left"]),
        (LEAVE, [verdict(2, MACHINE), beep(4)], ["0 message", "2 clear", "4 voicemail", "9 voicemail-left"]),
        (LEAVE, [verdict(6, MACHINE), beep(8)], ["0 message", "8 voicemail", "13 voicemail-left"]),
        (LEAVE, [verdict(13, MACHINE)], ["0 message", "12 delivered"]),
        (IGNORE, [verdict(2, MACHINE), beep(3)], ["0 message", "4 delivered"]),
        # The carrier heard the greeting to its end, or we had heard the beep before.
        (LEAVE, [verdict(-1, MACHINE, beep=True)], ["0 voicemail", "5 voicemail-left"]),
        (LEAVE, [verdict(6, MACHINE, beep=True)], ["0 message", "6 voicemail", "11 voicemail-left"]),
        (LEAVE, [beep(5), verdict(6, MACHINE)], ["0 message", "6 voicemail", "11 voicemail-left"]),
        (LEAVE, [verdict(6, MACHINE, silence=True)], ["0 message", "6 voicemail", "11 voicemail-skipped"]),
        # Twice the same: callback and poll.
        (LEAVE, [verdict(6, MACHINE, beep=True)] * 2, ["0 message", "6 voicemail", "11 voicemail-left"]),
        # Nothing can be left on a fax.
        (IGNORE, [verdict(2, FAX)], ["0 message", "4 delivered"]),
        (SKIP, [verdict(2, FAX)], ["0 message", "2 clear", "2 unreachable"]),
        (LEAVE, [verdict(2, FAX)], ["0 message", "2 clear", "2 unreachable"]),
    ],
)
def test_one_verdict(mode: VoicemailMode, events: list[Event], done: list[str]) -> None:
    """People never wait for a verdict; whenever it comes, it does what was asked for."""
    assert Line(leaving(mode)).run(*events) == done


@pytest.mark.parametrize(
    ("events", "begins_at_s"),
    [
        ([speech(0.2, 1.8), verdict(3, MACHINE)], 1.8 + GREETING_OVER_S),
        ([speech(0.2, 7), verdict(3, MACHINE)], 7 + GREETING_OVER_S),
        ([speech(0.2, 5), speech(6.5, 9), verdict(3, MACHINE)], 9 + GREETING_OVER_S),
        # It was silent long before the verdict came.
        ([speech(0.2, 1.5), verdict(10, MACHINE)], 10),
        # Nothing was heard at all.
        ([verdict(3, MACHINE)], 3 + GREETING_OVER_S),
        # It never stops.
        ([sound(0.2, SpeechBegan(at_s=0.2)), verdict(3, MACHINE)], 3 + MACHINE_LIMIT_S),
        # Speech behind a beep: it was no beep, or not the last.
        ([beep(1), speech(2, 5), verdict(3, MACHINE)], 5 + GREETING_OVER_S),
    ],
)
def test_a_machine_without_beep(events: list[Event], begins_at_s: float) -> None:
    """Silence as long as no greeting has it within, or an end to patience, stands in for the beep; what is
    left then counts only where that was asked for."""
    line, content = Line(leaving()), Line(replace(leaving(), needs_beep=False))
    left_at_s = f"{begins_at_s + 5:g}"
    assert line.run(*events)[-2:] == [f"{begins_at_s:g} voicemail", f"{left_at_s} voicemail-skipped"]
    assert content.run(*events)[-2:] == [f"{begins_at_s:g} voicemail", f"{left_at_s} voicemail-left"]
    for one in (line, content):
        assert (one.dialogue.beep, one.dialogue.manner) == (False, Manner.WITHOUT_BEEP)


def test_a_late_beep_begins_the_voicemail_anew_once() -> None:
    """The machine holds the message from its first word; a machine that goes on beeping is not followed."""
    done = Line(leaving()).run(verdict(3, MACHINE), beep(7), beep(8))
    left = ["5.5 voicemail", "7 clear", "7 voicemail", "12 voicemail-left"]
    assert done == ["0 message", "3 clear", *left]


def test_the_message_is_left_where_there_is_no_other_text() -> None:
    """From its first word."""
    done = Line(leaving(own_text=False)).run(verdict(2, MACHINE), beep(3))
    assert done == ["0 message", "2 clear", "3 message", "7 voicemail-left"]


def test_a_message_left_is_not_acknowledged() -> None:
    """With a key asked for, a machine is left the message and the call has failed all the same."""
    line = Line(leaving(ack_key="1"))
    assert line.run(verdict(2, MACHINE, beep=True))[-1] == "7 not-acknowledged"
    assert line.dialogue.acknowledged is False
    nobody = Line(leaving(ack_key="1"))
    assert nobody.run()[-1] == "19 not-acknowledged"


def test_a_short_wait_for_a_key_does_not_cut_off_the_wait_for_a_verdict() -> None:
    """A key is still taken meanwhile."""
    plan = ConversationPlan(ack_key="1", ack_timeout_s=2.0, voicemail=LEAVE)
    assert Line(plan).run() == ["0 message", "12 not-acknowledged"]
    assert Line(plan).run(key(11)) == ["0 message", "11 acknowledged"]
    assert Line(plan).run(verdict(7, MACHINE), beep(8))[-2:] == ["8 message", "12 not-acknowledged"]


ENDED_AT_6 = verdict(6, MACHINE, beep=True)


@pytest.mark.parametrize(
    ("events", "done", "found"),
    [
        # The carrier's word outweighs a guess, in either order.
        ([verdict(1, MACHINE, LOCAL), verdict(2, HUMAN)], ["1 clear", "2 message", "6 delivered"], HUMAN),
        ([verdict(1, HUMAN), verdict(2, MACHINE, LOCAL)], ["4 delivered"], HUMAN),
        ([verdict(1, HUMAN, LOCAL)], ["12 delivered"], HUMAN),
        ([verdict(1, HUMAN, LOCAL), ENDED_AT_6], ["6 voicemail", "11 voicemail-left"], MACHINE),
        # The carrier heard the greeting to its end while we waited for that, on a guess.
        ([verdict(1, MACHINE, LOCAL), verdict(2, MACHINE, beep=True)],
         ["1 clear", "2 voicemail", "7 voicemail-left"], MACHINE),
        # "Unknown" outweighs nothing.
        ([verdict(1, MACHINE, LOCAL), verdict(2, UNKNOWN), beep(3)],
         ["1 clear", "3 voicemail", "8 voicemail-left"], MACHINE),
        # A person stays one.
        ([verdict(1, HUMAN), verdict(2, MACHINE)], ["4 delivered"], HUMAN),
        ([verdict(1, MACHINE), verdict(2, HUMAN), verdict(3, MACHINE)],
         ["1 clear", "2 message", "6 delivered"], HUMAN),
        # So does who pressed a key, whatever it was.
        ([key(1, "5"), verdict(2, MACHINE)], ["4 delivered"], HUMAN),
        ([verdict(1, MACHINE), key(2, "5")], ["1 clear", "2 message", "6 delivered"], HUMAN),
        ([ENDED_AT_6, key(7, "5")], ["6 voicemail", "7 clear", "7 message", "11 delivered"], HUMAN),
        ([ENDED_AT_6, verdict(7, HUMAN)], ["6 voicemail", "7 clear", "7 message", "11 delivered"], HUMAN),
    ],
)  # fmt: skip
def test_contradictions(events: list[Event], done: list[str], found: Answerer) -> None:
    """Heavier evidence holds; speaking to a machine does less harm than falling silent on a person."""
    line = Line(leaving())
    assert line.run(*events) == ["0 message", *done]
    assert line.dialogue.answered_by is found


def test_a_person_who_hears_the_message_already_is_not_interrupted() -> None:
    """Taken for a machine, found to be a person: the message that is being left goes on."""
    done = Line(leaving(own_text=False)).run(verdict(6, MACHINE, beep=True), verdict(7, HUMAN))
    assert done == ["0 message", "6 message", "10 delivered"]


@pytest.mark.parametrize(
    ("events", "done"),
    [
        # The carrier confirms it, knows no better, says nothing, denies it.
        ([verdict(6, MACHINE)], ["6 voicemail-skipped"]),
        ([verdict(6, UNKNOWN)], ["6 {guess}"]),
        ([], ["12 {guess}"]),
        ([verdict(6, HUMAN)], ["6 delivered"]),
    ],
)
@pytest.mark.parametrize("guess", [MACHINE, FAX])
def test_a_guess_does_not_hang_up_on_a_person(guess: Answerer, events: list[Event], done: list[str]) -> None:
    """While the carrier's verdict is expected, the message goes on beside the guess."""
    as_guessed = "unreachable" if guess is FAX else "voicemail-skipped"
    done = [step.format(guess=as_guessed) for step in done]
    assert Line(leaving(SKIP)).run(verdict(2, guess, LOCAL), *events) == ["0 message", *done]


def test_a_guess_decides_where_nobody_else_judges() -> None:
    """Without the carrier's detection there is nothing to wait for."""
    skipping, asking = leaving(SKIP, carrier_judges=False), leaving(SKIP, ack_key="1", carrier_judges=False)
    assert Line(skipping).run(verdict(2, MACHINE, LOCAL))[-1] == "2 voicemail-skipped"
    assert Line(skipping).run(verdict(2, HUMAN, LOCAL))[-1] == "4 delivered"
    assert Line(asking).run(verdict(7, MACHINE, LOCAL))[-1] == "7 voicemail-skipped"
    assert Line(leaving(SKIP, ack_key="1")).run(verdict(7, MACHINE, LOCAL))[-1] == "19 voicemail-skipped"


def test_a_second_thought_of_our_own() -> None:
    """A guess that takes the machine back holds against a third, and yields to the carrier."""
    events = [verdict(1, MACHINE, LOCAL), verdict(2, HUMAN, LOCAL), verdict(3, MACHINE, LOCAL)]
    heard = ["0 message", "1 clear", "2 message"]
    assert Line(leaving()).run(*events, verdict(7, HUMAN)) == [*heard, "7 delivered"]
    done = Line(leaving()).run(*events, verdict(4, MACHINE, beep=True))
    assert done == [*heard, "4 clear", "4 voicemail", "9 voicemail-left"]


@pytest.mark.parametrize("plan", [leaving(ack_key="1"), leaving(ack_key="1", identity=True)])
def test_a_key_is_not_lost_on_a_machine_either(plan: ConversationPlan) -> None:
    """Somebody took the phone from the machine, at whatever moment: acknowledged in that moment."""
    events: Events = [speech(0.5, 6), verdict(6.6, MACHINE), beep(18)]
    ended_at_s = _ends_at_s(plan, events)
    for at_ds in range(0, 400):
        at_s = at_ds / 10
        line = Line(plan)
        done = line.run(*events, key(at_s))
        assert (line.dialogue.acknowledged, line.dialogue.answered_by) == (True, HUMAN)
        assert done[-1] == f"{at_s:g} acknowledged" or at_s > ended_at_s


def _ends_at_s(plan: ConversationPlan, events: Events) -> float:
    line = Line(plan)
    line.run(*events)
    assert line.finished_at_s is not None
    return line.finished_at_s


@pytest.mark.parametrize(
    ("events", "done"),
    [
        # Nothing shows a machine: it hears the message, and counts as one behind it.
        ([guess(2)], ["0 message", "12 voicemail-skipped"]),
        ([guess(6)], ["0 message", "12 voicemail-skipped"]),
        # Something shows one, later.
        ([guess(2), guess(3, is_sure=True)], ["0 message", "3 clear", "3 voicemail-skipped"]),
        ([guess(2), guess(8, is_sure=True)], ["0 message", "8 voicemail-skipped"]),
        # It was a person.
        ([guess(2), verdict(3, HUMAN, LOCAL)], ["0 message", "4 delivered"]),
    ],
)
def test_where_proof_is_wanted_a_guess_ends_no_message(events: list[Event], done: list[str]) -> None:
    """`--amd auto`: who may be a person with much to say hears all of it, before somebody else is called."""
    assert Line(ConversationPlan(voicemail=SKIP, needs_proof=True)).run(*events) == done


@pytest.mark.parametrize(
    ("mode", "events", "found"),
    [
        (LEAVE, [verdict(2, MACHINE), beep(4)], True),
        (LEAVE, [verdict(6, MACHINE, beep=True)], True),
        (SKIP, [verdict(6, MACHINE, beep=True)], True),
        # It beeped while the message was being left in the silence.
        (LEAVE, [verdict(3, MACHINE), beep(7)], True),
        (LEAVE, [verdict(6, MACHINE, silence=True)], False),
        (SKIP, [verdict(6, MACHINE, silence=True)], False),
        # It was still greeting when we left, or was no machine, or one that says nothing.
        (SKIP, [sound(0.2, SpeechBegan(at_s=0.2)), verdict(2, MACHINE)], None),
        (LEAVE, [], None),
        (LEAVE, [verdict(2, HUMAN), beep(3)], None),
        (LEAVE, [verdict(2, FAX)], None),
        (LEAVE, [verdict(2, MACHINE), beep(4), key(6, "5")], None),
    ],
)
def test_the_beep_is_told(mode: VoicemailMode, events: list[Event], found: bool | None) -> None:
    """True if a machine's was heard, or the carrier's; false if it was silent without one; else nothing."""
    line = Line(leaving(mode))
    line.run(*events)
    assert line.dialogue.beep is found


def test_a_beep_makes_good_what_was_begun_in_silence() -> None:
    """The message is behind it, and counts."""
    line = Line(leaving())
    assert line.run(verdict(3, MACHINE), beep(7))[-1] == "12 voicemail-left"
    assert line.dialogue.manner is None
