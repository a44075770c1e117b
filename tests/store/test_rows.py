"""What the ledger wrote of a result is printed without being read into one, wherever that changes nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cartesia_call.cli.ledger_fields import row_fields
from cartesia_call.cli.render import printed_fields, result_fields
from cartesia_call.store.rows import LedgerRow, read_result, result_text, written_form
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.store.attempts import STARTED

ERROR = ErrorReport(kind="CallRefused", code="21211", message="no such number", hint=None, account_wide=True)


def a_result(**fields: Any) -> AttemptResult:
    return AttemptResult(
        id="a-1",
        to="+12025550143",
        caller_id=None,
        detail="é\n",
        started_at=STARTED,
        ended_at=STARTED,
        **fields,
    )


RESULTS = (
    a_result(outcome=Outcome.DELIVERED, voice=Voice.CACHE, evidence=Evidence.MARK, timing=Timing(ring=0.5)),
    a_result(outcome=Outcome.INTERRUPTED, interrupted_by=15, joined=("a-1", "a-2")),
    a_result(outcome=Outcome.REFUSED, error=ERROR, digits=None),
    a_result(outcome=None, error=ErrorReport(kind="InputError", code=None, message="", hint="h")),
)


def a_row(written: str | None, outcome: str | None = None) -> LedgerRow:
    return LedgerRow(
        id="a-1",
        created_at=STARTED,
        to="",
        caller_id="",
        account_sid="",
        region="us1",
        time_limit_s=60,
        call_sid=None,
        outcome=outcome,
        ended_at=None,
        settled=None,
        withheld=None,
        no_guard_reason=None,
        end_asked_by=None,
        end_asked_at=None,
        written=written,
        place=None,
    )


@pytest.mark.parametrize("result", RESULTS, ids=str)
def test_what_is_printed_straight_is_what_a_result_prints(result: AttemptResult) -> None:
    """The same fields in the same order, down to the byte."""
    row = a_row(result_text(result, keeps_digits=True))
    read = row.result
    assert row.plainly_written is not None
    assert read == result
    assert not row.foreign
    assert row.plainly_written == written_form(result)
    assert json.dumps(printed_fields(row.plainly_written)) == json.dumps(result_fields(read))


@pytest.mark.parametrize(
    "changed",
    [
        {"outcome": "levitated"},
        {"voice": "choir"},
        {"evidence": None},
        {"new": 1},
        {"started_at": "2026-11-21T03:15:00+00:00"},
        {"started_at": "2026-13-21T03:15:00.000+00:00"},
        {"timing": {"ring": 1.0}},
        {"error": {**vars(ERROR), "more": True}},
        {"joined": None},
    ],
    ids=str,
)
def test_what_another_release_wrote_is_read_first(changed: dict[str, Any]) -> None:
    """A word, a field or a form of its own: nothing is printed that was not understood."""
    written = {**json.loads(result_text(RESULTS[0])), **changed}
    row = a_row(json.dumps(written))
    assert row.plainly_written is None
    assert row_fields(row)["id"] == "a-1"


def test_less_than_a_result_is_told_as_what_it_is() -> None:
    """An older release's fields get their defaults; what is no result at all is said to be unreadable."""
    written = json.loads(result_text(RESULTS[0]))
    del written["price"]
    assert read_result(json.dumps(written))[0].price is None
    assert a_row(json.dumps(written)).plainly_written is None
    for text in ("[]", "{}", "null", "no JSON"):
        row = a_row(text, outcome="delivered")
        assert (row.plainly_written, row.result) == (None, None)
        assert "unreadable here" in row_fields(row)["detail"]
        assert row_fields(row)["outcome"] == "delivered"
    row = a_row(None)
    assert (row.plainly_written, row.result, row.foreign) == (None, None, {})
