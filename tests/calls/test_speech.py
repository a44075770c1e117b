"""Speech owns its utterances: each that was handed out ends, and none is replaced under whoever holds it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from cartesia_call.calls.speech import Speech
from cartesia_call.clock import SystemClock
from cartesia_call.conversation.parts import Part
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.outcomes import Voice

TEXTS = {Part.MESSAGE: "The database is down.", Part.PROMPT: "Press one.", Part.CONFIRMATION: "Thanks."}
BOUND_S = 10
"""A bound against hanging."""


class Scripted:
    """Says what it is let say, in the order in which it is asked. Implements `speech_ports.SpeechService`.

    What is in `silent` is waited for until it is set free, or failed.
    """

    voice = Voice.CARTESIA

    def __init__(self, *silent: str) -> None:
        self.asked: list[str] = []
        self.silent = {text: asyncio.Event() for text in silent}
        self.failing = set(silent)
        self._is_asked = asyncio.Event()

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        text = request.message.text
        self.asked.append(text)
        self._is_asked.set()
        if text in self.silent:
            await self.silent[text].wait()
        if text in self.failing:
            raise SpeechUnavailable("nothing came")
        utterance.append(text.encode())

    async def until_asked(self, text: str, times: int = 1) -> None:
        while self.asked.count(text) < times:
            self._is_asked.clear()
            await self._is_asked.wait()


@asynccontextmanager
async def speech_by(voice: Scripted) -> AsyncIterator[Speech]:
    texts = {part: MessageText.whole(Message.of(text)) for part, text in TEXTS.items()}
    voicing = Voicing(model_id="m", voice_id="v", language="en")
    speech = Speech(texts, (voice,), SystemClock(), voicing=voicing, timeout_s=BOUND_S)
    async with asyncio.timeout(BOUND_S):
        try:
            yield speech
        finally:
            await speech.close()


async def ended(*utterances: Utterance) -> None:
    changed = asyncio.Event()
    for utterance in utterances:
        utterance.subscribe(changed.set)
    while not all(utterance.has_ended for utterance in utterances):
        changed.clear()
        await changed.wait()


async def test_everything_is_made_once_for_everybody() -> None:
    """The message first; whoever comes later holds the same."""
    voice = Scripted()
    async with speech_by(voice) as speech:
        first = speech.begin()
        await ended(*first.values())
        second = speech.begin()
        assert voice.asked == list(TEXTS.values())
        assert {part: made.read(0, 100).decode() for part, made in second.items()} == TEXTS
        assert all(first[part] is second[part] for part in TEXTS)
        assert speech.characters == sum(map(len, TEXTS.values()))
        assert all(made.voice_at(1) is Voice.CARTESIA for made in second.values())


async def test_without_a_message_the_rest_is_not_made_and_has_failed() -> None:
    """Nobody who holds it waits for ever, and nothing is paid for that nobody needs."""
    voice = Scripted(TEXTS[Part.MESSAGE])
    async with speech_by(voice) as speech:
        first = speech.begin()
        voice.silent[TEXTS[Part.MESSAGE]].set()
        await ended(*first.values())
        assert voice.asked == [TEXTS[Part.MESSAGE]]
        assert all(made.error is not None for made in first.values())

        voice.failing.clear()
        second = speech.begin()
        await ended(*second.values())
        assert all(made.is_complete for made in second.values())
        assert all(first[part].error is not None for part in TEXTS)  # theirs stays what it was


async def test_a_part_that_is_still_being_made_is_nobodys_to_replace() -> None:
    """Of two who came one after the other, both hear it; what had failed for the first is made beside it."""
    prompt, confirmation = TEXTS[Part.PROMPT], TEXTS[Part.CONFIRMATION]
    voice = Scripted(prompt, confirmation)
    async with speech_by(voice) as speech:
        first = speech.begin()
        voice.silent[prompt].set()
        await voice.until_asked(confirmation)
        assert first[Part.PROMPT].error is not None
        voice.failing.clear()
        second = speech.begin()
        assert second[Part.CONFIRMATION] is first[Part.CONFIRMATION]
        assert second[Part.PROMPT] is not first[Part.PROMPT]
        voice.silent[confirmation].set()
        await ended(*second.values())
        assert all(made.is_complete for made in second.values())
        assert first[Part.PROMPT].error is not None
        assert voice.asked == [*TEXTS.values(), prompt]
        assert speech.warnings == ["there is no prompt: nothing came"]


async def test_what_is_given_up_has_failed_at_once_and_is_begun_anew() -> None:
    """Whoever begins the next moment is not disturbed by what is still being put away."""
    voice = Scripted(TEXTS[Part.MESSAGE])
    async with speech_by(voice) as speech:
        given_up = speech.begin()
        await voice.until_asked(TEXTS[Part.MESSAGE])
        speech.stop()
        assert all(made.error is not None for made in given_up.values())
        voice.failing.clear()
        voice.silent[TEXTS[Part.MESSAGE]].set()
        anew = speech.begin()
        await ended(*anew.values())
        assert all(made.is_complete for made in anew.values())


async def test_stopped_before_it_ran_nothing_is_asked_for() -> None:
    """A path that is known to be none costs no characters."""
    voice = Scripted()
    async with speech_by(voice) as speech:
        held = speech.begin()
        speech.stop()
        assert all(made.error is not None for made in held.values())
        await speech.close()
        assert voice.asked == []


async def test_listeners_hear_of_every_utterance() -> None:
    """Of those too that are made later, and of the end of what was given up."""
    voice = Scripted()
    async with speech_by(voice) as speech:
        told: list[bool] = []
        leave = speech.subscribe(lambda: told.append(True))
        speech.begin()
        speech.stop()
        assert len(told) == len(TEXTS)
        await ended(*speech.begin().values())
        assert len(told) == len(TEXTS) + 2 * len(TEXTS)  # audio and end of each
        leave()
        speech.stop()


class Buggy(Scripted):
    """Wrongly written."""

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        raise ZeroDivisionError


async def test_a_fault_of_ours_leaves_nobody_waiting() -> None:
    """It is logged, and everything that is held has failed."""
    async with speech_by(Buggy()) as speech:
        held = speech.begin()
        await ended(*held.values())
        assert all(made.error is not None for made in held.values())
