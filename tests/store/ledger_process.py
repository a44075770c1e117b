"""A process with a ledger: `python -m tests.store.ledger_process FOLDER ID STEP...`.

Prints "ready" and waits for a line on standard input; then does the steps, prints "done" (or "withheld", if
the guard ended them), and waits for the end of standard input, which is the end of the process. A LedgerError
is printed instead, status 1.
"""

from __future__ import annotations

import asyncio
import os
import resource
import sys
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.ledger import SqliteLedger
from tests.store.attempts import intent, result


async def _do(ledger: SqliteLedger, id: str, steps: list[str]) -> str:
    for step in steps:
        match step:
            case "small-disk":  # no file may grow beyond one page
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
            case "no-superuser":  # nothing is read-only to root
                if os.geteuid() == 0:
                    os.seteuid(65534)
            case "begin":
                await ledger.begin(intent(id))
            case "guarded-begin":
                if await ledger.begin(intent(id), GUARD):
                    return "withheld"
            case "placed":
                await ledger.placed(id, f"CA{id}")
            case "close":
                await ledger.close(result(id, call_sid=f"CA{id}"))
    return "done"


def main() -> None:
    folder, id, *steps = sys.argv[1:]
    ledger = SqliteLedger(Path(folder), clock=SystemClock(), busy_timeout_s=30)
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        said = asyncio.run(_do(ledger, id, steps))
    except LedgerError as error:
        print(error, flush=True)
        sys.exit(1)
    print(said, flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
