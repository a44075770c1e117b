"""A call that reached nobody, and may have been blocked on the way: only the carrier's notes prove it."""

from __future__ import annotations

import pytest

from cartesia_call.errors import CallRefused
from cartesia_call.leg.hanging_up import BLOCK_INTERVAL_S, BLOCK_WAIT_S
from cartesia_call.leg.requests import Fetch, ReadNotes
from cartesia_call.leg.states import State
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.instructions import CarrierNote
from cartesia_call.telephony.outcomes import CallLeft, Next, Outcome
from tests.leg.given import Driven, snapshot
from tests.leg.table import FAILED, awaiting_stream, queued, ringing

NOTE = CarrierNote(
    code=32017,
    sentence="reputation",
    hint="register",
    is_error=True,
    ended_stream=False,
    blocked_call=True,
)
OTHER = CarrierNote(code=15003, sentence="a callback", hint=None, is_error=False, ended_stream=False)


def declined(driven: Driven | None = None) -> Driven:
    """SIP 603, by whomever."""
    driven = driven or ringing()
    driven.callback(CallStatus.NO_ANSWER, sip_code=603)
    assert driven.state() is State.EXPLAINING
    return driven


def test_a_note_proves_that_it_was_blocked() -> None:
    """Outcome, code and hint; a script that reads the error sees a refusal."""
    driven = declined()
    driven.answer(ReadNotes, [OTHER, NOTE])
    ending = driven.leg.ending
    assert ending is not None
    assert ending.outcome is Outcome.BLOCKED
    assert ending.detail == "blocked on the way: the carrier noted 32017: reputation"
    assert isinstance(ending.error, CallRefused)
    assert (ending.error.code, ending.error.hint) == (32017, "register")


@pytest.mark.parametrize("answer", [[], [OTHER], FAILED, RuntimeError("a bug")])
def test_without_such_a_note_it_was_declined(answer: list[CarrierNote] | Exception) -> None:
    """The notes are read three times within four seconds, and nobody waits any longer."""
    driven = declined()
    began_at_s = driven.now_s
    for _ in range(3):
        driven.answer(ReadNotes, answer)
        driven.pass_time(BLOCK_INTERVAL_S)
    assert driven.leg.is_over
    assert driven.count(ReadNotes) == 3
    assert driven.now_s - began_at_s <= BLOCK_WAIT_S + BLOCK_INTERVAL_S
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.DECLINED


def test_a_carrier_that_does_not_answer_keeps_nobody_longer() -> None:
    """Four seconds in all."""
    driven = declined()
    driven.pass_time(BLOCK_WAIT_S)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.DECLINED


def test_a_note_that_comes_late_counts() -> None:
    """Twilio writes it behind the end of the call."""
    driven = declined()
    for notes in ([], [OTHER], [NOTE]):
        driven.answer(ReadNotes, notes)
        driven.pass_time(BLOCK_INTERVAL_S)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("status", "sip_code"),
    [
        (CallStatus.NO_ANSWER, 603),
        (CallStatus.BUSY, 603),
        (CallStatus.BUSY, 607),
        (CallStatus.FAILED, 608),
        (CallStatus.FAILED, 404),
        (CallStatus.FAILED, None),
        (CallStatus.NO_ANSWER, 480),
        (CallStatus.NO_ANSWER, None),
    ],
)
def test_whatever_leaves_it_open_is_looked_into(status: CallStatus, sip_code: int | None) -> None:
    """Whatever the status says."""
    driven = queued()
    driven.callback(status, sip_code=sip_code)
    driven.answer(ReadNotes, [NOTE])
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.BLOCKED


@pytest.mark.parametrize(
    ("status", "sip_code", "outcome"),
    [
        (CallStatus.BUSY, 486, Outcome.BUSY),
        (CallStatus.BUSY, None, Outcome.BUSY),
        (CallStatus.NO_ANSWER, 487, Outcome.NO_ANSWER),
        (CallStatus.CANCELED, 487, Outcome.NO_ANSWER),
        (CallStatus.CANCELED, None, Outcome.NO_ANSWER),
    ],
)
def test_a_busy_telephone_and_the_ring_time_out_need_no_notes(
    status: CallStatus, sip_code: int | None, outcome: Outcome
) -> None:
    """They end the call at once, as ever."""
    driven = ringing()
    driven.callback(status, sip_code=sip_code)
    driven.pass_time(0)
    assert driven.count(ReadNotes) == 0
    if status is not CallStatus.CANCELED:  # the ledger is asked who cancelled it
        assert driven.leg.ending is not None
        assert driven.leg.ending.outcome is outcome


def test_a_late_code_ends_the_question() -> None:
    """A poll saw the end first; the callback brings the ring time-out's code."""
    driven = ringing()
    driven.pass_time(5)
    driven.answer(Fetch, snapshot(CallStatus.NO_ANSWER))
    driven.pass_time(2)
    assert driven.state() is State.EXPLAINING
    driven.callback(CallStatus.NO_ANSWER, sip_code=487)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is Outcome.NO_ANSWER


def test_a_call_that_was_answered_was_not_blocked() -> None:
    """Whatever else is noted about it."""
    driven = awaiting_stream()
    driven.callback(CallStatus.COMPLETED)
    driven.answer(ReadNotes, [NOTE])
    driven.pass_time(60)
    assert driven.leg.ending is not None
    assert driven.leg.ending.outcome is not Outcome.BLOCKED


def test_a_signal_ends_the_question() -> None:
    """The person is in a hurry."""
    driven = declined()
    driven.leg.stop(2, driven.now_s)
    assert driven.leg.is_over


def test_what_blocked_means() -> None:
    """The next one is called; this one again only where `--retry-on` says so; there was a call."""
    means = Outcome.BLOCKED.means
    assert (means.status, means.left, means.next) == (21, CallLeft.OVER, Next.AGAIN_IF_ASKED)
