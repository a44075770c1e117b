"""A ledger row as plain data, and its result as the JSON that the file holds."""

from __future__ import annotations

import dataclasses
import json
import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime

from cartesia_call.errors import LedgerError
from cartesia_call.ports import OpenCall
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

_RESULT_FIELDS = dataclasses.fields(AttemptResult)


@dataclass(frozen=True, kw_only=True)
class LedgerRow:
    """One attempt as the ledger holds it, full numbers included.

    `ended_at` is None while the row is open. `result` is None until the attempt's own process closed the
    row. `settled` is the sentence of a later run, if that closed it.
    """

    id: str
    created_at: datetime
    to: str
    caller_id: str
    account_sid: str
    region: str
    time_limit_s: int
    call_sid: str | None
    outcome: str | None
    ended_at: datetime | None
    settled: str | None
    result: AttemptResult | None


@dataclass(frozen=True, kw_only=True)
class TunnelAgent:
    """A tunnel agent's process: its id, and its start time in whatever form `remember_agent` was given."""

    pid: int
    started: str


def time_text(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds")


def result_text(result: AttemptResult) -> str:
    """Every field of the result as one JSON object; times as `time_text` writes them."""
    return json.dumps(dataclasses.asdict(result), default=_json_value, ensure_ascii=False)


def _json_value(value: object) -> str:
    if isinstance(value, datetime):
        return time_text(value)
    raise TypeError(f"a result holds a {type(value).__name__}")


def _result(text: str) -> AttemptResult:
    """What `result_text` wrote. Fields of a newer release are left out; ValueError for its new outcomes."""
    written = json.loads(text)
    kept = {field.name: written[field.name] for field in _RESULT_FIELDS if field.name in written}
    return AttemptResult(
        **{
            **kept,
            "outcome": written["outcome"] and Outcome(written["outcome"]),
            "started_at": datetime.fromisoformat(written["started_at"]),
            "ended_at": datetime.fromisoformat(written["ended_at"]),
            "voice": written["voice"] and Voice(written["voice"]),
            "evidence": Evidence(written["evidence"]),
            "timing": Timing(**written["timing"]),
            "error": written["error"] and ErrorReport(**written["error"]),
        }
    )


def ledger_row(row: sqlite3.Row) -> LedgerRow:
    """A row of the table `calls`. LedgerError if a newer release wrote something that has no name here."""
    try:
        result = None if row["result"] is None else _result(row["result"])
    except (ValueError, KeyError, TypeError) as error:
        raise LedgerError(
            f"The attempt {row['id']} was written by another release of cartesia-call: {error}.",
            hint="Upgrade cartesia-call.",
        ) from error
    return LedgerRow(
        id=row["id"],
        created_at=datetime.fromisoformat(row["created_at"]),
        to=row["to_number"],
        caller_id=row["caller_id"],
        account_sid=row["account_sid"],
        region=row["region"],
        time_limit_s=row["time_limit_s"],
        call_sid=row["call_sid"],
        outcome=row["outcome"],
        ended_at=None if row["ended_at"] is None else datetime.fromisoformat(row["ended_at"]),
        settled=row["settled"],
        result=result,
    )


def open_call(row: LedgerRow) -> OpenCall:
    """What a later run needs to know of a row that was never closed."""
    return OpenCall(
        id=row.id,
        to=row.to,
        caller_id=row.caller_id,
        call_sid=row.call_sid,
        created_at=row.created_at,
        time_limit_s=row.time_limit_s,
        account_sid=row.account_sid,
        region=row.region,
    )
