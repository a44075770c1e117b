"""Placing the call: one request, its answer, and the search where that was lost."""

from __future__ import annotations

import pytest

from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    LedgerError,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.leg.endings import Ending
from cartesia_call.leg.placing import LOOKS
from cartesia_call.leg.requests import AskList, End, Fetch, NotePlaced, Post, Redirect
from cartesia_call.leg.states import State
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome
from tests.leg.given import INTENT_AT, MESSAGE, OURS, STRANGERS, Driven, call_plan, snapshot, start_text
from tests.leg.table import FAILED, LOST, PLACED, held_off, posting, proving, searching, watching

TOO_FAST = CarrierUnavailable("too many requests", http_status=429)
RINGING = snapshot(CallStatus.RINGING)


def ended(driven: Driven) -> Ending:
    assert driven.leg.ending is not None
    return driven.leg.ending


def test_the_request_says_all_that_was_planned() -> None:
    """Stream, fallback, callbacks, limits and keys to send."""
    driven = posting(Driven(call_plan(send_digits="ww1")))
    (post,) = (action for action in driven.asked if isinstance(action, Post))
    request = post.request
    assert (request.to, request.caller_id) == (driven.leg.plan.to, driven.leg.plan.caller_id)
    assert request.instructions.stream_url == "wss://h/media/x"
    assert request.instructions.fallback_text == MESSAGE.text
    assert request.status_callback_url == "https://h/status/y"
    assert (request.limits.ring_timeout_s, request.time_limit_s, request.send_digits) == (30, 120, "ww1")


def test_speech_that_broke_before_the_placing_places_nothing() -> None:
    """Where nobody else may say the message: nobody has been rung yet."""
    driven = Driven(call_plan(fallback=False))
    driven.leg.known.message.fail(SpeechUnavailable("Cartesia broke off"))
    driven.utterances = dict(driven.leg.known.streams.utterances)
    driven.place()
    assert driven.count(Post) == 0
    assert ended(driven).outcome is Outcome.SPEECH_FAILED


def test_preparation_has_a_limit() -> None:
    """Nothing was placed, and it is told why."""
    driven = Driven()
    driven.pass_time(61)
    assert driven.state() is State.DOWN
    assert ended(driven).outcome is Outcome.SPEECH_FAILED
    assert "60 s" in ended(driven).detail


def test_what_comes_after_the_end_of_the_preparation_places_nothing() -> None:
    """All is ready a moment too late."""
    driven = Driven()
    driven.pass_time(61)
    driven.place()
    assert driven.count(Post) == 0


@pytest.mark.parametrize(
    ("answer", "outcome"),
    [
        (Unauthorized("HTTP 401", http_status=401), Outcome.UNAUTHORIZED),
        (CallRefused("no permission", code=21215, http_status=400), Outcome.REFUSED),
        (CarrierUnavailable("no route"), Outcome.CARRIER_UNAVAILABLE),
    ],
)
def test_a_refused_request_is_not_repeated(answer: Exception, outcome: Outcome) -> None:
    """Its answer is the ending, and nothing is hung up."""
    driven = posting()
    driven.answer(Post, answer)
    assert (driven.state(), ended(driven).outcome) == (State.DOWN, outcome)
    assert driven.count(Post) == 1
    assert driven.count(End) == 0


@pytest.mark.parametrize(
    "answer", [FAILED, CarrierError("nonsense"), LedgerError("locked"), RuntimeError("a bug")]
)
def test_any_other_failure_may_have_placed_it(answer: Exception) -> None:
    """A fault of ours as well, for it may have come behind the first byte: the call is searched for."""
    driven = posting()
    driven.answer(Post, answer)
    assert driven.state() is State.SEARCHING
    assert driven.leg.known.facts.is_unknown


def test_too_many_requests_is_tried_again_with_growing_pauses() -> None:
    """1, 2, 4, 8 and 8 s, for as long as it may ring (30 s); then the answer counts."""
    driven = held_off()
    pauses_s = []
    while driven.state() is State.HELD_OFF:
        deadline_s = driven.leg.next_deadline_s()
        assert deadline_s is not None
        pauses_s.append(deadline_s - driven.now_s)
        driven.pass_time(pauses_s[-1])
        driven.answer(Post, TOO_FAST)
    assert pauses_s == [1, 2, 4, 8, 8]
    assert driven.count(Post) == 6
    assert ended(driven).outcome is Outcome.CARRIER_UNAVAILABLE


