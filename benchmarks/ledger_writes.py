"""What the ledger costs a call: the intent, the call SID and the result, each durable before it counts.

    python -m benchmarks.ledger_writes --attempts 1000 --at-once 1 10 100

So many attempts, of three writes each, are written in a new ledger, so many of them at once; both while each
write opens the file, as for a single call, and while it is kept open, as for a list. Shown are writes a
second, the processor time of each attempt, and what nine writes out of ten stayed below; then the ratios. At
last the attempts are read as a dial list's journal. `--folder` chooses the disk, `--read` how many are read.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import sqlite3
import tempfile
import time
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.ledger_ports import CallIntent, ListPlace
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.schema import DATABASE_NAME
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome

WRITES = 3
"""Of an attempt: the intent, the call SID, the result."""

BEGAN = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Of all attempts together; `slow_write_s`: nine writes out of ten took less."""

    took_s: float
    processor_s: float
    slow_write_s: float


def intent(number: int) -> CallIntent:
    return CallIntent(
        id=f"attempt{number:06}",
        to="+12025550143",
        caller_id="+12025550100",
        created_at=BEGAN,
        time_limit_s=600,
        account_sid="AC00000000000000000000000000000001",
        region="us1",
        place=ListPlace(list_id="list", row=number, attempt=1),
    )


def result(begun: CallIntent) -> AttemptResult:
    return AttemptResult(
        id=begun.id,
        to=begun.to,
        caller_id=begun.caller_id,
        outcome=Outcome.DELIVERED,
        detail="the whole message was played",
        started_at=BEGAN,
        ended_at=BEGAN,
        call_sid=f"CA{begun.id}",
        message_ms=4200,
        heard_ms=4200,
    )


async def measure(folder: Path, *, attempts: int, at_once: int, is_kept_open: bool) -> Cost:
    """As many attempts as asked for, in a new ledger in `folder`."""
    ledger = SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=60)
    numbers = iter(range(1, attempts + 1))
    writes_s: list[float] = []

    async def timed(write: Awaitable[object]) -> None:
        began_s = time.perf_counter()
        await write
        writes_s.append(time.perf_counter() - began_s)

    async def write_attempts() -> None:
        for number in numbers:
            begun = intent(number)
            await timed(ledger.begin(begun))
            await timed(ledger.placed(begun.id, f"CA{begun.id}"))
            await timed(ledger.close(result(begun)))

    async with ledger.kept_open() if is_kept_open else contextlib.AsyncExitStack():
        began_s, processor_began_s = time.perf_counter(), time.process_time()
        await asyncio.gather(*(write_attempts() for _ in range(at_once)))
        took_s, processor_s = time.perf_counter() - began_s, time.process_time() - processor_began_s
    writes_s.sort()
    return Cost(took_s=took_s, processor_s=processor_s, slow_write_s=writes_s[len(writes_s) * 9 // 10])


def show(name: str, cost: Cost, attempts: int) -> None:
    each_ms = cost.processor_s / attempts * 1000
    print(
        f"{name:<28}{WRITES * attempts / cost.took_s:>7.0f} writes/s {each_ms:>6.2f} ms of CPU an attempt; "
        f"nine writes of ten below {cost.slow_write_s * 1000:.1f} ms",
        flush=True,
    )


async def read_journal(folder: Path, rows: int) -> tuple[float, float]:
    """In how many seconds, and seconds of the processor, the journal of so many closed attempts is read; the
    best of three."""
    ledger = SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=60)
    await ledger.begin(intent(1))
    await ledger.close(result(intent(1)))
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME)) as database, database:
        columns = [name for (name,) in database.execute("SELECT name FROM pragma_table_info('calls')")]
        (row,) = database.execute("SELECT * FROM calls")
        copies = (
            tuple({**dict(zip(columns, row, strict=True)), "id": f"a{number}", "list_row": number}.values())
            for number in range(2, rows + 1)
        )
        database.executemany(f"INSERT INTO calls VALUES ({', '.join('?' * len(columns))})", copies)
    took_s = []
    for _ in range(3):
        began_s, processor_began_s = time.perf_counter(), time.process_time()
        attempts = await ledger.row_attempts("list")
        took_s.append((time.perf_counter() - began_s, time.process_time() - processor_began_s))
        assert [attempt.row for attempt in attempts] == list(range(1, rows + 1))
    return min(took_s)


async def main(folder: Path | None, *, attempts: int, at_once: list[int], read: int) -> None:
    """A row for each, their ratios, and the reading."""
    costs: dict[tuple[bool, int], Cost] = {}
    for is_kept_open in (False, True):
        for many in at_once:
            with tempfile.TemporaryDirectory(dir=folder) as place:
                cost = await measure(
                    Path(place) / "state", attempts=attempts, at_once=many, is_kept_open=is_kept_open
                )
            costs[is_kept_open, many] = cost
            show(f"{'kept open' if is_kept_open else 'opened each time'}, {many} at once", cost, attempts)
    for many in at_once:
        each, kept = costs[False, many], costs[True, many]
        print(
            f"kept open, {many} at once: {each.took_s / kept.took_s:.1f} times as fast for "
            f"1/{each.processor_s / kept.processor_s:.1f} of the processor time"
        )
    with tempfile.TemporaryDirectory(dir=folder) as place:
        took_s, processor_s = await read_journal(Path(place) / "state", read)
    print(f"the journal of {read} attempts is read in {took_s:.2f} s ({processor_s:.2f} s of the processor)")


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--attempts", type=int, default=1000)
    arguments.add_argument("--at-once", type=int, nargs="+", default=[1, 10, 100])
    arguments.add_argument("--read", type=int, default=100_000)
    arguments.add_argument("--folder", type=Path)
    chosen = arguments.parse_args()
    asyncio.run(main(chosen.folder, attempts=chosen.attempts, at_once=chosen.at_once, read=chosen.read))
