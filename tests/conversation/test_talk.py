"""A conversation on a media stream: wire messages in, wire messages out. Plain data, time as an argument."""

from __future__ import annotations

import pytest

from cartesia_call.audio.mulaw import from_pcm16
from cartesia_call.conversation.parts import (
    Answerer,
    ConversationPlan,
    Judge,
    Part,
    Verdict,
    VoicemailMode,
)
from cartesia_call.conversation.talk import Finished
from cartesia_call.mediastream.events import AudioDropped, Ended, Pressed, SpeechBroke
from cartesia_call.telephony.outcomes import Outcome
from tests.conversation.stream import SILENT_FRAME, Stream, utterance_of
from tests.listening.synthesis import quiet, speech, tone

ASKING = ConversationPlan(
    parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION}), ack_key="1", reject_key="9"
)
LEAVING = ConversationPlan(parts=frozenset({Part.MESSAGE, Part.VOICEMAIL}), voicemail=VoicemailMode.LEAVE)
TAIL_S = 0.4


def test_the_message_is_sent_at_once_and_its_mark_ends_the_talk() -> None:
    """In the turn of `begin`; the end is known by the mark."""
    stream = Stream(ConversationPlan())
    assert stream.sent(0.0) == ["m", "message-end-1"]
    stream.echo("message-end-1", 1.0 + TAIL_S)
    assert stream.finished() == [Finished(Outcome.DELIVERED, by_mark=True)]


def test_a_key_stops_the_message_and_the_confirmation_follows_in_the_same_turn() -> None:
    """`clear` before its audio; the mark of what was cut proves nothing."""
    stream = Stream(ASKING)
    stream.sent(0.0)
    stream.press("1", 0.5)
    assert stream.sent(0.5) == ["clear", "c", "confirmation-end-2"]
    assert stream.talk.events() == [Pressed("1")]
    stream.echo("message-end-1", 0.51)
    assert stream.finished() == []
    stream.echo("confirmation-end-2", 1.5 + TAIL_S)
    assert stream.finished() == [Finished(Outcome.ACKNOWLEDGED, by_mark=True)]


def test_parts_follow_each_other_by_their_marks() -> None:
    """The prompt is said once the message is known to have been played."""
    stream = Stream(ASKING)
    stream.sent(0.0)
    stream.echo("message-end-1", 1.0 + TAIL_S)
    assert stream.sent(1.0 + TAIL_S) == ["p", "prompt-end-2"]


def test_a_missing_mark_is_made_good_by_the_time() -> None:
    """`by_mark` is False then."""
    stream = Stream(ConversationPlan())
    stream.sent(0.0)
    stream.hear(SILENT_FRAME * 250, 0.0)
    assert stream.finished() == [Finished(Outcome.DELIVERED, by_mark=False)]


@pytest.mark.parametrize("seconds", [0.0, 0.3])
def test_a_part_that_cannot_be_said_is_passed_over(seconds: float) -> None:
    """Without a confirmation, or with half of one, the key still counts and the call ends."""
    confirmation = utterance_of("c", seconds, is_broken=True)
    stream = Stream(ASKING, {Part.CONFIRMATION: confirmation})
    stream.sent(0.0)
    stream.press("1", 0.5)
    if seconds:
        assert stream.sent(0.5) == ["clear", "c", "confirmation-end-2"]
        stream.echo("confirmation-end-2", 0.5 + seconds + TAIL_S)
    assert [finished.outcome for finished in stream.finished()] == [Outcome.ACKNOWLEDGED]


def test_a_dropped_prompt_is_passed_over_and_a_dropped_message_is_told() -> None:
    """Only the message's failure is the call's."""
    stream = Stream(ASKING)
    stream.sent(0.0)
    stream.echo("message-end-1", 0.1)
    assert stream.talk.events() == [AudioDropped()]
    stream = Stream(ASKING)
    stream.sent(0.0)
    stream.echo("message-end-1", 1.0 + TAIL_S)
    stream.sent(1.5)
    stream.echo("prompt-end-2", 1.6)
    assert stream.talk.events() == []
    assert stream.talk.next_deadline_s() is not None


