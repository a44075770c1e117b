"""Dial lists and the attempts for their rows, as plain data: whichever database they come from."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from cartesia_call.ledger_ports import DialListRecord, RowAttempt
from cartesia_call.store.rows import Columns, is_account_wide
from cartesia_call.telephony.outcomes import Outcome

_OUTCOMES = {str(outcome): outcome for outcome in Outcome}

ATTEMPT_COLUMNS = (
    "list_row, list_attempt, id, to_number, outcome, call_sid, created_at, ended_at,"
    " CASE outcome WHEN 'refused' THEN result END AS refusal"
)
"""Of the table `calls`, in the order of `AttemptColumns`."""

AttemptColumns = tuple[int, int, str, str, str | None, str | None, str, str | None, str | None]


def list_record(row: Columns) -> DialListRecord:
    """A row of the table `lists`."""
    return DialListRecord(
        id=row["id"],
        digest=row["digest"],
        name=row["name"],
        rows=row["row_count"],
        created_at=datetime.fromisoformat(row["created_at"]),
        ended_at=None if row["ended_at"] is None else datetime.fromisoformat(row["ended_at"]),
    )


def row_attempt(columns: AttemptColumns) -> RowAttempt:
    """What the journal holds of one attempt."""
    row, attempt, id, to, outcome, call_sid, created_at, ended_at, refusal = columns
    return RowAttempt(
        row=row,
        attempt=attempt,
        id=id,
        to=to,
        outcome=None if outcome is None else _OUTCOMES.get(outcome),
        is_open=ended_at is None,
        call_sid=call_sid,
        began_at=datetime.fromisoformat(created_at),
        ended_at=None if ended_at is None else datetime.fromisoformat(ended_at),
        account_wide=refusal is not None and is_account_wide(refusal),
    )


async def whole_rows(
    behind: Callable[[RowAttempt | None], Awaitable[list[RowAttempt]]], *, at_once: int
) -> AsyncIterator[list[RowAttempt]]:
    """Attempts that come `at_once` at the most, by row; those of one row are never parted.

    `behind` brings those behind one (None: the first).
    """
    last: RowAttempt | None = None
    kept: list[RowAttempt] = []  # of the last row, which may have more
    while piece := await behind(last):
        last = piece[-1]
        attempts = [*kept, *piece]
        whole = [attempt for attempt in attempts if attempt.row != last.row]
        kept = [attempt for attempt in attempts if attempt.row == last.row]
        if whole:
            yield whole
        if len(piece) < at_once:
            break
    if kept:
        yield kept
