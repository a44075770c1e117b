"""So many live calls at once in one process: ours, the floor, another build of ours, pipecat, in turns.

    python -m benchmarks.peers.live_calls --calls 300 --cps 20 --rounds 3
    python -m benchmarks.peers.live_calls --calls 300 --against ../before
    python -m benchmarks.peers.live_calls --calls 20 --cps 1 --pipecat TEMPORARY
    python -m benchmarks.peers.live_calls --calls 300 --listening
    python -m benchmarks.peers.live_calls --calls 2000 --cps 40 --characters 1000

Each program calls the same people with one text, on the light telephone network in this process
(`light_carrier.py`) and the speech service of `cartesia-call simulator`. Ours is `batch`. The floor
(`floor_calls.py`) plays as much prepared audio. All is counted at the carrier's end or read from /proc:

- CPU of a live call: of one core, while all calls are up; a ratio is of two neighbours in time;
- CPU of a call-minute: of the whole process, from its start to its end;
- `start` to first media, and how late each further message was to be played in time, at the carrier's;
- memory: what the process grew by while the second half of the calls came up, for each of them;
- whether the loop had to wait for a core: the thread's time ready and without one. On a machine that does
  other work it is in every figure of lateness. `late here`: frames that this process itself sent too late.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.many_legs import simulator
from benchmarks.peers.compare import SPARE_S, install
from benchmarks.peers.light_carrier import LightCarrier
from benchmarks.peers.live_figures import HEAD, Figures, Watch, figures, show, show_ratios
from cartesia_call.settings.dial_list import MOST_LIVE
from cartesia_call.settings.speaking import VOICE_ID
from tests.calls.rehearsed import message_of
from tests.cli.live_network import reserved_port
from tests.isolation import minimal_environment

HERE = Path(__file__).resolve().parent
OURS = HERE.parent.parent
CHARACTERS_PER_S = 12
"""Of slow speech: how long a call may take."""


@dataclass
class Bench:
    calls: int
    cps: float
    message: str
    home: Path
    audio_s: float = 0.0

    @property
    def limit_s(self) -> float:
        return SPARE_S + self.calls / self.cps + len(self.message) / CHARACTERS_PER_S

    def batch(self, port: int, *, listening: bool) -> list[str]:
        people = self.home / "people.csv"
        with people.open("w", newline="") as file:
            csv.writer(file).writerows(
                [["to"], *([f"sip:row{number}@example.com"] for number in range(self.calls))]
            )
        heard = ("--voicemail", "leave", "--amd", "local") if listening else ()
        program = "cartesia_call" if self.calls <= MOST_LIVE else "benchmarks.peers.unlimited_batch"
        return [
            *("-m", program, "batch", str(people), "--message", self.message, "--again", "--no-cache"),
            *("--cps", f"{self.cps:g}", "--max-live", str(self.calls), "--fallback", "none"),
            *("--no-guard", "a benchmark calls the same numbers again", "--quiet", "--json"),
            *("--public-url", f"http://127.0.0.1:{port}", "--budget", f"{self.calls + 1}/1s", *heard),
        ]

    def floor(self) -> list[str]:
        given = ("--calls", str(self.calls), "--cps", f"{self.cps:g}", "--audio-s", f"{self.audio_s:g}")
        return ["-m", "benchmarks.peers.floor_calls", *given]

    def pipecat(self, port: int) -> list[str]:
        given = ("--calls", str(self.calls), "--cps", f"{self.cps:g}", "--limit-s", f"{self.limit_s:g}")
        return [str(HERE / "pipecat_calls.py"), *given, "--port", str(port)]


@asynccontextmanager
async def stand_ins(home: Path) -> AsyncIterator[tuple[LightCarrier, dict[str, str]]]:
    """The carrier in this process, the speech service in another, and what points a program at both."""
    async with simulator(home) as (environment, _):
        carrier = LightCarrier(
            account_sid=environment["TWILIO_ACCOUNT_SID"], auth_token=environment["TWILIO_AUTH_TOKEN"]
        )
        url = await carrier.start()
        yield carrier, environment | {"TWILIO_BASE_URL": url, "VOICE_ID": VOICE_ID.default or ""}


async def run(bench: Bench, python: str, arguments: Sequence[str], checkout: Path) -> Figures:
    """One program, from its start to its end."""
    with tempfile.TemporaryDirectory(dir=bench.home) as name:
        async with stand_ins(Path(name)) as (carrier, environment):
            paths = {"PYTHONPATH": os.pathsep.join((str(checkout / "src"), str(OURS)))}
            if python != sys.executable:
                paths = {}
            process = await asyncio.create_subprocess_exec(
                *(python, *arguments),
                env=minimal_environment(Path(name)) | environment | paths,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
            )
            watch = Watch(process.pid, bench.calls, carrier)
            carrier.changed = watch.look
            before_s = children_s()
            assert process.stdin is not None
            process.stdin.write(bench.message.encode())
            process.stdin.close()
            assert process.stdout is not None
            async with asyncio.timeout(bench.limit_s + SPARE_S):
                await process.stdout.read()
                await process.wait()
            whole_s = children_s() - before_s
            return figures(bench.calls, carrier, watch, whole_s)


def children_s() -> float:
    """What processes that have ended used of the processor."""
    times = os.times()
    return times.children_user + times.children_system


Program = tuple[str, Callable[[], list[str]], Path]
"""How one is started: interpreter, arguments, the checkout that its modules are of."""


def programs(bench: Bench, names: Sequence[str], pipecat: str, against: Path) -> dict[str, Program]:
    with reserved_port() as free_port:
        port = free_port
    known: dict[str, Program] = {
        "ours": (sys.executable, lambda: bench.batch(port, listening=False), OURS),
        "listening": (sys.executable, lambda: bench.batch(port, listening=True), OURS),
        "before": (sys.executable, lambda: bench.batch(port, listening=False), against),
        "floor": (sys.executable, bench.floor, OURS),
        "pipecat": (pipecat, lambda: bench.pipecat(port), OURS),
    }
    return {name: known[name] for name in names}


async def compare(bench: Bench, names: Sequence[str], rounds: int, pipecat: str, against: Path) -> bool:
    """Run all, forwards and backwards in turn; whether ours delivered everything."""
    all_figures: dict[str, list[Figures]] = {name: [] for name in names}
    known = programs(bench, names, pipecat, against)
    print(HEAD)
    print(f"{'':<38}{'':>9}{'p50     p99 ms':>15}{'p50     p99 ms':>15}{'':>6}{'p50     p99 ms':>15}")
    for number in range(rounds):
        for name in names if number % 2 == 0 or not bench.audio_s else reversed(names):
            python, arguments, checkout = known[name]
            one = await run(bench, python, arguments(), checkout)
            if name == names[0]:
                bench.audio_s = one.audio_s
            all_figures[name].append(one)
            show(name, one)
    for of in ("floor", "pipecat", "before"):
        if of in all_figures:
            show_ratios(all_figures, of)
    return all(one.delivered == one.calls for one in all_figures[names[0]])


def main() -> int:
    """Print a line for each run and the ratios; 1 if a message of ours was not delivered."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--cps", type=float, default=20.0)
    parser.add_argument("--characters", type=int, default=700)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--listening", action="store_true", help="ours listens to every callee")
    parser.add_argument("--no-floor", action="store_true")
    parser.add_argument("--against", type=Path, help="the checkout of another build of ours")
    parser.add_argument(
        "--pipecat", help="an interpreter that has pipecat, or TEMPORARY to install its release for this run"
    )
    given = parser.parse_args()
    names = ["listening" if given.listening else "ours"]
    names += [] if given.no_floor else ["floor"]
    names += ["before"] if given.against else []
    names += ["pipecat"] if given.pipecat else []
    with tempfile.TemporaryDirectory(prefix="cartesia-call-live-calls-") as folder:
        home = Path(folder)
        python = str(install(home / "peer")) if given.pipecat == "TEMPORARY" else given.pipecat or ""
        bench = Bench(given.calls, given.cps, message_of(given.characters), home)
        against = given.against.resolve() if given.against else OURS
        is_whole = asyncio.run(compare(bench, names, given.rounds, python, against))
    return int(not is_whole)


if __name__ == "__main__":
    sys.exit(main())
