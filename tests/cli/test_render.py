"""One line for people, one object for scripts."""

from __future__ import annotations

import dataclasses
import json

import pytest

from cartesia_call.cli.render import human_line, is_success, result_json
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.store.attempts import result as an_attempt

FIELDS = """
schema id to from outcome exit_code detail call_sid stream_sid carrier_status answered_by
answered_by_source screened voice evidence message_ms heard_ms heard_text digits acknowledged attempts
rehearsal started_at ended_at timing characters price price_unit error
"""


def an_ended_attempt(**changes: object) -> AttemptResult:
    return dataclasses.replace(an_attempt("x"), **changes)  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize("outcome", Outcome)
def test_every_outcome_has_one_line_of_each_kind(outcome: Outcome) -> None:
    """No line break, whatever happened; the JSON parses back to the outcome."""
    attempt = an_ended_attempt(outcome=outcome, interrupted_by=15)
    assert "\n" not in human_line(attempt, number="+1202***0143")
    text = result_json(attempt)
    assert "\n" not in text
    assert json.loads(text)["outcome"] == outcome


def test_the_line_says_what_is_known_and_what_to_do() -> None:
    """Outcome, number, sentence, facts, hint."""
    attempt = an_ended_attempt(
        outcome=Outcome.HUNG_UP_EARLY,
        detail="the callee hung up",
        heard_ms=1500,
        message_ms=4000,
        voice=Voice.CARTESIA,
        evidence=Evidence.NONE,
        call_sid="CA1",
        rehearsal=False,
        error=ErrorReport(kind="X", code=None, message="m", hint="call again"),
    )
    assert human_line(attempt, number="+1202***0143") == (
        "hung-up-early: +1202***0143: the callee hung up (1.5 of 4.0 s heard, CA1); call again"
    )


def test_times_are_utc_and_say_so() -> None:
    """ISO 8601 with a Z."""
    fields = json.loads(result_json(an_ended_attempt()))
    assert fields["started_at"].endswith("Z")
    assert fields["schema"] == 1


def test_only_status_zero_is_success() -> None:
    """What prints on standard output is what exits with 0."""
    assert [outcome for outcome in Outcome if is_success(an_ended_attempt(outcome=outcome))] == [
        Outcome.DELIVERED,
        Outcome.ACKNOWLEDGED,
        Outcome.VOICEMAIL_LEFT,
    ]


def test_who_took_it_is_in_the_line() -> None:
    """The number and the key, and how many attempts it took."""
    attempt = an_ended_attempt(
        outcome=Outcome.ACKNOWLEDGED,
        detail="the key 1 was pressed",
        digits="1",
        acknowledged=True,
        attempts=3,
        heard_ms=None,
        evidence=Evidence.NONE,
        call_sid=None,
        rehearsal=True,
    )
    line = human_line(attempt, number="+1202***0143")
    assert line == "REHEARSAL: acknowledged by +1202***0143 (key 1, 3 attempts)"


def test_a_machine_that_we_guess_is_told_as_a_guess() -> None:
    """The carrier's verdict is told as it is; that a person answered is no news."""
    machine = an_ended_attempt(answered_by="machine", answered_by_source="local", screened=True)
    assert "(probably a machine answered, screened, " in human_line(machine, number="x")
    fax = an_ended_attempt(answered_by="fax", answered_by_source="carrier", digits="42")
    assert "(keys 42, a fax answered, " in human_line(fax, number="x")
    person = an_ended_attempt(answered_by="human", answered_by_source="carrier")
    assert "answered" not in human_line(person, number="x")


def test_the_object_has_the_documented_fields() -> None:
    """In their order; scripts depend on the names."""
    assert list(json.loads(result_json(an_ended_attempt()))) == FIELDS.split()


DELIVERED = {"message_ms": 4600, "heard_ms": 4600, "call_sid": "CA1", "rehearsal": False}


@pytest.mark.parametrize(
    ("changes", "end"),
    [
        ({"voice": Voice.CARTESIA, "detail": "played"}, "played (4.6 of 4.6 s heard, evidence: mark, CA1)"),
        (
            {"voice": Voice.LOCAL, "detail": "played"},
            "played (local voice, 4.6 of 4.6 s heard, evidence: mark, CA1)",
        ),
        (
            {"voice": Voice.CARRIER, "detail": "we stopped", "evidence": Evidence.NONE},
            "we stopped (carrier's voice, 4.6 of 4.6 s heard, CA1)",
        ),
        (
            {
                "voice": Voice.CARRIER,
                "detail": "the carrier's voice spoke it (an estimate)",
                "heard_ms": None,
                "evidence": Evidence.DURATION,
            },
            "the carrier's voice spoke it (an estimate); evidence: duration, CA1",
        ),
    ],
)
def test_the_line_says_whose_voice_it_was(changes: dict[str, object], end: str) -> None:
    """Once, unless it was Cartesia's; and no two parentheses follow each other."""
    attempt = an_ended_attempt(**{**DELIVERED, **changes})
    assert human_line(attempt, number="+1202***0143") == f"delivered: +1202***0143: {end}"
