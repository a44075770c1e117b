"""One server for all processes of a run, a database of it for each; begun when a test wants it.

QUEUE_TEST_SERVER, such as `postgresql://postgres:@/postgres?host=/run/postgresql`, names one that runs
already, of whatever release.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.schema import prepare
from tests.fleet.server import RELEASE, TABLES, own_database, server

OTHER_SERVER = os.environ.get("QUEUE_TEST_SERVER")


@pytest.fixture(scope="session")
def server_url() -> Iterator[str]:
    if OTHER_SERVER:
        yield OTHER_SERVER
        return
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID", str(os.getpid()))
    # Not in pytest's folder, which is root's alone: the server is somebody else then.
    folder = Path(tempfile.gettempdir()) / f"cartesia-call-queue-{run}"
    with server(folder) as url:
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
