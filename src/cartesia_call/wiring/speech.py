"""Speech without a call: the same voices and the same kept audio, for whoever wants to hear a text first."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from dataclasses import field

from cartesia_call.calls.speaking import Speaking, SpeechNotes
from cartesia_call.clock import SystemClock
from cartesia_call.errors import SettingsError
from cartesia_call.ports import Clock
from cartesia_call.records import dataclass
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import AudioCache, SpeechService
from cartesia_call.telephony.outcomes import Voice
from cartesia_call.wiring.plan import voicing
from cartesia_call.wiring.services import open_services
from cartesia_call.wiring.voice_choice import with_voice
from cartesia_call.wiring.voices import open_cache, open_voices


@dataclass(frozen=True, kw_only=True)
class SpokenText:
    """All audio of a text, 8 kHz mu-law. `characters` were billed; `voice` spoke last."""

    audio: bytes = field(repr=False)
    voice: Voice | None
    characters: int
    warnings: tuple[str, ...]


class Speaker:
    """Makes the audio of one text after the other."""

    def __init__(
        self,
        settings: Settings,
        clock: Clock,
        voices: tuple[SpeechService, ...],
        cache: AudioCache | None,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._voices = voices
        self._cache = cache

    async def say(self, message: Message) -> SpokenText:
        """All of it, as the settings say; the error of the first voice if none could."""
        utterance, notes = Utterance(), SpeechNotes()
        await Speaking(
            utterance,
            MessageText.whole(message),
            self._voices,
            notes,
            self._clock,
            voicing=voicing(self._settings),
            timeout_s=self._settings.limits.speech_timeout_s,
            cache=self._cache,
        ).run()
        if utterance.error is not None:
            raise utterance.error
        audio = utterance.read(0, utterance.length_bytes)
        return SpokenText(
            audio=audio,
            voice=utterance.last_voice,
            characters=notes.characters,
            warnings=tuple(notes.warnings),
        )


@contextlib.asynccontextmanager
async def open_speech(settings: Settings, *, warn: Callable[[str], None]) -> AsyncIterator[Speaker]:
    """The live service or that of a rehearsal, which is stopped on leaving; `warn` as for a line."""
    clock = SystemClock()
    async with open_services(settings, clock, warn=warn) as services:
        cartesia = services.settings.cartesia
        if cartesia is None:
            raise SettingsError(["speech needs Cartesia"])
        async with open_voices(settings, cartesia, services.tracer) as voices:
            yield Speaker(
                await with_voice(services), clock, voices, open_cache(settings, cartesia, services.network)
            )
