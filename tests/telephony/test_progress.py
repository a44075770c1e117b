"""What is known of a leg, from news in any order."""

from __future__ import annotations

import itertools

import pytest

from cartesia_call.telephony.call_states import CallSnapshot, CallStatus, StatusEvent, parse_status_event
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.telephony.progress import CallProgress


def event(sequence_number: int, status: str, **facts: int) -> StatusEvent:
    return StatusEvent(call_sid="CA1", status=CallStatus(status), sequence_number=sequence_number, **facts)


def snapshot(status: str) -> CallSnapshot:
    return CallSnapshot(
        call_sid="CA1", status=CallStatus(status), to="+12025550143", caller_id="+12025550100"
    )


EVENTS = [event(0, "initiated"), event(1, "ringing"), event(2, "in-progress"), event(3, "completed")]


@pytest.mark.parametrize("order", list(itertools.permutations(range(4))))
def test_callbacks_in_any_order_end_in_the_same_state(order: tuple[int, ...]) -> None:
    """Events are ordered by their number, not by their arrival."""
    progress = CallProgress()
    for at_s, index in enumerate(order):
        progress.take_event(EVENTS[index], float(at_s))
    assert progress.status is CallStatus.COMPLETED
    assert progress.final_callback_seen


def test_a_lagging_resource_never_sets_the_status_back() -> None:
    """The REST resource is eventually consistent."""
    progress = CallProgress()
    progress.take_event(EVENTS[2], 5.0)
    progress.take_snapshot(snapshot("queued"), 6.0)
    assert progress.status is CallStatus.IN_PROGRESS
    assert progress.answered_at_s == 5.0


def test_an_open_stream_is_an_answer() -> None:
    """Whether or not a callback ever says so."""
    progress = CallProgress()
    progress.stream_started(3.0)
    assert progress.answered_at_s == 3.0
    assert not progress.is_final


@pytest.mark.parametrize(
    ("status", "sip_code", "outcome"),
    [
        ("busy", 486, Outcome.BUSY),
        ("no-answer", 487, Outcome.NO_ANSWER),
        ("no-answer", None, Outcome.NO_ANSWER),
        ("canceled", None, Outcome.NO_ANSWER),
        ("failed", 404, Outcome.UNREACHABLE),
        ("no-answer", 603, Outcome.DECLINED),
        ("busy", 603, Outcome.DECLINED),
        ("failed", 607, Outcome.DECLINED),
        ("failed", 608, Outcome.DECLINED),
        ("completed", None, None),
    ],
)
def test_the_carriers_words_map_to_outcomes(
    status: str, sip_code: int | None, outcome: Outcome | None
) -> None:
    """A SIP code of a refusal decides, whatever the status; without it, declining is never guessed."""
    progress = CallProgress()
    progress.take_event(
        StatusEvent(call_sid="CA1", status=CallStatus(status), sequence_number=2, sip_code=sip_code), 1.0
    )
    assert progress.unanswered_outcome() is outcome


def test_a_live_call_has_no_outcome() -> None:
    """While it rings nothing is decided."""
    progress = CallProgress()
    progress.take_event(EVENTS[1], 1.0)
    assert progress.unanswered_outcome() is None


def test_callback_parameters_are_read_defensively() -> None:
    """Unknown parameters are ignored, required ones are named when missing."""
    parameters = {"CallSid": "CA1", "CallStatus": "completed", "SequenceNumber": "3", "ToCity": "X"}
    parsed = parse_status_event({**parameters, "CallDuration": "12", "SipResponseCode": "200"})
    assert (parsed.sequence_number, parsed.duration_s, parsed.sip_code) == (3, 12, 200)
    with pytest.raises(ValueError, match="CallSid"):
        parse_status_event({"CallStatus": "ringing"})
    with pytest.raises(ValueError, match="nonsense"):
        parse_status_event({"CallSid": "CA1", "CallStatus": "nonsense"})


@pytest.mark.parametrize(
    "wrong",
    [
        {"CallSid": "../../Messages"},
        {"CallSid": "CA1\x1b[2J"},
        {"CallSid": ""},
        {"SequenceNumber": "-1"},
        {"SequenceNumber": "9" * 5_000},
        {"CallDuration": "1e9"},
        {"CallDuration": "12345678901"},
        {"SipResponseCode": "\u0664\u0668\u0666"},
    ],
)
def test_a_callback_with_a_malformed_value_is_none(wrong: dict[str, str]) -> None:
    """A call's SID becomes part of an address, and numbers end up in the ledger."""
    parameters = {"CallSid": "CA1", "CallStatus": "completed"}
    with pytest.raises(ValueError, match="malformed"):
        parse_status_event(parameters | wrong)
