"""From the start of a live `dial` to the first media message that reaches the carrier.

    python -m benchmarks.first_audio --pairs 20 --against ../before

Every call is a process of its own, against the built-in network in this one, in real time. `--against` names
the checkout of another build: its calls are made in turns with ours, A B B A, against the same network. Each
call has a fresh home, so nothing is kept from the one before; one call of each build goes before the count.
`--traced` makes our calls with `--trace`, and those of the other build, or of ours, without.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import resource
import statistics
import sys
import tempfile
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
    as the program tells it; the processor time of the whole process."""

    first_media: float
    placing: float
    start_to_media: float
    processor: float


TITLES = {
    "first_media": "process start > first media",
    "placing": "process start > placing request",
    "start_to_media": "stream start > first media",
    "processor": "processor time of the process",
}


def python_of(checkout: Path) -> str:
    """The interpreter with that build's libraries."""
    own = checkout / ".venv" / "bin" / "python"
    return str(own) if own.exists() else sys.executable


async def one_call(checkout: Path, network: LiveNetwork, options: tuple[str, ...] = ()) -> Measured:
    """Dial once with the build of `checkout`."""
    known = set(network.carrier.calls)
    with tempfile.TemporaryDirectory(prefix="cartesia-call-first-audio-") as home:
        environment = minimal_environment(Path(home)) | live_environment(network)
        used_s = _processor_s()
        began_s = asyncio.get_running_loop().time()
        process = await asyncio.create_subprocess_exec(
            python_of(checkout),
            *("-m", "cartesia_call", "dial", NUMBER, MESSAGE, "--json", "--quiet", *options),
            env=environment | {"PYTHONPATH": str(checkout / "src")},
            cwd=home,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        async with asyncio.timeout(LIMIT_S):
            printed, complaints = await process.communicate()
    used_s = _processor_s() - used_s
    told = json.loads(printed)
    (sid,) = set(network.carrier.calls) - known
    placing_s = max(r.at_s for r in network.carrier.requests if r.path.endswith("Calls.json"))
    start_to_media_ms = told["timing"]["stream_start_to_first_audio"]
    assert start_to_media_ms is not None, (told, complaints)
    return Measured(
        first_media=(_first_media_at_s(network.carrier.calls[sid]) - began_s) * 1000,
        placing=(placing_s - began_s) * 1000,
        start_to_media=start_to_media_ms,
        processor=used_s * 1000,
    )


def _processor_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _first_media_at_s(call: SimulatedCall) -> float:
    """Audio that finds nothing queued is heard from its arrival on."""
    assert call.answered_at_s is not None
    return call.answered_at_s + duration_s(_silent_bytes(call.heard) - _silent_bytes(call.stream_audio))


def _silent_bytes(audio: bytes) -> int:
    """How many it begins with."""
    return len(audio) - len(audio.lstrip(bytes([SILENCE_BYTE])))


def show(ours: list[Measured], theirs: list[Measured]) -> None:
    """The medians, and with another build the ratios."""
    for field in fields(Measured):
        new, old = ([getattr(call, field.name) for call in calls] for calls in (ours, theirs))
        line = f"{TITLES[field.name]:<33}{statistics.median(new):>9.1f} ms, slowest {max(new):>8.1f} ms"
        if old:
            pairs = statistics.median(a / b for a, b in zip(new, old, strict=True))
            medians = statistics.median(new) / statistics.median(old)
            line += f"; the other build {statistics.median(old):>9.1f} ms, slowest {max(old):>8.1f} ms"
            line += f"; ratio of the medians {medians:.3f}, median of the pairs' ratios {pairs:.3f}"
        print(line)


async def main(pairs: int, against: Path | None, *, traced: bool) -> None:
    """Measure in turns, and print."""
    ours: list[Measured] = []
    theirs: list[Measured] = []
    async with live_network(CALLEE) as network:
        for number in range(-1, pairs):
            turns = [(OURS, ours)] if against is None else [(OURS, ours), (against, theirs)]
            for checkout, calls in turns if number % 2 else reversed(turns):
                options = ("--trace", "call.jsonl") if traced and calls is ours else ()
                measured = await one_call(checkout, network, options)
                if number >= 0:
                    calls.append(measured)
    print(f"{pairs} live calls" + (f" of each build, in turns, against {against}" if against else ""))
    show(ours, theirs)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--against", type=Path, help="the checkout of another build")
    parser.add_argument("--traced", action="store_true", help="our calls with --trace, the others without")
    arguments = parser.parse_args()
    other = arguments.against or (OURS if arguments.traced else None)
    asyncio.run(main(arguments.pairs, other and other.resolve(), traced=arguments.traced))
