"""The queue's database alone: how long a list takes to be written, and how many rows a second it bears."""

from __future__ import annotations

import argparse
import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.ledger import FleetLedger
from cartesia_call.fleet.lists import FleetLists, ListOrder
from cartesia_call.fleet.queue import FleetQueue
from cartesia_call.fleet.schema import prepare
from cartesia_call.fleet_ports import Begun, Verdict
from cartesia_call.ledger_ports import ListPlace
from tests.fleet.server import server
from tests.isolation import home_variables, minimal_environment
from tests.store.attempts import intent, result
from tests.store.dial_lists import dial_list

MEBIBYTE = 1 << 20


async def enqueue(arguments: argparse.Namespace) -> bool:
    """`batch --rehearse --no-wait` of a long list."""
    with tempfile.TemporaryDirectory(prefix="fleet-") as home:
        folder = Path(home)
        path = folder / "people.csv"
        with path.open("w") as file:
            file.write("to,name\n")
            file.writelines(f"sip:p{n}@example.com,number {n}\n" for n in range(arguments.rows))
        with server(folder / "queue", is_durable=True) as url:
            environment = {
                **minimal_environment(folder),
                **home_variables(folder),
                "PYTHONPATH": os.pathsep.join(sys.path),
                "CARTESIA_CALL_QUEUE": url,
            }
            began_s, before = time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
            process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cartesia_call", "batch", str(path), "--rehearse", "--no-wait"),
                *("--message", "Hello {name}, your appointment is at noon."),
                env=environment,
            )
            status = await asyncio.wait_for(process.wait(), 900)
            took_s = time.monotonic() - began_s
            used = resource.getrusage(resource.RUSAGE_CHILDREN)
            own_s = used.ru_utime + used.ru_stime - before.ru_utime - before.ru_stime
            most = used.ru_maxrss * 1024 / MEBIBYTE
            print(
                f"{arguments.rows:,} rows: {took_s:.1f} s, of which {own_s:.1f} s on the processor; "
                f"{most:.0f} MiB at the most; exit {status}"
            )
            return status == 0 and took_s < 120


def _rows(count: int) -> Iterator[tuple[ListRow, None]]:
    for number in range(1, count + 1):
        yield (
            ListRow(
                number=number,
                line=number + 1,
                to=f"sip:p{number}@example.com",
                message="Hello.",
                voice=None,
                language=None,
                timezone=None,
                not_after=None,
                fields={},
            ),
            None,
        )


async def claims(arguments: argparse.Namespace) -> bool:
    """Rows from their job to their end, by workers that make no call: each takes one, asks for its turn,
    writes its intent, asks for its moment and tells what became of it, writes its call and its result, and
    says that the row is done."""
    with (
        tempfile.TemporaryDirectory(prefix="fleet-") as home,
        server(Path(home) / "queue", is_durable=True) as url,
    ):
        async with FleetDatabase(url).opened() as database:
            await prepare(database, release="1.2.3")
            order = ListOrder(pool="rehearsals", cps=1000, most_live=100_000)
            record = dial_list("long", rows=200_000)
            await FleetLists(database).enqueue(record, order, _rows(200_000))
        end_s, before_s = time.monotonic() + arguments.seconds, time.process_time()
        counts = await asyncio.gather(*(_worker(url, end_s) for _ in range(arguments.workers)))
        own_ms = (time.process_time() - before_s) * 1000 / max(1, sum(counts))
        print(f"{own_ms:.1f} ms of this process's CPU for each row")
        print(f"{sum(counts) / arguments.seconds:.0f} rows a second by {arguments.workers} workers: {counts}")
        return True


async def _worker(url: str, end_s: float) -> int:
    count = 0
    async with FleetDatabase(url).opened() as database:
        clock = SystemClock()
        ledger = FleetLedger(database, clock=clock)
        queue = FleetQueue(database, ledger, pool="rehearsals", clock=clock, release="1.2.3")
        await queue.join()
        await queue.open_lists()

        async def lane() -> None:
            nonlocal count
            while time.monotonic() < end_s:
                row = await queue.take("long")
                if row is None:
                    await asyncio.sleep(0.005)
                    continue
                verdict, _ = await queue.turn(row, longest_s=1)
                assert verdict is Verdict.GO, verdict
                id = f"{row.number}"
                place = ListPlace(list_id="long", row=row.number, attempt=1)
                await ledger.begin(intent(id, to=row.to, place=place))
                moment = await queue.moment(row, longest_s=1)
                begun = Begun(key=moment.key, latest_s=clock.now_s())
                await queue.tell_moments("long", missed=[], begun=[begun])
                await ledger.placed(id, f"CA{id}")
                await ledger.close(result(id, call_sid=f"CA{id}"))
                await queue.over(row)
                await queue.done(row)
                count += 1

        await asyncio.gather(*(lane() for _ in range(4)))
    return count
