"""From what is known of a leg to the result that is printed and kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from cartesia_call.conversation.parts import Answerer, ConversationPlan, Part
from cartesia_call.errors import CallRefused, SpeechUnavailable
from cartesia_call.leg.endings import ending_of
from cartesia_call.leg.requests import End
from cartesia_call.leg.result import SpeechFigures, bug_report, build_result, error_report
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech.words import WordEnd
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.leg.given import (
    INTENT_AT,
    MESSAGE,
    OURS,
    Driven,
    call_plan,
    digit_text,
    media_text,
    snapshot,
)
from tests.leg.table import carrier_speaks, play, ringing, speaking

ENDED_AT = INTENT_AT + timedelta(seconds=30)


def result_of(driven: Driven, speech: SpeechFigures | None = None, *secrets: str) -> AttemptResult:
    return build_result(
        driven.leg,
        driven.leg.ending_now(driven.now_s),
        now_s=driven.now_s,
        started_at=INTENT_AT,
        ended_at=ENDED_AT,
        speech=speech or SpeechFigures(),
        secrets=secrets,
    )


def delivered(driven: Driven | None = None) -> Driven:
    driven = speaking(driven)
    play(driven)
    driven.answer(End, snapshot(CallStatus.COMPLETED, duration_s=4, price="-0.014", price_unit="USD"))
    driven.callback(CallStatus.COMPLETED)
    return driven


def test_a_delivered_message_is_told_whole() -> None:
    """Whose call it was, how it ended, what was heard, what it cost."""
    result = result_of(delivered(), SpeechFigures(characters=45))
    assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.MARK)
    assert (result.call_sid, result.stream_sid, result.carrier_status) == (OURS, "MZ1", "completed")
    assert (result.message_ms, result.heard_ms) == (2000, 2000)
    assert result.heard_text == MESSAGE.text
    assert (result.price, result.price_unit, result.characters) == ("-0.014", "USD", 45)
    assert (result.started_at, result.ended_at) == (INTENT_AT, ENDED_AT)
    assert (result.error, result.interrupted_by, result.acknowledged) == (None, None, None)


def test_moments_are_told_as_stretches_in_milliseconds() -> None:
    """Each from the event before it; what did not happen is None."""
    driven = Driven()
    driven.now_s += 1
    driven.place()
    driven.now_s += 0.5
    driven.callback(CallStatus.RINGING)
    driven.now_s += 4
    driven.callback(CallStatus.IN_PROGRESS)
    driven.now_s += 0.25
    driven.connect()
    play(driven)
    timing = result_of(driven, SpeechFigures(asked_at_s=100.0, first_chunk_at_s=100.2)).timing
    assert timing.placed_after == 1500
    assert timing.ring == 4000
    assert timing.speech_first_chunk == pytest.approx(200)
    assert (timing.answer_to_first_audio, timing.stream_start_to_first_audio) == (250, 0)
    assert timing.last_word_to_hangup == 2000  # of a message of 2 s, in 4 s of playing
    assert result_of(Driven()).timing.ring is None


def cut_after(seconds: float, utterance: Utterance) -> AttemptResult:
    driven = speaking(Driven(utterances={Part.MESSAGE: utterance}))
    for _ in range(round(seconds * 10)):
        driven.now_s += 0.1
        driven.text(driven.talks[0], media_text(0))
    driven.leg.stop(15, driven.now_s)
    return result_of(driven)


def test_what_was_heard_is_told_to_the_last_whole_word() -> None:
    """Where the words' ends are known."""
    utterance = Utterance()
    utterance.append(b"m" * 16000)
    utterance.end_words([WordEnd(characters=12, audio_bytes=9600), WordEnd(characters=3, audio_bytes=4000)])
    utterance.finish()
    assert cut_after(1.0, utterance).heard_text == "The"


def test_without_word_ends_nobody_knows_which_words_were_heard() -> None:
    """But where nothing was, it is known."""
    utterance = Utterance()
    utterance.append(b"m" * 16000)
    utterance.finish()
    assert cut_after(1.0, utterance).heard_text is None
    assert result_of(ringing()).heard_text == ""


