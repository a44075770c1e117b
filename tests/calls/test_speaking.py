"""Voices in turn: each goes on at the sentence that the one before it did not finish."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.calls.material import Material
from cartesia_call.calls.speaking import Speaking
from cartesia_call.clock import SystemClock
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import CartesiaCallError, SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.outcomes import Voice

SENTENCES = ("One. ", "Two. ", "Three.")
REQUEST = SpeechRequest(sentences=SENTENCES, model_id="m", voice_id="v", language="en")
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

    async def synthesise(self, request: SpeechRequest, utterance: Utterance) -> None:
        self.asked.append(request.sentences)
        left = self._breaks_after
        for sentence in request.sentences:
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


async def speak(*voices: ScriptedVoice) -> Material:
    leg = Material(SystemClock())
    await Speaking(leg, REQUEST, voices, has_last_resort=False).run()
    return leg


def said(leg: Material) -> bytes:
    return leg.utterances[Part.MESSAGE].read(0, leg.utterances[Part.MESSAGE].length_bytes)


async def test_one_voice_says_it_all() -> None:
    """And the other is not asked."""
    second = local()
    leg = await speak(cartesia(), second)
    assert said(leg) == b"ONE. TWO. THREE."
    assert leg.utterances[Part.MESSAGE].is_complete
    assert not second.asked
    assert leg.characters == REQUEST.characters
    assert not leg.warnings


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
    leg = await speak(cartesia(after), local())
    assert said(leg) == expected
    assert leg.utterances[Part.MESSAGE].is_complete
    assert leg.warnings == ["cartesia broke; the local voice goes on"]


async def test_what_was_read_of_a_broken_sentence_stays() -> None:
    """It may have been heard; the sentence follows whole."""
    leg = Material(SystemClock())

    def play() -> None:
        leg.utterances[Part.MESSAGE].read(0, 8)

    leg.utterances[Part.MESSAGE].subscribe(play)
    await Speaking(leg, REQUEST, (cartesia(9), local()), has_last_resort=False).run()
    assert said(leg) == b"ONE. TWOtwo. three."


async def test_the_voice_is_known_at_every_place() -> None:
    """The last that was heard is in the result."""
    leg = Material(SystemClock())
    service = cartesia(10 * MS)
    long = SpeechRequest(sentences=("a" * 8 * MS, "b" * 8 * MS), model_id="m", voice_id="v", language="en")
    await Speaking(leg, long, (service, local()), has_last_resort=False).run()
    assert [leg.voice_at(ms) for ms in (0, 1, 8, 9, 16)] == [
        None,
        *([Voice.CARTESIA] * 2),
        *([Voice.LOCAL] * 2),
    ]


async def test_nothing_is_billed_that_cartesia_did_not_say() -> None:
    """A refused key costs no characters."""
    leg = await speak(cartesia(0, Unauthorized("no")), local())
    assert leg.characters == 0


async def test_the_first_error_is_the_messages_error() -> None:
    """It says why; that the last resort failed too is no news."""
    leg = await speak(cartesia(0, SpeechRefused("the voice is unknown")), local(6))
    assert str(leg.utterances[Part.MESSAGE].error) == "the voice is unknown"
    assert leg.utterances[Part.MESSAGE].whole_sentences == 1


class Endless:
    """Begins to speak and never ends. Implements `ports.SpeechService`."""

    voice = Voice.CARTESIA

    async def synthesise(self, request: SpeechRequest, utterance: Utterance) -> None:
        utterance.append(b"ONE. TW")
        await asyncio.Event().wait()


async def test_speech_that_is_given_up_is_made_anew_by_the_next_attempt() -> None:
    """Its utterance has failed, so that nobody waits for the rest of it, nor takes its beginning for all."""
    leg = Material(SystemClock())
    given_up = leg.utterances[Part.MESSAGE]
    speaking = asyncio.create_task(Speaking(leg, REQUEST, (Endless(),), has_last_resort=False).run())
    async with asyncio.timeout(10):
        await leg.until(lambda: given_up.length_bytes > 0, None)
    speaking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await speaking
    assert (given_up.has_ended, given_up.is_complete) == (True, False)
    assert str(given_up.error) == "the speech was given up"

    leg.renew_failed()
    await Speaking(leg, REQUEST, (cartesia(),), has_last_resort=False).run()
    assert said(leg) == b"ONE. TWO. THREE."
    assert leg.utterances[Part.MESSAGE].is_complete
    assert leg.voice_at(1) is Voice.CARTESIA


class Mute:
    """Ends well, without a sound. Implements `ports.SpeechService`."""

    voice = Voice.LOCAL

    async def synthesise(self, request: SpeechRequest, utterance: Utterance) -> None:
        """Nothing."""


async def test_silence_is_no_speech() -> None:
    """A voice that says that it is done without any audio has failed."""
    leg = Material(SystemClock())
    await Speaking(leg, REQUEST, (Mute(),), has_last_resort=False).run()
    assert isinstance(leg.utterances[Part.MESSAGE].error, SpeechUnavailable)


class Buggy:
    """Implements `ports.SpeechService`, wrongly."""

    voice = Voice.CARTESIA

    async def synthesise(self, request: SpeechRequest, utterance: Utterance) -> None:
        raise ZeroDivisionError


async def test_a_bug_ends_the_message_and_is_not_swallowed() -> None:
    """Whoever waits for audio is woken, and the bug is told."""
    leg = Material(SystemClock())
    with pytest.raises(ZeroDivisionError):
        await Speaking(leg, REQUEST, (Buggy(),), has_last_resort=False).run()
    assert isinstance(leg.utterances[Part.MESSAGE].error, SpeechUnavailable)
