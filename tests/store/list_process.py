"""A process that calls a dial list: `python -m tests.store.list_process FOLDER LIST ROWS`.

Prints "ready" and waits for a line on standard input; then claims each row of which the journal knows
nothing, in order, and closes it as a call. Each row's number is printed once it is claimed, unless another
process has claimed it first; "done" stands behind the last.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.errors import PlaceClaimed
from cartesia_call.store.ledger import SqliteLedger
from tests.store.attempts import result
from tests.store.dial_lists import claim


async def _call_rows(ledger: SqliteLedger, list_id: str, rows: int) -> None:
    known = {attempt.row for attempt in await ledger.row_attempts(list_id)}
    for row in range(1, rows + 1):
        if row in known:
            continue
        intent = claim(list_id, row, id=f"{os.getpid()}-{row}")
        try:
            await ledger.begin(intent)
        except PlaceClaimed:
            continue
        print(row, flush=True)
        await ledger.placed(intent.id, f"CA{intent.id}")
        await ledger.close(result(intent.id, call_sid=f"CA{intent.id}"))
    print("done", flush=True)


async def _run(ledger: SqliteLedger, list_id: str, rows: int) -> None:
    async with ledger.kept_open():
        await _call_rows(ledger, list_id, rows)


def main() -> None:
    folder, list_id, rows = sys.argv[1:]
    ledger = SqliteLedger(Path(folder), clock=SystemClock(), busy_timeout_s=30)
    print("ready", flush=True)
    sys.stdin.readline()
    asyncio.run(_run(ledger, list_id, int(rows)))


if __name__ == "__main__":
    main()
