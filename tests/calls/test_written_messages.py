"""A message that is written while it is spoken: at once, in order, once, and honest about its end."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, SILENCE_BYTE
from cartesia_call.errors import InputError
from cartesia_call.speech.message_text import MessageText
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.rehearsed import Rehearsed, rehearsed

LIMIT_S = 2000
WORD_S = 0.2
SHORT_WORDS = ("so", "we", "go", "on", "to", "it", "as", "an", "up", "in", "at", "no")


def a_minute_of_words() -> list[str]:
    """300 short words, in sentences of ten."""
    return [f"{word}. " if number % 10 == 9 else f"{word} " for number, word in enumerate(SHORT_WORDS * 25)]


@asynccontextmanager
async def writing(
    text: MessageText, pieces: Sequence[str], rehearsal: Rehearsed, *, every_s: float
) -> AsyncIterator[list[bool]]:
    """Write a piece every `every_s` of the call's clock, then end. Whether anything was heard before each."""
    clock = rehearsal.line.ports.clock
    was_heard: list[bool] = []

    async def write() -> None:
        for piece in pieces:
            was_heard.append(any(call.stream_audio for call in rehearsal.network.carrier.calls.values()))
            text.feed(piece)
            await clock.sleep(every_s)
        text.end()

    task = asyncio.create_task(write())
    try:
        yield was_heard
    finally:
        task.cancel()
        await asyncio.wait({task})


def contexts_of(rehearsal: Rehearsed) -> list[bytes]:
    """The audio of each context of the speech service, in order."""
    return [bytes(context.audio) for context in rehearsal.network.speech.contexts.values()]


async def test_a_word_every_200_ms_for_a_minute_is_heard_whole_and_from_the_first_sentence_on() -> None:
    """First sound before the third sentence is written; nothing lost or said twice; no gap in a sentence."""
    words, text = a_minute_of_words(), MessageText()
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:0.5s", message=text, max_duration="10m") as rehearsal,
    ):
        async with writing(text, words, rehearsal, every_s=WORD_S) as was_heard:
            result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.MARK)
        assert result.voice is Voice.CARTESIA
        requests = [context.transcript for context in rehearsal.network.speech.contexts.values()]
        assert "".join(requests) == "".join(words)
        assert result.characters == len("".join(words))
        assert was_heard[29]  # the last word of the third sentence
        # Each context in one piece, in order, and nothing but silence between them.
        heard, position = bytes(rehearsal.simulated.heard), 0
        for audio in contexts_of(rehearsal):
            found = heard.index(audio, position)
            assert set(heard[position:found]) <= {SILENCE_BYTE}
            position = found + len(audio)
        assert set(heard[position:]) <= {SILENCE_BYTE}


async def test_a_sentence_is_said_while_the_next_is_not_yet_written() -> None:
    """However long that takes: silence fills the gap, and no voice is blamed for it."""
    text = MessageText()
    pieces = ["The first is here. ", "", "", "", "", "", "", "The second is last."]
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:0.5s", message=text, max_duration="10m") as rehearsal,
    ):
        async with writing(text, pieces, rehearsal, every_s=1):
            result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARTESIA)
        first, second = contexts_of(rehearsal)
        heard = bytes(rehearsal.simulated.heard)
        assert heard.index(second) - heard.index(first) - len(first) > 1 * BYTES_PER_S
        assert not rehearsal.call.warnings


async def test_a_text_that_breaks_off_is_cut_short() -> None:
    """What was whole is heard; the exit status does not say that it was all."""
    text = MessageText()
    text.feed("The first is here. And then")
    text.break_off(InputError("nothing came from standard input for 30s"))
    async with asyncio.timeout(LIMIT_S), rehearsed(message=text, max_duration="10m") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.CUT_SHORT, Evidence.MARK)
        assert "nothing came from standard input" in result.detail
        (audio,) = contexts_of(rehearsal)
        assert audio in rehearsal.simulated.stream_audio


async def test_an_endless_text_ends_with_the_longest_duration() -> None:
    """26, and the line is down."""
    text = MessageText()
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:0.5s", message=text, max_duration="8s") as rehearsal,
    ):
        async with writing(text, ["It goes on and on. "] * 200, rehearsal, every_s=1):
            result = await rehearsal.run()
        assert result.outcome is Outcome.CUT_SHORT
        assert rehearsal.simulated.is_over


@pytest.mark.parametrize("faults", [("speech-refused",), ("tunnel-refused",)])
async def test_where_only_the_carrier_can_speak_it_says_what_is_written_by_then(
    faults: tuple[str, ...],
) -> None:
    """It cannot be told more later: 26, which is no success."""
    text = MessageText()
    text.feed("The first is here. And")
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers", *faults, message=text, max_duration="1m") as rehearsal,
    ):
        async with writing(text, [" then", " more."], rehearsal, every_s=30):
            result = await rehearsal.run()
        assert result.outcome is Outcome.CUT_SHORT
        assert result.voice is Voice.CARRIER
        (said,) = rehearsal.simulated.said_by_carrier
        assert said == "The first is here."


async def test_a_broken_voice_goes_on_at_its_sentence_by_the_local_one() -> None:
    """And says what is written after that too."""
    text = MessageText()
    pieces = ["The first sentence is here. ", "The second sentence follows. ", "The third is the last. "]
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            "answers,ring:0.5s", "speech-429-partial@1s", message=text, max_duration="1m", fallback="local"
        ) as rehearsal,
    ):
        async with writing(text, pieces, rehearsal, every_s=3):
            result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.LOCAL)


async def test_a_text_that_ends_before_it_is_asked_for_is_kept_under_all_its_words() -> None:
    """Its beginning alone is the beginning of many messages."""
    heard = []
    for rest in ("The disk is full.", "The kitchen is on fire."):
        text = MessageText()
        text.feed("Alert from the monitor. And")
        async with asyncio.timeout(LIMIT_S), rehearsed(message=text, max_duration="1m") as rehearsal:
            text.feed(f" now: {rest}")
            text.end()
            result = await rehearsal.run()
            assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARTESIA)
            assert result.heard_text == f"Alert from the monitor. And now: {rest}"
            (audio,) = contexts_of(rehearsal)
            assert audio in rehearsal.simulated.stream_audio
            heard.append(audio)
    assert heard[0] != heard[1]


@pytest.mark.parametrize("fault", ["wrong-token", "speech-refused", "tunnel-refused", "trial"])
async def test_the_carrier_says_what_was_written_when_the_call_was_placed(fault: str) -> None:
    """What was written since is heard by nobody, and never called delivered."""
    text = MessageText()
    text.feed("The first sentence is here. And")
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:2s", fault, message=text, max_duration="1m") as rehearsal,
    ):
        running = asyncio.create_task(rehearsal.run())
        while not rehearsal.network.carrier.calls:
            await asyncio.sleep(0.01)
        text.feed(" more. ")
        text.end()
        result = await running
        assert rehearsal.simulated.said_by_carrier[-1] == "The first sentence is here."
        assert result.outcome is Outcome.CUT_SHORT
