"""The rows that many workers call: jobs of procrastinate, one for each. Implements `fleet_ports.RowQueue`.

A list's rows wait in their table; some hundred ahead of the calls they become jobs, so that the table of
jobs stays small, a list can be paused, and lists take turns. Claims, heartbeats, jobs of workers that are
gone, and jobs for later are procrastinate's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import time
from typing import Any

import procrastinate
from procrastinate.exceptions import ConnectorException

from cartesia_call.dial_list.rows import ListRow
from cartesia_call.errors import LedgerError
from cartesia_call.fleet.database import Connection, FleetDatabase
from cartesia_call.fleet.ledger import FleetLedger
from cartesia_call.fleet.lists import FleetLists
from cartesia_call.fleet.liveness import ALIVE, STALLED_S
from cartesia_call.fleet.schema import STEPS, check_release
from cartesia_call.fleet.times import Times
from cartesia_call.fleet_ports import Begun, Moment, QueuedList, QueuedRow, Verdict
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.telephony.callees import compared

logger = logger_of(__name__)

TASK = "call a row"

JOBS_AHEAD_S = 10.0
LEAST_JOBS_AHEAD = 50
MOST_JOBS_AHEAD = 2000
"""Rows become jobs so long before their turn, and so many at least and at the most."""

_TENDING = 4_717_202
"""An advisory lock's number: one worker at a time looks after the others."""

_FEED = """
WITH fed AS (
    SELECT id, fed_to FROM lists WHERE id = %(list)s AND is_whole AND cancelled_at IS NULL
    FOR UPDATE SKIP LOCKED
), next AS (
    SELECT rows.number FROM rows, fed WHERE rows.list_id = fed.id AND rows.number > fed.fed_to
    ORDER BY rows.number LIMIT %(most)s
), made AS (
    INSERT INTO procrastinate_jobs (queue_name, task_name, args)
    SELECT %(list)s, %(task)s, jsonb_build_object('list', %(list)s::text, 'row', number) FROM next
    RETURNING 1
)
UPDATE lists SET fed_to = greatest(lists.fed_to, coalesce((SELECT max(number) FROM next), lists.fed_to))
FROM fed WHERE lists.id = fed.id RETURNING (SELECT count(*) FROM made) AS fed
"""


