"""A folder of kept speech that grows: the room is kept to without looking it through for each entry."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cartesia_call.store.cache_folder import CacheFolder
from cartesia_call.store.cache_records import new_record, speech_key
from tests.store.caches import SOURCE, request, speech_of

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SIZE_BYTES = 800


class CountingFolder(CacheFolder):
    """Counts how often it is looked through."""

    looks = 0

    def _remove_left_over(self, found: Any) -> int:
        self.looks += 1
        return super()._remove_left_over(found)

    def keep(self, text: str) -> str:
        """Keep the audio of this text; its key."""
        asked, speech = request(text), speech_of(text, size_bytes=SIZE_BYTES)
        key = speech_key(asked, SOURCE)
        self.write(new_record(key, asked, speech, made_at=NOW), speech.audio)
        return key


def test_many_are_kept_as_quickly_as_few(folder: Path) -> None:
    """A list may have a hundred thousand texts. Whoever wrote meanwhile is noticed."""
    cache, other = (CountingFolder(folder, limit_bytes=10_000_000) for _ in range(2))
    for number in range(50):
        cache.keep(f"Number {number}.")
    assert cache.looks == 1
    other.keep("Of somebody else.")
    cache.keep("One more.")
    cache.keep("And one more.")
    assert (cache.looks, other.looks) == (2, 1)
    assert len(cache.entries(cache.whole())) == 53


def test_the_longest_unused_goes_whoever_used_the_others(folder: Path) -> None:
    """Also where another process has used one since the folder was looked through."""
    cache = CountingFolder(folder, limit_bytes=10_000_000)
    keys = [cache.keep(f"Number {number}.") for number in range(4)]
    for age_s, key in zip((40, 30, 20, 10), keys, strict=True):
        used_at_s = NOW.timestamp() - age_s
        os.utime(folder / f"{key}.ulaw", (used_at_s, used_at_s))
    cache = CountingFolder(
        folder, limit_bytes=sum(entry.size_bytes for entry in cache.entries(cache.whole()))
    )
    cache.keep("Number 3.")
    assert CacheFolder(folder, limit_bytes=1).read(keys[0]) is not None
    new = cache.keep("Number 4.")
    assert cache.looks == 1
    assert {path.stem for path in folder.glob("*.ulaw")} == {keys[0], keys[2], keys[3], new}


def test_what_a_killed_writer_left_is_found_by_who_lives(folder: Path) -> None:
    """It had begun to write, and so had told the others."""
    cache = CountingFolder(folder, limit_bytes=10_000_000)
    cache.keep("One.")

    class Killed(CacheFolder):
        def _replace(self, path: Path, content: bytes) -> None:
            super()._replace(path, content)
            raise KeyboardInterrupt

    asked, speech = request("Two."), speech_of("Two.", size_bytes=SIZE_BYTES)
    record = new_record(speech_key(asked, SOURCE), asked, speech, made_at=NOW)
    try:
        Killed(folder, limit_bytes=10_000_000).write(record, speech.audio)
    except KeyboardInterrupt:
        assert (folder / f"{record.key}.ulaw").exists()
    cache.keep("Three.")
    assert not (folder / f"{record.key}.ulaw").exists()
    assert len(cache.entries(cache.whole())) == 2
