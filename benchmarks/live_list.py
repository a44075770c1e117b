"""A dial list in real time on live sockets: how many calls at once, how late, and what each of them takes.

    python -m benchmarks.live_list --rows 300 --cps 20
    python -m benchmarks.live_list --rows 100 --cps 3 --personal

The list is called as `batch` calls it, from this process; telephone network and speech service run in
another one, as `cartesia-call simulator`. A message of `--characters` keeps the calls up beside each other.
The status is 1 unless every message was delivered with a mark as evidence. The memory of a call is what the
process grew by between the tenth stream and the most there were at once; where everybody has a text of their
own, that holds its audio as well. On a machine that does other work, look first at how long our loop had to
wait for a core.
"""

from __future__ import annotations

import argparse
import asyncio
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Protocol

from benchmarks.many_legs import CountingLoop, Gauge, WatchedBridge, processor_s, show, simulator, waited_s
from cartesia_call.calls.dial_list import DialList, Told
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.list_turns import ListTurns
from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.declarations.setting import OF_A_CALL
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.ledger_ports import DialListRecord
from cartesia_call.policy.number_list import NumberLists
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.wiring.dial_list import RowPlans, RowSettings, list_speech, run_rules
from cartesia_call.wiring.line import Line, open_line
from tests.calls.listed import LIST_ID, row
from tests.calls.rehearsed import message_of
from tests.cli.live_network import reserved_port
from tests.isolation import home_variables
from tests.settings.machine import OFFERED, command_line

PAGE_KIB = os.sysconf("SC_PAGE_SIZE") // 1024
FIRST_COUNTED = 10
"""The stream from which on memory is counted: what the first ones load stays."""

CONTEXTS = 3
"""Of the simulator's plan."""


@dataclasses.dataclass
class Used:
    """Of the processor, in seconds: this process and the simulator; of the wall clock; without a core."""

    ours_s: float = 0.0
    simulator_s: float = 0.0
    took_s: float = 0.0
    waited_s: float = 0.0

    def show(self, minutes: float) -> None:
        for name, used_s in (("ours", self.ours_s), ("the simulator's", self.simulator_s)):
            print(
                f"processor time, {name}: {used_s:.1f} s, {used_s / minutes:.3f} s for each minute heard, "
                f"{used_s / self.took_s:.0%} of one core"
            )
        print(
            f"our loop was ready and had no core for {self.waited_s:.1f} s, "
            f"{self.waited_s / self.took_s:.0%} of the time"
        )


