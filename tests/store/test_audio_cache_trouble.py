"""A cache that somebody damaged, that is full, or whose disk lets it down."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from cartesia_call.clock import SystemClock
from cartesia_call.errors import CacheError
from cartesia_call.store.audio_cache import AudioCache
from cartesia_call.store.cache_records import new_record, parse_record, record_text, speech_key
from cartesia_call.store.file_locks import lock
from tests.hostile_json import near_json
from tests.store.attempts import STARTED
from tests.store.caches import SOURCE, open_cache, request, speech_of, until

KEY = speech_key(request(), SOURCE)
RECORD = new_record(KEY, request(), speech_of(), made_at=STARTED)


def pair_of(folder: Path, text: str) -> tuple[Path, Path]:
    key = speech_key(request(text), SOURCE)
    return folder / f"{key}.ulaw", folder / f"{key}.json"


def _with_field(name: str, value: object) -> Callable[[Path, Path], None]:
    def damage(_: Path, record: Path) -> None:
        record.write_text(json.dumps(json.loads(record.read_text()) | {name: value}))

    return damage


def _cut_audio(audio: Path, _: Path) -> None:
    audio.write_bytes(audio.read_bytes()[:-1])


def _change_audio(audio: Path, _: Path) -> None:
    audio.write_bytes(audio.read_bytes()[:-1] + b"?")


DAMAGE: dict[str, Callable[[Path, Path], object]] = {
    "audio cut": _cut_audio,
    "audio changed": _change_audio,
    "audio missing": lambda audio, _: audio.unlink(),
    "record empty": lambda _, record: record.write_bytes(b""),
    "record no JSON": lambda _, record: record.write_text("{"),
    "record no UTF-8": lambda _, record: record.write_bytes(b'"\xff"'),
    "record too deep": lambda _, record: record.write_text("[" * 100_000),
    "record no object": lambda _, record: record.write_text("[]"),
    "record of another": _with_field("key", "0" * 64),
    "length no number": _with_field("length_bytes", "16000"),
    "length another": _with_field("length_bytes", 15_999),
    "digest no text": _with_field("sha256", None),
    "words no list": _with_field("word_ends", {}),
    "word no pair": _with_field("word_ends", [[1]]),
    "word true": _with_field("word_ends", [[True, 1]]),
    "word behind the text": _with_field("word_ends", [[1000, 1]]),
    "word behind the audio": _with_field("word_ends", [[1, 16_001]]),
    "word before the audio": _with_field("word_ends", [[1, -1]]),
    "voice no text": _with_field("voice_id", 7),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
async def test_what_does_not_fit_together_is_dropped(
    folder: Path, damage: Callable[[Path, Path], object], caplog: pytest.LogCaptureFixture
) -> None:
    """It counts as a miss and is gone, with one line at info that says why; it can be kept anew."""
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    audio, record = pair_of(folder, request().message.text)
    damage(audio, record)
    await cache.entries()
    with caplog.at_level(logging.INFO, logger="cartesia_call"):
        assert await cache.find(request()) is None
    assert not audio.exists()
    assert not record.exists()
    (line,) = caplog.messages
    assert line.startswith(f"dropped the kept speech {KEY[:12]}: ")
    await cache.keep(request(), speech_of())
    assert await cache.find(request()) == speech_of()


async def test_audio_without_a_record_is_nothing(folder: Path) -> None:
    """Its writer was killed between the two; the next one that keeps anything removes it."""
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    audio, record = pair_of(folder, request().message.text)
    record.unlink()
    assert await cache.find(request()) is None
    assert await cache.entries() == []
    await open_cache(folder).keep(request("Another."), speech_of("Another."))
    assert not audio.exists()


async def test_a_copied_pair_is_not_another_message(folder: Path) -> None:
    """Nobody hears one text for another because somebody renamed files."""
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    for source, target in zip(
        pair_of(folder, request().message.text), pair_of(folder, "Other."), strict=True
    ):
        target.write_bytes(source.read_bytes())
    assert await cache.find(request("Other.")) is None


@given(content=near_json(json.loads(record_text(RECORD))))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_a_record_is_sound_or_refused(content: str) -> None:
    """Whatever the file holds: ValueError, or a record whose figures lie in range."""
    try:
        found = parse_record(content.encode(errors="surrogatepass"), KEY)
    except ValueError:
        return
    assert found.key == KEY
    for end in found.word_ends:
        assert 0 <= end.characters <= found.characters
        assert 0 <= end.audio_bytes <= found.length_bytes


async def _keep(cache: AudioCache, folder: Path, texts: list[str], **sizes: Any) -> None:
    """Keep them one by one; each was used a second later than the one before."""
    for number, text in enumerate(texts):
        await cache.keep(request(text), speech_of(text, **sizes))
        audio, _ = pair_of(folder, text)
        if audio.exists():
            os.utime(audio, (number, number))


async def _kept(cache: AudioCache, texts: list[str]) -> list[str]:
    keys = {entry.key for entry in await cache.entries()}
    return [text for text in texts if speech_key(request(text), SOURCE) in keys]


async def test_what_was_unused_for_the_longest_time_goes_first(folder: Path) -> None:
    """Records count too; a find is a use."""
    cache = open_cache(folder, limit_bytes=2_900)
    texts = ["one", "two", "three"]
    await _keep(cache, folder, texts[:2], size_bytes=1_000)
    assert await _kept(cache, texts) == ["one", "two"]
    await cache.find(request("one"))
    await _keep(cache, folder, ["three"], size_bytes=1_000)
    assert await _kept(cache, texts) == ["one", "three"]
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 2_900


async def test_what_was_just_kept_stays(folder: Path) -> None:
    """Whatever the clock of the disk says."""
    cache = open_cache(folder, limit_bytes=1_500)
    await _keep(cache, folder, ["old"], size_bytes=1_000)
    audio, _ = pair_of(folder, "old")
    os.utime(audio, (2**33, 2**33))
    await cache.keep(request("new"), speech_of("new", size_bytes=1_000))
    assert await _kept(cache, ["old", "new"]) == ["new"]


async def test_what_is_larger_than_the_cache_is_not_kept(folder: Path) -> None:
    """And drives nothing out."""
    cache = open_cache(folder, limit_bytes=2_000)
    await cache.keep(request("small"), speech_of("small", size_bytes=1_000))
    await cache.keep(request("large"), speech_of("large", size_bytes=2_000))
    assert await _kept(cache, ["small", "large"]) == ["small"]


async def test_a_smaller_limit_holds_from_the_next_entry_on(folder: Path) -> None:
    texts = [str(number) for number in range(10)]
    await _keep(open_cache(folder), folder, texts, size_bytes=1_000)
    await open_cache(folder, limit_bytes=3_000).keep(request("last"), speech_of("last", size_bytes=1_000))
    assert await _kept(open_cache(folder), [*texts, "last"]) == ["9", "last"]


async def test_what_killed_processes_left_is_removed(folder: Path) -> None:
    """Temporary files and locks that nobody holds, by the next process that keeps something."""
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    left = [folder / ".half-written.tmp", folder / f"{'0' * 64}.lock"]
    for path in (*left, folder / "README"):
        path.write_bytes(b"")
    async with cache.making(request("held"), until_s=until()):
        await open_cache(folder).keep(request("other"), speech_of("other"))
        assert (folder / f"{speech_key(request('held'), SOURCE)}.lock").exists()
    assert not [path for path in left if path.exists()]
    assert (folder / "README").exists()


async def test_a_folder_that_lost_its_mode_gets_it_back(folder: Path) -> None:
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    folder.chmod(0o755)
    await cache.keep(request(), speech_of())
    assert folder.stat().st_mode & 0o777 == 0o700


async def test_a_disk_that_does_not_answer_is_one_sentence(folder: Path) -> None:
    """Whoever waits is told after the limit."""
    cache = AudioCache(folder, source=SOURCE, limit_bytes=10_000, clock=SystemClock(), disk_timeout_s=0.05)
    folder.mkdir(mode=0o700, parents=True)
    with lock(folder / "writing.lock"), pytest.raises(CacheError, match=r"was not free within 0\.05 s"):
        await cache.keep(request(), speech_of(size_bytes=100))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a directory away")
async def test_what_another_user_keeps_is_not_played(tmp_path: Path) -> None:
    """Whoever owns the folder may put any audio under the name of ours."""
    cache = open_cache(tmp_path / "cartesia-call")
    await cache.keep(request(), speech_of())
    os.chown(tmp_path / "cartesia-call", 12345, 12345)
    for use in (cache.find(request()), cache.entries(), cache.keep(request(), speech_of()), cache.clear()):
        with pytest.raises(CacheError, match="belongs to another user"):
            await use
