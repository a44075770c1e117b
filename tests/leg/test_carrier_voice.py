"""How the carrier's own voice comes to speak, and listening until it has."""

from __future__ import annotations

import dataclasses

import pytest

from cartesia_call.conversation.parts import ConversationPlan
from cartesia_call.errors import CarrierError
from cartesia_call.leg.carrier_voice import NEVER_ENDED, TRIAL_SENTENCE, WAITS
from cartesia_call.leg.requests import AskAccount, AskWhoEnded, CloseStream, Fetch, Post, ReadNotes, Redirect
from cartesia_call.leg.states import State
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.estimates import fastest_reading_s
from cartesia_call.telephony.instructions import CarrierNote
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.leg.given import MESSAGE, STOP_TEXT, Driven, call_plan, ended, media_text, snapshot
from tests.leg.table import (
    FAILED,
    PLACED,
    asking_account,
    asking_notes,
    awaiting_stream,
    carrier_speaks,
    closing,
    pausing,
    redirecting,
    stream_yields,
)

FAILED_STREAM = CarrierNote(code=31920, sentence="handshake", hint="h", is_error=True, ended_stream=True)
REFUSED = CarrierError("no", http_status=400)
UP = snapshot(CallStatus.IN_PROGRESS)


def hand_over_since_s(driven: Driven) -> float:
    """When the carrier's voice can have begun."""
    assert driven.leg.following is not None
    driven.leg.stop(15, driven.now_s)
    assert driven.leg.carrier_heard_ms is not None
    return driven.now_s - driven.leg.carrier_heard_ms / 1000


# --- instead of a stream that does not come ---


def test_a_failure_that_the_carrier_noted_means_that_its_voice_speaks() -> None:
    """Since the answer, at the earliest; nothing is redirected."""
    driven = asking_notes()
    answered_at_s = driven.now_s - 10
    driven.answer(ReadNotes, [FAILED_STREAM])
    assert (driven.state(), driven.count(Redirect)) == (State.CARRIER_SPEAKS, 0)
    assert "the media stream never came" in driven.leg.known.warnings[0]
    assert hand_over_since_s(driven) == answered_at_s


def test_a_trial_account_says_a_sentence_of_its_own_first() -> None:
    """Twilio opens no streams for it; the user is told."""
    driven = asking_account()
    answered_at_s = driven.now_s - 10
    driven.answer(AskAccount, True)
    assert driven.state() is State.CARRIER_SPEAKS
    assert "trial account" in driven.leg.known.warnings[0]
    since_s = hand_over_since_s(driven)
    assert since_s == pytest.approx(answered_at_s + fastest_reading_s(TRIAL_SENTENCE), abs=0.001)


@pytest.mark.parametrize("answer", [False, FAILED])
def test_where_nothing_shows_that_it_speaks_it_is_told_to(answer: object) -> None:
    """The message from its beginning, and no stream any more."""
    driven = asking_account()
    driven.answer(AskAccount, answer)  # type: ignore[arg-type]  # both are answers
    (redirect,) = (action for action in driven.asked if isinstance(action, Redirect))
    assert redirect.instructions.stream_url is None
    assert redirect.instructions.fallback_text == MESSAGE.text
    driven.answer(Redirect, UP)
    assert driven.state() is State.CARRIER_SPEAKS


def test_where_nobody_can_tell_it_is_asked_again() -> None:
    """After 1, 2 and 4 s: perhaps it speaks already, and new instructions would begin anew. As the last thing
    it is told to."""
    driven = pausing()
    pauses_s = []
    while driven.state() is State.PAUSING:
        deadline_s = driven.leg.next_deadline_s()
        assert deadline_s is not None
        pauses_s.append(deadline_s - driven.now_s)
        driven.pass_time(pauses_s[-1])
        driven.answer(ReadNotes, FAILED)
    assert pauses_s == [1, 2, 4]
    assert driven.state() is State.REDIRECTING


def test_an_answer_that_was_lost_counts_for_nothing() -> None:
    """There is no stream that could show it: the carrier is taken to have followed."""
    driven = redirecting()
    driven.answer(Redirect, CarrierError("the connection broke"))
    assert driven.state() is State.CARRIER_SPEAKS