def test_a_held_off_call_is_placed_in_the_end() -> None:
    """And is as good as any other."""
    driven = held_off()
    driven.pass_time(1)
    driven.answer(Post, PLACED)
    assert driven.state() is State.QUEUED
    assert driven.asked.count(NotePlaced(OURS)) == 1


def test_a_signal_while_held_off_ends_it_at_once() -> None:
    """It is certain that nothing was placed."""
    driven = held_off()
    driven.leg.stop(15, driven.now_s)
    assert (driven.state(), ended(driven).detail) == (
        State.DOWN,
        "interrupted; nothing was dialled",
    )


def test_a_signal_waits_for_the_answer_to_the_placing() -> None:
    """That alone knows the call; then it is hung up, and no other request is sent."""
    driven = posting()
    driven.leg.stop(15, driven.now_s)
    assert driven.state() is State.POSTING
    driven.answer(Post, PLACED)
    assert driven.state() is State.HANGING_UP
    assert driven.count(End) == 1


def test_a_signal_is_no_reason_to_try_again() -> None:
    """The answer that nothing was placed comes after it."""
    driven = posting()
    driven.leg.stop(15, driven.now_s)
    driven.answer(Post, TOO_FAST)
    assert (driven.state(), ended(driven).outcome) == (State.DOWN, Outcome.INTERRUPTED)


def test_a_callback_may_be_faster_than_the_answer() -> None:
    """It knows our secret and names the call; the answer is no news then."""
    driven = posting()
    driven.callback(CallStatus.RINGING)
    assert driven.state() is State.RINGING
    driven.answer(Post, LOST)
    assert driven.state() is State.RINGING
    assert not driven.leg.known.facts.is_unknown


def test_a_stream_may_be_faster_than_the_answer() -> None:
    """And speaks at once."""
    driven = posting()
    driven.connect()
    assert driven.state() is State.SPEAKING
    assert driven.leg.known.facts.call_sid == OURS


def test_an_unanswered_request_is_given_up() -> None:
    """The client's own time-out is 10 s, the grace 5 s; an answer after that still names the call."""
    driven = posting()
    driven.pass_time(15)
    assert driven.state() is State.SEARCHING
    driven.answer(Post, PLACED)
    assert driven.state() is State.QUEUED
    assert driven.count(Post) == 1


# --- the answer was lost ---


def test_the_list_is_asked_five_times() -> None:
    """Not before 2 s, then every 4 s; then 2 s more for a proof, and nobody knows."""
    driven = searching()
    began_at_s, asked_at_s = driven.now_s, []
    while driven.state() is State.SEARCHING:
        deadline_s = driven.leg.next_deadline_s()
        assert deadline_s is not None
        driven.pass_time(deadline_s - driven.now_s)
        if any(isinstance(request, AskList) for request in driven.open):
            asked_at_s.append(driven.now_s - began_at_s)
            driven.answer(AskList, [])
    assert asked_at_s == [2, 6, 10, 14, 18]
    assert len(asked_at_s) == LOOKS
    driven.pass_time(2)
    assert driven.state() is State.UNKNOWN
    assert ended(driven).outcome is Outcome.UNKNOWN
    assert "shows no such call" in ended(driven).detail


def test_the_list_is_asked_for_calls_since_the_intent() -> None:
    """To this number, from ours."""
    driven = searching()
    driven.pass_time(2)
    (asked,) = (request for request in driven.open if isinstance(request, AskList))
    assert (asked.to, asked.caller_id, asked.since) == (
        driven.leg.plan.to,
        driven.leg.plan.caller_id,
        INTENT_AT,
    )


