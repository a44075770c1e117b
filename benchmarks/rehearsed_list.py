"""A rehearsed dial list with a text of its own for each row: the pace, who heard what, and the cost of a row.

    python -m benchmarks.rehearsed_list --rows 1000 --cps 10

The list is called as `batch --rehearse` calls it, on the built-in network and in time that skips. The
carrier's side says when each call was placed and which bytes each callee heard; the status is 1 if one of
them heard anything but their own message, if more than `--cps` calls were placed in any second, or fewer than
0.98 of that while rows waited. `--profile` shows where the event loop's time goes, `--one-text` has everybody
told the same.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import cProfile
import os
import pstats
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from pathlib import Path

from cartesia_call.audio.mulaw import SILENCE_BYTE
from cartesia_call.skipping_loop import SkippingLoop
from tests.calls.listed import Listed, listed, row
from tests.isolation import home_variables

LEAST_OF_THE_PACE = 0.98
SILENCE = bytes([SILENCE_BYTE])
SHOWN = 45
"""So many functions of a profile."""


class Cost:
    """What a block took: of the processor the loop's thread and all others, and of the clock on the wall."""

    def __init__(self) -> None:
        self.loop_s = self.threads_s = self.took_s = 0.0

    @contextlib.contextmanager
    def measured(self) -> Iterator[None]:
        loop_s, all_s, began_s = time.thread_time(), time.process_time(), time.perf_counter()
        yield
        self.loop_s = time.thread_time() - loop_s
        self.threads_s = time.process_time() - all_s - self.loop_s
        self.took_s = time.perf_counter() - began_s

    def show(self, rows: int) -> None:
        most_mib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        print(
            f"processor: {(self.loop_s + self.threads_s) / rows * 1000:.1f} ms a row, of which the loop "
            f"{self.loop_s / rows * 1000:.1f} and other threads {self.threads_s / rows * 1000:.1f}; "
            f"took {self.took_s:.1f} s; at most {most_mib} MiB"
        )


def heard_their_own(calls: Listed) -> int:
    """How many callees heard the audio of their own text, every byte of it, then silence."""
    audio = {context.transcript: context.audio for context in calls.network.speech.contexts.values()}
    told = {told.row.to: told.row.message for told in calls.told}
    return sum(
        call.stream_audio.rstrip(SILENCE) == audio[told[call.to]].rstrip(SILENCE) for call in calls.calls
    )


def most_in_a_second(placed_at_s: Sequence[float]) -> int:
    """The most starts in any window of a second."""
    first = most = 0
    for last, at_s in enumerate(placed_at_s):
        while at_s - placed_at_s[first] >= 1:
            first += 1
        most = max(most, last - first + 1)
    return most


async def call(
    rows: int, *, cps: float, one_text: bool, cost: Cost, profile: cProfile.Profile | None
) -> bool:
    """Print what came of it; whether all held."""
    people = [
        row(
            number,
            "The meeting is at nine." if one_text else f"Hello number {number}, the meeting is at nine.",
        )
        for number in range(1, rows + 1)
    ]
    async with listed(people, cps=f"{cps:g}", max_live="300", cache=False) as calls:
        if profile is not None:
            profile.enable()
        with cost.measured():
            await calls.run()
        if profile is not None:
            profile.disable()
        placed_at_s = calls.placed_at_s
        own = heard_their_own(calls)
        most, share = most_in_a_second(placed_at_s), (rows - 1) / (placed_at_s[-1] - placed_at_s[0]) / cps
        longest_s = max(later - earlier for earlier, later in pairwise(placed_at_s))
        contexts = len(calls.network.speech.contexts)
    outcomes = Counter(calls.outcomes.values())
    print(
        f"{rows} rows, {contexts} texts made; {dict(outcomes)}; {own} callees heard their own message whole"
    )
    print(
        f"starts at the carrier: at most {most} in any second of {cps:g} allowed; {share:.4f} of the pace; "
        f"the longest pause {longest_s:.3f} s"
    )
    return own == rows == outcomes["delivered"] and most <= cps and share >= LEAST_OF_THE_PACE


def main() -> int:
    """Print a few lines; 1 if something did not hold."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=1000)
    parser.add_argument("--cps", type=float, default=10.0)
    parser.add_argument("--one-text", action="store_true")
    parser.add_argument("--profile", action="store_true")
    arguments = parser.parse_args()
    cost, profile = Cost(), cProfile.Profile(time.thread_time) if arguments.profile else None
    with tempfile.TemporaryDirectory(prefix="cartesia-call-rehearsed-list-") as home:
        os.environ |= home_variables(Path(home))
        with asyncio.Runner(loop_factory=SkippingLoop) as runner:
            holds = runner.run(
                call(
                    arguments.rows,
                    cps=arguments.cps,
                    one_text=arguments.one_text,
                    cost=cost,
                    profile=profile,
                )
            )
    cost.show(arguments.rows)
    if profile is not None:
        pstats.Stats(profile).sort_stats("tottime").print_stats(SHOWN)
        pstats.Stats(profile).sort_stats("cumulative").print_stats(SHOWN * 2)
    return int(not holds)


if __name__ == "__main__":
    sys.exit(main())
