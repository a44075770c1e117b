"""One live `dial`: from its start to the first media message that reaches the carrier, and to its end.

    python -m benchmarks.first_audio --pairs 20 --against ../before

Every call is a process of its own, against the built-in network in this one, in real time. `--against` names
the checkout of another build: its calls are made in turns with ours, A B B A, against the same network. Each
call has a fresh home, so nothing is kept from the one before; one call of each build goes before the count.
With `--kept` each build has one home, in which that first call keeps its speech for all others. `--traced`
makes our calls with `--trace`, and those of the other build, or of ours, without.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

from cartesia_call.audio.mulaw import SILENCE_BYTE, duration_s
from cartesia_simulator.carrier.call import SimulatedCall
from tests.cli.live_network import LiveNetwork, live_environment, live_network
from tests.isolation import minimal_environment

CALLEE = "answers,ring:0s,hangs-up@0.5s"
MESSAGE = "The database is down. Please call the operator."
NUMBER = "+12025550143"
LIMIT_S = 60
OURS = Path(__file__).resolve().parent.parent


@dataclass(frozen=True)
class Measured:
    """One call, in milliseconds: from the process's start to the first media message and, of that, to the
    request that places the call; from the stream's `start` to the first media message handed to the socket,
    as the program tells it; from the process's start to its connection to the speech service, None where the
    speech is kept; from the call's end, as the carrier knows it, to that of the process, None where that did
    not end by itself; the processor time of the whole process. And the most memory it ever had, in MB."""

    asking: float | None
    first_media: float
    placing: float
    start_to_media: float
    leaving: float | None
    processor: float
    peak_mb: float


TITLES = {
    "asking": "process start > speech connection, ms",
    "first_media": "process start > first media, ms",
    "placing": "process start > placing request, ms",
    "start_to_media": "stream start > first media, ms",
    "leaving": "call's end > process end, ms",
    "processor": "processor time of the process, ms",
    "peak_mb": "peak memory, MB",
}


def python_of(checkout: Path) -> str:
    """The interpreter with that build's libraries."""
    own = checkout / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


async def one_call(
    checkout: Path, network: LiveNetwork, home: Path, options: tuple[str, ...] = ()
) -> Measured:
    """Dial once with the build of `checkout`."""
    known, connections = set(network.carrier.calls), len(network.speech.connections)
    environment = minimal_environment(home) | live_environment(network)
    environment["CARTESIA_CALL_NO_GUARD"] = "a benchmark"
    async with asyncio.timeout(LIMIT_S):
        printed, measured = await asyncio.to_thread(_run, checkout, environment, options)
    began_s, ended_s, processor_s, peak_mb = measured  # on the clock of the event loop, too
    told = json.loads(printed)
    (sid,) = set(network.carrier.calls) - known
    placing_s = max(r.at_s for r in network.carrier.requests if r.path.endswith("Calls.json"))
    start_to_media_ms = told["timing"]["stream_start_to_first_audio"]
    assert start_to_media_ms is not None, told
    call = network.carrier.calls[sid]
    assert call.ended_at_s is not None
    asked = network.speech.connections[connections:]
    return Measured(
        asking=(asked[0].at_s - began_s) * 1000 if asked else None,
        first_media=(_first_media_at_s(call) - began_s) * 1000,
        placing=(placing_s - began_s) * 1000,
        start_to_media=start_to_media_ms,
        leaving=(ended_s - call.ended_at_s) * 1000,
        processor=processor_s * 1000,
        peak_mb=peak_mb,
    )


WATCH = """
import os, sys, time
began_s = time.monotonic()
pid = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ)
print(pid, began_s, flush=True)
_, status, used = os.wait4(pid, 0)
print(time.monotonic(), used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, status)
"""
"""A small process between: what is counted as a child's peak holds what its parent had in memory. It tells
the process id and the moment of the start; behind all that is printed that of the end, the processor time in
seconds, the peak in MB and the status as `wait` has it."""