def test_a_list_that_cannot_be_asked_is_told() -> None:
    """It is another thing than one that shows no call."""
    driven = searching()
    while not driven.leg.is_over:
        driven.pass_time(1)
        if any(isinstance(request, AskList) for request in driven.open):
            driven.answer(AskList, FAILED)
    assert "could not be asked" in ended(driven).detail
    error = ended(driven).error
    assert error is not None
    assert "not dialled again" in str(error.hint)


def test_a_call_that_may_be_ours_is_watched_and_never_touched() -> None:
    """Every 4 s until it is over; nobody ended it, for it may be a stranger's."""
    driven = searching()
    driven.pass_time(2)
    driven.answer(AskList, [snapshot(CallStatus.RINGING, STRANGERS)])
    for _ in range(3):
        driven.pass_time(4)
        driven.answer(Fetch, snapshot(CallStatus.IN_PROGRESS, STRANGERS))
    driven.pass_time(4)
    driven.answer(Fetch, snapshot(CallStatus.COMPLETED, STRANGERS))
    assert driven.state() is State.PROVING
    driven.pass_time(2)
    assert ended(driven).outcome is Outcome.UNKNOWN
    assert STRANGERS in ended(driven).detail
    assert driven.count(End) == driven.count(Redirect) == 0
    assert driven.leg.known.facts.progress.status is None


def test_a_watched_call_that_cannot_be_looked_at_is_watched_on() -> None:
    """For as long as it may ring and last."""
    driven = watching()
    driven.pass_time(4)
    driven.answer(Fetch, FAILED)
    assert driven.state() is State.WATCHING
    driven.pass_time(140)
    assert driven.state() is State.WATCHING
    driven.pass_time(6)
    assert driven.state() is State.PROVING


def test_a_watched_call_that_a_callback_proves_is_followed() -> None:
    """Nothing is placed again."""
    driven = watching()
    driven.callback(CallStatus.IN_PROGRESS)
    assert driven.state() is State.AWAITING_STREAM
    assert driven.count(Post) == 1


def test_of_several_calls_none_is_taken() -> None:
    """A proof is awaited as long as it may ring."""
    driven = searching()
    driven.pass_time(2)
    driven.answer(AskList, [RINGING, snapshot(CallStatus.RINGING, STRANGERS)])
    driven.pass_time(29)
    assert (driven.state(), driven.count(Fetch)) == (State.WATCHING, 0)
    driven.pass_time(3)
    assert ended(driven).outcome is Outcome.UNKNOWN
    assert "2 calls" in ended(driven).detail


def test_a_proof_that_comes_too_late_is_hung_up() -> None:
    """All was given up, and the callee is not to hear half a message."""
    driven = searching()
    while driven.state() is not State.PROVING:
        driven.pass_time(1)
        if any(isinstance(request, AskList) for request in driven.open):
            driven.answer(AskList, [])
    driven.connect()
    assert (driven.state(), driven.count(End)) == (State.HANGING_UP, 1)
    assert driven.sent == 0
    driven.callback(CallStatus.COMPLETED)
    assert ended(driven).outcome is Outcome.CUT_SHORT
    assert "too late" in ended(driven).detail


def test_after_a_signal_a_proof_has_two_seconds() -> None:
    """Then the call is hung up, or may have been placed."""
    driven = proving()
    driven.callback(CallStatus.RINGING)
    assert driven.state() is State.HANGING_UP
    driven = proving()
    driven.pass_time(2)
    assert ended(driven).outcome is Outcome.UNKNOWN


def test_somebody_elses_stream_proves_nothing_once_the_call_is_known() -> None:
    """Its start message names another call."""
    driven = posting()
    driven.answer(Post, PLACED)
    driven.connect(start_text(STRANGERS))
    assert driven.leg.known.facts.call_sid == OURS
    assert driven.leg.known.streams.talk is None


def test_a_fault_of_ours_is_told_by_its_class_alone() -> None:
    """A library's words may quote the whole request, with its login."""
    driven = posting()
    driven.answer(Post, RuntimeError("cannot send POST {'Authorization': 'Basic evidently-fake'}"))
    driven.leg.stop(15, driven.now_s)
    driven.pass_time(3)
    ending = driven.leg.ending
    assert ending is not None
    assert "RuntimeError" in ending.detail
    assert "Authorization" not in ending.detail
