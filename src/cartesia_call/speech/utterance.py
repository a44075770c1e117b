"""One spoken message as a growing buffer: written once while it is synthesised, read by whoever plays it."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from cartesia_call.audio.mulaw import BYTES_PER_MS
from cartesia_call.errors import CartesiaCallError, without_frames
from cartesia_call.speech.changing import Changing
from cartesia_call.speech.words import WordEnd
from cartesia_call.telephony.outcomes import Voice


class Utterance(Changing):
    """Mu-law audio of one message, 8000 bytes a second, before and while it is being made.

    States: growing, then either complete (`finish`) or broken (`fail`); neither is left again.
    """

    def __init__(self) -> None:
        super().__init__()
        self._audio = bytearray()
        self._read_bytes = 0
        self._sentence_ends_bytes: list[int] = []
        self._word_ends: list[WordEnd] = []
        self._voice_begins = WordEnd(0, 0)
        self._voices: list[tuple[int, Voice]] = []
        self._is_asked_for = False
        self._complete = False
        self._error: CartesiaCallError | None = None

    @property
    def length_bytes(self) -> int:
        """How much audio exists so far."""
        return len(self._audio)

    @property
    def is_asked_for(self) -> bool:
        """True once there is nothing to do but to wait for audio that somebody makes, or after that."""
        return self._is_asked_for or self.length_bytes > 0 or self.has_ended

    def ask_for(self) -> None:
        """Somebody else makes audio for it from here on."""
        self._is_asked_for = True
        self._tell()

    @property
    def is_complete(self) -> bool:
        """True once all of the message's audio exists."""
        return self._complete

    @property
    def error(self) -> CartesiaCallError | None:
        """Why there will be no more audio although the message is not complete, else None."""
        return self._error

    @property
    def has_ended(self) -> bool:
        """True once no more audio will come, for whichever reason."""
        return self._complete or self._error is not None

    def read(self, offset_bytes: int, size_bytes: int) -> bytes:
        """At most `size_bytes` from `offset_bytes`; empty when nothing (more) is there yet."""
        audio = bytes(self._audio[offset_bytes : offset_bytes + size_bytes])
        self._read_bytes = max(self._read_bytes, offset_bytes + len(audio))
        return audio

    def payload(self, offset_bytes: int, size_bytes: int) -> tuple[str, int]:
        """The same as base64, the form in which a media stream takes it, and how many bytes it stands for.

        A piece ends at a multiple of `size_bytes`: behind one that was shorter, for there was no more audio
        yet, all have the same size again.
        """
        audio = self.read(offset_bytes, size_bytes - offset_bytes % size_bytes)
        return base64.b64encode(audio).decode("ascii"), len(audio)

    @property
    def whole_sentences(self) -> int:
        """How many sentences of the message, from its first, have all their audio in here."""
        return len(self._sentence_ends_bytes)

    def end_sentence(self) -> None:
        """All audio of the next sentence has been appended.

        Without any audio since the last one it counts for nothing: better a sentence too few than one that
        nobody hears.
        """
        if self.length_bytes > self._last_sentence_end_bytes:
            self._sentence_ends_bytes.append(self.length_bytes)

    def end_sentences(self, count: int) -> None:
        """All audio of the first `count` sentences has been appended, whether their ends are known or not."""
        missing = count - self.whole_sentences
        self._sentence_ends_bytes += [self.length_bytes] * missing

    def drop_broken_sentence(self) -> None:
        """Forget what exists of a sentence that will not be finished, as far as nobody has read it yet.

        What was read stays, for it may have been heard: the sentence is then begun anew behind it.
        """
        del self._audio[max(self._read_bytes, self._last_sentence_end_bytes) :]

    def begin_voice(self, voice: Voice, characters: int) -> None:
        """What is appended from here on is `voice`, speaking the text behind its first `characters`."""
        self._voice_begins = WordEnd(characters, self.length_bytes)
        self._voices.append((self.length_bytes, voice))

    def voice_at(self, position_ms: int) -> Voice | None:
        """Whose voice it is in `position_ms` after its beginning; None at the beginning itself."""
        before = [voice for begin, voice in self._voices if begin < position_ms * BYTES_PER_MS]
        return before[-1] if before else None

    @property
    def last_voice(self) -> Voice | None:
        """Whose voice its end is in, as far as it is made; None before any began."""
        return self._voices[-1][1] if self._voices else None

    def end_words(self, ends: Iterable[WordEnd]) -> None:
        """Where further words end, both figures counted from where the voice began. In any order."""
        begin = self._voice_begins
        found = [
            WordEnd(begin.characters + end.characters, begin.audio_bytes + end.audio_bytes) for end in ends
        ]
        self._word_ends = sorted([*self._word_ends, *found])

    @property
    def word_ends(self) -> tuple[WordEnd, ...]:
        """Every word whose end is known, counted from the beginning of text and audio."""
        return tuple(self._word_ends)

    @property
    def _last_sentence_end_bytes(self) -> int:
        return self._sentence_ends_bytes[-1] if self._sentence_ends_bytes else 0

    def append(self, audio: bytes) -> None:
        """More audio from the speech service, of any size."""
        if self.has_ended:
            raise ValueError("an utterance that has ended takes no more audio")
        if audio:
            self._audio += audio
            self._tell()

    def finish(self) -> None:
        """All audio of the message has been appended."""
        if self.has_ended:
            raise ValueError("an utterance ends once")
        self._complete = True
        self._tell_last()

    def fail(self, error: CartesiaCallError) -> None:
        """No more audio will come, and some of the message is missing."""
        if self.has_ended:
            raise ValueError("an utterance ends once")
        self._error = without_frames(error)
        self._tell_last()
