"""Voices in turn: each goes on at the sentence that the one before it did not finish."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

import pytest

from cartesia_call.calls.speaking import CACHE_SHARE, Speaking, SpeechNotes
from cartesia_call.clock import SystemClock
from cartesia_call.errors import CartesiaCallError, SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import KeptSpeech, SpeechRequest, SpeechService
from cartesia_call.telephony.outcomes import Voice

MESSAGE = Message.of("One. Two. Three.")
VOICING = Voicing(model_id="m", voice_id="v", language="en")
MS = 8


class ScriptedVoice:
    """Says each sentence as its text in upper or lower case, up to `breaks_after` bytes of audio."""

    def __init__(
        self, voice: Voice, *, breaks_after: int | None = None, error: CartesiaCallError | None = None
    ) -> None:
        self.voice = voice
        self.asked: list[tuple[str, ...]] = []
        self._breaks_after = breaks_after
        self._error = error or SpeechUnavailable(f"{voice} broke")

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        self.asked.append(request.message.sentences)
        left = self._breaks_after
        for sentence in request.message.sentences:
            audio = sentence.encode()
            audio = audio.upper() if self.voice is Voice.CARTESIA else audio.lower()
            if left is not None and len(audio) > left:
                utterance.append(audio[:left])
                raise self._error
            utterance.append(audio)
            utterance.end_sentence()
            left = None if left is None else left - len(audio)
        if left is not None:
            raise self._error


def cartesia(breaks_after: int | None = None, error: CartesiaCallError | None = None) -> ScriptedVoice:
    return ScriptedVoice(Voice.CARTESIA, breaks_after=breaks_after, error=error)


def local(breaks_after: int | None = None) -> ScriptedVoice:
    return ScriptedVoice(Voice.LOCAL, breaks_after=breaks_after)


TIMEOUT_S = 10.0


class Spoken:
    """One utterance, and what speaking it came to."""

    def __init__(self) -> None:
        self.utterance = Utterance()
        self.notes = SpeechNotes()

    async def by(self, *voices: SpeechService, message: Message = MESSAGE, **options: Any) -> Spoken:
        options = {"voicing": VOICING, "timeout_s": TIMEOUT_S, **options}
        text = MessageText.whole(message)
        await Speaking(self.utterance, text, voices, self.notes, SystemClock(), **options).run()
        return self

    @property
    def audio(self) -> bytes:
        return self.utterance.read(0, self.utterance.length_bytes)


async def speak(*voices: SpeechService) -> Spoken:
    return await Spoken().by(*voices)


async def test_one_voice_says_it_all() -> None:
    """And the other is not asked."""
    second = local()
    spoken = await speak(cartesia(), second)
    assert spoken.audio == b"ONE. TWO. THREE."
    assert spoken.utterance.is_complete
    assert not second.asked
    assert spoken.notes.characters == len(MESSAGE.text)
    assert not spoken.notes.warnings


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (0, b"one. two. three."),
        (3, b"one. two. three."),
        (5, b"ONE. two. three."),
        (9, b"ONE. two. three."),
        (10, b"ONE. TWO. three."),
        (15, b"ONE. TWO. three."),
        (16, b"ONE. TWO. THREE.three."),
    ],
)
async def test_the_next_voice_begins_the_broken_sentence_anew(after: int, expected: bytes) -> None:
    """What nobody has read of it is dropped. Without an end that the service told, the last is not whole."""
    spoken = await speak(cartesia(after), local())
    assert spoken.audio == expected
    assert spoken.utterance.is_complete
    assert spoken.notes.warnings == ["cartesia broke; the local voice goes on"]


async def test_what_was_read_of_a_broken_sentence_stays() -> None:
    """It may have been heard; the sentence follows whole."""
    spoken = Spoken()

    def play() -> None:
        spoken.utterance.read(0, 8)

    spoken.utterance.subscribe(play)
    await spoken.by(cartesia(9), local())
    assert spoken.audio == b"ONE. TWOtwo. three."


async def test_the_voice_is_known_at_every_place() -> None:
    """The last that was heard is in the result."""
    spoken = Spoken()
    service = cartesia(10 * MS)
    long = Message.joined(("a" * 8 * MS, "b" * 8 * MS))
    await spoken.by(service, local(), message=long)
    assert [spoken.utterance.voice_at(ms) for ms in (0, 1, 8, 9, 16)] == [
        None,
        *([Voice.CARTESIA] * 2),
        *([Voice.LOCAL] * 2),
    ]


async def test_nothing_is_billed_that_cartesia_did_not_say() -> None:
    """A refused key costs no characters."""
    spoken = await speak(cartesia(0, Unauthorized("no")), local())
    assert spoken.notes.characters == 0


async def test_the_first_error_is_the_messages_error() -> None:
    """It says why; that the last resort failed too is no news."""
    spoken = await speak(cartesia(0, SpeechRefused("the voice is unknown")), local(6))
    assert str(spoken.utterance.error) == "the voice is unknown"
    assert spoken.utterance.whole_sentences == 1


class Endless:
    """Begins to speak, or not, and never ends. Implements `ports.SpeechService`."""

    voice = Voice.CARTESIA

    def __init__(self, *, begins: bool = True, keeps_limit: bool = False) -> None:
        self.first_audio_by_s = self.left_s = 0.0
        self._begins = begins
        self._keeps_limit = keeps_limit

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        assert first_audio_by_s is not None
        self.first_audio_by_s = first_audio_by_s
        self.left_s = first_audio_by_s - asyncio.get_running_loop().time()
        if self._begins:
            utterance.append(b"ONE. TW")
        if self._keeps_limit:
            await asyncio.sleep(self.left_s)
            raise SpeechUnavailable("nothing came")
        await asyncio.Event().wait()


async def test_speech_that_is_given_up_has_failed() -> None:
    """Nobody waits for the rest of it, nor takes its beginning for all."""
    spoken = Spoken()
    begun = asyncio.Event()
    spoken.utterance.subscribe(begun.set)
    speaking = asyncio.create_task(spoken.by(Endless()))
    async with asyncio.timeout(10):
        await begun.wait()
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert (spoken.utterance.has_ended, spoken.utterance.is_complete) == (True, False)
    assert str(spoken.utterance.error) == "the speech was given up"


@pytest.mark.parametrize("begins", [True, False])
async def test_a_voice_that_hangs_is_given_up(begins: bool) -> None:
    """Whatever it waits for, before its first audio and behind it: an utterance always ends."""
    async with asyncio.timeout(10):
        spoken = await Spoken().by(Endless(begins=begins), local(), timeout_s=0.05)
    assert spoken.audio == b"one. two. three."
    assert spoken.notes.warnings == ["Cartesia's voice made no audio for 0.05 s; the local voice goes on"]


async def test_who_hears_nothing_gets_the_next_voice() -> None:
    """If there is one; else the silent one may still go on."""
    spoken = Spoken()
    voices = (Endless(), local())
    speaking = Speaking(
        spoken.utterance,
        MessageText.whole(MESSAGE),
        voices,
        spoken.notes,
        SystemClock(),
        voicing=VOICING,
        timeout_s=TIMEOUT_S,
    )

    def hear_nothing_more() -> None:
        asyncio.get_running_loop().call_soon(speaking.starve)

    spoken.utterance.subscribe(hear_nothing_more)
    async with asyncio.timeout(TIMEOUT_S / 2):
        await speaking.run()
    assert spoken.audio == b"one. two. three."
    (warning,) = spoken.notes.warnings
    assert "fell silent in the middle of the message" in warning


class FullCache:
    """Somebody else makes it, for ever. Implements `speech_ports.AudioCache`."""

    async def find(self, request: SpeechRequest) -> KeptSpeech | None:
        return None

    @contextlib.asynccontextmanager
    async def making(self, request: SpeechRequest, *, until_s: float) -> AsyncIterator[KeptSpeech | None]:
        await asyncio.sleep(until_s - asyncio.get_running_loop().time())
        yield None

    async def keep(self, request: SpeechRequest, speech: KeptSpeech) -> None:
        """Nowhere."""


async def test_the_time_to_the_first_audio_counts_once() -> None:
    """Waiting for another maker and for a service that hangs: both within one `--speech-timeout`."""
    timeout_s = 0.4
    now_s = asyncio.get_running_loop().time
    began_at_s = now_s()
    service = Endless(begins=False, keeps_limit=True)
    async with asyncio.timeout(10):
        await Spoken().by(service, cache=FullCache(), timeout_s=timeout_s)
    assert service.first_audio_by_s == pytest.approx(began_at_s + timeout_s, abs=0.1)
    assert service.left_s == pytest.approx((1 - CACHE_SHARE) * timeout_s, abs=0.1)
    assert now_s() - began_at_s < 2 * timeout_s


class Mute:
    """Ends well, without a sound. Implements `ports.SpeechService`."""

    voice = Voice.LOCAL

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        """Nothing."""


async def test_silence_is_no_speech() -> None:
    """A voice that says that it is done without any audio has failed."""
    spoken = Spoken()
    await spoken.by(Mute())
    assert isinstance(spoken.utterance.error, SpeechUnavailable)


class Buggy:
    """Implements `ports.SpeechService`, wrongly."""

    voice = Voice.CARTESIA

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        raise ZeroDivisionError


async def test_a_bug_ends_the_message_and_is_not_swallowed() -> None:
    """Whoever waits for audio is woken, and the bug is told."""
    spoken = Spoken()
    with pytest.raises(ZeroDivisionError):
        await spoken.by(Buggy())
    assert isinstance(spoken.utterance.error, SpeechUnavailable)
