"""What calls of one message share: its audio while it is made, and the proven way to it."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass

from cartesia_call.audio.mulaw import BYTES_PER_MS
from cartesia_call.calls.waiting import Waiting
from cartesia_call.conversation.parts import Part
from cartesia_call.ports import Clock
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.outcomes import Voice

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """`public_url` is None without a proven path; `has_speech` says that the first audio exists."""

    public_url: str | None
    has_speech: bool


class Material(Waiting):
    """Made once for everybody who is called. `characters_told`: how many of `characters` are in a result."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(clock)
        self.utterances = {part: Utterance() for part in Part}
        self.speech_task: asyncio.Task[None] | None = None
        self.speech_asked_at_s: float | None = None
        self.speech_first_chunk_at_s: float | None = None
        self.characters = 0
        self.characters_told = 0
        self.is_starving = False
        self.warnings: list[str] = []
        self._voice_starts: list[tuple[int, Voice]] = []

    def renew_failed(self) -> None:
        """Let whatever could not be said to the last one be tried again for the next."""
        for part, utterance in self.utterances.items():
            if utterance.error is not None:
                self.utterances[part] = Utterance()
                self._voice_starts = [] if part is Part.MESSAGE else self._voice_starts

    def starve(self) -> None:
        """Somebody who listens hears nothing, and waits for more."""
        self.is_starving = True
        self.tell()

    def speech_goes_on_by(self, voice: Voice) -> None:
        """What is appended to the utterance from now on is in this voice."""
        self._voice_starts.append((self.utterances[Part.MESSAGE].length_bytes, voice))

    def voice_at(self, position_ms: int) -> Voice | None:
        """Whose voice the message is in, `position_ms` after its beginning; None at the beginning itself."""
        position_bytes = position_ms * BYTES_PER_MS
        before = [voice for start_bytes, voice in self._voice_starts if start_bytes < position_bytes]
        return before[-1] if before else None

    @property
    def last_voice(self) -> Voice | None:
        """Whose voice the end of the message is in, as far as it is made."""
        return self._voice_starts[-1][1] if self._voice_starts else None

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        logger.info("%s", sentence)
