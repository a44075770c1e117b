"""What people see of a record is what its JSON says, whether that is read as JSON or not."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.speech.words import WordEnd
from cartesia_call.store.cache_records import (
    CacheEntry,
    CacheRecord,
    parse_entry,
    parse_record,
    record_text,
)

NOW = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
KEY = hashlib.sha256(b"").hexdigest()
RECORD = CacheRecord(
    key=KEY,
    length_bytes=8000,
    sha256=KEY,
    word_ends=(WordEnd(3, 4000), WordEnd(8, 8000)),
    characters=8,
    voice_id="f786b574-daa5-4673-aa0c-cbe3e8534c02",
    model_id="sonic-3.5",
    language="en",
    made_at="2026-11-29T12:00:00+00:00",
)


def entry_of(text: str) -> CacheEntry:
    return parse_entry(text.encode(), KEY, size_bytes=9000, used_at=NOW)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"word_ends": ()},
        {"word_ends": (WordEnd(0, 0),)},
        {"voice_id": "", "language": "zh"},
        {"voice_id": 'a "voice"', "model_id": "back\\slash"},
        {"voice_id": "głos", "model_id": "\x7f"},
    ],
)
def test_an_entry_is_what_the_record_says(changes: dict[str, Any]) -> None:
    text = record_text(dataclasses.replace(RECORD, **changes))
    for form in (text, json.dumps(json.loads(text), separators=(",", ":"))):
        record = parse_record(form.encode(), KEY)
        assert entry_of(form) == CacheEntry(
            key=KEY,
            length_ms=duration_ms(record.length_bytes),
            size_bytes=9000,
            characters=record.characters,
            voice_id=record.voice_id,
            model_id=record.model_id,
            language=record.language,
            used_at=NOW,
        )


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (KEY, hashlib.sha256(b"else").hexdigest()),
        ('"length_bytes": 8000', '"length_bytes": 0'),
        ('"length_bytes": 8000', '"length_bytes": 08000'),
        ('"characters": 8', '"characters": -8'),
        ("[3, 4000]", "[3, 4000"),
        ("[3, 4000]", "[03, 4000]"),
        ('"sonic-3.5"', "3.5"),
        ("}\n", ""),
    ],
)
def test_what_is_no_record_has_no_entry(old: str, new: str) -> None:
    text = record_text(RECORD)
    assert old in text
    with pytest.raises(ValueError, match="its record "):
        entry_of(text.replace(old, new))
