"""Only one makes what several tasks want; the others get it, or lose their patience."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from cartesia_call.store.audio_cache import AudioCache
from cartesia_call.store.cache_records import speech_key
from tests.store.caches import SOURCE, names, open_cache, request, speech_of, until


async def test_one_of_many_tasks_makes_it(folder: Path) -> None:
    """The others are handed what it kept, whichever object they use; no lock file is left."""
    cache = open_cache(folder)
    made = 0

    async def want(cache: AudioCache) -> None:
        nonlocal made
        async with cache.making(request(), until_s=until()) as kept:
            if kept is None:
                made += 1
                await asyncio.sleep(0.05)
                await cache.keep(request(), speech_of())
            else:
                assert kept == speech_of()

    await asyncio.gather(*(want(cache) for _ in range(10)), *(want(open_cache(folder)) for _ in range(10)))
    assert made == 1
    assert names(folder) == [".json", ".ulaw"]


async def test_what_is_kept_holds_nobody_up(folder: Path) -> None:
    """Whoever plays what is there is not alone."""
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    async with (
        cache.making(request(), until_s=until()) as first,
        asyncio.timeout(10),
        cache.making(request(), until_s=until()) as second,
    ):
        assert first == second == speech_of()


async def test_different_texts_do_not_wait_for_each_other(folder: Path) -> None:
    cache = open_cache(folder)
    async with (
        cache.making(request("one"), until_s=until()),
        asyncio.timeout(10),
        cache.making(request("two"), until_s=until()) as kept,
    ):
        assert kept is None


async def test_a_wait_that_was_too_long_ends_without_the_lock(folder: Path) -> None:
    """Both make it then; the lock of the first one is left alone."""
    async with open_cache(folder).making(request(), until_s=until()) as first:
        assert first is None
        async with open_cache(folder).making(request(), until_s=until(0.1)) as second:
            assert second is None
        assert (folder / f"{speech_key(request(), SOURCE)}.lock").exists()


async def test_what_was_kept_meanwhile_is_handed_over_without_the_lock(folder: Path) -> None:
    """Even to one whose patience is over."""
    cache = open_cache(folder)
    async with cache.making(request(), until_s=until()):
        await cache.keep(request(), speech_of())
        async with open_cache(folder).making(request(), until_s=until(0.1)) as kept:
            assert kept == speech_of()


async def test_a_maker_that_fails_frees_the_lock(folder: Path) -> None:
    """Its own exception comes through, and the next one makes it."""
    cache = open_cache(folder)
    with pytest.raises(RuntimeError, match="no speech"):
        async with cache.making(request(), until_s=until()):
            raise RuntimeError("no speech")
    async with asyncio.timeout(10), cache.making(request(), until_s=until()) as kept:
        assert kept is None
    assert names(folder) == []


async def test_a_cancelled_wait_takes_no_lock(folder: Path) -> None:
    """Nothing is held by somebody who is gone, however the two moments meet."""
    cache = open_cache(folder)

    async def want() -> None:
        async with cache.making(request(), until_s=until()):
            await asyncio.sleep(0)

    for pause_s in (0, 0, 0.001, 0.005, 0.02, 0.03):
        async with cache.making(request(), until_s=until()):
            waiting = [asyncio.create_task(want()) for _ in range(3)]
            await asyncio.sleep(pause_s)
            waiting[0].cancel()
        for task in waiting[1:]:
            task.cancel()
        await asyncio.wait(waiting)
    async with asyncio.timeout(10), cache.making(request(), until_s=until()) as kept:
        assert kept is None
