"""From the command to the dialled call: speech that is made for it, and speech that was kept.

    python -m benchmarks.kept_speech --calls 30

Rehearses pairs of calls in real time, the second with the words of the first. The built-in speech service is
on loopback and hardly thinks: a real one makes the first figure larger (by some hundred milliseconds), and
never the second, which asks nobody.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import statistics
import tempfile
from typing import NamedTuple

from tests.calls.rehearsed import rehearsed

CALLEE = "answers,ring:0s,hangs-up@0.1s"
MESSAGE = "The database is down. Please call the operator. This is call number {number}."


class Call(NamedTuple):
    """What one call took and used."""

    placed_after_ms: float
    connections: int
    characters: int


async def call(number: int) -> Call:
    """One rehearsed call, in real time."""
    async with rehearsed(CALLEE, message=MESSAGE.format(number=number)) as rehearsal:
        result = await rehearsal.run()
        assert result.timing.placed_after is not None
        return Call(result.timing.placed_after, len(rehearsal.network.speech.connections), result.characters)


def told(name: str, calls: list[Call]) -> str:
    """One line of the table."""
    placed_after_ms = statistics.median(one.placed_after_ms for one in calls)
    connections, characters = (sum(figures) for figures in list(zip(*calls, strict=True))[1:])
    return f"{name:<12}{placed_after_ms:>12.1f} ms{connections:>14}{characters:>12}"


async def main(pairs: int) -> None:
    """Measure and print."""
    made, kept = [], []
    for number in range(pairs):
        made.append(await call(number))
        kept.append(await call(number))
    ratio = statistics.median(one.placed_after_ms for one in made) / statistics.median(
        one.placed_after_ms for one in kept
    )
    print(f"{'speech':<12}{'dialled after':>15}{'connections':>14}{'characters':>12}")
    print(told("made", made))
    print(told("kept", kept))
    print(f"ratio of the medians: {ratio:.2f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--calls", type=int, default=30, help="how many pairs")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="cartesia-call-kept-") as home:
        os.environ |= {"HOME": home, "XDG_CACHE_HOME": f"{home}/cache", "XDG_STATE_HOME": f"{home}/state"}
        asyncio.run(main(arguments.calls))
