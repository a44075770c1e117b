"""A process with a cache: `python -m tests.store.cache_process FOLDER LIMIT_BYTES STEP...`.

Prints "ready" and waits for a line on standard input; then does the steps, prints a line for each, and waits
for the end of standard input, which is the end of the process. A CacheError is printed instead, status 1.

Steps: `make:TEXT` prints "made" or "found"; `hold:TEXT` prints "holding" and makes for ever;
`churn:NUMBER:COUNT` keeps and finds many texts, and prints "churned"; `slot:COUNT` prints "slot" and keeps
it; `small-disk` lets no file grow beyond one page, `no-superuser` makes root somebody else.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import resource
import sys
from pathlib import Path

from cartesia_call.errors import CacheError
from cartesia_call.store.audio_cache import AudioCache
from cartesia_call.store.context_slots import ContextSlots
from tests.store.caches import open_cache, request, speech_of, until

MAKING_S = 0.3
"""How long a synthesis takes: long enough for everybody to come while it goes on."""

SHARED_TEXTS = 8


async def _make(cache: AudioCache, text: str) -> str:
    async with cache.making(request(text), until_s=until()) as kept:
        if kept is not None:
            assert kept == speech_of(text)
            return "found"
        await asyncio.sleep(MAKING_S)
        await cache.keep(request(text), speech_of(text))
        return "made"


async def _churn(cache: AudioCache, number: int, count: int) -> str:
    """Keep and find texts that others keep and find too, and some of its own; whatever is found is right."""
    for turn in range(count):
        for text in (f"shared {(turn + number) % SHARED_TEXTS}", f"own {number} {turn}"):
            found = await cache.find(request(text))
            assert found in (None, speech_of(text))
            await cache.keep(request(text), speech_of(text))
    return "churned"


async def _do(step: str, folder: Path, cache: AudioCache) -> None:
    async with contextlib.AsyncExitStack() as held:
        match step.split(":"):
            case ["make", text]:
                said = await _make(cache, text)
            case ["churn", number, count]:
                said = await _churn(cache, int(number), int(count))
            case ["hold", text]:
                assert await held.enter_async_context(cache.making(request(text), until_s=until())) is None
                said = "holding"
            case ["slot", count]:
                slots = ContextSlots(folder, count=int(count))
                await held.enter_async_context(slots.slot(until_s=until()))
                said = "slot"
            case ["small-disk"]:
                resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))
                return
            case ["no-superuser"]:
                if os.geteuid() == 0:
                    os.seteuid(65534)
                return
            case _:
                raise ValueError(step)
        print(said, flush=True)
        if said in ("holding", "slot"):
            await asyncio.to_thread(sys.stdin.read)


async def _do_all(steps: list[str], folder: Path, cache: AudioCache) -> None:
    for step in steps:
        await _do(step, folder, cache)


def main() -> None:
    folder, limit_bytes, *steps = sys.argv[1:]
    cache = open_cache(Path(folder), limit_bytes=int(limit_bytes))
    print("ready", flush=True)
    sys.stdin.readline()
    try:
        asyncio.run(_do_all(steps, Path(folder), cache))
    except CacheError as error:
        print(error, flush=True)
        sys.exit(1)
    sys.stdin.read()


if __name__ == "__main__":
    main()
