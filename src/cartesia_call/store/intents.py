"""The intent of a call as a row of the ledger, and how many calls the rows tell of."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from cartesia_call.errors import PlaceClaimed
from cartesia_call.ledger_ports import CallIntent, ListPlace
from cartesia_call.policy.guard import GuardRule, withheld_by_guard
from cartesia_call.policy.withheld import Withheld
from cartesia_call.store.rows import time_text
from cartesia_call.telephony.callees import may_be_same
from cartesia_call.telephony.outcomes import CallLeft, Outcome

_NOT_PLACED = tuple(outcome for outcome in Outcome if outcome.means.left is CallLeft.NONE)
"""A row that ended so without a call SID is no call. Any other may be one: also one that is open, that a
later run settled, or whose outcome only another release knows."""


def insert_intent(database: sqlite3.Connection, intent: CallIntent, withheld: Withheld | None) -> None:
    """Write the row of `intent`: open, or, if it is `withheld`, over as soon as it began.

    PlaceClaimed if its place in a dial list is claimed already.
    """
    created_at, place = time_text(intent.created_at), intent.place
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
        "list_id": place.list_id if place else None,
        "list_row": place.row if place else None,
        "list_attempt": place.attempt if place else None,
    }
    marks = ", ".join("?" * len(columns))
    insert = f"INSERT INTO calls ({', '.join(columns)}) VALUES ({marks})"  # noqa: S608 - names of ours alone
    try:
        database.execute(insert, tuple(columns.values()))
    except sqlite3.IntegrityError as error:
        if place is None or not _is_claimed(database, place):
            raise
        raise PlaceClaimed(
            f"Attempt {place.attempt} of row {place.row} of the list {place.list_id} was made already."
        ) from error


def _is_claimed(database: sqlite3.Connection, place: ListPlace) -> bool:
    claimed = "SELECT 1 FROM calls WHERE list_id = ? AND list_row = ? AND list_attempt = ?"
    return database.execute(claimed, (place.list_id, place.row, place.attempt)).fetchone() is not None


Placed = Sequence[tuple[str, datetime]]
"""Calls, each by its number and its moment."""


def placed_near(database: sqlite3.Connection, moment: datetime, guard: GuardRule) -> Placed:
    """Calls that the rows tell of, as far from `moment` as the guard looks at most."""
    not_placed = ", ".join("?" * len(_NOT_PLACED))
    rows = database.execute(
        "SELECT to_number, created_at FROM calls WHERE created_at BETWEEN ? AND ?"  # noqa: S608 - marks
        f" AND (call_sid IS NOT NULL OR outcome IS NULL OR outcome NOT IN ({not_placed}))",
        (time_text(moment - guard.horizon), time_text(moment + guard.horizon), *_NOT_PLACED),
    )
    return [(row["to_number"], datetime.fromisoformat(row["created_at"])) for row in rows]


def withheld_by_rows(
    database: sqlite3.Connection, intent: CallIntent, guard: GuardRule | None, elsewhere: Placed = ()
) -> Withheld | None:
    """What `guard`, if there is one, says of one more call to the intent's number, with those that other
    ledgers hold."""
    if guard is None:
        return None
    now = intent.created_at.astimezone()  # the machine's zone, for the sentence
    placed = [*placed_near(database, now, guard), *elsewhere]
    return withheld_by_guard(
        [moment for to, moment in placed if may_be_same(to, intent.to)],
        now,
        guard=guard,
        all_placed_at=[moment for _, moment in placed],
    )