def held_kib() -> int:
    """What this process has in memory (of Linux's /proc)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * PAGE_KIB


class Memory:
    """What the process held when so many streams were up for the first time, in KiB."""

    def __init__(self, bridge: WatchedBridge) -> None:
        self._bridge = bridge
        self._held_kib: dict[int, int] = {}

    async def look_on(self) -> None:
        while True:
            self._held_kib.setdefault(self._bridge.up, held_kib())  # later, what was freed is held still
            await asyncio.sleep(0.1)

    @property
    def of_a_call_kib(self) -> float | None:
        """Of each stream behind the first; None if there were too few."""
        counted = {up: held for up, held in self._held_kib.items() if up >= FIRST_COUNTED}
        if len(counted) < 2:
            return None
        fewest, most = min(counted), max(counted)
        return (counted[most] - counted[fewest]) / (most - fewest)


class Results(Protocol):
    """Who is told of each call that is over."""

    def append(self, result: AttemptResult, /) -> None: ...


def dial_list(rows: Sequence[ListRow], line: Line, settings: Settings, told: Results) -> DialList[ListRow]:
    """As `batch` makes it."""

    def tell(one: Told[ListRow]) -> None:
        told.append(one.result)

    plans = RowPlans(
        RowSettings(settings, lambda text, own: Message.of(text, own.language)),
        line,
        NumberLists(do_not_call={}, allow={}),
        {},
    )
    return DialList(
        ListTurns(iter(rows)),
        line.ports,
        Interruption(),
        run_rules(settings),
        list_id=LIST_ID,
        plan_for=plans.plan_for,
        withholds=plans.withholds,
        tell=tell,
        speech=list_speech(settings, line),
    )


@asynccontextmanager
async def live_line(
    environment: dict[str, str], home: Path, *, rows: int, cps: float
) -> AsyncIterator[tuple[Line, Settings]]:
    """A line as `batch` opens it."""
    with reserved_port() as port:
        environment = environment | {"CARTESIA_CALL_PUBLIC_URL": f"http://127.0.0.1:{port}"}
        settings = given_settings(environment, home, rows=rows, cps=cps)
        async with open_line(
            settings, environment, clock=SystemClock(), observer=NoDisplay(), keeps_ledger_open=True
        ) as line:
            yield line, settings


def given_settings(environment: dict[str, str], home: Path, *, rows: int, cps: float) -> Settings:
    """Everybody may be called at once, whoever they are."""
    given = {
        **OFFERED,
        **command_line(
            no_guard="a benchmark calls the same numbers again",
            fallback="none",
            cps=f"{cps:g}",
            max_live=str(rows),
            max_contexts=CONTEXTS,
            cache=False,
        ),
    }
    return resolve(given, environment, working_directory=home, needs=OF_A_CALL)


async def call_list(
    people: Sequence[ListRow], line: Line, settings: Settings, simulator_pid: int
) -> tuple[list[AttemptResult], Used]:
    """Call everybody; the results, and what that took."""
    loop = asyncio.get_running_loop()
    results: list[AttemptResult] = []
    assert isinstance(line.ports.ledger, SqliteLedger)
    await line.ports.ledger.begin_list(
        DialListRecord(
            id=LIST_ID, digest="d", name="l", rows=len(people), created_at=line.ports.clock.utc_now()
        )
    )
    await line.ports.carrier.load()
    began = Used(time.process_time(), processor_s(simulator_pid), loop.time(), waited_s())
    await dial_list(people, line, settings, results).run()
    return results, Used(
        time.process_time() - began.ours_s,
        processor_s(simulator_pid) - began.simulator_s,
        loop.time() - began.took_s,
        waited_s() - began.waited_s,
    )


def people_of(rows: int, characters: int, *, personal: bool) -> list[ListRow]:
    """So many rows, with one text, or each with its own."""
    message = message_of(characters)
    return [
        row(number, f"Hello number {number}. {message}" if personal else message)
        for number in range(1, rows + 1)
    ]


def minutes_heard(results: Sequence[AttemptResult]) -> float:
    """Of the message, by everybody together."""
    return sum(result.heard_ms or 0 for result in results) / 60_000


async def measure(rows: int, cps: float, characters: int, home: Path, *, personal: bool) -> bool:
    """Print what came of it; whether every message was delivered."""
    people = people_of(rows, characters, personal=personal)
    loop = asyncio.get_running_loop()
    assert isinstance(loop, CountingLoop)
    async with (
        simulator(home) as (environment, pid),
        live_line(environment, home, rows=rows, cps=cps) as (opened, settings),
    ):
        bridge = WatchedBridge(opened.ports.bridge)
        line = dataclasses.replace(opened, ports=dataclasses.replace(opened.ports, bridge=bridge))
        gauge, memory = Gauge(loop), Memory(bridge)
        looking = [asyncio.create_task(gauge.look_on()), asyncio.create_task(memory.look_on())]
        results, used = await call_list(people, line, settings, pid)
        for task in looking:
            task.cancel()
    kind = "each with a text of their own" if personal else "one text"
    print(f"{rows} rows, {kind}, {cps:g} a second, {characters} characters; took {used.took_s:.1f} s")
    show(results, bridge, gauge)
    used.show(minutes_heard(results))
    of_a_call_kib = memory.of_a_call_kib
    print("memory of a call that is up: " + ("-" if of_a_call_kib is None else f"{of_a_call_kib:.0f} KiB"))
    return all(result.outcome == "delivered" and result.evidence == "mark" for result in results)


def main() -> int:
    """Print a few lines; 1 if a message was not delivered."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=300)
    parser.add_argument("--cps", type=float, default=20.0)
    parser.add_argument("--characters", type=int, default=1300)
    parser.add_argument("--personal", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartesia-call-live-list-") as home:
        os.environ |= home_variables(Path(home))
        with asyncio.Runner(loop_factory=CountingLoop) as runner:
            all_delivered = runner.run(
                measure(given.rows, given.cps, given.characters, Path(home), personal=given.personal)
            )
    print(
        "every message was delivered, with a mark as evidence" if all_delivered else "NOT all were delivered"
    )
    return int(not all_delivered)


if __name__ == "__main__":
    sys.exit(main())
