"""`history --queue` and `show --queue`: what many machines called, read as one ledger."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from cartesia_call.fleet.ledger import FleetLedger
    from cartesia_call.ledger_ports import DialListRecord, ListPlace
    from cartesia_call.store.rows import LedgerRow


class ReadableLedger(Protocol):
    """What is read for people, of a ledger on this machine or of a queue."""

    async def recent(self, limit: int, *, before: LedgerRow | None = None) -> list[LedgerRow]:
        """The newest `limit` rows, newest first, or the next ones behind `before`."""

    async def find(self, prefix: str) -> list[LedgerRow]:
        """Rows whose id or call SID is `prefix`, or begins so. Newest first."""

    async def lists(self) -> list[DialListRecord]:
        """All lists, newest first."""

    async def find_list(self, id_prefix: str) -> list[DialListRecord]:
        """The list of this ID, or those whose ID begins so."""

    async def list_rows(self, list_id: str, *, after: ListPlace | None, limit: int) -> list[LedgerRow]:
        """The next rows of a list behind `after`, by row and attempt."""


class QueueHistory:
    """Implements `ReadableLedger` over the queue at `url`, which is opened for each question."""

    def __init__(self, url: str) -> None:
        self._url = url

    @contextlib.asynccontextmanager
    async def _opened(self) -> AsyncIterator[FleetLedger]:
        from cartesia_call.clock import SystemClock
        from cartesia_call.wiring.fleet import open_queue

        async with open_queue(self._url) as database:
            from cartesia_call.fleet.ledger import FleetLedger

            yield FleetLedger(database, clock=SystemClock())

    async def recent(self, limit: int, *, before: LedgerRow | None = None) -> list[LedgerRow]:
        async with self._opened() as ledger:
            return await ledger.recent(limit, before=before)

    async def find(self, prefix: str) -> list[LedgerRow]:
        async with self._opened() as ledger:
            return await ledger.find(prefix)

    async def lists(self) -> list[DialListRecord]:
        async with self._opened() as ledger:
            return await ledger.lists()

    async def find_list(self, id_prefix: str) -> list[DialListRecord]:
        async with self._opened() as ledger:
            return await ledger.find_list(id_prefix)

    async def list_rows(self, list_id: str, *, after: ListPlace | None, limit: int) -> list[LedgerRow]:
        async with self._opened() as ledger:
            return await ledger.list_rows(list_id, after=after, limit=limit)


def queue_history() -> QueueHistory:
    """Of the queue that environment or env file name. SettingsError if none does."""
    from cartesia_call.cli.session import CommandSession
    from cartesia_call.declarations.setting import Need
    from cartesia_call.settings.fleet import QUEUE
    from cartesia_call.settings.output import ENV_FILE

    session = CommandSession(also_read=(QUEUE, ENV_FILE))
    return QueueHistory(session.read(frozenset({Need.QUEUE})).fleet.required_queue)
