"""The intent of a call as a row of the ledger, and how many calls the rows tell of."""

from __future__ import annotations

import sqlite3
from datetime import datetime

from cartesia_call.ledger_ports import CallIntent
from cartesia_call.policy.guard import GuardRule, withheld_by_guard
from cartesia_call.policy.withheld import Withheld
from cartesia_call.store.rows import time_text
from cartesia_call.telephony.callees import may_be_same
from cartesia_call.telephony.outcomes import CallLeft, Outcome

_NOT_PLACED = tuple(outcome for outcome in Outcome if outcome.means.left is CallLeft.NONE)
"""A row that ended so without a call SID is no call. Any other may be one: also one that is open, that a
later run settled, or whose outcome only another release knows."""


def insert_intent(database: sqlite3.Connection, intent: CallIntent, withheld: Withheld | None) -> None:
    """Write the row of `intent`: open, or, if it is `withheld`, over as soon as it began."""
    created_at = time_text(intent.created_at)
    columns = {
        "id": intent.id,
        "created_at": created_at,
        "to_number": intent.to,
        "caller_id": intent.caller_id,
        "account_sid": intent.account_sid,
        "region": intent.region,
        "time_limit_s": intent.time_limit_s,
        "no_guard_reason": intent.no_guard_reason,
        "outcome": Outcome.WITHHELD if withheld else None,
        "ended_at": created_at if withheld else None,
        "withheld": withheld.detail if withheld else None,
    }
    places = ", ".join("?" * len(columns))
    database.execute(
        f"INSERT INTO calls ({', '.join(columns)}) VALUES ({places})",  # noqa: S608 - names of ours alone
        tuple(columns.values()),
    )


def withheld_by_rows(database: sqlite3.Connection, intent: CallIntent, guard: GuardRule) -> Withheld | None:
    """What `guard` says of one more call to the intent's number, in the transaction that would write it."""
    now = intent.created_at.astimezone()  # the machine's zone, for the sentence
    not_placed = ", ".join("?" * len(_NOT_PLACED))
    rows = database.execute(
        "SELECT to_number, created_at FROM calls WHERE created_at BETWEEN ? AND ?"  # noqa: S608 - marks
        f" AND (call_sid IS NOT NULL OR outcome IS NULL OR outcome NOT IN ({not_placed}))",
        (time_text(now - guard.horizon), time_text(now + guard.horizon), *_NOT_PLACED),
    )
    placed = [(row["to_number"], datetime.fromisoformat(row["created_at"])) for row in rows]
    return withheld_by_guard(
        [moment for to, moment in placed if may_be_same(to, intent.to)],
        now,
        guard=guard,
        all_placed_at=[moment for _, moment in placed],
    )
