"""One leg as a whole: what goes in from several sides at once, and what comes out."""

from __future__ import annotations

import dataclasses

import pytest

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.errors import TunnelError
from cartesia_call.leg.endings import ending_of
from cartesia_call.leg.requests import End, Fetch, NotePlaced, Post, RaiseTimeLimit, Show
from cartesia_call.leg.states import OVER, State
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome
from tests.leg.given import LIMITS, OURS, STRANGERS, Driven, call_plan, digit_text, event, made, snapshot
from tests.leg.table import (
    PLACED,
    REACHED,
    carrier_speaks,
    down,
    play,
    posting,
    queued,
    ringing,
    speaking,
)


def test_it_begins_by_saying_so() -> None:
    """And asks for nothing until all is ready."""
    driven = Driven()
    assert driven.asked == [Show(stage="connecting", since_s=100.0)]
    assert driven.state() is State.PREPARING


def test_whoever_watches_learns_whether_a_key_is_waited_for() -> None:
    """From what is shown of the speaking, until the key is pressed."""
    driven = speaking(Driven(call_plan(conversation=ConversationPlan(ack_key="1"))))
    stage = [action for action in driven.asked if isinstance(action, Show)][-1]
    assert stage.awaits_key is not None
    assert stage.awaits_key()
    driven.text(driven.talks[0], digit_text("1"))
    assert not stage.awaits_key()


def test_what_is_not_to_be_placed_is_not() -> None:
    """It cannot be made ready, or a rule holds it back."""
    driven = Driven()
    driven.leg.do_not_place(ending_of(TunnelError("no path")), driven.now_s)
    driven.place()
    assert driven.leg.is_over
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.TUNNEL_FAILED
    assert driven.count(Post) == 0


def test_a_signal_before_the_placing_places_nothing() -> None:
    """Though all is ready at the same moment."""
    driven = Driven()
    driven.leg.stop(15, driven.now_s)
    driven.place()
    assert (driven.state(), driven.count(Post)) == (State.DOWN, 0)


def test_the_call_is_noted_once() -> None:
    """By whoever names it first."""
    driven = posting()
    driven.callback(CallStatus.RINGING)
    driven.answer(Post, PLACED)
    assert driven.asked.count(NotePlaced(OURS)) == driven.count(NotePlaced) == 1


def test_a_callback_of_another_call_is_not_ours() -> None:
    """Once ours is known."""
    driven = queued()
    driven.leg.status_event(event(CallStatus.COMPLETED, STRANGERS), driven.now_s)
    assert driven.state() is State.QUEUED


@pytest.mark.parametrize("number", [15, None])
def test_a_signal_and_a_cancellation_put_the_line_down(number: int | None) -> None:
    """A cancellation has no number."""
    driven = ringing()
    driven.leg.stop(number, driven.now_s)
    driven.look()
    assert (driven.count(End), driven.leg.interrupted_by) == (1, number)
    driven.callback(CallStatus.CANCELED)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.INTERRUPTED


def test_a_fault_of_ours_puts_the_line_down() -> None:
    """Without an outcome; the first one is told."""
    driven = speaking()
    first = RuntimeError("a bug")
    driven.leg.fail(first, driven.now_s)
    driven.leg.fail(RuntimeError("another"), driven.now_s)
    driven.look()
    assert driven.count(End) == 1
    driven.callback(CallStatus.COMPLETED)
    assert driven.leg.ending is not None
    assert (driven.leg.ending.outcome, driven.leg.bug) == (None, first)


def test_a_fault_while_the_line_is_put_down_takes_no_outcome_away() -> None:
    """The call came to it before."""
    driven = speaking()
    play(driven)
    driven.leg.fail(RuntimeError("a bug"), driven.now_s)
    driven.callback(CallStatus.COMPLETED)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.DELIVERED


def test_a_signal_while_the_line_is_put_down_is_the_outcome() -> None:
    """The signal goes before it."""
    driven = speaking()
    play(driven)
    driven.leg.stop(15, driven.now_s)
    driven.callback(CallStatus.COMPLETED)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.INTERRUPTED


