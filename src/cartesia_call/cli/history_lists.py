"""What `history --lists` and `history --list ID` show: the dial lists of the ledger, and the rows of one."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING

from cartesia_call.cli.tables import local_text, print_table, utc_text
from cartesia_call.cli.terminal import print_result
from cartesia_call.errors import InputError

if TYPE_CHECKING:
    from cartesia_call.cli.queue_history import ReadableLedger
    from cartesia_call.ledger_ports import DialListRecord, ListPlace
    from cartesia_call.store.rows import LedgerRow

_HEADINGS = ("ID", "WHEN", "ROWS", "DONE", "NAME")
_ROWS_AT_ONCE = 1000
"""That are read: so that a hundred thousand are never in memory together, nor one piece of work that has to
be done within the ledger's time limit."""


def print_lists(records: Sequence[DialListRecord], *, as_json: bool, masked: Callable[[str], str]) -> None:
    """One line for each; times are local in the table, UTC in the objects."""
    from cartesia_call.cli.render import JSON_SCHEMA

    if as_json:
        for record in records:
            ended_at = None if record.ended_at is None else utc_text(record.ended_at)
            fields = {
                "schema": JSON_SCHEMA,
                "id": record.id,
                "name": record.name,
                "rows": record.rows,
                "digest": record.digest,
                "created_at": utc_text(record.created_at),
                "ended_at": ended_at,
            }
            print_result(json.dumps(fields))
        return
    print_table(
        _HEADINGS,
        [
            (
                record.id,
                local_text(record.created_at),
                record.rows,
                "no" if record.ended_at is None else local_text(record.ended_at),
                masked(record.name),
            )
            for record in records
        ],
    )


def one_list(ledger: ReadableLedger, id_prefix: str) -> DialListRecord:
    """The list whose ID begins so. InputError if there is none, or more than one."""
    found = asyncio.run(ledger.find_list(id_prefix))
    if not found:
        raise InputError(
            f"The ledger holds no dial list {id_prefix!r}.",
            hint="`cartesia-call history --lists` names them. Rehearsals need --rehearsal.",
        )
    if len(found) > 1:
        raise InputError(f"{len(found)} dial lists begin with {id_prefix!r}.", hint="Write more of the ID.")
    return found[0]


def newest_rows(ledger: ReadableLedger, limit: int) -> Iterator[LedgerRow]:
    """What was called, the newest first; `limit` of them at most."""
    last: LedgerRow | None = None
    while limit > 0 and (rows := asyncio.run(ledger.recent(min(limit, _ROWS_AT_ONCE), before=last))):
        yield from rows
        last = rows[-1]
        limit -= len(rows)


def rows_of_list(ledger: ReadableLedger, list_id: str, limit: int | None) -> Iterator[LedgerRow]:
    """What was called for the list, by row and attempt; `limit` of them at most."""
    return itertools.islice(_all_rows(ledger, list_id), limit)


def _all_rows(ledger: ReadableLedger, list_id: str) -> Iterator[LedgerRow]:
    last: ListPlace | None = None
    while rows := asyncio.run(ledger.list_rows(list_id, after=last, limit=_ROWS_AT_ONCE)):
        yield from rows
        last = rows[-1].place
