"""Opening ledgers, and looking at what they leave on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.store.ledger import SqliteLedger


def ledger_in(folder: Path, *, busy_timeout_s: float = 10) -> SqliteLedger:
    return SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=busy_timeout_s)


def lock_files(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "rows").iterdir())


async def until(holds: Callable[[], bool]) -> None:
    """Wait for what a thread does that nobody waits for."""
    async with asyncio.timeout(30):
        while not holds():
            await asyncio.sleep(0.01)
