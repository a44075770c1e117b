"""Very many calls in one process, rehearsed ones and then live ones: does anything grow with their number?

    python -m benchmarks.soak --rehearsed 5000 --live 2000

Both are lists as `batch` calls them, and free memory goes back to the system now and then, as there. The live
ones go over loopback to `cartesia-call simulator`. Memory, file descriptors, tasks and threads are looked at
after each call; compared are the medians of the third tenth of the calls, behind the warm-up, and of the
last tenth but one, before fewer and fewer are up. The status is 1 if one of them grew by more than two
per cent, or a call was not delivered.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import threading
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.live_list import dial_list, held_kib, live_line
from benchmarks.many_legs import simulator
from cartesia_call.blocking import DaemonThreadLoop
from cartesia_call.cli.memory import giving_back
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.skipping_loop import SkippingLoop
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.telephony.attempt import AttemptResult
from tests.calls.listed import LIST_ID, listed, row
from tests.isolation import home_variables

MOST_GROWTH = 0.02
GIVE_BACK_EVERY = 100
FDS = Path("/proc/self/fd")
MESSAGE = "The meeting is at nine."
REHEARSED_AT_ONCE = 50
LIVE_CPS = 15.0
LIVE_AT_ONCE = 60


@dataclass
class Watched:
    """What was there after each call, by what it is, and what calls came to."""

    seen: dict[str, list[float]] = field(default_factory=dict)
    outcomes: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._give_back = giving_back()

    def append(self, result: AttemptResult, /) -> None:
        """A call is over."""
        self.outcomes[str(result.outcome)] += 1
        if sum(self.outcomes.values()) % GIVE_BACK_EVERY == 0:
            self._give_back()
        counts = {
            "memory, KiB": held_kib(),
            "file descriptors": len(list(FDS.iterdir())),
            "tasks": len(asyncio.all_tasks()),
            "threads": threading.active_count(),
        }
        for name, count in counts.items():
            self.seen.setdefault(name, []).append(count)

    def growth(self) -> dict[str, tuple[float, float, float]]:
        """At the start, at the end, and by which part it grew."""
        found = {}
        for name, counts in self.seen.items():
            tenth = max(1, len(counts) // 10)
            start, end = (
                statistics.median(counts[2 * tenth : 3 * tenth]),
                statistics.median(counts[-2 * tenth : -tenth]),
            )
            found[name] = start, end, end / start - 1
        return found


async def rehearse(calls: int) -> Watched:
    """A list in time that skips; the callees are people."""
    watched = Watched()
    people = [row(number, MESSAGE) for number in range(1, calls + 1)]
    most = REHEARSED_AT_ONCE
    async with listed(
        people, "answers,ring:1s", recordings_kept=most, cps="20", max_live=str(most), cache=False
    ) as called:

        def look() -> None:
            watched.append(called.told.pop().result)

        called.then = look
        await called.run()
    return watched


async def call(calls: int, home: Path) -> Watched:
    """A list over loopback, in real time."""
    watched = Watched()
    people = [row(number, MESSAGE) for number in range(1, calls + 1)]
    async with (
        simulator(home, callee="answers,ring:0.2s") as (environment, _),
        live_line(environment, home, rows=LIVE_AT_ONCE, cps=LIVE_CPS) as (line, settings),
    ):
        assert isinstance(line.ports.ledger, SqliteLedger)
        now = line.ports.clock.utc_now()
        await line.ports.ledger.begin_list(
            DialListRecord(id=LIST_ID, digest="d", name="l", rows=calls, created_at=now)
        )
        await line.ports.carrier.load()
        await dial_list(people, line, settings, watched).run()
    return watched


def show(kind: str, watched: Watched) -> bool:
    """Print what grew; whether nothing did."""
    print(f"{sum(watched.outcomes.values())} {kind} calls: {dict(watched.outcomes)}")
    for name, (start, end, part) in watched.growth().items():
        print(f"  {name:<18}{start:>10.0f} >{end:>10.0f}  {part:+.1%}")
    grew = [part for *_, part in watched.growth().values() if part > MOST_GROWTH]
    return not grew and set(watched.outcomes) == {"delivered"}


def soak(rehearsed: int, live: int) -> dict[str, Watched]:
    """Both, in this process."""
    watched: dict[str, Watched] = {}
    with tempfile.TemporaryDirectory(prefix="cartesia-call-soak-") as home:
        os.environ |= home_variables(Path(home))
        if rehearsed:
            with asyncio.Runner(loop_factory=SkippingLoop) as runner:
                watched["rehearsed"] = runner.run(rehearse(rehearsed))
        if live:
            with asyncio.Runner(loop_factory=DaemonThreadLoop) as runner:
                watched["live"] = runner.run(call(live, Path(home)))
    return watched


def main() -> int:
    """0 unless something grew."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rehearsed", type=int, default=5000)
    parser.add_argument("--live", type=int, default=2000)
    given = parser.parse_args()
    held = [show(kind, watched) for kind, watched in soak(given.rehearsed, given.live).items()]
    return int(not all(held))


if __name__ == "__main__":
    sys.exit(main())
