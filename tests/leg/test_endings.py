"""What a conversation comes to as the ending of its call."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.keys import OPT_OUT, sentence_of
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    Judge,
    Manner,
    Part,
    Verdict,
    VoicemailMode,
)
from cartesia_call.leg.endings import ending_of_broken_talk, ending_of_talk
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.conversation.stream import Stream

ASKING = ConversationPlan(parts=frozenset({Part.MESSAGE, Part.CONFIRMATION}), ack_key="1", reject_key="9")
LEAVING = ConversationPlan(parts=frozenset({Part.MESSAGE, Part.VOICEMAIL}), voicemail=VoicemailMode.LEAVE)
COME_TO = (
    *(Outcome.DELIVERED, Outcome.ACKNOWLEDGED, Outcome.REJECTED, Outcome.NOT_ACKNOWLEDGED),
    *(Outcome.VOICEMAIL_LEFT, Outcome.VOICEMAIL_SKIPPED, Outcome.UNREACHABLE),
)
RECORDS = Verdict(answerer=Answerer.MACHINE, judge=Judge.CARRIER, may_record=True, heard_beep=True)


@pytest.mark.parametrize("outcome", COME_TO)
def test_what_a_conversation_comes_to_is_told_as_in_the_table(outcome: Outcome) -> None:
    """But for a fax, which is nobody who can be reached."""
    is_fax = outcome is Outcome.UNREACHABLE
    ending = ending_of_talk(outcome, Evidence.MARK, manner=Manner.FAX if is_fax else None)
    assert ending.outcome is outcome
    assert ending.detail == ("a fax machine answered" if is_fax else outcome.means.sentence)
    assert ending.error is None


def test_the_word_of_a_key_is_in_the_sentence() -> None:
    """Where it says more than the outcome, with the evidence behind it."""
    named = ending_of_talk(Outcome.ACKNOWLEDGED, Evidence.WATCHDOG, key="cancelled")
    assert named.detail.startswith("the callee pressed the key that means cancelled, to judge by the time")
    assert ending_of_talk(Outcome.REJECTED, Evidence.NONE, key=OPT_OUT).detail == sentence_of(OPT_OUT)
    short = ending_of_talk(Outcome.REJECTED, Evidence.NONE, key="rejected")
    assert short == ending_of_talk(Outcome.REJECTED, Evidence.NONE)


def test_what_need_not_be_heard_has_no_evidence() -> None:
    """A key that declines, a machine that is skipped, and a fax."""
    without = {
        outcome for outcome in COME_TO if ending_of_talk(outcome, Evidence.MARK).evidence is Evidence.NONE
    }
    assert without == {Outcome.REJECTED, Outcome.VOICEMAIL_SKIPPED, Outcome.UNREACHABLE}


@pytest.mark.parametrize("manner", list(Manner))
def test_the_manner_is_told(manner: Manner) -> None:
    """In the place of the outcome's sentence; what was left in vain was played, and its evidence is kept."""
    ending = ending_of_talk(Outcome.VOICEMAIL_SKIPPED, Evidence.MARK, manner=manner)
    assert ending.detail == manner.value
    assert ending.evidence is (Evidence.MARK if manner.is_left else Evidence.NONE)


def test_a_message_left_without_a_beep_says_so() -> None:
    """Whether it counts or not."""
    counts = ending_of_talk(Outcome.VOICEMAIL_LEFT, Evidence.MARK, manner=Manner.WITHOUT_BEEP)
    assert counts.detail == "the whole message was left on a machine, without a beep"
    in_vain = ending_of_talk(Outcome.VOICEMAIL_SKIPPED, Evidence.MARK, manner=Manner.WITHOUT_BEEP)
    assert in_vain.detail.endswith("the message was left without a beep")


def test_a_guess_by_the_time_is_said_to_be_one() -> None:
    """In the detail, beside the evidence."""
    ending = ending_of_talk(Outcome.DELIVERED, Evidence.WATCHDOG)
    assert ending.evidence is Evidence.WATCHDOG
    assert "to judge by the time" in ending.detail


def broken(stream: Stream, at_s: float) -> Outcome | None:
    """The connection is lost: what the conversation comes to, None if to nothing."""
    stream.hear(b"\xff" * round(8000 * at_s), 0.0)
    stream.talk.connection_lost(at_s)
    ending = ending_of_broken_talk(stream.talk, at_s)
    return None if ending is None else ending.outcome


def test_a_message_that_was_cut_is_no_ending() -> None:
    """Somebody else has to say it, or the callee left early."""
    stream = Stream(ConversationPlan())
    stream.sent(0.0)
    assert broken(stream, 0.5) is None


def test_a_key_counts_though_its_confirmation_was_cut() -> None:
    """Also the one that declines."""
    for key, outcome in (("1", Outcome.ACKNOWLEDGED), ("9", Outcome.REJECTED)):
        stream = Stream(ASKING)
        stream.sent(0.0)
        stream.press(key, 0.0)
        stream.sent(0.0)
        assert broken(stream, 0.2) is outcome


def test_a_message_that_was_played_is_delivered_or_not_acknowledged() -> None:
    """Its mark was still to come."""
    for plan, outcome in ((ConversationPlan(), Outcome.DELIVERED), (ASKING, Outcome.NOT_ACKNOWLEDGED)):
        stream = Stream(plan)
        stream.sent(0.0)
        assert broken(stream, 1.2) is outcome


def test_a_voicemail_is_left_once_all_of_it_was_played() -> None:
    """Before that the machine holds a part of it."""
    for at_s, outcome in ((0.5, None), (1.2, Outcome.VOICEMAIL_LEFT)):
        stream = Stream(LEAVING)
        stream.talk.judged(RECORDS, 0.0)
        stream.sent(0.0)
        assert broken(stream, at_s) is outcome
