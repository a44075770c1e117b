"""What decides when several things apply: 31, 30, the signal, then the call's own outcome."""

from __future__ import annotations

from typing import Any

import pytest

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.errors import HangUpNotConfirmed, InputError, MediaStreamError
from cartesia_call.leg.deciding import decide, leaving_now
from cartesia_call.leg.endings import Ending
from cartesia_call.leg.known import Known
from cartesia_call.speech.message_text import MessageText
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.instructions import CarrierNote
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.leg.given import OURS, Driven, call_plan, digit_text, event, made
from tests.leg.table import speaking

UNCONFIRMED = HangUpNotConfirmed(OURS, f"call {OURS} may still be up")
DELIVERED = Ending(outcome=Outcome.DELIVERED, detail="played", evidence=Evidence.MARK)
FAILED = Ending(outcome=Outcome.STREAM_FAILED, detail="broke", error=MediaStreamError("broke"))
NOTE = CarrierNote(code=31920, sentence="handshake", hint="h", is_error=True, ended_stream=True)
WARNING = "the carrier noted 31920: handshake"


def known(**plan: Any) -> Known:
    """Of a call that was placed."""
    found = Known(call_plan(**plan))
    found.facts.call_sid = OURS
    return found


def decided(found: Known, own: Ending | None, **options: Any) -> Ending:
    given: dict[str, Any] = {
        "unconfirmed": None,
        "is_heard": False,
        "is_interrupted": False,
        "is_fault": False,
    }
    return decide(found, own, **given | options)


def test_a_call_that_may_be_up_goes_before_everything() -> None:
    """What shows that the message was heard stays known."""
    ending = decided(known(), DELIVERED, unconfirmed=UNCONFIRMED, is_interrupted=True, is_heard=True)
    assert (ending.outcome, ending.evidence) == (Outcome.HANGUP_UNCONFIRMED, Evidence.MARK)
    assert "may now repeat the message" in ending.detail
    assert isinstance(ending.error, HangUpNotConfirmed)


def test_who_heard_nothing_may_hear_it_now() -> None:
    """Not for the second time; and where no fallback is allowed, nothing is heard."""
    assert "may now say" in decided(known(), None, unconfirmed=UNCONFIRMED).detail
    assert "may now" not in decided(known(fallback=False), None, unconfirmed=UNCONFIRMED).detail


def test_a_rehearsed_call_cannot_be_hung_up_later() -> None:
    """Its network ends with the program."""
    ending = decided(known(rehearsal=True), None, unconfirmed=UNCONFIRMED)
    assert ending.error is not None
    assert ending.error.hint is None


def test_a_call_that_may_have_been_placed_goes_before_the_signal() -> None:
    """Whatever else it came to."""
    found = Known(call_plan())
    found.facts.answer_was_lost = True
    assert decided(found, None, is_interrupted=True).outcome is Outcome.UNKNOWN
    own = Ending(outcome=Outcome.UNKNOWN, detail="the list shows no such call")
    assert decided(found, own) is own


def test_a_signal_goes_before_the_calls_own_outcome() -> None:
    """And says whether anything was dialled."""
    ending = decided(known(), DELIVERED, is_interrupted=True, is_fault=True)
    assert (ending.outcome, ending.detail) == (Outcome.INTERRUPTED, "interrupted; the call was hung up")
    assert decided(known(), DELIVERED, is_interrupted=True).evidence is Evidence.MARK
    nothing = decided(Known(call_plan()), None, is_interrupted=True)
    assert nothing.detail == "interrupted; nothing was dialled"


def test_a_fault_of_ours_has_no_outcome() -> None:
    """Whatever the carrier's status says of the call that it cut."""
    found = known()
    found.facts.progress.take_event(event(CallStatus.CANCELED), 0.0)
    assert decided(found, None, is_fault=True).outcome is None
    assert decided(found, None).outcome is Outcome.NO_ANSWER


def test_nothing_at_all_is_a_fault_of_ours() -> None:
    """There is always a reason."""
    assert decided(known(), None).outcome is None


@pytest.mark.parametrize("is_fault", [False, True])
def test_a_key_decides_whatever_else_ended_the_call(is_fault: bool) -> None:
    """The callee took the message."""
    plan = call_plan(conversation=ConversationPlan(parts=frozenset({Part.MESSAGE}), ack_key="1"))
    driven = speaking(Driven(plan, utterances={Part.MESSAGE: made()}))
    driven.text(driven.talks[0], digit_text("1"))
    cut = Ending(outcome=Outcome.CUT_SHORT, detail="the call was ended")
    ending = decided(driven.leg.known, None if is_fault else cut, is_fault=is_fault)
    assert ending.outcome is Outcome.ACKNOWLEDGED


def test_a_key_that_is_told_already_keeps_its_evidence() -> None:
    """The conversation itself ended by it."""
    plan = call_plan(conversation=ConversationPlan(parts=frozenset({Part.MESSAGE}), ack_key="1"))
    driven = speaking(Driven(plan))
    driven.text(driven.talks[0], digit_text("1"))
    own = Ending(outcome=Outcome.ACKNOWLEDGED, detail="pressed", evidence=Evidence.MARK)
    assert decided(driven.leg.known, own) is own


def test_a_message_whose_end_never_came_is_cut_short() -> None:
    """What was written before was played; who left early left early all the same."""
    text = MessageText()
    text.break_off(InputError("the writer broke off"))
    found = Known(call_plan(message=None), text)
    found.facts.call_sid = OURS
    ending = decided(found, DELIVERED)
    assert (ending.outcome, ending.evidence) == (Outcome.CUT_SHORT, Evidence.MARK)
    assert ending.detail.startswith("the writer broke off")
    early = Ending(outcome=Outcome.HUNG_UP_EARLY, detail="left")
    assert decided(found, early) is early


def test_a_note_explains_a_failed_stream_and_warns_beside_everything_else() -> None:
    """Also beside 31 and a signal."""
    found = known()
    found.notes = [NOTE]
    assert decided(found, FAILED).detail == f"broke; {WARNING}"
    assert found.warnings == []
    for options in ({}, {"unconfirmed": UNCONFIRMED}, {"is_interrupted": True}):
        found = known()
        found.notes = [NOTE]
        decided(found, DELIVERED, **options)
        assert found.warnings == [WARNING]


def test_who_leaves_at_once_is_told_what_may_be_up() -> None:
    """A call that is not known to be down, one that may have been placed, nothing."""
    found = known()
    assert leaving_now(found, is_heard=False, is_fault=False).outcome is Outcome.HANGUP_UNCONFIRMED
    found.facts.progress.take_event(event(CallStatus.COMPLETED), 0.0)
    assert leaving_now(found, is_heard=False, is_fault=False).outcome is Outcome.INTERRUPTED
    assert leaving_now(found, is_heard=False, is_fault=True).outcome is None
    unknown = Known(call_plan())
    unknown.facts.post_is_pending = True
    assert leaving_now(unknown, is_heard=False, is_fault=True).outcome is Outcome.UNKNOWN
