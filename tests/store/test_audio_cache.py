"""What is kept is found again, as it was, for exactly what was asked, and for nothing else."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from cartesia_call.errors import CacheError
from cartesia_call.homes import NO_HOME
from cartesia_call.speech.delivery import Delivery
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.words import WordEnd
from cartesia_call.speech_ports import KeptSpeech, SpeechRequest
from cartesia_call.store.cache_records import speech_key
from tests.store.caches import SOURCE, TEXT, names, open_cache, request, speech_of, until


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_what_is_kept_is_found(folder: Path) -> None:
    """Byte by byte, with the ends of its words, by another object too."""
    await open_cache(folder).keep(request(), speech_of())
    assert await open_cache(folder).find(request()) == speech_of()


async def test_looking_creates_nothing(folder: Path) -> None:
    cache = open_cache(folder)
    assert await cache.find(request()) is None
    assert await cache.entries() == []
    assert await cache.clear() == (0, 0)
    assert not folder.exists()


async def test_without_a_home_there_is_nothing() -> None:
    """It is no failure to ask what is kept."""
    cache = open_cache(NO_HOME / "cartesia-call" / "speech")
    assert not cache.can_keep
    assert await cache.entries() == []
    assert await cache.clear() == (0, 0)


async def test_sentences_are_only_a_way_to_cut_the_transcript(folder: Path) -> None:
    cache = open_cache(folder)
    await cache.keep(request("One. Two."), speech_of("One. Two."))
    cut = SpeechRequest(Message("One. Two.", (9,)), request().voicing)
    assert await cache.find(cut) == speech_of("One. Two.")


OTHER_DELIVERIES = [Delivery(speed=1.2), Delivery(volume=0.8), Delivery(emotion="calm")]
OTHER_DELIVERIES += [Delivery(pronunciation_dict_id="pdict_a"), Delivery(speed=1.2, emotion="calm")]


@pytest.mark.parametrize(
    "other",
    [
        request(TEXT + " "),
        request(voice_id="voice-b"),
        request(model_id="sonic-3"),
        request(language="de"),
        *(request(delivery=delivery) for delivery in OTHER_DELIVERIES),
    ],
    ids=str,
)
async def test_whatever_changes_the_sound_is_another_entry(folder: Path, other: SpeechRequest) -> None:
    cache = open_cache(folder)
    await cache.keep(request(), speech_of())
    assert await cache.find(other) is None


async def test_another_source_is_another_entry(folder: Path) -> None:
    """Another host, another version of its API, a rehearsal's voice."""
    await open_cache(folder).keep(request(), speech_of())
    assert await open_cache(folder, source="rehearsal espeak").find(request()) is None


def test_the_region_of_a_language_makes_no_other_entry() -> None:
    """Cartesia is not told of it."""
    assert speech_key(request(language="en-GB"), SOURCE) == speech_key(request(language="en"), SOURCE)


def test_every_field_of_a_delivery_is_part_of_the_key() -> None:
    """Also one that was added later: none may be missing here, and each makes another key."""
    deliveries = {
        "speed": Delivery(speed=1.25),
        "volume": Delivery(volume=1.25),
        "emotion": Delivery(emotion="calm"),
        "pronunciation_dict_id": Delivery(pronunciation_dict_id="calm"),
    }
    assert deliveries.keys() == {field.name for field in dataclasses.fields(Delivery)}
    keys = {speech_key(request(delivery=delivery), SOURCE) for delivery in (Delivery(), *deliveries.values())}
    assert len(keys) == 1 + len(deliveries)


