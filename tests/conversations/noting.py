"""A voice that is overheard: what it was asked for, and the audio that came of it."""

from __future__ import annotations

from collections.abc import Iterable

from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice


class Noting:
    """Implements `ports.SpeechService` by another one, and writes its utterances down in `made`, by text."""

    def __init__(self, service: SpeechService, made: dict[str, Utterance]) -> None:
        self._service = service
        self._made = made

    @property
    def voice(self) -> Voice:
        """As the other one's."""
        return self._service.voice

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        """By the other one. A second voice goes on with an utterance that is known already."""
        if utterance not in self._made.values():
            self._made[request.message.text] = utterance
        await self._service.synthesise(request, utterance, first_audio_by_s=first_audio_by_s)


def overheard(voices: Iterable[SpeechService], made: dict[str, Utterance]) -> tuple[SpeechService, ...]:
    """All of them."""
    return tuple(Noting(voice, made) for voice in voices)
