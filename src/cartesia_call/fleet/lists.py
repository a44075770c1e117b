"""Whole lists in the queue: written, watched, paused, called off."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import field
from datetime import datetime

from psycopg.types.json import Jsonb

from cartesia_call.dial_list.rows import ListRow
from cartesia_call.errors import InputError
from cartesia_call.fleet.database import Connection, FleetDatabase
from cartesia_call.fleet.journal import insert_list
from cartesia_call.fleet.liveness import STALLED_S
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.records import dataclass
from cartesia_call.store.list_rows import list_record
from cartesia_call.store.rows import LedgerRow, ledger_row, time_text

ENQUEUE_LIMIT_S = 600.0
"""For a million rows and a slow disk."""

_COPY = (
    "COPY rows (list_id, number, line, to_number, message, voice, language, timezone, not_after, withheld,"
    " again_after)"
    " FROM STDIN"
)


@dataclass(frozen=True, kw_only=True)
class ListOrder:
    """How a list is to be called: whose calls they are, and what `fleet_ports.QueuedList` has."""

    pool: str
    cps: float
    most_live: int
    bad_rows: int = 0
    stop_after: int | None = None
    stop_on: Collection[str] = ()
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class ListState:
    """How a list stands. `outcomes` counts rows that are over by what decided; None: a fault of ours, or one
    that nobody could find out. `waiting` rows are left, `live` calls up. `workers` live, of whichever list.
    """

    record: DialListRecord
    outcomes: Mapping[str | None, int]
    waiting: int
    live: int
    bad_rows: int
    is_paused: bool
    is_cancelled: bool
    note: str | None
    workers: int

    @property
    def word(self) -> str:
        """In a word."""
        if self.record.ended_at is not None:
            return "cancelled" if self.is_cancelled else "done"
        return "cancelled" if self.is_cancelled else "paused" if self.is_paused else "running"


@dataclass(frozen=True, kw_only=True)
class ToldRow:
    """An attempt that was decided, in the order of `cursor`."""

    row: LedgerRow
    is_final: bool
    cursor: tuple[str, str]


class FleetLists:
    """The lists of `database`."""

    def __init__(self, database: FleetDatabase) -> None:
        self._database = database

    async def enqueue(
        self,
        record: DialListRecord,
        order: ListOrder,
        rows: Iterable[tuple[ListRow, str | None]],
        *,
        known: Collection[str] | None = None,
    ) -> None:
        """Write the list and its rows, whole or not at all, in one pass that holds no row for long. With each
        row the reason why nobody may call it, if there is one. Errors as `ListJournal.begin_list`."""
        async with self._database.transaction(limit_s=ENQUEUE_LIMIT_S) as connection:
            await insert_list(connection, record, known)
            await _write_rows(connection, record.id, rows, {})
            await _write_order(connection, record.id, order)

    async def reopen(
        self,
        list_id: str,
        order: ListOrder,
        rows: Iterable[tuple[ListRow, str | None]],
        again: Mapping[int, int],
    ) -> None:
        """Go on with a list that has ended: call those of `rows` that stand in `again`, by their numbers,
        with the number of their last attempt. InputError if somebody else has just done so."""
        async with self._database.transaction(limit_s=ENQUEUE_LIMIT_S) as connection:
            ended = await connection.execute(
                "SELECT 1 FROM lists WHERE id = %s AND ended_at IS NOT NULL AND cancelled_at IS NULL"
                " FOR UPDATE",
                [list_id],
            )
            if await ended.fetchone() is None:
                raise InputError(
                    f"another process has just gone on with the list {list_id}",
                    hint="--resume waits for its end",
                )
            await _write_rows(connection, list_id, (one for one in rows if one[0].number in again), again)
            await _write_order(connection, list_id, order)
            await connection.execute(
                "UPDATE lists SET ended_at = NULL, fed_to = 0, paused_at = NULL, note = NULL WHERE id = %s",
                [list_id],
            )
            await connection.execute(
                "UPDATE calls SET is_final = false WHERE list_id = %s AND is_final AND list_row = ANY(%s)",
                [list_id, list(again)],
            )

    async def states(self, list_id: str | None = None) -> list[ListState]:
        """All lists that are queued, or one; newest first."""
        async with self._database.connection() as connection:
            found = await connection.execute(
                "SELECT lists.*, (SELECT count(*) FROM rows WHERE list_id = lists.id) AS waiting,"
                " (SELECT count(*) FROM live_calls WHERE list_id = lists.id) AS live,"
                " (SELECT count(*) FROM procrastinate_workers"
                "  WHERE last_heartbeat > now() - %s * interval '1 second') AS workers"
                " FROM lists WHERE is_whole AND (%s::text IS NULL OR id = %s)"
                " ORDER BY created_at DESC, id DESC",
                [STALLED_S, list_id, list_id],
            )
            lists = await found.fetchall()
            counted = await connection.execute(
                "SELECT list_id, outcome, count(*) AS n FROM calls WHERE list_id = ANY(%s) AND is_final"
                " GROUP BY list_id, outcome",
                [[row["id"] for row in lists]],
            )
            outcomes: dict[str, dict[str | None, int]] = {row["id"]: {} for row in lists}
            for row in await counted.fetchall():
                outcomes[row["list_id"]][row["outcome"]] = row["n"]
        return [
            ListState(
                record=list_record(row),
                outcomes=outcomes[row["id"]],
                waiting=row["waiting"],
                live=row["live"],
                bad_rows=row["bad_rows"],
                is_paused=row["paused_at"] is not None,
                is_cancelled=row["cancelled_at"] is not None,
                note=row["note"],
                workers=row["workers"],
            )
            for row in lists
        ]

    async def pause(self, list_id: str, note: str | None = None) -> None:
        """Nobody of the list is called from now on; calls that are up come to their end."""
        await self._change("paused_at = coalesce(paused_at, now()), note = %s", list_id, [note])

    async def resume(self, list_id: str) -> None:
        """It goes on."""
        await self._change("paused_at = NULL, note = NULL", list_id, [])

    async def cancel(self, list_id: str, note: str | None = None) -> None:
        """Nobody else of the list is ever called: what its rows hold is gone."""
        await self._change("cancelled_at = coalesce(cancelled_at, now()), note = %s", list_id, [note])
        async with self._database.connection(limit_s=ENQUEUE_LIMIT_S) as connection:
            await connection.execute("DELETE FROM rows WHERE list_id = %s", [list_id])
            await connection.execute(
                "DELETE FROM procrastinate_jobs WHERE queue_name = %s AND status = 'todo'", [list_id]
            )

    async def _change(self, what: str, list_id: str, parameters: Sequence[object]) -> None:
        async with self._database.connection() as connection:
            statement = f"UPDATE lists SET {what} WHERE id = %s AND ended_at IS NULL"  # noqa: S608 - text of ours
            await connection.execute(statement.encode(), [*parameters, list_id])

    async def end_those_that_are_over(self, now: datetime) -> None:
        """A list has ended when all its rows have become jobs, and none of these is left; or, before that,
        when as many rows as were asked for came to what was asked for."""
        async with self._database.transaction() as connection:
            satisfied = await connection.execute(
                "SELECT id FROM lists WHERE stop_after IS NOT NULL AND ended_at IS NULL"
                " AND cancelled_at IS NULL"
                " AND (SELECT count(*) FROM calls WHERE list_id = lists.id AND is_final"
                "  AND outcome = ANY(stop_on)) >= stop_after"
            )
            ids = [row["id"] for row in await satisfied.fetchall()]
        for id in ids:
            await self.cancel(id, "as many as were asked for")
        async with self._database.connection() as connection:
            await connection.execute(
                "UPDATE lists SET ended_at = %s WHERE is_whole AND ended_at IS NULL"
                " AND NOT EXISTS (SELECT 1 FROM procrastinate_jobs WHERE queue_name = lists.id)"
                " AND (cancelled_at IS NOT NULL OR NOT EXISTS (SELECT 1 FROM rows WHERE list_id = lists.id))",
                [time_text(now)],
            )

    async def told(self, list_id: str, *, after: tuple[str, str] | None, limit: int = 1000) -> list[ToldRow]:
        """Attempts that were decided behind `after` (None: all), in the order in which that became visible:
        what is still being written by somebody else comes later, and none is passed over."""
        since, id = after or ("0", "")
        async with self._database.connection() as connection:
            found = await connection.execute(
                "SELECT *, told_at::text AS cursor FROM calls WHERE list_id = %s AND told_at IS NOT NULL"
                " AND (told_at, id) > (%s::xid8, %s) AND told_at < pg_snapshot_xmin(pg_current_snapshot())"
                " ORDER BY told_at, id LIMIT %s",
                [list_id, since, id, limit],
            )
            return [
                ToldRow(row=ledger_row(row), is_final=row["is_final"], cursor=(row["cursor"], row["id"]))
                for row in await found.fetchall()
            ]


async def _write_rows(
    connection: Connection,
    list_id: str,
    rows: Iterable[tuple[ListRow, str | None]],
    again: Mapping[int, int],
) -> None:
    async with connection.cursor() as cursor, cursor.copy(_COPY.encode()) as copy:
        for row, withheld in rows:
            not_after = None if row.not_after is None else row.not_after.isoformat()
            choices = (row.voice, row.language, row.timezone, not_after, withheld, again.get(row.number))
            await copy.write_row((list_id, row.number, row.line, row.to, row.message, *choices))


async def _write_order(connection: Connection, list_id: str, order: ListOrder) -> None:
    await connection.execute(
        "UPDATE lists SET pool = %s, cps = %s, most_live = %s, bad_rows = %s, stop_after = %s,"
        " stop_on = %s, settings = %s, is_whole = true WHERE id = %s",
        [
            *(order.pool, order.cps, order.most_live, order.bad_rows, order.stop_after),
            *(list(order.stop_on), Jsonb(dict(order.settings)), list_id),
        ],
    )
