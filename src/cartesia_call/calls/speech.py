"""What is said, made once for everybody who is called."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from cartesia_call.calls.speaking import PATIENCE_S, Speaking, SpeechNotes
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CartesiaCallError, SpeechUnavailable
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Clock
from cartesia_call.speech.changing import Changing
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import AudioCache, SpeechService

logger = logger_of(__name__)


class Speech(Changing):
    """Owns the utterances of all parts, and one task that makes them: the message, and once that is complete
    the others, one by one, for a plan allows few at a time.

    Whoever got utterances from `begin` holds them to the end of their call: nothing replaces them there, and
    each of them ends, complete or failed. A voice has `timeout_s` to its first audio, and as long again from
    one piece to the next. What may still follow of the message, only its writer limits.
    `characters_told` is for whoever tells results: how many of `characters` are in one.
    """

    def __init__(
        self,
        texts: Mapping[Part, MessageText],
        voices: tuple[SpeechService, ...],
        clock: Clock,
        *,
        voicing: Voicing,
        timeout_s: float,
        cache: AudioCache | None = None,
        has_last_resort: bool = False,
    ) -> None:
        """`texts` has the message's at least. `has_last_resort`: somebody else may say the message if all
        `voices` fail."""
        super().__init__()
        self._texts = texts
        self._voicing = voicing
        self._voices = voices
        self._clock = clock
        self._timeout_s = timeout_s
        self._cache = cache
        self._has_last_resort = has_last_resort
        self._notes = SpeechNotes()
        self._utterances = {part: self._new_utterance() for part in texts}
        self._speaking: Speaking | None = None
        self._task: asyncio.Task[None] | None = None
        self._given_up: set[asyncio.Task[None]] = set()
        self.characters_told = 0

    # --- ask ---

    @property
    def utterances(self) -> Mapping[Part, Utterance]:
        """The latest of each part; those that somebody holds may be older."""
        return dict(self._utterances)

    @property
    def first_audio_limit_s(self) -> float:
        """How long it takes at the most until there is the first audio of the message, or never will be: each
        voice has its time."""
        return len(self._voices) * (self._timeout_s + PATIENCE_S) + PATIENCE_S

    @property
    def asked_at_s(self) -> float | None:
        """When speech was first asked for, on the clock of the calls; None: not yet."""
        return self._notes.asked_at_s

    @property
    def first_chunk_at_s(self) -> float | None:
        """When the first audio of all came, on the clock of the calls; None: not yet."""
        return self._notes.first_chunk_at_s

    @property
    def characters(self) -> int:
        """How many were billed so far."""
        return self._notes.characters

    @property
    def warnings(self) -> list[str]:
        """What the user should read beside the result."""
        return list(self._notes.warnings)

    # --- act ---

    def begin(self) -> Mapping[Part, Utterance]:
        """Somebody's turn starts: what they will hold until its end.

        Whatever could not be said to somebody before is tried again, with an utterance of its own.
        """
        for part, utterance in self._utterances.items():
            if utterance.error is not None:
                self._utterances[part] = self._new_utterance()
        if self._next_part() is not None and (self._task is None or self._task.done()):
            self._task = asyncio.create_task(self._make(), name="speech")
        return self.utterances

    def starve(self) -> None:
        """Somebody who listens hears nothing, and waits for more."""
        if self._speaking is not None:
            self._speaking.starve()

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        self._notes.warn(sentence)

    def stop(self) -> None:
        """Give up what is not made yet: it has failed when this returns. `begin` begins anew."""
        task, self._task = self._task, None
        if task is not None and not task.done():
            task.cancel()
            self._given_up.add(task)
            task.add_done_callback(self._given_up.discard)
        self._fail_unfinished(SpeechUnavailable("the speech was given up"))

    async def made(self) -> None:
        """Until everything that was begun has ended; each voice has its own limits."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def close(self) -> None:
        """Give up what is not made yet, and wait until nothing goes on any more."""
        self.stop()
        if self._given_up:
            await asyncio.wait(self._given_up)

    # --- making it ---

    async def _make(self) -> None:
        """Until each part has ended. Whoever cancels this has failed what is left."""
        try:
            while (part := self._next_part()) is not None:
                await self._say(part)
        except Exception:
            logger.exception("a fault of ours while speech was made")
        self._fail_unfinished(SpeechUnavailable("there is no message"))

    def _next_part(self) -> Part | None:
        """What is to be made now. Without a message nobody needs the rest."""
        message = self._utterances[Part.MESSAGE]
        if not message.has_ended:
            return Part.MESSAGE
        if message.error is not None:
            return None
        return next((part for part, made in self._utterances.items() if not made.has_ended), None)

    async def _say(self, part: Part) -> None:
        is_message = part is Part.MESSAGE
        utterance = self._utterances[part]
        self._speaking = speaking = Speaking(
            utterance,
            self._texts[part],
            self._voices,
            self._notes,
            self._clock,
            voicing=self._voicing,
            timeout_s=self._timeout_s,
            has_last_resort=is_message and self._has_last_resort,
            cache=self._cache,
        )
        try:
            await speaking.run()
        finally:
            if self._speaking is speaking:  # else it was given up, and another one speaks
                self._speaking = None
        if utterance.error is not None and not is_message:
            self._notes.warn(f"there is no {part}: {utterance.error}")

    def _new_utterance(self) -> Utterance:
        utterance = Utterance()
        utterance.subscribe(self._tell)
        return utterance

    def _fail_unfinished(self, error: CartesiaCallError) -> None:
        for utterance in self._utterances.values():
            if not utterance.has_ended:
                utterance.fail(error)
