"""Making the audio of one part: what is kept of it, else each voice in turn, from the sentence that the one
before it did not finish."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import field

from cartesia_call.errors import CacheError, CartesiaCallError, SpeechUnavailable
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.records import dataclass
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import AudioCache, KeptSpeech, SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice

logger = logger_of(__name__)

VOICE_NAMES = {
    Voice.CARTESIA: "Cartesia's voice",
    Voice.LOCAL: "the local voice",
    Voice.CARRIER: "the carrier's voice",
}

CACHE_SHARE = 0.5
"""Of the time to the first audio: for so long somebody else's making of the same audio is waited for. The
rest is the service's, for whoever makes it may make far more than is needed to begin, or be stuck."""

PATIENCE_S = 0.5
"""So much longer than its own limit a service may be silent: its sentence says better what was missing."""


@dataclass
class SpeechNotes:
    """What making speech came to so far. `asked_at_s` and `first_chunk_at_s` are on the clock of the calls;
    `characters` were billed; `warnings` are for the user."""

    asked_at_s: float | None = None
    first_chunk_at_s: float | None = None
    characters: int = 0
    warnings: list[str] = field(default_factory=list)

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        logger.info("%s", sentence)


class Speaking:
    """Fills one utterance. `run` once; it ends the utterance, whichever way.

    Each voice gets `timeout_s` to its first audio, and as long again from one piece of audio to the next.
    """

    def __init__(
        self,
        utterance: Utterance,
        text: MessageText,
        voices: tuple[SpeechService, ...],
        notes: SpeechNotes,
        clock: Clock,
        *,
        voicing: Voicing,
        timeout_s: float,
        has_last_resort: bool = False,
        cache: AudioCache | None = None,
    ) -> None:
        """`has_last_resort`: somebody else says `text` if all `voices` fail. What is all known beforehand is
        taken from `cache`, and kept there if the first voice alone made it.
        """
        self._utterance = utterance
        self._text = text
        self._voicing = voicing
        self._voices = voices
        self._notes = notes
        self._clock = clock
        self._timeout_s = timeout_s
        self._has_last_resort = has_last_resort
        self._cache = cache if text.is_whole else None
        self._first_audio_by_s: float | None = None
        self._silence: asyncio.Timeout | None = None
        self._others_wait = self._is_starving = False
        self._current: Voice | None = None
        self._is_billed = False
        self._billed_characters = 0
        self._first_error: CartesiaCallError | None = None

    async def run(self) -> None:
        """Until the message is complete or no voice is left; then it failed with the first one's error."""
        utterance = self._utterance
        unsubscribe = utterance.subscribe(self._note_audio)
        if self._notes.asked_at_s is None:
            self._notes.asked_at_s = self._clock.now_s()
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
            if not utterance.has_ended:
                utterance.fail(SpeechUnavailable("the speech was given up"))
            raise
        except Exception:
            if not utterance.has_ended:
                utterance.fail(SpeechUnavailable("the speech broke off by a fault of ours"))
            raise
        finally:
            unsubscribe()

    def starve(self) -> None:
        """Somebody who listens hears nothing: whoever speaks is given up, if another one can go on."""
        if self._others_wait and self._silence is not None and not self._silence.expired():
            self._is_starving = True
            self._silence.reschedule(self._clock.now_s())

    # --- what is kept ---

    @property
    def _whole(self) -> SpeechRequest:
        return SpeechRequest(self._text.message, self._voicing)

    @contextlib.asynccontextmanager
    async def _kept(self) -> AsyncIterator[KeptSpeech | None]:
        """What the cache has; nobody else makes it meanwhile. A cache that fails is none."""
        began_at_s = self._clock.now_s()
        async with contextlib.AsyncExitStack() as stack:
            kept = None
            if self._cache is not None:
                self._first_audio_by_s = began_at_s + self._timeout_s
                until_s = began_at_s + CACHE_SHARE * self._timeout_s
                try:
                    kept = await self._found(self._cache, until_s)
                    if kept is None:
                        making = self._cache.making(self._whole, until_s=until_s)
                        kept = await stack.enter_async_context(making)
                except CacheError as error:
                    self._do_without_cache(error)
            yield kept

    async def _found(self, cache: AudioCache, until_s: float) -> KeptSpeech | None:
        try:
            async with asyncio.timeout_at(until_s):
                return await cache.find(self._whole)
        except TimeoutError:
            raise CacheError("the speech cache did not answer in time") from None

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
            await self._cache.keep(self._whole, KeptSpeech(audio=audio, word_ends=utterance.word_ends))
        except CacheError as error:
            self._do_without_cache(error)

    def _do_without_cache(self, error: CacheError) -> None:
        self._cache = None
        self._notes.warn(f"{error}; the speech is not kept")

    # --- the voices ---

    async def _say_all(self) -> None:
        """All sentences there are, until no more can come; those that are ready go out together."""
        said = 0
        while part := await self._next_sentences(said):
            await self._say(part, said)
            said += len(part)
        if not said:
            raise SpeechUnavailable("there is nothing to say")

    async def _next_sentences(self, said: int) -> Message:
        """What follows the first `said` sentences, waiting for it if need be, for which only its writer has a
        limit; empty at the end."""
        text, changed = self._text, asyncio.Event()
        unsubscribe = text.subscribe(changed.set)
        try:
            while len(text.message) <= said and not text.has_ended:
                changed.clear()
                await changed.wait()
        finally:
            unsubscribe()
        return text.message[said:]

    async def _say(self, part: Message, before: int) -> None:
        """`part`, which stands behind the first `before` sentences, by the first voice that can.

        A voice that failed is not asked again for what follows.
        """
        while self._voices:
            service = self._voices[0]
            try:
                await self._say_rest(service, part, before)
                self._utterance.end_sentences(before + len(part))
            except CartesiaCallError as error:
                logger.debug("%s failed: %s", service.voice, error)
                self._first_error = self._first_error or error
                self._utterance.drop_broken_sentence()
                self._voices = self._voices[1:]
                if self._voices:
                    self._notes.warn(f"{self._first_error}; {VOICE_NAMES[self._voices[0].voice]} goes on")
            else:
                return
        raise self._first_error or SpeechUnavailable("there is no voice to speak with")

    async def _say_rest(self, service: SpeechService, part: Message, before: int) -> None:
        # The last sentence is whole only when its voice said that all is done.
        said = max(0, min(self._utterance.whole_sentences - before, len(part) - 1))
        before_bytes = self._utterance.length_bytes
        self._begin(service.voice, before + said)
        rest = SpeechRequest(part[said:], self._voicing)
        self._is_billed = False
        self._billed_characters = rest.characters
        await self._synthesise(service, rest)
        if self._utterance.length_bytes == before_bytes:
            raise SpeechUnavailable(f"{VOICE_NAMES[service.voice]} made no audio of this message")

    async def _synthesise(self, service: SpeechService, request: SpeechRequest) -> None:
        """By `service`, which is given up if it is silent for too long, whoever it waits for."""
        by_s, self._first_audio_by_s = (
            self._first_audio_by_s,
            None,
        )  # the first voice shares it with the cache
        by_s = by_s or self._clock.now_s() + self._timeout_s
        self._others_wait = self._has_last_resort or service is not self._voices[-1]
        self._is_starving = False
        name = VOICE_NAMES[service.voice]
        try:
            async with asyncio.timeout_at(by_s + PATIENCE_S) as self._silence:
                await service.synthesise(request, self._utterance, first_audio_by_s=by_s)
        except TimeoutError:
            if self._silence is None or not self._silence.expired():
                raise
            if self._is_starving:
                raise SpeechUnavailable(f"{name} fell silent in the middle of the message") from None
            raise SpeechUnavailable(f"{name} made no audio for {self._timeout_s:g} s") from None
        finally:
            self._silence = None

    def _begin(self, voice: Voice, said: int) -> None:
        """`voice` speaks from here on, the first `said` sentences being said."""
        self._current = voice
        self._utterance.begin_voice(voice, self._text.message.start_of(said))

    def _note_audio(self) -> None:
        notes, utterance = self._notes, self._utterance
        if not utterance.length_bytes or utterance.has_ended:
            return
        if self._silence is not None and not self._silence.expired():
            self._is_starving = False
            self._silence.reschedule(self._clock.now_s() + self._timeout_s + PATIENCE_S)
        if notes.first_chunk_at_s is None:
            notes.first_chunk_at_s = self._clock.now_s()
        if self._current is Voice.CARTESIA and not self._is_billed:
            self._is_billed = True
            notes.characters += self._billed_characters