def _run(checkout: Path, environment: dict[str, str], options: tuple[str, ...]) -> tuple[str, list[float]]:
    """What one call printed; when its process began and ended, its processor time in seconds, and its peak
    memory in MB."""
    call = (python_of(checkout), "-m", "cartesia_call", "dial", NUMBER, MESSAGE, "--json", "--quiet")
    told = subprocess.run(
        [sys.executable, "-c", WATCH, *call, *options],
        env=environment | {"PYTHONPATH": str(checkout / "src")},
        cwd=environment["HOME"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        check=True,
        text=True,
    )
    began, printed, ended = told.stdout.splitlines()
    ended_s, processor_s, peak_mb, _ = map(float, ended.split())
    return printed, [float(began.split()[1]), ended_s, processor_s, peak_mb]


def _first_media_at_s(call: SimulatedCall) -> float:
    """Audio that finds nothing queued is heard from its arrival on."""
    assert call.answered_at_s is not None
    return call.answered_at_s + duration_s(_silent_bytes(call.heard) - _silent_bytes(call.stream_audio))


def _silent_bytes(audio: bytes) -> int:
    """How many it begins with."""
    return len(audio) - len(audio.lstrip(bytes([SILENCE_BYTE])))


def distributions(calls: list[Measured]) -> dict[str, list[float]]:
    """By what was measured, in the order of the calls; without what was never there."""
    found = {
        field.name: [value for call in calls if (value := getattr(call, field.name)) is not None]
        for field in fields(Measured)
    }
    return {name: values for name, values in found.items() if values}


def show(ours: list[Measured], theirs: list[Measured]) -> None:
    """The medians, and with another build the ratios."""
    others = distributions(theirs)
    for name, new in distributions(ours).items():
        line = f"{TITLES[name]:<37}{statistics.median(new):>9.1f}, most {max(new):>8.1f}"
        if old := others.get(name):
            pairs = statistics.median(a / b for a, b in zip(new, old, strict=True))
            medians = statistics.median(new) / statistics.median(old)
            line += f"; the other build {statistics.median(old):>9.1f}, most {max(old):>8.1f}"
            line += f"; ratio of the medians {medians:.3f}, median of the pairs' ratios {pairs:.3f}"
        print(line)


@dataclass(frozen=True)
class Series:
    """Calls of one build, each in a home of its own, or, with kept speech, all in one."""

    checkout: Path
    keeps: bool
    calls: list[Measured]


async def measure(
    pairs: int, against: Path | None, *, kinds: Sequence[bool], traced: bool = False
) -> dict[bool, tuple[list[Measured], list[Measured]]]:
    """So many calls of this build, and of another one, without and with kept speech as `kinds` say; all of
    them in turns, so that any two can be compared."""
    found: dict[bool, tuple[list[Measured], list[Measured]]] = {keeps: ([], []) for keeps in kinds}
    series = [Series(OURS, keeps, found[keeps][0]) for keeps in kinds]
    if against is not None:
        series += [Series(against, keeps, found[keeps][1]) for keeps in kinds]
    async with live_network(CALLEE) as network:
        with tempfile.TemporaryDirectory(prefix="cartesia-call-first-audio-") as name:
            for number in range(-1, pairs):
                for one in series if number % 2 else reversed(series):
                    place = series.index(one)
                    home = Path(name) / (f"kept {place}" if one.keeps else f"{number} {place}")
                    home.mkdir(exist_ok=one.keeps)
                    options = ("--trace", "call.jsonl") if traced and place < len(kinds) else ()
                    measured = await one_call(one.checkout, network, home, options)
                    if number >= 0:
                        one.calls.append(measured)
    return found


def main(pairs: int, against: Path | None, *, keeps: bool, traced: bool) -> None:
    """Measure in turns, and print."""
    ours, theirs = asyncio.run(measure(pairs, against, kinds=[keeps], traced=traced))[keeps]
    kind = f"{pairs} live calls{' with kept speech' if keeps else ''}"
    print(kind + (f" of each build, in turns, against {against}" if against else ""))
    show(ours, theirs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--against", type=Path, help="the checkout of another build")
    parser.add_argument("--kept", action="store_true")
    parser.add_argument("--traced", action="store_true", help="our calls with --trace, the others without")
    given = parser.parse_args()
    other = given.against or (OURS if given.traced else None)
    main(given.pairs, other and other.resolve(), keeps=given.kept, traced=given.traced)
