"""Making the message's audio: each voice in turn, from the sentence that the one before it did not finish."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Coroutine
from typing import Any

from cartesia_call.calls.material import Material
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CartesiaCallError, SpeechUnavailable
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice

logger = logging.getLogger(__name__)

VOICE_NAMES = {
    Voice.CARTESIA: "Cartesia's voice",
    Voice.LOCAL: "the local voice",
    Voice.CARRIER: "the carrier's voice",
}


class Speaking:
    """Fills the utterance of one part. `run` once; it ends the utterance, whichever way."""

    def __init__(
        self,
        material: Material,
        request: SpeechRequest,
        voices: tuple[SpeechService, ...],
        *,
        has_last_resort: bool,
        part: Part = Part.MESSAGE,
    ) -> None:
        """`has_last_resort`: somebody else says the message if all `voices` fail."""
        self._material = material
        self._part = part
        self._utterance = material.utterances[part]
        self._has_last_resort = has_last_resort
        self._request = request
        self._voices = voices
        self._current: Voice | None = None
        self._is_billed = False

    async def run(self) -> None:
        """Until the message is complete or no voice is left; then it failed with the first one's error."""
        material, utterance = self._material, self._utterance
        unsubscribe = utterance.subscribe(self._note_audio)
        material.speech_asked_at_s = material.speech_asked_at_s or material.clock.now_s()
        first_error: CartesiaCallError | None = None
        try:
            for service in self._voices:
                if first_error is not None:
                    material.warn(f"{first_error}; {VOICE_NAMES[service.voice]} goes on")
                try:
                    await self._say_rest(service)
                except CartesiaCallError as error:
                    logger.debug("%s failed: %s", service.voice, error)
                    first_error = first_error or error
                    utterance.drop_broken_sentence()
                else:
                    utterance.finish()
                    return
            utterance.fail(first_error or SpeechUnavailable("there is no voice to speak with"))
        except asyncio.CancelledError:
            utterance.fail(SpeechUnavailable("the speech was given up"))  # whoever comes later begins anew
            raise
        except Exception:
            utterance.fail(SpeechUnavailable("the speech broke off by a fault of ours"))
            raise
        finally:
            unsubscribe()

    async def _say_rest(self, service: SpeechService) -> None:
        material, sentences = self._material, self._request.sentences
        # The last sentence is whole only when its voice said that all is done.
        said = min(self._utterance.whole_sentences, len(sentences) - 1)
        before_bytes = self._utterance.length_bytes
        self._current = service.voice
        if self._part is Part.MESSAGE:
            material.speech_goes_on_by(service.voice)
        material.is_starving = False
        others_wait = self._has_last_resort or service is not self._voices[-1]
        rest = dataclasses.replace(self._request, sentences=sentences[said:])
        work = _done(service.synthesise(rest, self._utterance))
        if not await material.unless(lambda: others_wait and material.is_starving, work, None):
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} fell silent in the middle of the message")
        if self._utterance.length_bytes == before_bytes:
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} made no audio of this message")

    def _note_audio(self) -> None:
        material = self._material
        material.is_starving = False
        if self._utterance.length_bytes and not self._utterance.has_ended:
            if material.speech_first_chunk_at_s is None:
                material.speech_first_chunk_at_s = material.clock.now_s()
            if self._current is Voice.CARTESIA and not self._is_billed:
                self._is_billed = True
                material.characters += self._request.characters
        material.tell()


async def _done(work: Coroutine[Any, Any, None]) -> bool:
    await work
    return True
