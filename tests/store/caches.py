"""A cache, what it is asked for, and what it may be given."""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
from pathlib import Path
from typing import Any

from cartesia_call.clock import SystemClock
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.words import WordEnd
from cartesia_call.speech_ports import KeptSpeech, SpeechRequest
from cartesia_call.store.audio_cache import AudioCache

SOURCE = "https://api.example.com 2026-03-01"
TEXT = "The database is down. Nobody knows why."
LIMIT_BYTES = 1_000_000
WAIT_S = 30.0
"""Real seconds: a bound against hanging."""


def until(wait_s: float = WAIT_S) -> float:
    """So far ahead in the event loop's time."""
    return asyncio.get_running_loop().time() + wait_s


def open_cache(
    folder: Path, *, source: str = SOURCE, limit_bytes: int = LIMIT_BYTES, max_age_s: float | None = None
) -> AudioCache:
    return AudioCache(
        folder,
        source=source,
        limit_bytes=limit_bytes,
        clock=SystemClock(),
        max_age_s=max_age_s,
        disk_timeout_s=WAIT_S,
    )


def request(text: str = TEXT, **other: Any) -> SpeechRequest:
    voicing = Voicing(model_id="sonic-3.5", voice_id="voice-a", language="en")
    return SpeechRequest(Message.of(text), dataclasses.replace(voicing, **other))


def speech_of(text: str = TEXT, *, size_bytes: int = 16_000) -> KeptSpeech:
    """Audio that no other text has, whose words end as in a real one."""
    digest = hashlib.sha256(text.encode()).digest()
    audio = (digest * (size_bytes // len(digest) + 1))[:size_bytes]
    middle = WordEnd(len(text) // 2, size_bytes // 2)
    return KeptSpeech(audio=audio, word_ends=(middle, WordEnd(len(text), size_bytes)))


def names(folder: Path) -> list[str]:
    """The ends of the names of all files but the writers' lock: one entry gives `.json` and `.ulaw`."""
    return sorted(path.suffix or path.name for path in folder.iterdir() if path.name != "writing.lock")
