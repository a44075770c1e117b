"""From the placed call to the point where the line can be put down."""

from __future__ import annotations

import dataclasses
from typing import Any

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.leg.hanging_up import BLOCK_WAIT_S
from cartesia_call.leg.requests import (
    AskWhoEnded,
    CloseStream,
    End,
    Fetch,
    HurrySpeech,
    ReadNotes,
    Show,
)
from cartesia_call.leg.states import State
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.leg.given import (
    LIMITS,
    STOP_TEXT,
    Driven,
    call_plan,
    digit_text,
    ended,
    hear,
    sentence_and_a_half,
    snapshot,
    start_text,
)
from tests.leg.table import (
    FAILED,
    asking_notes,
    awaiting_stream,
    closing,
    drop_audio,
    lost_stop,
    play,
    queued,
    redirecting,
    ringing,
    speaking,
)

UP = snapshot(CallStatus.IN_PROGRESS)
OVER = snapshot(CallStatus.COMPLETED)


def shown(driven: Driven) -> list[Show]:
    return [action for action in driven.asked if isinstance(action, Show)]


# --- ringing ---


def test_a_call_that_stays_in_the_queue_is_put_down() -> None:
    """After the ring time-out and a grace of 10 s."""
    driven = queued()
    driven.pass_time(40)
    assert driven.state() is State.HANGING_UP
    assert (ended(driven).outcome, ended(driven).detail) == (
        Outcome.NO_ANSWER,
        "the carrier kept the call in its queue",
    )


def test_the_ring_time_out_counts_from_the_dialling() -> None:
    """Not from the placing: the carrier's queue takes its time."""
    driven = queued()
    driven.pass_time(30)
    driven.callback(CallStatus.INITIATED)
    driven.pass_time(39)
    assert driven.state() is State.RINGING
    driven.pass_time(1)
    assert ended(driven).detail == "nobody answered within the ring time-out"


def test_who_rings_is_looked_at_every_five_seconds() -> None:
    """A callback may be lost; one question at a time."""
    driven = ringing()
    driven.pass_time(14)
    assert driven.count(Fetch) == 1
    driven.answer(Fetch, FAILED)
    driven.pass_time(5)
    assert driven.count(Fetch) == 2
    driven.answer(Fetch, UP)
    assert driven.state() is State.AWAITING_STREAM


def test_the_final_callback_is_waited_for_where_a_look_saw_the_end_first() -> None:
    """It alone tells a refusal from other ends."""
    driven = ringing()
    driven.pass_time(5)
    driven.answer(Fetch, snapshot(CallStatus.BUSY))
    assert driven.state() is State.CONFIRMING
    driven.pass_time(1)
    driven.callback(CallStatus.BUSY, sip_code=603)
    assert driven.state() is State.EXPLAINING
    driven.pass_time(BLOCK_WAIT_S)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.DECLINED


def test_speech_that_is_lost_while_it_rings_ends_the_call() -> None:
    """Nobody could say the message, so nobody is to answer."""
    driven = ringing(Driven(call_plan(fallback=False), utterances={Part.MESSAGE: Utterance()}))
    driven.utterances[Part.MESSAGE].fail(SpeechUnavailable("Cartesia broke off"))
    driven.leg.check(driven.now_s)
    assert driven.state() is State.HANGING_UP
    assert ended(driven).outcome is Outcome.SPEECH_FAILED


def test_with_a_fallback_it_rings_on() -> None:
    """The carrier's voice may say it."""
    driven = ringing(Driven(utterances={Part.MESSAGE: Utterance()}))
    driven.utterances[Part.MESSAGE].fail(SpeechUnavailable("Cartesia broke off"))
    driven.leg.check(driven.now_s)
    assert driven.state() is State.RINGING


# --- the stream does not come ---


def test_a_stream_that_comes_while_the_notes_are_asked_speaks() -> None:
    """It was late, and nobody has spoken yet."""
    driven = asking_notes()
    driven.connect()
    assert driven.state() is State.SPEAKING


def test_a_stream_that_comes_behind_new_instructions_finds_the_door_closed() -> None:
    """Two voices never take turns."""
    driven = redirecting()
    assert not driven.leg.wants_stream


