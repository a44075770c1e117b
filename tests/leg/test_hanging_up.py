"""Putting one leg down, whatever happened on it."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CallNotFound, CarrierError, SpeechUnavailable
from cartesia_call.leg.hanging_up import ENDED_ELSEWHERE
from cartesia_call.leg.requests import (
    AskWhoEnded,
    CloseStream,
    End,
    Fetch,
    RaiseTimeLimit,
    ReadNotes,
    Redirect,
    Show,
)
from cartesia_call.leg.states import State
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.instructions import CarrierNote
from cartesia_call.telephony.outcomes import Outcome
from tests.leg.given import OURS, STOP_TEXT, Driven, call_plan, snapshot
from tests.leg.table import (
    FAILED,
    asking_who_ended,
    awaiting_stream,
    confirming,
    explaining,
    hanging_up,
    play,
    ringing,
    speaking,
)

UP = snapshot(CallStatus.IN_PROGRESS)
OVER = snapshot(CallStatus.COMPLETED)
NOTE = CarrierNote(code=31920, sentence="handshake", hint="h", is_error=True, ended_stream=True)


def outcome(driven: Driven) -> Outcome | None:
    assert driven.leg.ending is not None
    return driven.leg.ending.outcome


def test_the_line_is_down_once_the_callback_comes() -> None:
    """Nothing else is waited for."""
    driven = hanging_up()
    driven.callback(CallStatus.COMPLETED)
    assert driven.state() is State.DOWN


def test_the_bridge_stays_up_for_the_callback() -> None:
    """Two seconds; then the answer that showed the end is enough."""
    driven = confirming()
    driven.pass_time(1.9)
    assert driven.state() is State.CONFIRMING
    driven.pass_time(0.1)
    assert driven.state() is State.DOWN


def test_without_callbacks_nothing_is_waited_for() -> None:
    """The carrier has no address for them."""
    driven = Driven()
    driven.place(streams=False, calls_back=False)
    driven.leg.stop(15, driven.now_s)
    driven.look()
    driven.leg.answered(driven.open[0], snapshot(CallStatus.QUEUED), driven.now_s)
    driven.look()
    driven.answer(End, OVER)
    assert driven.state() is State.DOWN


def test_a_line_that_is_down_is_not_hung_up() -> None:
    """The callee did."""
    driven = ringing()
    driven.callback(CallStatus.BUSY)
    assert (driven.state(), driven.count(End)) == (State.DOWN, 0)
    assert not any(isinstance(action, Show) and action.stage == "hanging-up" for action in driven.asked)


# --- a `stop` alone ---


def stopped(driven: Driven | None = None) -> Driven:
    """All was played, and the stream is over; nobody told of the call."""
    driven = speaking(driven)
    play(driven)
    driven.text(driven.talks[0], STOP_TEXT)
    assert driven.state() is State.CONFIRMING
    driven.pass_time(2)
    return driven


def test_a_stop_alone_is_looked_after() -> None:
    """It may have ended the stream only: a call that is up is hung up again."""
    driven = stopped()
    assert driven.count(Fetch) == 1
    ends = driven.count(End)
    driven.answer(Fetch, UP)
    assert (driven.state(), driven.count(End)) == (State.HANGING_UP, ends + 1)


def test_the_second_hang_up_has_what_is_left_of_the_time() -> None:
    """`--hangup-timeout` counts once."""
    driven = stopped()
    driven.answer(Fetch, UP)
    began_at_s = driven.leg.hang_up_asked_at_s
    assert began_at_s is not None
    driven.pass_time(began_at_s + 20 - driven.now_s)
    assert driven.state() is State.UNCONFIRMED
    assert outcome(driven) is Outcome.HANGUP_UNCONFIRMED


@pytest.mark.parametrize("answer", [FAILED, CallNotFound("404", http_status=404), RuntimeError("a bug")])
def test_where_nobody_can_be_asked_the_stop_is_proof_enough(answer: Exception) -> None:
    """The message was heard."""
    driven = stopped()
    driven.answer(Fetch, answer)
    assert (driven.state(), outcome(driven)) == (State.DOWN, Outcome.DELIVERED)


def test_a_look_that_shows_the_end_is_the_end() -> None:
    """Whoever ended it."""
    driven = stopped()
    driven.answer(Fetch, OVER)
    assert driven.state() is State.DOWN


# --- not confirmed ---


def test_what_nothing_confirms_is_told() -> None:
    """31 says which call, and that the carrier's voice may speak."""
    driven = hanging_up(speaking())
    driven.answer(End, FAILED)
    driven.pass_time(20)
    assert driven.leg.ending is not None
    assert outcome(driven) is Outcome.HANGUP_UNCONFIRMED
    assert OURS in driven.leg.ending.detail
    assert "the carrier's voice may now say the message" in driven.leg.ending.detail
    assert "--region us1" in str(driven.leg.ending.error and driven.leg.ending.error.hint)


