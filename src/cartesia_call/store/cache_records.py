"""What is known of kept speech without listening to it: one JSON object beside the audio, no message text."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import datetime
from typing import Any

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.patterns import regex
from cartesia_call.records import dataclass
from cartesia_call.speech.words import WordEnd
from cartesia_call.speech_ports import KeptSpeech, SpeechRequest

LAYOUT = 1
"""Part of every key: what another layout wrote is not found, and goes as the least recently used."""

SHOWN_KEY_CHARACTERS = 12
"""As much of a key as people see; it tells a million entries apart."""


@dataclass(frozen=True, kw_only=True)
class CacheRecord:
    """One kept request. `sha256` is that of the audio, `made_at` ISO 8601, UTC."""

    key: str
    length_bytes: int
    sha256: str
    word_ends: tuple[WordEnd, ...]
    characters: int
    voice_id: str
    model_id: str
    language: str
    made_at: str

    def problem_with(self, audio: bytes) -> str | None:
        """Why this is not the record of `audio`, None if it is."""
        if len(audio) != self.length_bytes:
            return f"its audio has {len(audio)} bytes instead of {self.length_bytes}"
        if hashlib.sha256(audio).hexdigest() != self.sha256:
            return "its audio is not what was written"
        return None


@dataclass(frozen=True, kw_only=True)
class CacheEntry:
    """One kept request, for people. `size_bytes` is what it takes on disk."""

    key: str
    length_ms: float
    size_bytes: int
    characters: int
    voice_id: str
    model_id: str
    language: str
    used_at: datetime

    @property
    def shown_key(self) -> str:
        """As much of the key as people see."""
        return self.key[:SHOWN_KEY_CHARACTERS]


def speech_key(request: SpeechRequest, source: str) -> str:
    """SHA-256, in hexadecimal, of everything that decides how the request sounds."""
    asked = {
        "layout": LAYOUT,
        "format": "pcm_mulaw/8000",
        "source": source,
        "transcript": request.message.text,
        **dataclasses.asdict(request.voicing),
        "language": request.voicing.base_language,  # all that Cartesia is told of it
    }
    canonical = json.dumps(asked, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def new_record(key: str, request: SpeechRequest, speech: KeptSpeech, *, made_at: datetime) -> CacheRecord:
    """The record of what was just made. A word that ends behind the end ends there."""
    last = WordEnd(request.characters, len(speech.audio))
    return CacheRecord(
        key=key,
        length_bytes=len(speech.audio),
        sha256=hashlib.sha256(speech.audio).hexdigest(),
        word_ends=tuple(WordEnd(*map(min, end, last)) for end in speech.word_ends),
        characters=request.characters,
        voice_id=request.voicing.voice_id,
        model_id=request.voicing.model_id,
        language=request.voicing.base_language,
        made_at=made_at.isoformat(timespec="seconds"),
    )


def record_text(record: CacheRecord) -> str:
    """The record as its file holds it."""
    return json.dumps(dataclasses.asdict(record)) + "\n"


_STRING = rb"[ !#-\[\]-~]*"
_NUMBER = rb"(?:0|[1-9][0-9]{0,17})"
_END = rb"\[%b, %b\]" % (_NUMBER, _NUMBER)
_PLAIN = regex(
    rb'\{"key": "(?P<key>[0-9a-f]+)", "length_bytes": ([1-9][0-9]{0,17}), "sha256": "[0-9a-f]*", '
    rb'"word_ends": \[(?:%b(?:, %b)*)?\], "characters": ([1-9][0-9]{0,17}), "voice_id": "(%b)", '
    rb'"model_id": "(%b)", "language": "(%b)", "made_at": "%b"\}\n' % (_END, _END, *(_STRING,) * 4)
)
"""A record as `record_text` writes it, where its texts are printable ASCII without escapes: nearly all are,
and reading thousands so takes half the time."""


def parse_entry(content: bytes, key: str, *, size_bytes: int, used_at: datetime) -> CacheEntry:
    """What people see of the record of `key`; ValueError as `parse_record`. Where its words end is not looked
    at: of a long text they are nearly all of it."""
    plain = _PLAIN.fullmatch(content)
    if plain is not None and plain["key"] == key.encode():
        length_bytes, characters, *texts = plain.group(2, 3, 4, 5, 6)
        voice_id, model_id, language = map(str, texts, ("ascii",) * 3)
        return CacheEntry(
            key=key,
            length_ms=duration_ms(int(length_bytes)),
            size_bytes=size_bytes,
            characters=int(characters),
            voice_id=voice_id,
            model_id=model_id,
            language=language,
            used_at=used_at,
        )
    fields = _fields(content, key)
    return CacheEntry(
        key=key,
        length_ms=duration_ms(_count(fields, "length_bytes")),
        size_bytes=size_bytes,
        characters=_count(fields, "characters"),
        voice_id=_text(fields, "voice_id"),
        model_id=_text(fields, "model_id"),
        language=_text(fields, "language"),
        used_at=used_at,
    )


def parse_record(content: bytes, key: str) -> CacheRecord:
    """The record of `key` in its file's content; ValueError, one sentence, if that is not one."""
    fields = _fields(content, key)
    length_bytes, characters = _count(fields, "length_bytes"), _count(fields, "characters")
    return CacheRecord(
        key=key,
        length_bytes=length_bytes,
        sha256=_text(fields, "sha256"),
        word_ends=_word_ends(fields, WordEnd(characters, length_bytes)),
        characters=characters,
        voice_id=_text(fields, "voice_id"),
        model_id=_text(fields, "model_id"),
        language=_text(fields, "language"),
        made_at=_text(fields, "made_at"),
    )


def _fields(content: bytes, key: str) -> dict[str, Any]:
    try:
        fields = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"its record is not JSON: {type(error).__name__}") from error
    if not isinstance(fields, dict) or fields.get("key") != key:
        raise ValueError("its record belongs to something else")
    return fields


def _text(fields: dict[str, Any], name: str) -> str:
    match fields.get(name):
        case str(text):
            return text
    raise ValueError(f"its record has no text as {name}")


def _count(fields: dict[str, Any], name: str) -> int:
    match fields.get(name):
        case int(count) if type(count) is int and count > 0:
            return count
    raise ValueError(f"its record has no number above 0 as {name}")


def _word_ends(fields: dict[str, Any], last: WordEnd) -> tuple[WordEnd, ...]:
    """In the order of the file, each inside the text and the audio that `last` is the end of."""
    match fields.get("word_ends"):
        case [*pairs]:
            return tuple(_word_end(pair, last) for pair in pairs)
    raise ValueError("its record has no list as word_ends")


def _word_end(pair: object, last: WordEnd) -> WordEnd:
    match pair:
        case [int(characters), int(audio_bytes)] if type(characters) is type(audio_bytes) is int:
            end = WordEnd(characters, audio_bytes)
            if 0 <= end.characters <= last.characters and 0 <= end.audio_bytes <= last.audio_bytes:
                return end
    raise ValueError("one of its word ends lies outside of it, or is none")