def test_who_stands_at_the_door_without_a_word_is_turned_away() -> None:
    """At the stream time-out; the carrier goes on by itself, and its voice speaks."""
    driven = awaiting_stream()
    talk = driven.leg.stream_connected(driven.now_s)
    driven.pass_time(10)
    assert any(isinstance(action, CloseStream) and action.talk is talk for action in driven.asked)
    assert driven.state() is State.CARRIER_SPEAKS
    driven.leg.stream_text(talk, start_text(), driven.now_s)
    assert driven.leg.known.streams.talk is None


def test_a_refused_stream_is_named() -> None:
    """Nobody here has seen a real signature: the user must be able to find it out."""
    driven = awaiting_stream()
    driven.leg.stream_refused("its signature fits no token", driven.now_s)
    driven.pass_time(10)
    assert driven.state() is State.CARRIER_SPEAKS
    assert any("its signature fits no token" in warning for warning in driven.leg.known.warnings)


def test_without_a_fallback_a_missing_stream_is_a_failure() -> None:
    """The line is put down at the stream time-out."""
    driven = awaiting_stream(Driven(call_plan(fallback=False)))
    driven.pass_time(10)
    assert (driven.state(), ended(driven).outcome) == (State.HANGING_UP, Outcome.STREAM_FAILED)
    assert not driven.leg.known.streams.is_awaited


# --- our voice ---


def test_what_was_played_to_its_mark_is_delivered() -> None:
    """And the line is put down at once."""
    driven = speaking()
    play(driven)
    assert (ended(driven).outcome, ended(driven).evidence) == (Outcome.DELIVERED, Evidence.MARK)
    assert driven.state() is State.HANGING_UP


def test_the_line_shows_the_length_once_it_is_known() -> None:
    """Of one stretch of speaking, which began with the stream."""
    driven = speaking(Driven(utterances={Part.MESSAGE: sentence_and_a_half(breaks=False)}))
    began_at_s = driven.now_s
    hear(driven, 0.5)
    driven.utterances[Part.MESSAGE].finish()
    driven.leg.check(driven.now_s)
    driven.look()
    phases = [(phase.since_s, phase.total_ms) for phase in shown(driven) if phase.stage == "speaking"]
    assert phases == [(began_at_s, None), (began_at_s, 1500)]


def test_every_stage_is_shown_once() -> None:
    """In the order of a call."""
    driven = speaking()
    play(driven)
    assert [phase.stage for phase in shown(driven)] == [
        *("connecting", "ringing", "answered", "speaking", "hanging-up"),
    ]


def test_who_hears_nothing_in_the_middle_hurries_the_speech() -> None:
    """Once: whoever makes it may try another voice."""
    driven = speaking(Driven(utterances={Part.MESSAGE: sentence_and_a_half(breaks=False)}))
    hear(driven, 4.0)
    driven.leg.check(driven.now_s)
    driven.look()
    assert driven.count(HurrySpeech) == 1


def test_a_speaking_call_is_not_looked_at() -> None:
    """Its stream tells; but where the carrier finds out who answered, it is asked every 3 s."""
    driven = speaking()
    hear(driven, 8)
    driven.leg.check(driven.now_s)
    driven.look()
    assert driven.count(Fetch) == 0
    driven = speaking(Driven(call_plan(conversation=ConversationPlan(carrier_judges=True))))
    driven.pass_time(3.5)
    assert driven.count(Fetch) == 1
    driven.answer(Fetch, snapshot(CallStatus.IN_PROGRESS, answered_by="human"))
    assert [verdict.answerer for verdict in driven.leg.known.verdicts] == ["human"]


def test_a_mark_too_early_closes_the_stream() -> None:
    """Nothing was played, and the carrier would wait for more of it."""
    driven = closing()
    assert driven.count(CloseStream) == 1
    driven.answer(CloseStream, True)
    assert driven.state() is State.CARRIER_SPEAKS
    assert any("dropped the audio" in warning for warning in driven.leg.known.warnings)


def test_without_a_fallback_dropped_audio_is_a_failure() -> None:
    """Nobody else says the message."""
    driven = speaking(Driven(call_plan(fallback=False)))
    drop_audio(driven)
    driven.answer(CloseStream, True)
    assert ended(driven).outcome is Outcome.STREAM_FAILED


