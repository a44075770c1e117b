"""A row's line of JSON is what reading the row and writing its fields makes, however it is made."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.ledger_fields import row_fields
from cartesia_call.cli.written_rows import is_plain, row_line
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.quoting import one_line
from cartesia_call.store.rows import LedgerRow, result_text
from cartesia_call.telephony.attempt import ErrorReport, Timing
from cartesia_call.telephony.outcomes import Outcome, Voice
from tests.store.attempts import intent, result
from tests.store.ledgers import ledger_in


@pytest.fixture
async def row(tmp_path: Path) -> LedgerRow:
    """A call that was delivered, as the ledger gives it."""
    ledger = ledger_in(tmp_path)
    await ledger.begin(intent("a"))
    await ledger.close(dataclasses.replace(result("a", call_sid="CA1"), timing=Timing(placed_after=400.125)))
    (found,) = await ledger.recent(1)
    return found


def line(row: LedgerRow, **other: Any) -> str:
    """The line, which is the same as the long way's."""
    changed = dataclasses.replace(row, **other)
    made = row_line(changed)
    assert made == one_line(json.dumps(row_fields(changed)))
    return made


def test_a_plain_row_is_printed_as_it_was_written(row: LedgerRow) -> None:
    assert is_plain(row)
    assert json.loads(line(row))["outcome"] == "delivered"


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": Outcome.INTERRUPTED, "interrupted_by": 15},
        {"outcome": Outcome.BUSY, "voice": None, "message_ms": None},
        {"voice": Voice.CARRIER, "joined": ("b", "c"), "acknowledged": True, "beep": False},
        {"detail": "", "price": "-0.0085", "price_unit": "USD", "timing": Timing(ring=0.0)},
        {"to": "sip:alice@example.com", "caller_id": None, "call_sid": None},
    ],
)
def test_plain_rows_of_all_kinds(row: LedgerRow, changes: dict[str, Any]) -> None:
    changed = dataclasses.replace(row, written=result_text(dataclasses.replace(result("a"), **changes)))
    assert is_plain(changed)
    line(changed)


@pytest.mark.parametrize(
    "changes",
    [
        {"detail": 'the callee said "no"'},
        {"detail": "back\\slash, Łódź, \x7f, 😀"},
        {"key": "half \ud800 character"},
        {"outcome": None, "error": ErrorReport(kind="bug", code=None, message="?", hint=None)},
        {"timing": Timing(ring=1e-9)},
        {"timing": Timing(ring=1e30)},
    ],
)
def test_what_is_not_plain_is_read(row: LedgerRow, changes: dict[str, Any]) -> None:
    changed = dataclasses.replace(row, written=result_text(dataclasses.replace(result("a"), **changes)))
    assert not is_plain(changed)
    line(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"evidence": "mark"', '"evidence": "telepathy"'),
        ('"outcome": "delivered"', '"outcome": "beamed"'),
        ("2026-03-01T12:00:20", "2026-13-01T12:00:20"),
        ('"attempts": 1', '"attempts": 01'),
        ('"attempts": 1', '"attempts": 1, "more": 2'),
        ('"attempts": 1', '"attempts":1'),
    ],
)
def test_other_words_and_forms_are_read(row: LedgerRow, old: str, new: str) -> None:
    """Of another release, or of whoever edits the file."""
    assert row.written is not None
    assert old in row.written
    line(row, written=row.written.replace(old, new))


def test_what_only_the_ledger_knows_is_told(row: LedgerRow) -> None:
    place = ListPlace(list_id="L1", row=3, attempt=1)
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    line(row, place=place)
    line(row, settled="over", end_asked_by="hangup", end_asked_at=moment)
    line(row, no_guard_reason="a test, Ł", account_sid="AC\u00e9", region='"')
    line(row, written=None)
    line(row, written="no JSON", outcome="delivered", withheld="later")
