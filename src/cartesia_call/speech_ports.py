"""What the flow asks of whoever makes speech, and of whoever keeps it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from dataclasses import field
from typing import Protocol

from cartesia_call.records import dataclass
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech.words import WordEnd
from cartesia_call.telephony.outcomes import Voice


@dataclass(frozen=True)
class SpeechRequest:
    """What is to be said, and in which voice."""

    message: Message
    voicing: Voicing

    @property
    def characters(self) -> int:
        """How long its text is, what Cartesia bills."""
        return len(self.message.text)


class SpeechService(Protocol):
    """Text to 8 kHz mu-law."""

    @property
    def voice(self) -> Voice:
        """Whose voice it is."""

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        """Append audio to `utterance` as it arrives and return once the service said that it is done.

        `first_audio_by_s`, in the event loop's time, ends every wait before the first audio, whatever it is
        for; None: as long from now as the service may be silent in the middle.

        Calls `utterance.end_sentence` whenever it knows that all audio of a sentence was appended, and
        `utterance.end_words` where it knows when words end; neither `finish` nor `fail`: whoever owns the
        utterance does. Raises SpeechRefused, SpeechUnavailable or Unauthorized; audio appended before stays.
        """


class ContextSlots(Protocol):
    """The few contexts that a plan allows at once, shared by all processes of this user."""

    def slot(self, *, until_s: float) -> AbstractAsyncContextManager[None]:
        """Hold one of them inside the block. Entering waits for a free one, until `until_s` in the event
        loop's time; if none was free, or they cannot be counted, it goes on without: the service decides.
        """


@dataclass(frozen=True, kw_only=True)
class KeptSpeech:
    """All audio of one request, 8 kHz mu-law, and where its words end, counted from its beginning."""

    audio: bytes = field(repr=False)
    word_ends: tuple[WordEnd, ...] = ()


class AudioCache(Protocol):
    """Synthesised audio on disk, by what was asked for. Raises CacheError where the disk lets it down."""

    async def find(self, request: SpeechRequest) -> KeptSpeech | None:
        """What is kept of exactly this request, None if nothing (sound) is."""

    def making(
        self, request: SpeechRequest, *, until_s: float
    ) -> AbstractAsyncContextManager[KeptSpeech | None]:
        """Be the only one, of all processes, who makes this audio inside the block.

        Entering waits while another one makes it, until `until_s` in the event loop's time; what is kept by
        then is handed over, and nobody else is held up any more.
        """

    async def keep(self, request: SpeechRequest, speech: KeptSpeech) -> None:
        """Keep it, and drop what was unused for the longest time if there is no more room."""


@dataclass(frozen=True, kw_only=True)
class FoundVoice:
    """A voice as Cartesia lists it, in its words; what it does not tell is None or empty.

    `language` is two letters, `locales` are such as `en-GB`, the native one first; `gender` is `masculine`,
    `feminine` or `gender_neutral`, `country` two letters.
    """

    id: str
    name: str
    description: str = ""
    language: str | None = None
    locales: tuple[str, ...] = ()
    gender: str | None = None
    country: str | None = None
    accents: tuple[str, ...] = ()


class VoiceCatalogue(Protocol):
    """The voices that the account may use. Raises Unauthorized, SpeechUnavailable or SpeechRefused."""

    async def search(
        self,
        query: str,
        *,
        language: str | None = None,
        gender: str | None = None,
        limit: int | None = None,
    ) -> list[FoundVoice]:
        """The voices that fit, in the catalogue's order, at most `limit` of them. An empty query fits all."""

    async def find(self, name_or_id: str) -> FoundVoice:
        """The one voice that is meant; InputError if there is none, or if there are several."""