class FleetQueue:
    """The lists of `pool` in `database`, for the worker that `ledger` belongs to, of a `release` that knows
    so many `steps` of the tables."""

    def __init__(
        self,
        database: FleetDatabase,
        ledger: FleetLedger,
        *,
        pool: str,
        clock: Clock,
        release: str,
        steps: int = len(STEPS),
    ) -> None:
        self._release, self._steps = release, steps
        self._clock = clock
        self._database = database
        self._ledger = ledger
        self._pool = pool
        self._jobs = procrastinate.App(connector=procrastinate.PsycopgConnector()).job_manager
        self._cps: dict[str, float] = {}
        self._times = Times()

    # --- a worker's life -------------------------------------------------------------------------

    async def join(self) -> None:
        """Implements the port."""
        await self._jobs.connector.open_async(self._database.pool)
        with self._translated():
            self._ledger.worker_id = await self._jobs.register_worker()

    async def leave(self) -> None:
        """Implements the port."""
        with self._translated():
            await self._jobs.unregister_worker(self._worker)
        async with self._database.connection() as connection:
            await connection.execute("DELETE FROM contexts WHERE worker_id = %s", [self._worker])
            await connection.execute("DELETE FROM live_calls WHERE worker_id = %s", [self._worker])

    async def beat(self) -> None:
        """Implements the port."""
        with self._translated():
            await self._jobs.update_heartbeat(self._worker)
        await check_release(self._database, release=self._release, known=self._steps)

    @property
    def _worker(self) -> int:
        if self._ledger.worker_id is None:
            raise ValueError("no worker has joined")
        return self._ledger.worker_id

    async def tend(self) -> bool:
        """Implements the port: a job whose worker is gone is due at once; what became of its call, whoever
        takes it finds out first."""
        async with self._database.transaction() as connection:
            found = await connection.execute("SELECT pg_try_advisory_xact_lock(%s) AS ours", [_TENDING])
            row = await found.fetchone()
            is_ours = row is not None and bool(row["ours"])
            if is_ours:
                await self._tend(connection)
        if is_ours:
            await FleetLists(self._database).end_those_that_are_over(self._clock.utc_now())
        return is_ours

    async def _tend(self, connection: Connection) -> None:
        with self._translated():
            stalled = list(await self._jobs.get_stalled_jobs(seconds_since_heartbeat=STALLED_S))
        for job in stalled:
            with self._translated():
                await self._jobs.retry_job(job)
        dead = f"NOT {ALIVE}"
        await connection.execute(f"DELETE FROM contexts WHERE {dead}".encode())  # noqa: S608 - text of ours
        # A dead worker's call may be up: its place is taken until somebody has found out.
        await connection.execute(
            f"DELETE FROM live_calls AS live WHERE {dead} AND NOT EXISTS (SELECT 1 FROM calls"  # noqa: S608
            " WHERE calls.list_id = live.list_id AND calls.worker_id = live.worker_id"
            " AND ended_at IS NULL)".encode()
        )
        await connection.execute(f"DELETE FROM audio WHERE mulaw IS NULL AND {dead}".encode())  # noqa: S608
        if stalled:
            logger.info("%d rows of workers that are gone are free again", len(stalled))

    # --- lists and rows --------------------------------------------------------------------------

    async def open_lists(self) -> list[QueuedList]:
        """Implements the port."""
        async with self._database.connection() as connection:
            found = await connection.execute(
                "SELECT id, name, cps, settings FROM lists WHERE pool = %s AND is_whole"
                " AND ended_at IS NULL AND cancelled_at IS NULL AND paused_at IS NULL"
                " ORDER BY created_at, id",
                [self._pool],
            )
            lists = [QueuedList(**row) for row in await found.fetchall()]
        self._cps = {each.id: each.cps for each in lists}
        return lists

    async def take(self, list_id: str) -> QueuedRow | None:
        """Implements the port."""
        with self._translated():
            job = await self._jobs.fetch_job([list_id], self._worker)
            if job is None and await self._feed(list_id):
                job = await self._jobs.fetch_job([list_id], self._worker)
        if job is None or job.id is None:
            return None
        number = int(str(job.task_kwargs["row"]))
        row = await self._row(list_id, number)
        if row is None:
            await self._finish(job.id, list_id, number)
            return None
        was_tried = job.attempts or row["again_after"] is not None
        attempts = await self._ledger.attempts_of(list_id, [number]) if was_tried else []
        self._ledger.jobs[list_id, number] = job.id
        return QueuedRow(
            job_id=job.id,
            list_id=list_id,
            row=_list_row(row),
            attempts=attempts,
            withheld=row["withheld"],
            again_after=row["again_after"],
        )

    async def _feed(self, list_id: str) -> int:
        """Make jobs of the next rows of a list; how many. None where another worker does it now."""
        wanted = math.ceil(self._cps.get(list_id, 1) * JOBS_AHEAD_S)
        most = min(MOST_JOBS_AHEAD, max(LEAST_JOBS_AHEAD, wanted))
        async with self._database.connection() as connection:
            found = await connection.execute(_FEED, {"list": list_id, "most": most, "task": TASK})
            row = await found.fetchone()
            return 0 if row is None else int(row["fed"])

    async def _row(self, list_id: str, number: int) -> dict[str, Any] | None:
        async with self._database.connection() as connection:
            found = await connection.execute(
                "SELECT rows.* FROM rows JOIN lists ON lists.id = list_id"
                " WHERE list_id = %s AND number = %s AND cancelled_at IS NULL",
                [list_id, number],
            )
            return await found.fetchone()

    async def again(self, row: QueuedRow, after_s: float, *, tells: bool) -> bool:
        """Implements the port."""
        async with self._database.transaction() as connection:
            if not await self._is_ours(connection, row.job_id):
                return False
            if tells:
                await _tell(connection, row.list_id, row.number, is_final=False)
            await connection.execute(
                "SELECT procrastinate_retry_job_v2(%s, now() + %s * interval '1 second', NULL, NULL, NULL)",
                [row.job_id, after_s],
            )
        self._ledger.jobs.pop((row.list_id, row.number), None)
        return True

    async def done(self, row: QueuedRow) -> bool:
        """Implements the port."""
        is_ours = await self._finish(row.job_id, row.list_id, row.number)
        self._ledger.jobs.pop((row.list_id, row.number), None)
        return is_ours

    async def _finish(self, job_id: int, list_id: str, number: int) -> bool:
        async with self._database.transaction() as connection:
            if not await self._is_ours(connection, job_id):
                return False
            await _tell(connection, list_id, number, is_final=True)
            await connection.execute("DELETE FROM rows WHERE list_id = %s AND number = %s", [list_id, number])
            await connection.execute("SELECT procrastinate_finish_job_v1(%s, 'succeeded', true)", [job_id])
        return True

    async def _is_ours(self, connection: Connection, job_id: int) -> bool:
        found = await connection.execute(
            "SELECT 1 FROM procrastinate_jobs WHERE id = %s AND worker_id = %s AND status = 'doing'"
            " FOR UPDATE",
            [job_id, self._worker],
        )
        return await found.fetchone() is not None

    # --- who may be called now -------------------------------------------------------------------

    async def turn(self, row: QueuedRow, *, longest_s: float) -> tuple[Verdict, float]:
        """Implements the port."""
        async with self._database.connection() as connection:
            found = await connection.execute(
                "SELECT verdict, wait_s FROM next_turn(%s, %s, %s, %s)",
                [row.list_id, compared(row.to), self._worker, longest_s],
            )
            answer = await found.fetchone() or {"verdict": Verdict.LATER, "wait_s": 1.0}
        return Verdict(answer["verdict"]), float(answer["wait_s"])

    async def moment(self, row: QueuedRow, *, longest_s: float) -> Moment:
        """Implements the port."""
        async with self._database.connection() as connection:
            asked_at_s = self._clock.now_s()
            found = await connection.execute(
                "SELECT is_given, at_s, now_s FROM next_moment(%s, %s, %s)",
                [row.list_id, compared(row.to), longest_s],
            )
            answer = await found.fetchone()
        if answer is None:
            raise LedgerError(f"The queue {self._database.place} told no moment.")
        self._times.compare(answer["now_s"], asked_at_s, self._clock.now_s())
        at_s = self._times.here_s(answer["at_s"]) + self._times.doubt_s
        return Moment(at_s=at_s, key=answer["at_s"], is_given=answer["is_given"])

    async def tell_moments(self, list_id: str, *, missed: Sequence[float], begun: Sequence[Begun]) -> None:
        """Implements the port."""
        latest_s = [self._times.there_s(one.latest_s) + self._times.doubt_s for one in begun]
        async with self._database.connection() as connection:
            await connection.execute(
                "SELECT tell_moments(%s, %s::float8[], %s::float8[], %s::float8[])",
                [list_id, list(missed), [one.key for one in begun], latest_s],
            )

    async def over(self, row: QueuedRow) -> None:
        """Implements the port."""
        async with self._database.connection() as connection:
            await connection.execute(
                "DELETE FROM live_calls WHERE to_key = %s AND worker_id = %s",
                [compared(row.to), self._worker],
            )

    async def slow_down(self) -> None:
        """Implements the port."""
        async with self._database.connection() as connection:
            cps = max(self._cps.values(), default=1.0)
            await connection.execute("SELECT slow_down(%s, %s)", [self._pool, cps])

    async def deliver(self) -> None:
        """Implements the port."""
        await self._ledger.deliver()

    def _translated(self) -> Any:
        return _Translated(self._database)


class _Translated:
    """What procrastinate raises, as ours."""

    def __init__(self, database: FleetDatabase) -> None:
        self._database = database

    def __enter__(self) -> None:
        return None

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, ConnectorException):
            cause = error.__cause__
            with self._database.telling():
                raise cause if cause is not None else LedgerError(f"procrastinate: {error}")


async def _tell(connection: Connection, list_id: str, number: int, *, is_final: bool) -> None:
    """The last attempt for the row is over, and so is the row, if that is what it came to."""
    await connection.execute(
        "UPDATE calls SET is_final = %s, told_at = pg_current_xact_id() WHERE id = (SELECT id FROM calls"
        " WHERE list_id = %s AND list_row = %s ORDER BY list_attempt DESC LIMIT 1) AND ended_at IS NOT NULL"
        " AND told_at IS NULL",
        [is_final, list_id, number],
    )


def _list_row(row: dict[str, Any]) -> ListRow:
    not_after = row["not_after"]
    return ListRow(
        number=row["number"],
        line=row["line"],
        to=row["to_number"],
        message=row["message"],
        voice=row["voice"],
        language=row["language"],
        timezone=row["timezone"],
        not_after=None if not_after is None else time.fromisoformat(not_after),
        fields={},
    )
