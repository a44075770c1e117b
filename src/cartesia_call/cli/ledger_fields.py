"""A row of the ledger as the fields that scripts read and `show` prints."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from cartesia_call.cli.tables import utc_text
from cartesia_call.quoting import one_line

if TYPE_CHECKING:
    from cartesia_call.store.rows import LedgerRow


def row_fields(row: LedgerRow) -> dict[str, Any]:
    """What `dial --json` printed, or as much of it as is known, and what only the ledger knows.

    An outcome that only another release has stands there in its word, without exit code.
    """
    return {**_known(row), **ledger_only_fields(row)}


def ledger_only_fields(row: LedgerRow) -> dict[str, Any]:
    """Those that no `dial --json` prints."""
    return {
        "settled": row.settled,
        "end_asked_by": row.end_asked_by,
        "end_asked_at": None if row.end_asked_at is None else utc_text(row.end_asked_at),
        "no_guard_reason": row.no_guard_reason,
        "place": None if row.place is None else dict(vars(row.place)),
        "account_sid": row.account_sid,
        "region": row.region,
        "time_limit_s": row.time_limit_s,
    }


def _known(row: LedgerRow) -> dict[str, Any]:
    from cartesia_call.cli.render import JSON_SCHEMA, printed_fields, result_fields

    if row.plainly_written is not None:
        return printed_fields(row.plainly_written)
    if row.result is not None:
        known = result_fields(row.result)
        if "outcome" in row.foreign:
            known["exit_code"] = None
    else:
        known = {
            "schema": JSON_SCHEMA,
            "id": row.id,
            "to": row.to,
            "from": row.caller_id,
            "outcome": row.outcome,
            "detail": row.settled or row.withheld,
            "call_sid": row.call_sid,
            "started_at": utc_text(row.created_at),
            "ended_at": None if row.ended_at is None else utc_text(row.ended_at),
        }
    return {**known, **row.foreign}


def flat(fields: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Name and text of every field; those of a nested object are written `timing.ring`.

    Milliseconds, which is what `timing` is in too, are rounded and have their unit.
    """
    lines: list[tuple[str, str]] = []
    for name, value in fields.items():
        if isinstance(value, dict):
            lines += flat(value, f"{prefix}{name}.")
        elif isinstance(value, bool):
            lines.append((prefix + name, "yes" if value else "no"))
        elif isinstance(value, int | float) and (name.endswith("_ms") or prefix == "timing."):
            lines.append((prefix + name, f"{value:.0f} ms"))
        else:
            lines.append((prefix + name, "-" if value in (None, "") else one_line(str(value)).strip()))
    return lines
