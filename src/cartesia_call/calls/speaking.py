"""Making the message's audio: what is kept of it, else each voice in turn, from the sentence that the one
before it did not finish."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import logging
from collections.abc import AsyncIterator, Coroutine
from typing import Any

from cartesia_call.calls.material import Material
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CacheError, CartesiaCallError, SpeechUnavailable
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech_ports import AudioCache, KeptSpeech, SpeechRequest, SpeechService
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
        text: MessageText | None = None,
        cache: AudioCache | None = None,
    ) -> None:
        """`text` holds the sentences where more of them may follow, in the place of the request's own.

        `has_last_resort`: somebody else says the message if all `voices` fail. What is all known beforehand
        is taken from `cache`, and kept there if the first voice alone made it.
        """
        if text is not None and text.is_whole:  # its end came since the request was made
            request, text = dataclasses.replace(request, sentences=text.sentences), None
        self._material = material
        self._part = part
        self._utterance = material.utterances[part]
        self._has_last_resort = has_last_resort
        self._request = request
        self._text = text
        self._voices = voices
        self._cache = cache if text is None else None
        self._current: Voice | None = None
        self._is_billed = False
        self._billed_characters = 0
        self._first_error: CartesiaCallError | None = None

    async def run(self) -> None:
        """Until the message is complete or no voice is left; then it failed with the first one's error."""
        material, utterance = self._material, self._utterance
        unsubscribe = utterance.subscribe(self._note_audio)
        material.speech_asked_at_s = material.speech_asked_at_s or material.clock.now_s()
        try:
            async with self._kept() as kept:
                if kept is not None:
                    self._take(kept)
                else:
                    await self._say_all()
                utterance.finish()  # whoever listens does not wait for the disk
                if kept is None:
                    await self._keep()
        except CartesiaCallError as error:
            utterance.fail(error)
        except asyncio.CancelledError:
            if not utterance.has_ended:  # whoever comes later begins anew
                utterance.fail(SpeechUnavailable("the speech was given up"))
            raise
        except Exception:
            if not utterance.has_ended:
                utterance.fail(SpeechUnavailable("the speech broke off by a fault of ours"))
            raise
        finally:
            unsubscribe()

    # --- what is kept ---

    @contextlib.asynccontextmanager
    async def _kept(self) -> AsyncIterator[KeptSpeech | None]:
        """What the cache has; nobody else makes it meanwhile. A cache that fails is none."""
        async with contextlib.AsyncExitStack() as stack:
            kept = None
            if self._cache is not None:
                try:
                    kept = await self._cache.find(self._request)
                    if kept is None:
                        kept = await stack.enter_async_context(self._cache.making(self._request))
                except CacheError as error:
                    self._do_without_cache(error)
            yield kept

    def _take(self, kept: KeptSpeech) -> None:
        self._begin(Voice.CACHE, 0)
        self._utterance.append(kept.audio)
        self._utterance.end_words(kept.word_ends)
        logger.info("the audio was kept: nothing is synthesised")

    async def _keep(self) -> None:
        utterance = self._utterance
        if self._cache is None or self._current is not Voice.CARTESIA or self._first_error is not None:
            return
        audio = utterance.read(0, utterance.length_bytes)
        try:
            await self._cache.keep(self._request, KeptSpeech(audio=audio, word_ends=utterance.word_ends))
        except CacheError as error:
            self._do_without_cache(error)

    def _do_without_cache(self, error: CacheError) -> None:
        self._cache = None
        self._material.warn(f"{error}; the speech is not kept")

    # --- the voices ---

    async def _say_all(self) -> None:
        """All sentences there are, until no more can come; those that are ready go out together."""
        said = 0
        while sentences := await self._next_sentences(said):
            await self._say(dataclasses.replace(self._request, sentences=sentences), said)
            said += len(sentences)
        if not said:
            raise SpeechUnavailable("there is nothing to say")

    async def _next_sentences(self, said: int) -> tuple[str, ...]:
        """What follows the first `said` sentences, waiting for it if need be; empty at the end."""
        text = self._text
        if text is None:
            return self._request.sentences[said:]
        unsubscribe = text.subscribe(self._material.tell)
        try:
            await self._material.until(lambda: len(text.sentences) > said or text.has_ended, None)
        finally:
            unsubscribe()
        return text.sentences[said:]

    async def _say(self, request: SpeechRequest, before: int) -> None:
        """The sentences of `request`, behind the first `before`, by the first voice that can.

        A voice that failed is not asked again for what follows.
        """
        material = self._material
        while self._voices:
            service = self._voices[0]
            try:
                await self._say_rest(service, request, before)
                self._utterance.end_sentences(before + len(request.sentences))
            except CartesiaCallError as error:
                logger.debug("%s failed: %s", service.voice, error)
                self._first_error = self._first_error or error
                self._utterance.drop_broken_sentence()
                self._voices = self._voices[1:]
                if self._voices:
                    material.warn(f"{self._first_error}; {VOICE_NAMES[self._voices[0].voice]} goes on")
            else:
                return
        raise self._first_error or SpeechUnavailable("there is no voice to speak with")

    async def _say_rest(self, service: SpeechService, request: SpeechRequest, before: int) -> None:
        material, sentences = self._material, request.sentences
        # The last sentence is whole only when its voice said that all is done.
        said = max(0, min(self._utterance.whole_sentences - before, len(sentences) - 1))
        before_bytes = self._utterance.length_bytes
        self._begin(service.voice, before + said)
        material.is_starving = False
        others_wait = self._has_last_resort or service is not self._voices[-1]
        rest = dataclasses.replace(request, sentences=sentences[said:])
        self._is_billed = False
        self._billed_characters = rest.characters
        work = _done(service.synthesise(rest, self._utterance))
        if not await material.unless(lambda: others_wait and material.is_starving, work, None):
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} fell silent in the middle of the message")
        if self._utterance.length_bytes == before_bytes:
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} made no audio of this message")

    def _begin(self, voice: Voice, said: int) -> None:
        """`voice` speaks from here on, the first `said` sentences being said."""
        self._current = voice
        known = self._request.sentences if self._text is None else self._text.sentences
        self._utterance.begin_voice(sum(map(len, known[:said])))
        if self._part is Part.MESSAGE:
            self._material.speech_goes_on_by(voice)

    def _note_audio(self) -> None:
        material = self._material
        material.is_starving = False
        if self._utterance.length_bytes and not self._utterance.has_ended:
            if material.speech_first_chunk_at_s is None:
                material.speech_first_chunk_at_s = material.clock.now_s()
            if self._current is Voice.CARTESIA and not self._is_billed:
                self._is_billed = True
                material.characters += self._billed_characters
        material.tell()


async def _done(work: Coroutine[Any, Any, None]) -> bool:
    await work
    return True