def test_a_carrier_that_refuses_is_asked_again_and_then_given_up() -> None:
    """A stream may come meanwhile."""
    driven = redirecting()
    driven.answer(Redirect, REFUSED)
    while driven.state() is State.PAUSING:
        assert driven.leg.wants_stream
        while driven.state() is State.PAUSING:
            driven.pass_time(1)
        driven.answer(ReadNotes, [])
        driven.answer(AskAccount, False)
        driven.answer(Redirect, REFUSED)
    assert driven.count(Redirect) == 4
    assert (ended(driven).outcome, ended(driven).detail) == (Outcome.STREAM_FAILED, WAITS)


def test_a_stop_behind_new_instructions_is_not_the_end_of_the_call() -> None:
    """They closed the stream."""
    driven = redirecting()
    assert driven.leg.known.facts.is_redirected
    driven.leg.known.facts.stop_received = True
    assert not driven.leg.known.facts.is_down


# --- the call ended while the stream was missing ---


def over_without_stream(after_s: float, *, fallback: bool = True) -> Driven:
    driven = awaiting_stream(Driven(call_plan(fallback=fallback)))
    driven.pass_time(after_s)
    driven.callback(CallStatus.COMPLETED)
    return driven


def test_who_left_at_once_hung_up() -> None:
    """Nothing is redirected in a call that is over."""
    driven = over_without_stream(1)
    while driven.state() is not State.ASKING_WHO_ENDED:
        driven.pass_time(0.5)
    assert ended(driven).outcome is Outcome.HUNG_UP_EARLY
    assert driven.count(Redirect) == 0


def test_who_left_later_left_a_failed_stream() -> None:
    """Unless a note shows that the carrier's voice spoke instead."""
    driven = over_without_stream(5)
    driven.pass_time(10)
    assert ended(driven).outcome is Outcome.STREAM_FAILED
    driven = over_without_stream(5)
    driven.answer(ReadNotes, [FAILED_STREAM])
    assert (ended(driven).outcome, ended(driven).evidence) == (Outcome.DELIVERED, Evidence.DURATION)


@pytest.mark.parametrize("is_trial", [False, True])
def test_without_a_fallback_the_carriers_voice_delivers_nothing(is_trial: bool) -> None:
    """Behind the failed stream stood the end of the call, and no message."""
    driven = over_without_stream(5, fallback=False)
    driven.answer(ReadNotes, [] if is_trial else [FAILED_STREAM])
    if is_trial:
        driven.answer(AskAccount, True)
    assert ended(driven).outcome is Outcome.STREAM_FAILED
    assert not driven.leg.carrier_spoke
    assert not any("says the message" in warning for warning in driven.leg.known.warnings)
    driven.pass_time(10)
    assert driven.leg.ending is not None
    assert ("31920" in driven.leg.ending.detail) is not is_trial


# --- listening ---


def test_it_is_listened_to_until_the_call_is_over() -> None:
    """The call is looked at every 5 s; long enough for the message is a delivery, by estimate."""
    driven = carrier_speaks()
    driven.pass_time(5)
    driven.answer(Fetch, UP)
    driven.pass_time(5)
    driven.answer(Fetch, snapshot(CallStatus.COMPLETED, duration_s=9))
    assert (ended(driven).outcome, ended(driven).evidence) == (Outcome.DELIVERED, Evidence.DURATION)
    assert driven.leg.carrier_heard_ms is None


def test_who_leaves_too_soon_is_told_how_much_they_heard() -> None:
    """By estimate; who heard none of it did not hear the carrier's voice."""
    driven = carrier_speaks()
    driven.pass_time(1)
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.HUNG_UP_EARLY
    assert (driven.leg.carrier_spoke, driven.leg.carrier_heard_ms) == (True, 1000)
    driven = carrier_speaks()
    driven.pass_time(0.1)
    driven.callback(CallStatus.COMPLETED)
    assert not driven.leg.carrier_spoke


def test_who_left_the_carriers_voice_may_have_been_hung_up_on() -> None:
    """By a command of ours, from elsewhere: the ledger is asked."""
    driven = carrier_speaks()
    driven.pass_time(1)
    driven.callback(CallStatus.COMPLETED)
    driven.answer(AskWhoEnded, True)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.CUT_SHORT


