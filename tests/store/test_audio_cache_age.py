"""What was unused for too long is not found any more, and leaves the disk."""

from __future__ import annotations

import os
from pathlib import Path

from cartesia_call.clock import SystemClock
from cartesia_call.store.cache_records import speech_key
from tests.store.caches import SOURCE, TEXT, names, open_cache, request, speech_of

DAY_S = 86_400
OTHER = "Nothing is wrong."


async def keep_unused_for(folder: Path, days: float, text: str = TEXT) -> None:
    await open_cache(folder).keep(request(text), speech_of(text))
    used_s = SystemClock().utc_now().timestamp() - days * DAY_S
    os.utime(folder / f"{speech_key(request(text), SOURCE)}.ulaw", (used_s, used_s))


async def test_what_is_too_old_is_not_used_again(folder: Path) -> None:
    """And gone; without a limit it is found whenever it was used last."""
    await keep_unused_for(folder, 31)
    assert await open_cache(folder, max_age_s=30 * DAY_S).find(request()) is None
    assert names(folder) == []
    await keep_unused_for(folder, 3100)
    assert await open_cache(folder).find(request()) == speech_of()


async def test_a_use_makes_it_young(folder: Path) -> None:
    """It is what nobody wants any more that goes."""
    await keep_unused_for(folder, 29)
    cache = open_cache(folder, max_age_s=30 * DAY_S)
    assert await cache.find(request()) == speech_of()
    assert await open_cache(folder, max_age_s=DAY_S).find(request()) == speech_of()


async def test_what_is_kept_anew_takes_the_old_with_it(folder: Path) -> None:
    """Though nobody asks for the old, and there is room."""
    await keep_unused_for(folder, 31)
    await open_cache(folder, max_age_s=30 * DAY_S).keep(request(OTHER), speech_of(OTHER))
    assert [entry.characters for entry in await open_cache(folder).entries()] == [len(OTHER)]


async def test_clearing_may_spare_the_young(folder: Path) -> None:
    """It says what it removed."""
    await keep_unused_for(folder, 31)
    await keep_unused_for(folder, 29, OTHER)
    count, size_bytes = await open_cache(folder, max_age_s=30 * DAY_S).clear()
    assert count == 1
    assert size_bytes > len(speech_of().audio)
    assert [entry.characters for entry in await open_cache(folder).entries()] == [len(OTHER)]
