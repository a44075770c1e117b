"""The queue's tables, as numbered steps that only lead forward; procrastinate's are a part of the first.

`schema_version` holds how many steps a database has seen, and which release made the last one. A step that
was released is never changed. Workers of an older release go on with a newer database only as far as its
steps allow: there is one number, and who does not know it stops with a sentence.
"""

from __future__ import annotations

from procrastinate.schema import SchemaManager
from psycopg import sql

from cartesia_call.errors import LedgerError
from cartesia_call.fleet.database import SCHEMA, Connection, FleetDatabase
from cartesia_call.fleet.schema_text import CALLS, LISTS, PACES, SHARED

_ONE_AT_A_TIME = 4_717_201
"""An advisory lock's number: processes that come at the same moment make the tables one after the other."""

STEP_LIMIT_S = 60.0


async def prepare(database: FleetDatabase, *, release: str) -> None:
    """Bring the database up to date. LedgerError if a newer release has done more than this one knows."""
    async with database.transaction(limit_s=STEP_LIMIT_S) as connection:
        found = await _version(connection)
        if found is not None and found[0] == len(STEPS):
            return
    async with database.transaction(limit_s=STEP_LIMIT_S) as connection:
        await connection.execute("SELECT pg_advisory_xact_lock(%s)", [_ONE_AT_A_TIME])
        version, made_by = await _version(connection) or (0, "")
        if version > len(STEPS):
            raise LedgerError(
                f"The queue {database.place} was made by cartesia-call {made_by}, and this is {release}.",
                hint=f"Install that release, or a later one: pip install 'cartesia-call[fleet]>={made_by}'",
            )
        for step in STEPS[version:]:
            await connection.execute(step.encode())
        await connection.execute("DELETE FROM schema_version")
        await connection.execute("INSERT INTO schema_version VALUES (%s, %s)", [len(STEPS), release])


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