def test_it_can_take_no_key() -> None:
    """What was said whole is not acknowledged."""
    driven = Driven(call_plan(conversation=ConversationPlan(ack_key="1")))
    driven.place(streams=False)
    driven.answer(Post, PLACED)
    driven.callback(CallStatus.IN_PROGRESS)
    driven.pass_time(10)
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.NOT_ACKNOWLEDGED
    assert ended(driven).detail.endswith("it can take no key")


def test_a_call_that_lasts_to_its_limit_did_not_end_behind_the_voice() -> None:
    """Neither when we see it last so long nor by the carrier's own count."""
    driven = carrier_speaks()
    driven.pass_time(125)
    assert (ended(driven).detail, driven.leg.carrier_spoke) == (NEVER_ENDED, False)
    driven = carrier_speaks()
    driven.pass_time(100)
    driven.callback(CallStatus.COMPLETED, duration_s=119)
    assert (ended(driven).detail, driven.leg.carrier_spoke) == (NEVER_ENDED, False)


def test_what_is_cut_from_our_side_was_heard_so_far() -> None:
    """By estimate."""
    driven = carrier_speaks()
    driven.pass_time(4)
    driven.leg.stop(15, driven.now_s)
    assert (driven.leg.carrier_spoke, driven.leg.carrier_heard_ms) == (True, 4000)


# --- after a stream whose end the carrier may not have noticed ---


def in_doubt() -> Driven:
    """The peer did not answer when the stream was closed."""
    driven = closing()
    driven.answer(CloseStream, False)
    assert driven.state() is State.CARRIER_SPEAKS
    driven.pass_time(10)
    return driven


def test_a_carrier_that_may_wait_in_silence_is_asked() -> None:
    """After the stream time-out; where it noted the end of the stream, it speaks."""
    driven = in_doubt()
    assert driven.state() is State.ASKING_NOTES
    driven.answer(ReadNotes, [FAILED_STREAM])
    assert (driven.state(), driven.count(Redirect)) == (State.CARRIER_SPEAKS, 0)


def test_where_nothing_shows_that_it_noticed_it_is_told_to_speak() -> None:
    """And it begins then."""
    driven = in_doubt()
    driven.answer(ReadNotes, [])
    driven.answer(AskAccount, False)
    driven.text(driven.talks[0], STOP_TEXT)
    asked_at_s = driven.now_s
    driven.answer(Redirect, UP)
    assert driven.state() is State.CARRIER_SPEAKS
    assert hand_over_since_s(driven) == asked_at_s


def test_where_it_refuses_it_is_listened_to_all_the_same() -> None:
    """It may have begun long ago; no stream is let in."""
    driven = in_doubt()
    began_at_s = driven.now_s - 10
    driven.answer(ReadNotes, [])
    driven.answer(AskAccount, False)
    driven.answer(Redirect, REFUSED)
    assert driven.state() is State.CARRIER_SPEAKS
    assert not driven.leg.wants_stream
    assert hand_over_since_s(driven) == began_at_s


def test_the_rest_of_a_message_counts_with_what_our_voice_said() -> None:
    """Of the estimate of how much was heard."""
    driven = stream_yields()
    driven.text(driven.talks[0], media_text(0))
    driven.text(driven.talks[0], STOP_TEXT)
    assert driven.state() is State.CARRIER_SPEAKS
    driven.pass_time(1)
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.HUNG_UP_EARLY
    assert driven.leg.carrier_heard_ms == 1500 + 1000


@pytest.mark.parametrize("ack_key", [None, "1"])
def test_a_voice_that_does_not_speak_the_language_delivers_nothing(ack_key: str | None) -> None:
    """It read the message to its end, and nobody knows what was understood."""
    conversation = ConversationPlan(ack_key=ack_key)
    driven = carrier_speaks(Driven(call_plan(say_voice=None, conversation=conversation)))
    driven.pass_time(10)
    driven.callback(CallStatus.COMPLETED)
    ending = ended(driven)
    assert (ending.outcome, ending.evidence) == (Outcome.SPEECH_FAILED, Evidence.DURATION)
    assert "no voice that speaks en" in ending.detail


def test_text_that_was_written_later_is_missing_in_the_instructions() -> None:
    """The carrier's voice said as much as they held."""
    driven = carrier_speaks()
    held = driven.leg.known.carrier_text
    assert held is not None
    driven.leg.known.carrier_text = dataclasses.replace(held, text=held.text[:20])
    driven.pass_time(10)
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.CUT_SHORT
