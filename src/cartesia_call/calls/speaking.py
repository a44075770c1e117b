"""Making the message's audio: each voice in turn, from the sentence that the one before it did not finish."""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Coroutine
from typing import Any

from cartesia_call.calls.leg import Leg
from cartesia_call.errors import CartesiaCallError, SpeechUnavailable
from cartesia_call.ports import SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice

logger = logging.getLogger(__name__)

VOICE_NAMES = {
    Voice.CARTESIA: "Cartesia's voice",
    Voice.LOCAL: "the local voice",
    Voice.CARRIER: "the carrier's voice",
}


class Speaking:
    """Fills the leg's utterance. `run` once; it ends the utterance, whichever way."""

    def __init__(
        self, leg: Leg, request: SpeechRequest, voices: tuple[SpeechService, ...], *, has_last_resort: bool
    ) -> None:
        """`has_last_resort`: somebody else says the message if all `voices` fail."""
        self._leg = leg
        self._has_last_resort = has_last_resort
        self._request = request
        self._voices = voices
        self._current: Voice | None = None

    async def run(self) -> None:
        """Until the message is complete or no voice is left; then it failed with the first one's error."""
        leg, utterance = self._leg, self._leg.utterance
        unsubscribe = utterance.subscribe(self._note_audio)
        leg.speech_asked_at_s = leg.clock.now_s()
        first_error: CartesiaCallError | None = None
        try:
            for service in self._voices:
                if first_error is not None:
                    leg.warn(f"{first_error}; {VOICE_NAMES[service.voice]} goes on")
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
        except Exception:
            utterance.fail(SpeechUnavailable("the speech broke off by a fault of ours"))
            raise
        finally:
            unsubscribe()

    async def _say_rest(self, service: SpeechService) -> None:
        leg, sentences = self._leg, self._request.sentences
        # The last sentence is whole only when its voice said that all is done.
        said = min(leg.utterance.whole_sentences, len(sentences) - 1)
        before_bytes = leg.utterance.length_bytes
        self._current = service.voice
        leg.speech_goes_on_by(service.voice)
        leg.is_starving = False
        others_wait = self._has_last_resort or service is not self._voices[-1]
        rest = dataclasses.replace(self._request, sentences=sentences[said:])
        work = _done(service.synthesise(rest, leg.utterance))
        if not await leg.unless(lambda: others_wait and leg.is_starving, work, None):
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} fell silent in the middle of the message")
        if leg.utterance.length_bytes == before_bytes:
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} made no audio of this message")

    def _note_audio(self) -> None:
        leg = self._leg
        leg.is_starving = False
        if leg.utterance.length_bytes and not leg.utterance.has_ended:
            if leg.speech_first_chunk_at_s is None:
                leg.speech_first_chunk_at_s = leg.clock.now_s()
            if self._current is Voice.CARTESIA:
                leg.characters = self._request.characters
        leg.tell()


async def _done(work: Coroutine[Any, Any, None]) -> bool:
    await work
    return True
