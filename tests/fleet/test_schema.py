"""The queue's tables are made once, and a newer release's are left alone."""

from __future__ import annotations

import asyncio
import uuid

import pytest

from cartesia_call.errors import LedgerError
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.schema import STEPS, prepare
from tests.fleet.server import RELEASE, own_database


async def test_processes_that_come_at_the_same_time_make_them_once(server_url: str) -> None:
    url = own_database(server_url, f"new-{uuid.uuid4().hex[:8]}")

    async def come() -> None:
        async with FleetDatabase(url).opened() as database:
            await prepare(database, release=RELEASE)

    await asyncio.gather(*(come() for _ in range(3)))
    async with FleetDatabase(url).opened() as database, database.connection() as connection:
        found = await connection.execute("SELECT version, release FROM schema_version")
        assert await found.fetchall() == [{"version": len(STEPS), "release": RELEASE}]


async def test_a_newer_release_is_named(database: FleetDatabase) -> None:
    """It is said which one to install, and nothing is changed."""
    async with database.connection() as connection:
        await connection.execute("UPDATE schema_version SET version = version + 1, release = '9.1.0'")
    try:
        with pytest.raises(LedgerError, match=r"by cartesia-call 9\.1\.0, and this is 1\.2\.3") as caught:
            await prepare(database, release=RELEASE)
        assert "pip install 'cartesia-call[fleet]>=9.1.0'" in str(caught.value.hint)
    finally:
        async with database.connection() as connection:
            await connection.execute("UPDATE schema_version SET version = version - 1")
