"""Streams and speech that break in the middle: who goes on, or whose end it was."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CarrierError, SpeechUnavailable
from cartesia_call.leg.requests import (
    CloseStream,
    Fetch,
    Redirect,
)
from cartesia_call.leg.states import State
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.leg.given import (
    STOP_TEXT,
    Driven,
    call_plan,
    ended,
    hear,
    sentence_and_a_half,
    snapshot,
)
from tests.leg.table import (
    FAILED,
    broken,
    doubting,
    looking,
    play,
    speaking,
)

UP = snapshot(CallStatus.IN_PROGRESS)
OVER = snapshot(CallStatus.COMPLETED)


# --- the stream ended ---


def test_a_stop_alone_may_be_the_end_of_the_stream_only() -> None:
    """A callback is waited for, then the carrier is looked at: it is up, and its voice goes on."""
    driven = speaking()
    driven.text(driven.talks[0], STOP_TEXT)
    driven.answer(CloseStream, True)
    driven.pass_time(2)
    assert driven.state() is State.LOOKING
    driven.answer(Fetch, UP)
    assert driven.state() is State.CARRIER_SPEAKS
    assert not driven.leg.known.facts.is_down


@pytest.mark.parametrize("answer", [FAILED, None])
def test_a_stop_is_all_the_proof_where_nobody_can_be_asked(answer: Exception | None) -> None:
    """The callee left."""
    driven = speaking()
    driven.text(driven.talks[0], STOP_TEXT)
    driven.answer(CloseStream, True)
    driven.pass_time(2)
    if answer is None:
        driven.pass_time(2)
    else:
        driven.answer(Fetch, answer)
    assert ended(driven).outcome is Outcome.HUNG_UP_EARLY


def test_a_broken_pipe_is_closed_from_our_side_too() -> None:
    """If it only fell silent, the carrier waits for more of it."""
    driven = broken()
    assert driven.count(CloseStream) == 1
    driven.answer(CloseStream, False)
    driven.pass_time(2)
    driven.answer(Fetch, UP)
    assert driven.state() is State.CARRIER_SPEAKS
    assert any("the media stream broke" in warning for warning in driven.leg.known.warnings)


def test_a_pipe_that_broke_with_the_call_is_the_callees_end() -> None:
    """The call ended at once: the carrier's voice had no time to say anything."""
    driven = doubting()
    driven.now_s += 0.2
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.HUNG_UP_EARLY


def test_a_pipe_that_broke_a_while_before_the_call_is_a_failed_stream() -> None:
    """The carrier's voice spoke, or was heard at least."""
    driven = doubting()
    driven.now_s += 1.5
    driven.callback(CallStatus.COMPLETED)
    assert any("the media stream broke" in warning for warning in driven.leg.known.warnings)
    assert driven.leg.following is not None
    assert driven.leg.following.stream_failed


def test_without_a_fallback_a_broken_pipe_is_a_failure_though_the_call_ended_at_once() -> None:
    """With nothing behind the stream, the call always ends with it."""
    driven = broken_without_fallback()
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.STREAM_FAILED


def broken_without_fallback() -> Driven:
    driven = speaking(Driven(call_plan(fallback=False)))
    driven.leg.stream_broke(driven.talks[0], driven.now_s)
    driven.look()
    driven.answer(CloseStream, True)
    return driven


def test_a_pipe_that_broke_when_all_was_heard_is_a_delivery() -> None:
    """Its mark was still to come."""
    driven = speaking()
    hear(driven, 2.1)
    driven.leg.stream_broke(driven.talks[0], driven.now_s)
    assert (ended(driven).outcome, ended(driven).evidence) == (Outcome.DELIVERED, Evidence.WATCHDOG)


def test_a_look_that_is_overtaken_by_the_callback_decides_nothing() -> None:
    """Its answer is not waited for."""
    driven = looking()
    driven.callback(CallStatus.COMPLETED)
    assert driven.state() is not State.LOOKING


# --- the speech broke ---


def test_the_carriers_voice_goes_on_with_the_sentence_that_broke() -> None:
    """What was made is heard first; then new instructions, which end the stream."""
    driven = speaking(Driven(utterances={Part.MESSAGE: sentence_and_a_half()}))
    play(driven)
    (redirect,) = (action for action in driven.asked if isinstance(action, Redirect))
    assert redirect.instructions.fallback_text == "Please call the operator."
    driven.answer(Redirect, UP)
    assert driven.state() is State.STREAM_YIELDS
    driven.text(driven.talks[0], STOP_TEXT)
    assert driven.state() is State.CARRIER_SPEAKS
    assert not driven.leg.known.facts.is_down
    assert "the rest, from the sentence" in driven.leg.known.warnings[0]


def test_where_the_carrier_refuses_its_voice_says_the_whole_message() -> None:
    """The stream is closed, once, and what stands behind it begins; then the call is listened to."""
    driven = speaking(Driven(utterances={Part.MESSAGE: sentence_and_a_half()}))
    play(driven)
    driven.answer(Redirect, CarrierError("no", http_status=400))
    assert driven.state() is State.CLOSING
    driven.answer(CloseStream, True)
    assert driven.state() is State.CARRIER_SPEAKS
    assert "the whole message" in driven.leg.known.warnings[0]
    driven.pass_time(4)
    driven.callback(CallStatus.COMPLETED)
    assert (ended(driven).outcome, ended(driven).evidence) == (Outcome.DELIVERED, Evidence.DURATION)
    assert driven.count(CloseStream) == 1


def test_where_the_stream_does_not_yield_it_is_closed() -> None:
    """The carrier took the instructions and did not follow them."""
    driven = speaking(Driven(utterances={Part.MESSAGE: sentence_and_a_half()}))
    play(driven)
    driven.answer(Redirect, UP)
    driven.pass_time(2)
    assert driven.state() is State.CLOSING


def test_a_message_that_broke_in_its_first_sentence_is_said_whole() -> None:
    """There is nothing to go on from."""
    utterance = Utterance()
    utterance.append(b"m" * 8000)
    utterance.fail(SpeechUnavailable("Cartesia broke off"))
    driven = speaking(Driven(utterances={Part.MESSAGE: utterance}))
    play(driven)
    assert (driven.state(), driven.count(Redirect)) == (State.CLOSING, 0)


def test_what_is_missing_may_have_no_words() -> None:
    """Then all of it was heard."""
    plan = call_plan(message=Message.joined(("The database is down. ", '<break time="1s"/>')))
    driven = speaking(Driven(plan, utterances={Part.MESSAGE: sentence_and_a_half()}))
    play(driven)
    assert ended(driven).outcome is Outcome.DELIVERED


def test_without_a_fallback_broken_speech_ends_the_call() -> None:
    """When what was made of it was heard."""
    message = sentence_and_a_half(breaks=False)
    driven = speaking(Driven(call_plan(fallback=False), utterances={Part.MESSAGE: message}))
    message.fail(SpeechUnavailable("Cartesia broke off"))
    driven.leg.check(driven.now_s)
    driven.look()
    assert driven.state() is State.SPEAKING
    play(driven)
    assert (driven.state(), ended(driven).outcome) == (State.HANGING_UP, Outcome.SPEECH_FAILED)