def test_a_broken_message_is_told() -> None:
    """As by the session."""
    stream = Stream(ASKING, {Part.MESSAGE: utterance_of("m", 1.0, is_broken=True)})
    stream.sent(0.0)
    stream.echo("message-end-1", 1.0 + TAIL_S)
    assert stream.talk.events() == [SpeechBroke(by_mark=True)]


def test_a_verdict_from_elsewhere_moves_the_message_behind_the_beep() -> None:
    """The carrier says that the machine records: clear, and the voicemail from its first word."""
    stream = Stream(LEAVING)
    stream.sent(0.0)
    beep = Verdict(answerer=Answerer.MACHINE, judge=Judge.CARRIER, may_record=True, heard_beep=True)
    stream.talk.judged(beep, 0.7)
    assert stream.sent(0.7) == ["clear", "v", "voicemail-end-2"]


def test_a_beep_that_is_heard_moves_the_message_behind_it() -> None:
    """By ear: a greeting, a beep, and within 0.3 s of its end the voicemail begins."""
    stream = Stream(LEAVING, {Part.MESSAGE: utterance_of("m", 20.0)}, listens=True, judges=True)
    stream.sent(0.0)
    greeting = from_pcm16(
        quiet(300) + speech(4000, seed=1) + quiet(500) + tone((1000,), 400, -15) + quiet(300)
    )
    stream.hear(greeting, 0.0)
    assert stream.sent(5.5) == ["clear", "v", "voicemail-end-2"]
    dialogue = stream.talk.dialogue
    assert (dialogue.answered_by, dialogue.answered_by_source) == (Answerer.MACHINE, Judge.LOCAL)


def test_who_asks_only_after_news_and_at_deadlines_misses_nothing() -> None:
    """Most of what is heard changes nothing: fifty times a second nobody need look what there is to do."""
    stream = Stream(LEAVING, {Part.MESSAGE: utterance_of("m", 20.0)}, listens=True, judges=True)
    stream.sent(0.0)
    greeting = from_pcm16(
        quiet(300) + speech(4000, seed=1) + quiet(500) + tone((1000,), 400, -15) + quiet(300)
    )
    wakes_at_s = stream.talk.next_deadline_s()
    looked, sent = 0, []
    for frame in range(len(greeting) // 160):
        at_s = (frame + 1) * 0.02
        is_due = wakes_at_s is not None and wakes_at_s <= at_s
        if is_due:
            stream.talk.check(at_s)
        if stream.hear_frame(greeting[frame * 160 : (frame + 1) * 160], at_s) or is_due:
            looked += 1
            sent += [(at_s, what) for what in stream.sent(at_s)]
            wakes_at_s = stream.talk.next_deadline_s()
    beep_ends_at_s = 0.3 + 4.0 + 0.5 + 0.4
    assert [what for _, what in sent] == ["clear", "v", "voicemail-end-2"]
    assert beep_ends_at_s < sent[1][0] < beep_ends_at_s + 0.3
    assert looked < 30  # of 275 frames


def test_who_only_listens_does_not_judge() -> None:
    """For the greeting or a screening robot alone: a beep changes nothing about who answered."""
    stream = Stream(ConversationPlan(waits_for_greeting=True), listens=True)
    stream.hear(from_pcm16(quiet(300) + speech(800, seed=1) + quiet(1500)), 0.0)
    assert stream.sent(2.6)[0] == "m"
    assert stream.talk.dialogue.answered_by is None


def test_the_end_of_the_stream_is_told() -> None:
    """And the dialogue keeps what it knew."""
    stream = Stream(ASKING)
    stream.press("1", 0.2)
    stream.talk.connection_lost(0.3)
    assert stream.talk.events() == [Pressed("1"), Ended(by_carrier=False)]
    assert stream.talk.dialogue.outcome is Outcome.ACKNOWLEDGED
    assert stream.talk.stream_sid == "MZ1"