def test_the_carriers_voice_is_told_by_estimate() -> None:
    """Which words were heard of it, nobody knows."""
    driven = carrier_speaks()
    driven.pass_time(2)
    driven.leg.stop(15, driven.now_s)
    result = result_of(driven)
    assert (result.voice, result.heard_ms, result.heard_text) == (Voice.CARRIER, 2000, None)


def test_an_unfinished_message_has_no_length() -> None:
    """What was made of it is not all."""
    utterance = Utterance()
    utterance.append(b"m" * 8000)
    assert result_of(speaking(Driven(utterances={Part.MESSAGE: utterance}))).message_ms is None


def test_keys_and_acknowledgement() -> None:
    """None where no key was asked for; else whether it was pressed, also without a conversation."""
    plan = call_plan(conversation=ConversationPlan(parts=frozenset({Part.MESSAGE}), ack_key="1"))
    driven = speaking(Driven(plan))
    for digit in "51":
        driven.text(driven.talks[0], digit_text(digit))
    assert (result_of(driven).digits, result_of(driven).acknowledged) == ("51", True)
    assert result_of(driven).key == "acknowledged"
    assert result_of(driven).answered_by is Answerer.HUMAN
    assert (result_of(Driven(plan)).acknowledged, result_of(Driven(plan)).key) == (False, None)


def test_the_carriers_verdict_is_told_without_a_stream_too() -> None:
    """The latest of them."""
    driven = carrier_speaks()
    driven.leg.answered_by("machine_start", driven.now_s)
    assert (result_of(driven).answered_by, result_of(driven).answered_by_source) == ("machine", "carrier")


def test_a_call_that_may_be_up_is_told_at_any_moment() -> None:
    """If the program had to leave now."""
    assert result_of(ringing()).outcome is Outcome.HANGUP_UNCONFIRMED
    assert result_of(Driven()).outcome is Outcome.INTERRUPTED


def test_a_signal_is_told_by_its_number() -> None:
    """The first one."""
    driven = ringing()
    driven.leg.stop(2, driven.now_s)
    driven.leg.stop(15, driven.now_s)
    assert result_of(driven).interrupted_by == 2


def test_an_error_is_told_with_code_and_hint() -> None:
    """The vendor's code as text."""
    driven = Driven()
    error = CallRefused("no permission", code=21215, http_status=400, hint="allow it")
    driven.leg.do_not_place(ending_of(error), driven.now_s)
    found = result_of(driven).error
    assert found == error_report(error)
    assert found is not None
    assert (found.kind, found.code, found.message, found.hint) == (
        "CallRefused",
        "21215",
        "no permission",
        "allow it",
    )
    assert error_report(SpeechUnavailable("broke")).code is None


def test_a_fault_of_ours_is_told_by_its_class_and_words() -> None:
    """And quotes no secret."""
    driven = Driven()
    driven.leg.fail(RuntimeError("with sk_fake_key_of_a_test inside"), driven.now_s)
    result = result_of(driven, None, "sk_fake_key_of_a_test")
    assert result.outcome is None
    assert result.error is not None
    assert result.error.kind == "RuntimeError"
    assert "sk_fake" not in result.error.message
    assert bug_report(RuntimeError("plain")).message == "plain"


def test_a_fault_behind_a_delivery_takes_nothing_away() -> None:
    """It is told beside it."""
    driven = speaking()
    play(driven)
    driven.leg.fail(RuntimeError("a bug"), driven.now_s)
    driven.answer(End, snapshot(CallStatus.COMPLETED))
    driven.callback(CallStatus.COMPLETED)
    result = result_of(driven)
    assert (result.outcome, result.error and result.error.kind) == (Outcome.DELIVERED, "RuntimeError")


def test_dates_are_those_that_were_given() -> None:
    """A leg reads no clock."""
    given: dict[str, Any] = {"now_s": 0.0, "speech": SpeechFigures()}
    driven = Driven()
    moment = datetime(2026, 1, 1, tzinfo=UTC)
    result = build_result(driven.leg, driven.leg.ending_now(0.0), started_at=moment, ended_at=moment, **given)
    assert (result.started_at, result.ended_at) == (moment, moment)
