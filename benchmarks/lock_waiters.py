"""What it costs to wait for a context while others hold them all.

    python -m benchmarks.lock_waiters --waiters 100 --seconds 10

So many wait for three slots that stay held: first with a look every 20 ms, then with the pauses that grow.
Both are shown as looks and processor time a second, in all and for each waiter, and as a ratio. Then one slot
is freed, and the time until somebody has it is shown.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.store.file_locks import FIRST_PAUSE_S, first_free, growing_pauses_s

SLOTS = ["slot-1.lock", "slot-2.lock", "slot-3.lock"]
Pauses = Callable[[], Iterator[float]]


@dataclass(frozen=True, kw_only=True)
class Cost:
    """Per second, of all waiters together. `taken_after_s`: how long a slot that was freed stayed unused."""

    looks: float
    processor_s: float
    taken_after_s: float


async def measure(folder: Path, pauses_s: Pauses, *, waiters: int, seconds: float) -> Cost:
    """The second half of `seconds`, when everybody has waited for a while."""
    looks: list[None] = []

    def counted() -> Iterator[float]:
        for pause_s in pauses_s():
            looks.append(None)  # in one step, whichever thread it is
            yield pause_s

    held = [await first_free(folder, SLOTS) for _ in SLOTS]
    waiting = [asyncio.create_task(first_free(folder, SLOTS, pauses_s=counted)) for _ in range(waiters)]
    await asyncio.sleep(seconds / 2)
    looks_before, began_s, processor_began_s = len(looks), time.perf_counter(), time.process_time()
    await asyncio.sleep(seconds / 2)
    took_s = time.perf_counter() - began_s
    looked, processor_s = len(looks) - looks_before, time.process_time() - processor_began_s
    held.pop().release()
    freed_at_s = time.perf_counter()
    await asyncio.wait(waiting, return_when=asyncio.FIRST_COMPLETED)
    taken_after_s = time.perf_counter() - freed_at_s
    for task in waiting:
        task.cancel()
    await asyncio.wait(waiting)
    for each in [*held, *(task.result() for task in waiting if not task.cancelled())]:
        each.release()
    return Cost(looks=looked / took_s, processor_s=processor_s / took_s, taken_after_s=taken_after_s)


def show(name: str, cost: Cost, waiters: int) -> None:
    print(
        f"{name:<16}{cost.looks:>7.0f} looks/s {cost.processor_s * 1000:>6.0f} ms of processor/s; "
        f"each waiter {cost.looks / waiters:>5.1f} looks/s {cost.processor_s * 1e6 / waiters:>6.0f} us/s; "
        f"a freed slot was taken after {cost.taken_after_s * 1000:.0f} ms",
        flush=True,
    )


async def main(waiters: int, seconds: float) -> None:
    """Two rows and their ratio."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        steady = await measure(
            folder, lambda: itertools.repeat(FIRST_PAUSE_S), waiters=waiters, seconds=seconds
        )
        show("every 20 ms", steady, waiters)
        growing = await measure(folder, growing_pauses_s, waiters=waiters, seconds=seconds)
        show("growing pauses", growing, waiters)
    print(
        f"growing pauses take 1/{steady.looks / growing.looks:.0f} of the looks and "
        f"1/{steady.processor_s / growing.processor_s:.0f} of the processor time"
    )


if __name__ == "__main__":
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("--waiters", type=int, default=100)
    arguments.add_argument("--seconds", type=float, default=10.0)
    chosen = arguments.parse_args()
    asyncio.run(main(chosen.waiters, chosen.seconds))
