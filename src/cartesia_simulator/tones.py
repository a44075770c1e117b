"""The voice for machines without espeak-ng: one tone per word, so that a rehearsal can still be followed.

Every word has its own pitch and roughly the length that speaking it takes, sentences are set apart by a
pause, and the same text always gives the same bytes.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator
from functools import lru_cache

from cartesia_call.audio import mulaw
from cartesia_call.offline_voice.markup import Break, parse_markup, pause

_WORD_MS = 80
_LETTER_MS = 60
"""Together 80 + 60 per letter: 380 ms for a word of five letters, about 150 words a minute."""
_GAP_MS = 40
_COMMA_MS = 120
_SENTENCE_MS = 300
_AMPLITUDE = 8000
_TILE_BYTES = 400
"""50 ms: every multiple of 20 Hz fits into it without a seam."""
_LOWEST, _HIGHEST = 15, 75
"""Periods in a tile: 300 Hz to 1500 Hz, well inside the telephone's band."""
_STEP_MS = 1000
"""Most that one step yields, so that memory stays flat whatever the text."""


class ToneVoice:
    """Implements `voice.Voice` by arithmetic alone. Holds no state, so any thread may use it at any time."""

    name = "tones"
    is_speech = False

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        """Mu-law audio of `text`, word by word. `language` changes nothing."""
        for part in parse_markup(text):
            if isinstance(part, Break):
                yield from pause(part.duration_ms)
            else:
                for word in part.text.split():
                    yield from _word(word)


def _word(word: str) -> Iterator[bytes]:
    letters = sum(character.isalnum() for character in word)
    if letters:
        tile = _tone(zlib.crc32(word.lower().encode()) % (_HIGHEST - _LOWEST + 1) + _LOWEST)
        left_bytes = (_WORD_MS + _LETTER_MS * letters) * mulaw.BYTES_PER_MS
        while left_bytes > 0:
            size_bytes = min(left_bytes, _STEP_MS * mulaw.BYTES_PER_MS)
            yield (tile * (size_bytes // _TILE_BYTES + 1))[:size_bytes]
            left_bytes -= size_bytes
    yield mulaw.silence(_pause_ms(word))


def _pause_ms(word: str) -> int:
    if word.endswith((".", "!", "?", "。", "！", "？")):
        return _SENTENCE_MS
    return _COMMA_MS if word.endswith((",", ";", ":", "，", "、")) else _GAP_MS


@lru_cache(maxsize=_HIGHEST - _LOWEST + 1)
def _tone(periods: int) -> bytes:
    samples = (
        round(_AMPLITUDE * math.sin(2 * math.pi * periods * n / _TILE_BYTES)) for n in range(_TILE_BYTES)
    )
    return mulaw.from_pcm16(struct.pack(f"<{_TILE_BYTES}h", *samples))
