"""The queue's tables, as numbered steps that only lead forward; procrastinate's are a part of the first.

`schema_version` holds how many steps a database has seen, and which release made the last one. A step that
was released is never changed, and each leaves what workers of the release before it need to bring their
calls to an end: columns come with a default, functions with another name or other arguments. A worker that
finds a newer number in its database drains, and whoever begins with one stops with a sentence.
"""

from __future__ import annotations

from collections.abc import Sequence

from procrastinate.schema import SchemaManager
from psycopg import sql

from cartesia_call.errors import QueueNewer
from cartesia_call.fleet.database import SCHEMA, Connection, FleetDatabase
from cartesia_call.fleet.schema_text import CALLS, LISTS, PACES, SHARED

_ONE_AT_A_TIME = 4_717_201
"""An advisory lock's number: processes that come at the same moment make the tables one after the other."""

STEP_LIMIT_S = 60.0


async def prepare(database: FleetDatabase, *, release: str, steps: Sequence[str] | None = None) -> None:
    """Bring the database up to date, by the `steps` of a `release`; None: of this one. QueueNewer if a newer
    release has done more than that."""
    steps = STEPS if steps is None else steps
    async with database.transaction(limit_s=STEP_LIMIT_S) as connection:
        found = await _version(connection)
        if found is not None and found[0] == len(steps):
            return
    async with database.transaction(limit_s=STEP_LIMIT_S) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        version, made_by = await _version(connection) or (0, "")
        _refuse_newer(database, version, made_by, release=release, known=len(steps))
        for step in steps[version:]:
            await connection.execute(step.encode())
        await connection.execute("DELETE FROM schema_version")
        await connection.execute("INSERT INTO schema_version VALUES (%s, %s)", [len(steps), release])


async def check_release(database: FleetDatabase, *, release: str, known: int) -> None:
    """QueueNewer if the database has seen more than the `known` steps of a `release` since it began."""
    async with database.connection() as connection:
        found = await connection.execute("SELECT version, release FROM schema_version")
        row = await found.fetchone()
    if row is not None:
        _refuse_newer(database, row["version"], row["release"], release=release, known=known)


def _refuse_newer(database: FleetDatabase, version: int, made_by: str, *, release: str, known: int) -> None:
    if version > known:
        raise QueueNewer(
            f"The queue {database.place} was made by cartesia-call {made_by}, and this is {release}.",
            hint=f"Install that release, or a later one: pip install 'cartesia-call[fleet]>={made_by}'",
        )


async def _version(connection: Connection) -> tuple[int, str] | None:
    """How many steps it has seen, and by whom; None for a database without our tables."""
    # Not to_regclass(), which may answer from a cache what was true before an advisory lock was waited for.
    found = await connection.execute(
        "SELECT 1 FROM pg_tables WHERE schemaname = %s AND tablename = 'schema_version'", [SCHEMA]
    )
    if await found.fetchone() is None:
        return None
    found = await connection.execute("SELECT version, release FROM schema_version")
    row = await found.fetchone()
    return None if row is None else (row["version"], row["release"])


def _first() -> str:
    schema = sql.Identifier(SCHEMA).as_string()
    return "\n".join(
        (
            f"CREATE SCHEMA IF NOT EXISTS {schema};",
            "CREATE TABLE schema_version (version integer NOT NULL, release text NOT NULL);",
            SchemaManager.get_schema(),
            LISTS,
            CALLS,
            PACES,
            SHARED,
        )
    )


STEPS = (_first(),)
"""From an empty database to the present form."""
