"""What the parts of one leg share: facts, one question at a time, polling."""

from __future__ import annotations

from cartesia_call.conversation.parts import Answerer, ConversationPlan
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.leg.known import POLL_INTERVAL_S, VERDICT_INTERVAL_S, Known
from cartesia_call.leg.requests import AskAccount, Fetch, ReadNotes
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.instructions import CarrierNote
from tests.leg.given import OURS, STRANGERS, Driven, call_plan, event, snapshot
from tests.leg.table import speaking

NOTE = CarrierNote(code=31920, sentence="s", hint=None, is_error=True, ended_stream=True)


def known() -> Known:
    found = Known(call_plan())
    found.facts.call_sid = OURS
    return found


def test_a_question_is_settled_by_its_answer_or_by_the_time() -> None:
    """An answer after that decides nothing."""
    found = known()
    asked = AskAccount()
    assert found.ask(asked, 10.0, 3.0) == 13.0
    assert not found.is_settled(12.9)
    found.answered(asked, True, 12.9)
    assert found.is_settled(12.9)
    assert found.answer is True
    late = AskAccount()
    found.ask(late, 20.0, 3.0)
    assert found.is_settled(23.0)
    found.answered(late, True, 23.1)
    assert found.answer is None


def test_a_new_question_drops_the_one_before() -> None:
    """Its answer is news of the call, and settles nothing."""
    found = known()
    first, second = Fetch(OURS), AskAccount()
    found.ask(first, 0.0, 5.0)
    found.ask(second, 0.0, 5.0)
    found.answered(first, snapshot(CallStatus.RINGING), 1.0)
    assert not found.is_settled(1.0)
    assert found.facts.progress.status is CallStatus.RINGING


def test_a_strangers_call_is_no_news() -> None:
    """One that is watched may be somebody else's."""
    found = known()
    found.answered(Fetch(STRANGERS), snapshot(CallStatus.COMPLETED, STRANGERS), 1.0)
    assert found.facts.progress.status is None


def test_notes_that_were_read_stay_known() -> None:
    """A later question may find none, or fail."""
    found = known()
    found.answered(ReadNotes(OURS), [NOTE], 1.0)
    found.answered(ReadNotes(OURS), [], 2.0)
    found.answered(ReadNotes(OURS), RuntimeError("a bug"), 3.0)
    assert found.notes == [NOTE]


def test_one_poll_at_a_time() -> None:
    """The next one an interval after its answer, which its own client limits."""
    found = known()
    found.begin_polling(10.0)
    found.poll(14.9)
    assert found.actions == []
    found.poll(15.0)
    found.poll(99.0)
    (poll,) = found.actions
    assert found.next_poll_s == float("inf")
    assert isinstance(poll, Fetch)
    found.answered(poll, snapshot(CallStatus.RINGING), 16.0)
    assert found.next_poll_s == 16.0 + POLL_INTERVAL_S


def test_a_verdict_is_asked_for_more_often_once_somebody_answered() -> None:
    """Where the carrier finds it out."""
    found = Known(call_plan(conversation=ConversationPlan(carrier_judges=True)))
    assert found.poll_interval_s == POLL_INTERVAL_S
    found.facts.progress.take_event(event(CallStatus.IN_PROGRESS), 0.0)
    assert found.poll_interval_s == VERDICT_INTERVAL_S


def test_a_verdict_counts_once() -> None:
    """Callback, look and detection may all bring it; nonsense is none."""
    found = known()
    for word in ("human", "human", "nonsense", ""):
        found.take_answered_by(word, 0.0)
    assert [verdict.answerer for verdict in found.verdicts] == [Answerer.HUMAN]


def test_a_verdict_reaches_the_conversation() -> None:
    """Also one that a look brought."""
    driven = speaking(Driven(call_plan(conversation=ConversationPlan(carrier_judges=True))))
    driven.pass_time(3)
    driven.answer(Fetch, snapshot(CallStatus.IN_PROGRESS, answered_by="human"))
    talk = driven.leg.known.streams.talk
    assert talk is not None
    assert talk.dialogue.answered_by is Answerer.HUMAN


def test_speech_is_lost_only_where_nobody_else_may_say_the_message() -> None:
    """The carrier's voice may, unless no fallback is allowed."""
    for fallback in (True, False):
        found = Known(call_plan(fallback=fallback))
        assert not found.is_speech_lost
        found.message.fail(SpeechUnavailable("broke"))
        assert found.is_speech_lost is not fallback


def test_a_warning_is_told_once() -> None:
    """However often it applies."""
    found = known()
    found.warn("a")
    found.warn("a")
    assert found.warnings == ["a"]
