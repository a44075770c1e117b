"""The voice of the built-in network: what the simulator speaks with, whoever is meant to be speaking."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Protocol

from cartesia_call.offline_voice.espeak import load_espeak
from cartesia_simulator.tones import ToneVoice

_MOST_AT_A_TIME = 16
"""Chunks; some seconds of audio."""

_REMEMBERED_TEXTS = 128
_LONGEST_REMEMBERED_CHARACTERS = 200
"""Some 12 s of speech, 100 kB of audio."""


class Voice(Protocol):
    """Text to 8 kHz mu-law. The same text and language always give the same bytes."""

    @property
    def name(self) -> str:
        """What to tell the user: `espeak-ng` or `tones`."""

    @property
    def is_speech(self) -> bool:
        """False if the words cannot be understood."""

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        """Mu-law audio chunk by chunk, none longer than a few seconds. Blocks between chunks.

        `text` may hold Cartesia's tags. `language` is one of Cartesia's codes or a BCP 47 tag; a voice that
        does not know it reads English. May be called from several threads at once.
        """


class RememberingVoice:
    """`voice`, which says what it said lately without making it again.

    A telephone network says few things often: greetings, and one message to many.
    """

    def __init__(self, voice: Voice) -> None:
        self.name = voice.name
        self.is_speech = voice.is_speech
        self._voice = voice
        self._said = lru_cache(maxsize=_REMEMBERED_TEXTS)(self._say)

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        if len(text) > _LONGEST_REMEMBERED_CHARACTERS:
            return self._voice.speak(text, language=language)
        return iter(self._said(text, language))

    def _say(self, text: str, language: str) -> tuple[bytes, ...]:
        return tuple(self._voice.speak(text, language=language))


@lru_cache(maxsize=1)
def load_voice() -> Voice:
    """espeak-ng where the extra `offline` is installed and loads, else tones. Never raises.

    The same voice whenever it is asked for: espeak-ng is loaded once in a process.
    """
    try:
        return RememberingVoice(load_espeak())
    except (ImportError, OSError, RuntimeError, AttributeError):
        return ToneVoice()


async def in_thread(chunks: Iterable[bytes]) -> AsyncGenerator[bytes, None]:
    """`chunks` one by one, each made in a thread of the loop's, so that the loop goes on meanwhile.

    The first is handed over by itself, then ever more at a time: to hand over takes longer than to speak. A
    consumer that stops early closes it (`aclosing`); a step under way (milliseconds) still ends.
    """
    iterator = iter(chunks)
    loop = asyncio.get_running_loop()
    at_a_time = 1
    while made := await loop.run_in_executor(None, list, islice(iterator, at_a_time)):
        for chunk in made:
            yield chunk
        at_a_time = min(2 * at_a_time, _MOST_AT_A_TIME)
