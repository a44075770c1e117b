"""The queue's address, and what is told of a database that does not answer."""

from __future__ import annotations

import logging

import pytest

from cartesia_call.errors import InputError, LedgerError, QueueUnreachable
from cartesia_call.fleet.database import FleetDatabase

PASSWORD = "correct-horse-battery"  # an evident fake


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://calls:{PASSWORD}@127.0.0.1:1/calls",
        f"postgresql://calls@127.0.0.1:1/calls?password={PASSWORD}",
        f"host=127.0.0.1 port=1 dbname=calls password={PASSWORD}",
    ],
)
async def test_no_message_quotes_a_password(url: str, caplog: pytest.LogCaptureFixture) -> None:
    """Not that of a database that nobody reaches, nor the log of a library."""
    caplog.set_level(logging.DEBUG)
    with pytest.raises(QueueUnreachable, match=r"queue 127\.0\.0\.1/calls cannot be reached") as caught:
        async with FleetDatabase(url, limit_s=5).opened():
            raise AssertionError("opened")
    told = [str(caught.value), repr(caught.value), str(caught.value.hint), caplog.text]
    assert not any(PASSWORD in text for text in told)


def test_an_address_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(InputError, match="cannot be read") as caught:
        FleetDatabase(f"postgresql://calls:{PASSWORD}@host:port/calls extra={PASSWORD}'")
    assert PASSWORD not in f"{caught.value}{caught.value.hint}{caught.value.__cause__}"


async def test_what_the_database_refuses_is_told(database: FleetDatabase) -> None:
    with pytest.raises(LedgerError, match='relation "nothing" does not exist'):
        async with database.connection() as connection:
            await connection.execute("SELECT * FROM nothing")
    async with database.connection() as connection:  # the next one is as good as new
        await connection.execute("SELECT 1")


async def test_every_wait_has_a_limit(queue_url: str, database: FleetDatabase) -> None:
    async with database.transaction() as holder:
        await holder.execute("LOCK TABLE lists IN ACCESS EXCLUSIVE MODE")
        async with FleetDatabase(queue_url, limit_s=0.2).opened() as other:
            with pytest.raises(QueueUnreachable, match="no answer within"):
                async with other.connection() as connection:
                    await connection.execute("SELECT * FROM lists")
