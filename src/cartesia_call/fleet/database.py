"""The PostgreSQL that many machines share: connections, transactions, and what their failures mean."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from typing import Any

import psycopg
import psycopg_pool
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row

from cartesia_call.errors import InputError, LedgerError, QueueUnreachable
from cartesia_call.loggers import logger_of
from cartesia_call.quoting import without_secrets

logger = logger_of(__name__)

for _name in ("psycopg", "procrastinate"):  # what they warn of is in the errors that they raise
    logging.getLogger(_name).addHandler(logging.NullHandler())

SCHEMA = "cartesia_call"
"""Everything of ours lies in this schema of the database, procrastinate's tables too."""

LIMIT_S = 10.0
"""For one piece of work: a connection, and its statements."""

MOST_CONNECTIONS = 8
"""Of one process."""

_RECONNECT_S = 3.0
"""So long the pool looks for a new connection by itself; whoever asks for one lets it begin again."""

Connection = psycopg.AsyncConnection[DictRow]


class FleetDatabase:
    """One process's way to the database at `url` (postgresql://..., or libpq's key=value form).

    A password may stand there, in PGPASSWORD or in the file that PGPASSFILE names; no message quotes one.
    InputError for what is no address.
    """

    def __init__(
        self, url: str, *, limit_s: float = LIMIT_S, most_connections: int = MOST_CONNECTIONS
    ) -> None:
        try:
            parts = conninfo_to_dict(url)
        except psycopg.Error:  # its words quote what it could not read, which may be the password
            raise InputError(
                "the address of the queue cannot be read",
                hint="write postgresql://USER@HOST/DATABASE; a password belongs in PGPASSFILE",
            ) from None
        self._limit_s = limit_s
        self._secrets = tuple(str(parts[name]) for name in ("password", "sslpassword") if parts.get(name))
        self.place = _place(parts)
        self._conninfo = make_conninfo(url, **_beside(parts, limit_s))
        self._most = most_connections
        self._pool: psycopg_pool.AsyncConnectionPool[Connection] | None = None

    @contextlib.asynccontextmanager
    async def opened(self) -> AsyncIterator[FleetDatabase]:
        """Connections can be had inside the block. QueueUnreachable if not even the first can."""
        pool: psycopg_pool.AsyncConnectionPool[Connection] = psycopg_pool.AsyncConnectionPool(
            self._conninfo,
            kwargs={"autocommit": True, "row_factory": dict_row, "prepare_threshold": 2},
            min_size=1,
            max_size=self._most,
            open=False,
            check=psycopg_pool.AsyncConnectionPool.check_connection,
            timeout=self._limit_s,
            reconnect_timeout=_RECONNECT_S,
        )
        await self._try()
        await pool.open()
        self._pool = pool
        try:
            yield self
        finally:
            self._pool = None
            await pool.close(timeout=1.0)

    async def _try(self) -> None:
        """One connection, for the sentence that says why there is none: the pool would only be late."""
        with self._telling():
            async with asyncio.timeout(self._limit_s):
                connection = await psycopg.AsyncConnection.connect(self._conninfo)
                await connection.close()

    @property
    def pool(self) -> psycopg_pool.AsyncConnectionPool[Connection]:
        """Its connections are in autocommit mode, their rows dictionaries."""
        if self._pool is None:
            raise ValueError("the database is not open")
        return self._pool

    @contextlib.asynccontextmanager
    async def connection(self, *, limit_s: float | None = None) -> AsyncIterator[Connection]:
        """One in autocommit mode, for `limit_s` seconds. QueueUnreachable if none can be had, or it is lost;
        LedgerError for what the database refuses."""
        with self._telling():
            async with asyncio.timeout(limit_s or self._limit_s), self.pool.connection() as connection:
                yield connection

    @contextlib.asynccontextmanager
    async def transaction(self, *, limit_s: float | None = None) -> AsyncIterator[Connection]:
        """The same in one transaction, rolled back by any exception."""
        async with self.connection(limit_s=limit_s) as connection, connection.transaction():
            yield connection

    @contextlib.contextmanager
    def telling(self) -> Any:
        """Translate what a library raises that uses the pool."""
        with self._telling():
            yield

    @contextlib.contextmanager
    def _telling(self) -> Any:
        try:
            yield
        except TimeoutError as error:
            raise self._unreachable(f"no answer within {self._limit_s:g} s") from error
        except (psycopg_pool.PoolTimeout, psycopg_pool.PoolClosed) as error:
            raise self._unreachable("no connection can be had") from error
        except (psycopg.OperationalError, psycopg.InterfaceError) as error:
            raise self._unreachable(self._said(error)) from None
        except psycopg.Error as error:
            raise LedgerError(f"The queue {self.place} cannot be used: {self._said(error)}.") from None

    def _unreachable(self, why: str) -> QueueUnreachable:
        return QueueUnreachable(
            f"The queue {self.place} cannot be reached: {why}.",
            hint="Look whether PostgreSQL runs there, and whether this machine and user may connect.",
        )

    def _said(self, error: psycopg.Error) -> str:
        text = " ".join(str(error).split()).rstrip(".")
        return without_secrets(text, self._secrets)


def _place(parts: dict[str, Any]) -> str:
    """The database in a sentence: host and name, nothing else of the address."""
    host = parts.get("host") or parts.get("hostaddr") or "local"
    return f"{host}/{parts.get('dbname') or ''}".rstrip("/")


def _beside(parts: dict[str, Any], limit_s: float) -> dict[str, Any]:
    """What every connection is given besides: where its tables are, and limits for what hangs."""
    limit_ms = int(limit_s * 1000)
    options = f"-c search_path={SCHEMA},public -c lock_timeout={limit_ms}"
    # A process that was stopped in the middle of its work holds up nobody for longer than this.
    options += f" -c idle_in_transaction_session_timeout={2 * limit_ms}"
    return {
        "options": f"{parts['options']} {options}" if parts.get("options") else options,
        "application_name": parts.get("application_name") or "cartesia-call",
        "connect_timeout": parts.get("connect_timeout") or max(2, int(limit_s)),
        "tcp_user_timeout": parts.get("tcp_user_timeout") or limit_ms,
        "keepalives_idle": parts.get("keepalives_idle") or 5,
        "keepalives_interval": parts.get("keepalives_interval") or 3,
        "keepalives_count": parts.get("keepalives_count") or 3,
    }