def test_what_comes_after_the_end_is_no_news() -> None:
    """Nothing is asked, whatever is fed."""
    for state in OVER:
        driven = REACHED[state]()
        driven.look()
        talk = driven.leg.stream_connected(driven.now_s)
        driven.leg.stream_text(talk, '{"event": "nonsense"}', driven.now_s)
        driven.leg.stream_gone(talk, driven.now_s)
        driven.leg.status_event(event(CallStatus.IN_PROGRESS), driven.now_s)
        driven.leg.answered(Fetch(OURS), snapshot(CallStatus.IN_PROGRESS), driven.now_s)
        driven.leg.check(driven.now_s + 100)
        driven.leg.stop(15, driven.now_s)
        assert driven.look() == [], state
        assert (driven.state(), driven.leg.next_deadline_s()) == (state, None)
    assert not down().leg.wants_stream


# --- the limit of the call at the carrier ---


def growing(seconds: float, *, max_duration_s: float | None = 600.0) -> Driven:
    """A message that proves to be so long, while it is said."""
    utterance = Utterance()
    utterance.append(b"m" * 8000)
    plan = call_plan(limits=dataclasses.replace(LIMITS, max_duration_s=max_duration_s))
    driven = speaking(Driven(plan, utterances={Part.MESSAGE: utterance}))
    utterance.append(b"m" * round(8000 * (seconds - 1)))
    utterance.finish()
    driven.leg.check(driven.now_s)
    driven.look()
    return driven


def test_a_limit_that_proves_too_short_is_raised() -> None:
    """Twice the audio and a minute, once; what became of it decides nothing."""
    driven = growing(40)
    (raising,) = (action for action in driven.asked if isinstance(action, RaiseTimeLimit))
    assert (raising.call_sid, raising.time_limit_s) == (OURS, 140)
    driven.answer(RaiseTimeLimit, RuntimeError("a bug"))
    assert driven.state() is State.SPEAKING
    driven.leg.check(driven.now_s)
    driven.look()
    assert driven.count(RaiseTimeLimit) == 1


def test_a_limit_that_is_long_enough_stays() -> None:
    """As the plan reckoned."""
    assert growing(30).count(RaiseTimeLimit) == 0


@pytest.mark.parametrize(("max_duration_s", "most_s"), [(600.0, 660), (None, 14_400), (7 * 3600.0, 14_400)])
def test_no_limit_is_longer_than_the_call_or_the_carriers_own(
    max_duration_s: float | None, most_s: int
) -> None:
    """A minute more than --max-duration, or four hours."""
    driven = growing(3 * 3600, max_duration_s=max_duration_s)
    (raising,) = (action for action in driven.asked if isinstance(action, RaiseTimeLimit))
    assert raising.time_limit_s == most_s


def test_before_the_call_is_known_no_limit_is_raised() -> None:
    """Then it is."""
    driven = posting(Driven(utterances={Part.MESSAGE: made(40)}))
    assert driven.count(RaiseTimeLimit) == 0
    driven.answer(Post, PLACED)
    assert driven.count(RaiseTimeLimit) == 1


# --- deadlines ---


def test_the_next_deadline_is_the_nearest() -> None:
    """Of the state, the next look at the carrier, and the streams."""
    driven = ringing()
    assert driven.leg.next_deadline_s() == driven.now_s + 5
    driven.leg.stream_connected(driven.now_s - 8)
    assert driven.leg.next_deadline_s() == driven.now_s + 2
    driven = carrier_speaks()
    driven.pass_time(5)
    deadline_s = driven.leg.next_deadline_s()
    assert deadline_s is not None
    assert deadline_s == 100 + 120  # the look is under way


@pytest.mark.parametrize("calls_back", [True, False])
def test_nobody_is_called_to_hear_nothing(calls_back: bool) -> None:
    """Without a stream, and without words for the carrier's voice."""
    driven = Driven(call_plan(fallback=False))
    with pytest.raises(ValueError, match="needs words"):
        driven.place(streams=False, calls_back=calls_back)
    assert (driven.state(), driven.count(Post)) == (State.PREPARING, 0)
