"""A storm: very many `dial` processes at once, one text, as many people; and the same calls as one `batch`.

    python -m benchmarks.storm --calls 500

Telephone network and speech service run in a process of their own, as `cartesia-call simulator`. All commands
share a home, so its ledger, its guard and its kept speech, and each has a public address of its own. The
status is 1 if a call was lost or placed twice, or the guard counted wrongly: after the storm a second call to
each of some people must pass, and a fourth must not.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import csv
import json
import os
import statistics
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from benchmarks.killed_lists import placed
from benchmarks.many_legs import simulator
from tests.cli.live_network import reserved_port
from tests.isolation import home_variables, minimal_environment

MESSAGE = "The database is down. Please call the operator."
CALLEE = "answers,ring:0.2s"
LIMIT_S = 1800.0
GUARDED = 3
"""Calls to one number within a quarter of an hour, unless the settings say otherwise."""


@dataclass(frozen=True)
class Dialled:
    """One command: its status, outcome (None: nothing was printed), how long it took, its complaints."""

    to: str
    status: int
    outcome: str | None
    took_s: float
    complaints: str


@dataclass(frozen=True)
class Storm:
    """What all of it came to: each command, the whole in seconds, the list's whole, and who was called.

    `cpu_s` is the processor time of all commands, `batch_cpu_s` the list's: on a machine that others use,
    too, their ratio says more than that of the times on the wall.
    """

    dialled: list[Dialled]
    took_s: float
    cpu_s: float
    batch_s: float
    batch_cpu_s: float
    batch_delivered: int
    calls: Counter[str]
    guard_is_right: bool

    @property
    def lost(self) -> list[Dialled]:
        """Whoever was not reached by their own command."""
        return [one for one in self.dialled if one.outcome != "delivered"]


async def dial(to: str, environment: dict[str, str], port: int) -> Dialled:
    """One command."""
    began_s = time.perf_counter()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "cartesia_call", "dial", to, MESSAGE, "--json", "--cache"),
        env=environment | {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}"},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    printed, complaints = await process.communicate()
    told = json.loads(printed) if printed else {}
    return Dialled(
        to=to,
        status=process.returncode or 0,
        outcome=told.get("outcome"),
        took_s=time.perf_counter() - began_s,
        complaints=complaints.decode(errors="replace").strip(),
    )


async def all_at_once(people: list[str], environment: dict[str, str]) -> list[Dialled]:
    """A command for each, every one with a port of its own."""
    with contextlib.ExitStack() as ports:
        dialling = [dial(to, environment, ports.enter_context(reserved_port())) for to in people]
        return list(await asyncio.gather(*dialling))


async def one_batch(people: list[str], environment: dict[str, str], folder: Path) -> tuple[float, int]:
    """Seconds that the list took, and how many of it were delivered."""
    path, results = folder / "people.csv", folder / "results.csv"
    path.write_text("\n".join(["to", *people, ""]))
    began_s = time.perf_counter()
    with reserved_port() as port:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "cartesia_call", "batch", str(path), "--message", MESSAGE),
            *("--cps", "100", "--max-live", str(len(people)), "--results", str(results), "--quiet"),
            env=environment | {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}"},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.DEVNULL,
        )
        await process.wait()
    took_s = time.perf_counter() - began_s
    with results.open(newline="") as file:
        return took_s, sum(row["outcome"] == "delivered" for row in csv.DictReader(file))


def children_cpu_s() -> float:
    """Processor time of all processes that this one has waited for."""
    used = os.times()
    return used.children_user + used.children_system


async def guard_is_right(people: list[str], environment: dict[str, str]) -> bool:
    """Each was called twice so far, by storm and list. A third call passes, a fourth does not."""
    third = await all_at_once(people, environment)
    fourth = await all_at_once(people, environment)
    return [one.outcome for one in (*third, *fourth)] == ["delivered"] * len(people) + ["withheld"] * len(
        people
    )


async def storm(calls: int) -> Storm:
    """The storm, the list, and the guard's count behind both."""
    # Nobody whom an earlier storm called: where a home's ledger is busy, the guard counts in memory.
    people = [f"sip:person-{number}-of-{os.getpid()}@example.com" for number in range(1, calls + 1)]
    with tempfile.TemporaryDirectory(prefix="cartesia-call-storm-") as name:
        home = Path(name)
        own = minimal_environment(home) | home_variables(home)
        async with simulator(home / "simulator", callee=CALLEE) as (addresses, _), asyncio.timeout(LIMIT_S):
            environment = own | addresses | {"PYTHONPATH": os.pathsep.join(sys.path)}
            environment["CARTESIA_CALL_BUDGET"] = f"{10 * calls}/1h"  # for all numbers together
            began_s, began_cpu_s = time.perf_counter(), children_cpu_s()
            dialled = await all_at_once(people, environment)
            took_s, cpu_s = time.perf_counter() - began_s, children_cpu_s() - began_cpu_s
            called = await asyncio.to_thread(placed, addresses)
            began_cpu_s = children_cpu_s()
            batch_s, delivered = await one_batch(people, environment, home)
            return Storm(
                dialled=dialled,
                took_s=took_s,
                cpu_s=cpu_s,
                batch_s=batch_s,
                batch_cpu_s=children_cpu_s() - began_cpu_s,
                batch_delivered=delivered,
                calls=called,
                guard_is_right=await guard_is_right(people[:GUARDED], environment),
            )


def show(found: Storm) -> None:
    """How long it all took, and what became of whom."""
    calls = len(found.dialled)
    took = sorted(one.took_s for one in found.dialled)
    print(f"{calls} commands at once: {found.took_s:.1f} s, each {took[0]:.1f} to {took[-1]:.1f} s", end="")
    print(f", median {statistics.median(took):.1f} s; placed for {len(found.calls)} people, ", end="")
    print(f"at most {max(found.calls.values(), default=0)} times each")
    print(f"the same by batch: {found.batch_s:.1f} s, {found.batch_delivered} delivered")
    print(f"ratio: {found.took_s / found.batch_s:.2f}; of processor time ", end="")
    print(f"{found.cpu_s:.1f} s to {found.batch_cpu_s:.1f} s: {found.cpu_s / found.batch_cpu_s:.2f}")
    for outcome, count in Counter((one.status, one.outcome) for one in found.dialled).most_common():
        print(f"  {count:>5}  status {outcome[0]}, {outcome[1]}")
    for complaint, count in Counter(
        _without_names(one) for one in found.dialled if one.complaints
    ).most_common(5):
        print(f"  {count:>5}  {complaint}")
    print(f"the guard {'counted right' if found.guard_is_right else 'COUNTED WRONG'}")


def main() -> int:
    """0 if nobody was lost or called twice, and the guard counted right."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=500)
    calls = parser.parse_args().calls
    found = asyncio.run(storm(calls))
    show(found)
    is_whole = not found.lost and len(found.calls) == calls and set(found.calls.values()) == {1}
    return 0 if is_whole and found.batch_delivered == calls and found.guard_is_right else 1


def _without_names(one: Dialled) -> str:
    return one.complaints.replace(one.to, "TO")[-300:]


if __name__ == "__main__":
    sys.exit(main())