def test_the_stream_may_not_know_that_the_call_is_over() -> None:
    """Its `stop` was lost: what was played counts up to the end that the callback told, not beyond."""
    driven = speaking()
    hear(driven, 0.5)
    driven.callback(CallStatus.COMPLETED)
    assert driven.state() is State.LOST_STOP
    driven.pass_time(2)
    talk = driven.leg.known.streams.talk
    assert talk is not None
    assert 400 <= talk.session.played_ms(driven.now_s) <= 600
    driven.answer(CloseStream, True)
    assert ended(driven).outcome is Outcome.HUNG_UP_EARLY


def test_a_stop_that_follows_the_callback_counts() -> None:
    """In whatever order they come: all of it was played."""
    driven = lost_stop()
    driven.now_s += 0.5
    driven.text(driven.talks[0], STOP_TEXT)
    assert driven.state() is State.BROKEN


# --- the limit of the call ---


def limited(seconds: float, **options: Any) -> Driven:
    return Driven(call_plan(limits=dataclasses.replace(LIMITS, max_duration_s=seconds), **options))


def test_a_maximum_duration_counts_from_the_answer() -> None:
    """Not from the ringing; the message was cut."""
    driven = ringing(limited(1))
    driven.pass_time(5)
    driven.callback(CallStatus.IN_PROGRESS)
    driven.connect()
    driven.pass_time(0.9)
    assert driven.state() is State.SPEAKING
    driven.pass_time(0.1)
    assert (driven.state(), ended(driven).outcome) == (State.HANGING_UP, Outcome.CUT_SHORT)


def test_what_was_heard_by_then_counts() -> None:
    """All of it was played, its mark is missing; the guess is not told as one."""
    driven = speaking(limited(3))
    hear(driven, 3.1)
    driven.leg.check(driven.now_s)
    assert ended(driven).outcome is Outcome.DELIVERED
    assert ended(driven).detail == "the whole message was played; the call was ended at --max-duration"


def test_a_key_that_was_pressed_by_then_counts() -> None:
    """Though its confirmation was cut."""
    plan = ConversationPlan(parts=frozenset({Part.MESSAGE, Part.CONFIRMATION}), ack_key="1")
    driven = limited(3, conversation=plan)
    driven.utterances = {Part.MESSAGE: sentence_and_a_half(breaks=False), Part.CONFIRMATION: Utterance()}
    speaking(driven)
    hear(driven, 1)
    driven.text(driven.talks[0], digit_text("1"))
    hear(driven, 2.1)
    driven.leg.check(driven.now_s)
    assert ended(driven).outcome is Outcome.ACKNOWLEDGED


def test_what_our_voice_said_does_not_count_where_the_carriers_spoke_last() -> None:
    """The carrier's says the whole message, and was cut: so much of it was heard, by estimate."""
    driven = speaking(limited(10))
    drop_audio(driven)
    driven.answer(CloseStream, True)
    driven.pass_time(10)
    assert ended(driven).outcome is Outcome.CUT_SHORT
    assert driven.leg.carrier_spoke
    assert driven.leg.carrier_heard_ms == 10_000


# --- put down from outside ---


def test_a_signal_in_any_of_it_mutes_the_stream_and_hangs_up() -> None:
    """What was sent plays on; nothing more is said, whatever key is pressed."""
    driven = speaking()
    driven.leg.stop(15, driven.now_s)
    driven.look()
    assert driven.count(End) == 1
    sent = driven.sent
    driven.text(driven.talks[0], digit_text("*"))
    assert driven.sent == sent


def test_a_stream_that_comes_while_the_line_is_put_down_stays_silent() -> None:
    """Whatever the callee does."""
    driven = ringing()
    driven.leg.stop(15, driven.now_s)
    driven.connect()
    driven.text(driven.talks[0], digit_text("*"))
    assert driven.sent == 0
    assert driven.leg.known.streams.talk is driven.talks[0]


def test_nothing_is_asked_of_the_notes_where_the_stream_spoke() -> None:
    """They explain failed streams."""
    driven = speaking()
    play(driven)
    driven.callback(CallStatus.COMPLETED)
    assert driven.count(ReadNotes) == driven.count(AskWhoEnded) == 0
    assert driven.state() is State.DOWN
