"""One server for all processes of a run, a database of it for each; begun when a test wants it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Iterator

import pytest

from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.schema import prepare
from tests.fleet.server import RELEASE, TABLES, own_database, server


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    with server(shared / "queue") as url:
        yield url


@pytest.fixture(scope="session")
def queue_url(server_url: str) -> str:
    """A database with the queue's tables, for this process alone."""
    url = own_database(server_url, f"of-{os.getpid()}")

    async def prepared() -> None:
        async with FleetDatabase(url).opened() as database:
            await prepare(database, release=RELEASE)

    asyncio.run(prepared())
    return url


@pytest.fixture
async def database(queue_url: str) -> AsyncIterator[FleetDatabase]:
    """The queue's tables, with nothing in them."""
    async with FleetDatabase(queue_url).opened() as opened:
        async with opened.connection() as connection:
            await connection.execute("; ".join(f"DELETE FROM {table}" for table in TABLES).encode())
        yield opened
