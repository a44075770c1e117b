"""Lists whose process is killed at random moments, again and again, until they are done: is everybody called
exactly once, and nobody forgotten?

    python -m benchmarks.killed_lists --kills 200 --rows 200
    python -m benchmarks.killed_lists --kills 30 --rows 400 --longest 20
    python -m benchmarks.killed_lists --kills 50 --signal INT

Telephone network and speech service run in a process of their own, as `cartesia-call simulator`; each run of
the list is `cartesia-call batch --resume`, killed with `--signal` some time between its start and its end.
What the carrier was asked to place is compared with the list. Ends with status 1 if somebody was called twice
or never, or if a row has no result.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import csv
import json
import os
import random
import signal
import sys
import tempfile
import time
import urllib.request
from collections import Counter
from pathlib import Path

from benchmarks.many_legs import simulator
from tests.cli.live_network import reserved_port
from tests.isolation import home_variables, minimal_environment

SHORTEST_S = 0.4
"""A run is killed after so long at the least: before its journal is open."""

LAST_RUN_S = 420.0


def write_list(path: Path, rows: int, name: str) -> list[str]:
    """The people of one list, all different from those of the others."""
    people = [f"sip:{name}-{number}@example.com" for number in range(1, rows + 1)]
    with path.open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["to", "name"])
        writer.writerows([person, f"number {number}"] for number, person in enumerate(people, start=1))
    return people


def placed(environment: dict[str, str]) -> Counter[str]:
    """How often the carrier was asked to call whom."""
    sid, token = environment["TWILIO_ACCOUNT_SID"], environment["TWILIO_AUTH_TOKEN"]
    base = environment["TWILIO_BASE_URL"]
    path: str | None = f"/2010-04-01/Accounts/{sid}/Calls.json?PageSize=1000"
    login = base64.b64encode(f"{sid}:{token}".encode()).decode()
    found: Counter[str] = Counter()
    while path:
        request = urllib.request.Request(base + path, headers={"Authorization": f"Basic {login}"})
        with urllib.request.urlopen(request, timeout=30) as answer:
            page = json.load(answer)
        found.update(call["to"] for call in page["calls"])
        path = page["next_page_uri"]
    return found


async def run_list(
    path: Path, environment: dict[str, str], results: Path, *, kill_after_s: float | None, number: int
) -> int:
    """One run; its exit status, negative if it was killed."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cartesia_call", "batch", str(path), "--resume"),
        *("--message", "Hello {name}.", "--cps", "20", "--results", str(results)),
        *("--no-guard", "a benchmark", "--cache"),
        env=environment,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    reading = asyncio.create_task(process.stderr.read())
    try:
        async with asyncio.timeout(kill_after_s or LAST_RUN_S):
            await process.wait()
    except TimeoutError:
        process.send_signal(number if kill_after_s else signal.SIGKILL)
        await asyncio.wait_for(process.wait(), LAST_RUN_S)
    text = (await reading).decode()
    if process.returncode in {1, 2} or kill_after_s is None:
        print(f"exit {process.returncode}: {text.strip()[-400:]}")
    return process.returncode or 0


async def one_list(
    folder: Path,
    name: str,
    rows: int,
    environment: dict[str, str],
    chance: random.Random,
    kills: int,
    number: int,
    longest_s: float,
) -> tuple[int, bool]:
    """How often it was killed, at most `kills` times, and whether all went well."""
    path, results = folder / f"{name}.csv", folder / f"{name}-results.csv"
    people = write_list(path, rows, name)
    killed = 0
    while killed < kills:
        after_s = chance.uniform(SHORTEST_S, longest_s)
        status = await run_list(path, environment, results, kill_after_s=after_s, number=number)
        if status in {0, 19}:
            break
        killed += 1
    else:
        await run_list(path, environment, results, kill_after_s=None, number=number)
    calls = placed(environment)
    own = {person: calls[person] for person in people}
    twice = [person for person, count in own.items() if count > 1]
    never = [person for person, count in own.items() if count == 0]
    with results.open(encoding="utf-8-sig", newline="") as file:
        outcomes = Counter(row["outcome"] or "none" for row in csv.DictReader(file))
    print(f"{name}: killed {killed} times; {dict(outcomes)}; twice: {len(twice)}; never: {len(never)}")
    return killed, not twice and not never and not outcomes["none"] and outcomes.total() == rows


async def measure(kills: int, rows: int, seed: int, number: int, longest_s: float) -> bool:
    chance, killed, lists, is_well = random.Random(seed), 0, 0, True
    began_s = time.monotonic()
    with tempfile.TemporaryDirectory() as home, reserved_port() as port:
        folder = Path(home)
        async with simulator(folder) as (network, _):
            environment = {
                **minimal_environment(folder),
                **home_variables(folder),
                **network,
                "PYTHONPATH": os.pathsep.join(sys.path),
                "CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}",
            }
            while killed < kills:
                lists += 1
                name, left = f"list{lists}", kills - killed
                own, went_well = await one_list(
                    folder, name, rows, environment, chance, left, number, longest_s
                )
                killed, is_well = killed + own, is_well and went_well
    print(f"{lists} lists of {rows} rows, killed {killed} times in {time.monotonic() - began_s:.0f} s")
    return is_well


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--rows", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--longest", type=float, default=5.0, help="seconds of a run until it is killed")
    parser.add_argument("--signal", default="KILL", help="KILL, INT or TERM")
    arguments = parser.parse_args()
    chosen = getattr(signal, f"SIG{arguments.signal}")
    went_well = asyncio.run(
        measure(arguments.kills, arguments.rows, arguments.seed, chosen, arguments.longest)
    )
    print("everybody was called exactly once" if went_well else "NOT everybody was called exactly once")
    sys.exit(0 if went_well else 1)