async def test_the_files_are_private_and_hold_no_message(folder: Path) -> None:
    """Raw mu-law alone in one, facts in the other; directory 0700, files 0600."""
    await open_cache(folder).keep(request(), speech_of())
    async with open_cache(folder).making(request("Something else."), until_s=until()):
        pass
    key = speech_key(request(), SOURCE)
    audio, record = folder / f"{key}.ulaw", folder / f"{key}.json"
    assert names(folder) == [".json", ".ulaw"]
    assert (mode(folder), mode(audio), mode(record)) == (0o700, 0o600, 0o600)
    assert audio.read_bytes() == speech_of().audio
    fields = json.loads(record.read_text())
    assert fields["sha256"] == hashlib.sha256(speech_of().audio).hexdigest()
    assert (fields["length_bytes"], fields["characters"]) == (16_000, len(TEXT))
    assert (fields["voice_id"], fields["model_id"], fields["language"]) == ("voice-a", "sonic-3.5", "en")
    assert datetime.fromisoformat(fields["made_at"]).utcoffset() == timedelta(0)
    everything = b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())
    for word in TEXT.split():
        assert word.encode() not in everything


async def test_a_word_that_ends_behind_the_end_ends_there(folder: Path) -> None:
    """A service's last time stamp may lie behind its last sample; the entry is sound all the same."""
    cache = open_cache(folder)
    late = KeptSpeech(audio=b"\xff" * 160, word_ends=(WordEnd(3, 80), WordEnd(len(TEXT) + 1, 170)))
    await cache.keep(request(), late)
    found = await cache.find(request())
    assert found is not None
    assert found.word_ends == (WordEnd(3, 80), WordEnd(len(TEXT), 160))


async def test_keeping_again_replaces(folder: Path) -> None:
    cache = open_cache(folder)
    await cache.keep(request(), speech_of("first"))
    await cache.keep(request(), speech_of("second"))
    found = await cache.find(request())
    assert found is not None
    assert found.audio == speech_of("second").audio
    assert names(folder) == [".json", ".ulaw"]


async def test_no_audio_is_nothing_to_keep(folder: Path) -> None:
    await open_cache(folder).keep(request(), KeptSpeech(audio=b""))
    assert not folder.exists()


async def test_entries_are_for_people(folder: Path) -> None:
    """The last used first; a find is a use."""
    cache = open_cache(folder)
    for number, text in enumerate(("one", "two", "three")):
        await cache.keep(request(text), speech_of(text, size_bytes=800))
        os.utime(folder / f"{speech_key(request(text), SOURCE)}.ulaw", (number, number))
    await cache.find(request("one"))
    found = await cache.entries()
    assert [entry.characters for entry in found] == [3, 5, 3]
    assert found[1].used_at == datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)
    (one, *_) = found
    assert one.key == speech_key(request("one"), SOURCE)
    assert (one.length_ms, one.voice_id, one.model_id, one.language) == (100, "voice-a", "sonic-3.5", "en")
    assert one.size_bytes > 800


async def test_clearing_removes_what_is_ours(folder: Path) -> None:
    """And says how much that was; a file that somebody else put there stays."""
    cache = open_cache(folder)
    for text in ("one", "two"):
        await cache.keep(request(text), speech_of(text, size_bytes=800))
    size_bytes = sum(entry.size_bytes for entry in await cache.entries())
    (folder / ".left-over.tmp").write_bytes(b"12345")
    (folder / "notes.json").write_text("mine")
    assert await cache.clear() == (2, size_bytes + 5)
    assert sorted(path.name for path in folder.iterdir()) == ["notes.json", "writing.lock"]
    assert await cache.clear() == (0, 0)


async def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    """With what to do about it; whoever calls decides that the call goes on."""
    (tmp_path / "taken").write_text("")
    cache = open_cache(tmp_path / "taken" / "speech")
    for work in (cache.keep(request(), speech_of()), cache.making(request(), until_s=until()).__aenter__()):
        with pytest.raises(CacheError, match=r"The speech cache .*/taken/speech cannot be used: ") as raised:
            await work
        assert "--no-cache" in (raised.value.hint or "")


async def test_a_relative_folder_is_refused() -> None:
    """It would end up in the working directory."""
    with pytest.raises(CacheError, match="not an absolute path"):
        await open_cache(Path("speech")).keep(request(), speech_of())
    assert not Path("speech").exists()
