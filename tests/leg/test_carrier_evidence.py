"""What shows that the carrier's own voice said everything, or that the callee left before its end."""

from __future__ import annotations

import pytest

from cartesia_call.leg.carrier_evidence import (
    LEFT_BEFORE_IT_BEGAN,
    HandOver,
    judge,
    listened_s,
    nobody_spoke,
)
from cartesia_call.leg.carrier_text import CarrierText
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.estimates import fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome
from cartesia_call.telephony.progress import CallProgress
from tests.leg.given import event, snapshot

POLLED_EVERY_S = 5.0
TEXT = CarrierText(text="The database is down. Please call the operator.", is_cut=False)
ENOUGH_S = fastest_reading_s(TEXT.text)


def progress(
    answered_at_s: float, ended_at_s: float, *, by_callback: bool = True, duration_s: int | None = None
) -> CallProgress:
    """A call that was answered and ended at these moments."""
    found = CallProgress()
    found.take_event(event(CallStatus.IN_PROGRESS), answered_at_s)
    if by_callback:
        found.take_event(event(CallStatus.COMPLETED, duration_s=duration_s), ended_at_s)
    else:
        found.take_snapshot(snapshot(CallStatus.COMPLETED, duration_s=duration_s), ended_at_s)
    return found


def listened(found: CallProgress, since_s: float, now_s: float = 100.0) -> float:
    return listened_s(found, since_s, now_s, polled_every_s=POLLED_EVERY_S)


def test_by_our_clock_it_counts_from_the_hand_over_to_the_end() -> None:
    """Or to now, while the call is up."""
    assert listened(progress(10, 14), 11) == 3
    up = CallProgress()
    up.take_event(event(CallStatus.IN_PROGRESS), 10)
    assert listened(up, 11, now_s=13) == 2


def test_where_a_look_told_the_end_the_answer_may_have_been_told_late() -> None:
    """By one interval: nobody is said to have left who may have heard it all."""
    assert listened(progress(10, 14, by_callback=False), 11) == 3 + POLLED_EVERY_S


@pytest.mark.parametrize(("duration_s", "expected_s"), [(1, 2), (2, 3), (3, 4), (60, 4)])
def test_the_carriers_whole_seconds_are_rounded_in_nobodys_favour_but_the_callees(
    duration_s: int, expected_s: float
) -> None:
    """One more may have been heard; the shorter of both counts."""
    assert listened(progress(10, 14, duration_s=duration_s), 10) == expected_s


def test_the_carriers_count_begins_with_the_answer() -> None:
    """What passed before the hand-over is not the carrier's voice."""
    assert listened(progress(10, 30, duration_s=5), 13) == 5 + 1 - 3


@pytest.mark.parametrize(
    ("heard_s", "outcome", "evidence"),
    [
        (ENOUGH_S - 0.01, Outcome.HUNG_UP_EARLY, Evidence.NONE),
        (ENOUGH_S, Outcome.DELIVERED, Evidence.DURATION),
    ],
)
def test_only_who_cannot_have_heard_it_all_left_early(
    heard_s: float, outcome: Outcome, evidence: Evidence
) -> None:
    """However fast it was read."""
    ending = judge(TEXT, TEXT, HandOver(since_s=0), heard_s)
    assert (ending.outcome, ending.evidence) == (outcome, evidence)


def test_a_short_message_to_its_end_is_delivered() -> None:
    """1.0 of 1.4 s by the carrier's count is no proof that somebody hung up."""
    text = CarrierText(text="The database is down.", is_cut=False)
    heard_s = listened(progress(10, 11.4, duration_s=1), 10)
    assert judge(text, text, HandOver(since_s=10), heard_s).outcome is Outcome.DELIVERED


@pytest.mark.parametrize(
    "all_of_it",
    [CarrierText(text=TEXT.text, is_cut=True), CarrierText(text=TEXT.text + " And more.", is_cut=False)],
)
def test_instructions_without_the_end_of_the_message_deliver_a_part(all_of_it: CarrierText) -> None:
    """It did not fit, or was written only later."""
    assert judge(TEXT, all_of_it, HandOver(since_s=0), 60).outcome is Outcome.CUT_SHORT


def test_the_rest_of_a_message_is_called_that() -> None:
    """Our own voice said what came before."""
    assert "the rest of the message" in judge(TEXT, TEXT, HandOver(since_s=0, from_sentence=1), 60).detail


def test_who_left_at_once_did_not_wait_for_a_stream() -> None:
    """Later than 3 s, or at an unknown moment, the failed stream is the reason."""
    assert nobody_spoke(progress(10, 12.9)) is LEFT_BEFORE_IT_BEGAN
    assert nobody_spoke(progress(10, 13)).outcome is Outcome.STREAM_FAILED
    assert nobody_spoke(CallProgress()).outcome is Outcome.STREAM_FAILED
