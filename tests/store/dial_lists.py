"""Dial lists as plain data, for tests that need some."""

from __future__ import annotations

from datetime import datetime

from cartesia_call.ledger_ports import CallIntent, DialListRecord, ListPlace
from tests.store.attempts import STARTED, intent


def dial_list(
    id: str, *, rows: int = 3, created_at: datetime = STARTED, digest: str = "d1"
) -> DialListRecord:
    return DialListRecord(id=id, digest=digest, name=f"{id}.csv", rows=rows, created_at=created_at)


def claim(
    list_id: str, row: int, *, attempt: int = 1, id: str = "", created_at: datetime = STARTED
) -> CallIntent:
    """The intent for that row, called `LIST-ROW-ATTEMPT` if nothing else is asked for."""
    place = ListPlace(list_id=list_id, row=row, attempt=attempt)
    return intent(id or f"{list_id}-{row}-{attempt}", created_at=created_at, place=place)