def test_the_stream_stays_open_where_the_carriers_voice_stands_behind_it() -> None:
    """Whoever closes it first starts that."""
    driven = hanging_up(speaking())
    driven.pass_time(20)
    assert driven.count(CloseStream) == 0


def test_closing_the_stream_is_the_last_resort_where_nothing_stands_behind_it() -> None:
    """Five seconds before the limit, once; then the call has ended by itself."""
    driven = hanging_up(speaking(Driven(call_plan(fallback=False))))
    driven.pass_time(14.9)
    assert driven.count(CloseStream) == 0
    driven.pass_time(0.1)
    assert driven.count(CloseStream) == 1
    driven.pass_time(1)
    driven.callback(CallStatus.COMPLETED)
    assert (driven.state(), driven.count(CloseStream)) == (State.DOWN, 1)


def test_the_fourth_request_takes_another_way() -> None:
    """A bare hang-up in the place of the instructions; the message is not in it."""
    driven = hanging_up()
    for _ in range(3):
        driven.answer(End, CarrierError("500", http_status=500))
        driven.pass_time(4)
        driven.answer(Fetch, FAILED)
    (redirect,) = (action for action in driven.asked if isinstance(action, Redirect))
    assert (redirect.instructions.stream_url, redirect.instructions.fallback_text) == (None, None)
    assert not driven.leg.known.facts.is_redirected


# --- what else can be learned ---


def test_the_notes_of_a_failed_stream_are_read_for_three_seconds() -> None:
    """They may follow the call by a moment; each second once more."""
    driven = explaining()
    for _ in range(3):
        driven.answer(ReadNotes, [])
        driven.pass_time(1)
    assert driven.leg.is_over
    assert driven.count(ReadNotes) == 3


def test_a_note_explains_the_failed_stream() -> None:
    """In its detail, with a hint."""
    driven = explaining()
    driven.answer(ReadNotes, [NOTE])
    assert driven.leg.ending is not None
    assert driven.leg.ending.detail.endswith("the carrier noted 31920: handshake")
    assert driven.leg.ending.error is not None
    assert driven.leg.ending.error.hint == "h"


def test_after_a_signal_nobody_waits_for_notes() -> None:
    """The person is in a hurry."""
    driven = explaining()
    driven.leg.stop(2, driven.now_s)
    driven.pass_time(3)
    assert driven.count(ReadNotes) == 1
    driven = awaiting_stream(Driven(call_plan(fallback=False)))
    driven.pass_time(10)
    driven.leg.stop(2, driven.now_s)
    driven.answer(End, OVER)
    driven.callback(CallStatus.COMPLETED)
    assert (driven.leg.is_over, driven.count(ReadNotes)) == (True, 0)


def test_an_end_that_a_command_asked_for_is_not_the_callees() -> None:
    """The carrier does not tell, the ledger does."""
    driven = asking_who_ended()
    driven.answer(AskWhoEnded, True)
    assert driven.leg.ending is not None
    assert (outcome(driven), driven.leg.ending.detail) == (Outcome.CUT_SHORT, ENDED_ELSEWHERE)


@pytest.mark.parametrize("answer", [False, FAILED, None])
def test_where_the_ledger_says_nothing_the_callee_left(answer: object) -> None:
    """Also where it cannot be read within 3 s."""
    driven = asking_who_ended()
    if answer is None:
        driven.pass_time(3)
    else:
        driven.answer(AskWhoEnded, answer)  # type: ignore[arg-type]  # both are answers
    assert outcome(driven) is Outcome.HUNG_UP_EARLY


def test_a_telephone_that_is_silenced_while_it_rings_was_ended_by_somebody() -> None:
    """By a command, if the ledger says so: nobody is to call there again. Else nobody answered."""
    for by_command, expected in ((True, Outcome.CUT_SHORT), (False, Outcome.NO_ANSWER)):
        driven = ringing()
        driven.callback(CallStatus.CANCELED)
        driven.answer(AskWhoEnded, by_command)
        assert outcome(driven) is expected


def test_nobody_is_asked_who_ended_what_we_ended() -> None:
    """A signal, or the end of the message."""
    driven = hanging_up(speaking())
    driven.answer(End, OVER)
    driven.callback(CallStatus.COMPLETED)
    assert (driven.state(), driven.count(AskWhoEnded)) == (State.DOWN, 0)


def test_a_call_that_is_put_down_needs_no_longer_limit() -> None:
    """The message came to its end meanwhile."""
    message = Utterance()
    message.append(b"m" * 8000 * 60)
    driven = hanging_up(speaking(Driven(utterances={Part.MESSAGE: message})))
    message.fail(SpeechUnavailable("given up"))
    driven.leg.check(driven.now_s)
    driven.look()
    assert driven.count(RaiseTimeLimit) == 0
