"""Without an auth token no callback is proven: that a call is over, the carrier's API has to say, too."""

from __future__ import annotations

import pytest

from cartesia_call.errors import CarrierUnavailable
from cartesia_call.leg.known import DOUBT_INTERVAL_S
from cartesia_call.leg.requests import End, Fetch
from cartesia_call.leg.states import State
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome
from tests.leg.given import Driven, call_plan, ended, snapshot
from tests.leg.table import play, ringing, speaking

FINAL = [status for status in CallStatus if status.is_final]


def unsigned() -> Driven:
    return Driven(call_plan(proves_callbacks=False))


@pytest.mark.parametrize("status", FINAL)
def test_while_the_stream_is_open_a_forged_end_ends_nothing(status: CallStatus) -> None:
    """The carrier is asked at once, says that the call is up, and the message is heard to its end."""
    driven = speaking(unsigned())
    driven.callback(status)
    assert driven.state() is State.SPEAKING
    driven.answer(Fetch, snapshot(CallStatus.IN_PROGRESS))
    play(driven)
    assert ended(driven).outcome is Outcome.DELIVERED
    assert driven.count(End) == 1


def test_a_signed_end_is_believed_at_once() -> None:
    """Nobody is asked."""
    driven = speaking()
    driven.callback(CallStatus.COMPLETED)
    assert (driven.state(), driven.count(Fetch)) == (State.LOST_STOP, 0)


def test_an_end_that_the_carrier_confirms_is_one() -> None:
    """As of the moment when it was told."""
    driven = speaking(unsigned())
    driven.callback(CallStatus.COMPLETED, duration_s=3)
    told_at_s = driven.now_s
    driven.pass_time(1)
    driven.answer(Fetch, snapshot(CallStatus.COMPLETED))
    assert driven.state() is State.LOST_STOP
    progress = driven.leg.known.facts.progress
    assert (progress.ended_at_s, progress.final_callback_seen) == (told_at_s, True)


def test_the_carrier_is_asked_again_until_it_knows() -> None:
    """Its own word lags behind, or cannot be had for a moment."""
    driven = speaking(unsigned())
    driven.callback(CallStatus.COMPLETED)
    driven.answer(Fetch, CarrierUnavailable("no route"))
    driven.pass_time(DOUBT_INTERVAL_S)
    driven.answer(Fetch, snapshot(CallStatus.IN_PROGRESS))
    driven.pass_time(DOUBT_INTERVAL_S - 0.1)
    assert driven.count(Fetch) == 2
    driven.pass_time(0.1)
    driven.answer(Fetch, snapshot(CallStatus.COMPLETED))
    assert driven.state() is State.LOST_STOP


def test_a_telephone_that_rings_is_not_given_up_for_a_forged_answer() -> None:
    """Who believes that it is busy hangs up no more, and whoever answers hears a call that nobody follows."""
    driven = ringing(unsigned())
    driven.callback(CallStatus.BUSY)
    driven.answer(Fetch, snapshot(CallStatus.RINGING))
    assert driven.state() is State.RINGING


def test_what_the_callback_alone_knows_counts_once_it_is_confirmed() -> None:
    """The SIP code: the API has none."""
    driven = ringing(unsigned())
    driven.callback(CallStatus.NO_ANSWER, sip_code=603)
    driven.answer(Fetch, snapshot(CallStatus.NO_ANSWER))
    driven.pass_time(10)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.DECLINED


def test_another_end_than_was_told_is_the_carriers() -> None:
    """The forged one is forgotten, with its SIP code."""
    driven = ringing(unsigned())
    driven.callback(CallStatus.NO_ANSWER, sip_code=603)
    driven.answer(Fetch, snapshot(CallStatus.BUSY))
    driven.pass_time(10)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.BUSY


def test_a_hang_up_is_confirmed_by_the_carrier_alone() -> None:
    """And nothing is asked once the leg is over."""
    driven = speaking(unsigned())
    play(driven)
    driven.callback(CallStatus.COMPLETED)
    assert driven.state() is State.HANGING_UP
    driven.answer(End, snapshot(CallStatus.COMPLETED))
    driven.pass_time(60)
    assert driven.state() is State.DOWN
    assert driven.leg.next_deadline_s() is None
