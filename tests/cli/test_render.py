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
answered_by_source beep screened key joined voice evidence message_ms heard_ms heard_text digits acknowledged
attempts rehearsal started_at ended_at timing characters price price_unit error
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


MACHINE: dict[str, object] = {"answered_by": "machine", "answered_by_source": "carrier"}
PROBABLY_MACHINE: dict[str, object] = {"answered_by": "machine", "answered_by_source": "local"}
CUT: dict[str, object] = {"voice": Voice.CARTESIA, "heard_ms": 1800, "evidence": Evidence.NONE}
WHOLE: dict[str, object] = {"voice": Voice.CARTESIA, "heard_ms": 3000, "evidence": Evidence.MARK}
SILENT: dict[str, object] = {"voice": None, "heard_ms": 0, "evidence": Evidence.NONE}
NOT_PLACED: dict[str, object] = {**SILENT, "call_sid": None}

LINES: list[tuple[Outcome, dict[str, object], str]] = [
    (Outcome.DELIVERED, WHOLE, "delivered: N: {} (3.0 of 3.0 s heard, evidence: mark, CA1)"),
    (Outcome.ACKNOWLEDGED, CUT | {"digits": "1"}, "acknowledged by N (key 1, 1.8 of 3.0 s heard, CA1)"),
    (
        Outcome.ACKNOWLEDGED,  # the mark of what was said last, which was not the message
        CUT | {"digits": "1", "evidence": Evidence.MARK},
        "acknowledged by N (key 1, 1.8 of 3.0 s heard, CA1)",
    ),
    (
        Outcome.ACKNOWLEDGED,
        WHOLE | {"digits": "11"},
        "acknowledged by N (keys 11, 3.0 of 3.0 s heard, evidence: mark, CA1)",
    ),
    (
        Outcome.VOICEMAIL_LEFT,
        WHOLE | MACHINE,
        "voicemail-left: N: {} (3.0 of 3.0 s heard, evidence: mark, CA1)",
    ),
    (
        Outcome.VOICEMAIL_LEFT,
        WHOLE | PROBABLY_MACHINE,
        "voicemail-left: N: {} (a machine is our guess, 3.0 of 3.0 s heard, evidence: mark, CA1)",
    ),
    (Outcome.BUSY, SILENT, "busy: N: {} (CA1)"),
    (Outcome.BUSY, WHOLE, "busy: N: {} (CA1)"),  # a busy tone behind the answer
    (Outcome.NO_ANSWER, SILENT, "no-answer: N: {} (CA1)"),
    (Outcome.DECLINED, SILENT, "declined: N: {} (CA1)"),
    (Outcome.BLOCKED, SILENT, "blocked: N: {} (CA1)"),
    (Outcome.UNREACHABLE, SILENT, "unreachable: N: {} (CA1)"),
    (
        Outcome.UNREACHABLE,
        WHOLE | {"answered_by": "fax", "answered_by_source": "carrier"},
        "unreachable: N: {} (a fax answered, CA1)",
    ),
    (Outcome.VOICEMAIL_SKIPPED, WHOLE | MACHINE, "voicemail-skipped: N: {} (CA1)"),
    (
        Outcome.VOICEMAIL_SKIPPED,
        CUT | PROBABLY_MACHINE | {"voice": Voice.LOCAL},
        "voicemail-skipped: N: {} (a machine is our guess, CA1)",
    ),
    (Outcome.HUNG_UP_EARLY, CUT, "hung-up-early: N: {} (1.8 of 3.0 s heard, CA1)"),
    (
        Outcome.HUNG_UP_EARLY,
        {"voice": Voice.CARRIER, "heard_ms": None, "evidence": Evidence.NONE},
        "hung-up-early: N: {} (carrier's voice, CA1)",
    ),
    (
        Outcome.NOT_ACKNOWLEDGED,
        WHOLE,
        "not-acknowledged: N: {} (3.0 of 3.0 s heard, evidence: mark, CA1)",
    ),
    (Outcome.REJECTED, CUT | {"digits": "2"}, "rejected: N: {} (key 2, 1.8 of 3.0 s heard, CA1)"),
    (Outcome.WITHHELD, NOT_PLACED, "withheld: N: {}"),
    (Outcome.UNAUTHORIZED, NOT_PLACED, "unauthorized: N: {}"),
    (Outcome.REFUSED, NOT_PLACED, "refused: N: {}"),
    (Outcome.CARRIER_UNAVAILABLE, NOT_PLACED, "carrier-unavailable: N: {}"),
    (Outcome.SPEECH_FAILED, NOT_PLACED, "speech-failed: N: {}"),
    (Outcome.SPEECH_FAILED, CUT, "speech-failed: N: {} (1.8 of 3.0 s heard, CA1)"),
    (Outcome.TUNNEL_FAILED, NOT_PLACED, "tunnel-failed: N: {}"),
    (Outcome.STREAM_FAILED, CUT, "stream-failed: N: {} (1.8 of 3.0 s heard, CA1)"),
    (Outcome.CUT_SHORT, CUT, "cut-short: N: {} (1.8 of 3.0 s heard, CA1)"),
    (Outcome.UNKNOWN, NOT_PLACED, "unknown: N: {}"),
    (
        Outcome.HANGUP_UNCONFIRMED,
        WHOLE,
        "hangup-unconfirmed: N: {} (3.0 of 3.0 s heard, evidence: mark, CA1)",
    ),
    (Outcome.INTERRUPTED, CUT, "interrupted: N: {} (1.8 of 3.0 s heard, CA1)"),
    (Outcome.INTERRUPTED, NOT_PLACED, "interrupted: N: {}"),
]


@pytest.mark.parametrize(("outcome", "facts", "line"), LINES)
def test_the_line_fits_what_happened(outcome: Outcome, facts: dict[str, object], line: str) -> None:
    """How much was heard stands only where somebody heard it for whom it was meant; nothing is said twice."""
    told = {"message_ms": 3000, "call_sid": "CA1", "rehearsal": False, "detail": outcome.means.sentence}
    attempt = an_ended_attempt(**{**told, "outcome": outcome, **facts})
    assert human_line(attempt, number="N") == line.format(outcome.means.sentence)


def test_each_outcome_has_been_looked_at() -> None:
    assert {outcome for outcome, _, _ in LINES} == set(Outcome)
