"""Cartesia's speech against the built-in speech service, whose protocol code is not ours."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import CartesiaCallError, SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.speech.delivery import Delivery, Voicing
from cartesia_call.speech.message_text import Message
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.vendors.cartesia import CartesiaSpeech
from cartesia_simulator.faults import FaultPlan, parse_fault
from cartesia_simulator.speech.context import ContextState
from cartesia_simulator.speech.service import SimulatedSpeechService
from cartesia_simulator.tones import ToneVoice
from tests.vendors.access import access_to
from tests.vendors.scripted_speech import KEY

SENTENCES = ("The database is down. ", 'Press <spell>1</spell> – "now"!\n', "Thank you")
REQUEST = SpeechRequest(
    Message.joined(SENTENCES),
    Voicing(model_id="sonic-3.5", voice_id="f786b574-daa5-4673-aa0c-cbe3e8534c02", language="en"),
)


pytestmark = pytest.mark.skipping


@asynccontextmanager
async def simulated(
    *faults: str, context_limit: int = 3
) -> AsyncIterator[tuple[SimulatedSpeechService, str]]:
    """A running service, and its base URL."""
    service = SimulatedSpeechService(
        SystemClock(),
        api_key=KEY,
        voice=ToneVoice(),
        faults=FaultPlan(map(parse_fault, faults)),
        context_limit=context_limit,
    )
    base_url = await service.start()
    try:
        async with asyncio.timeout(600):
            yield service, base_url
    finally:
        await service.stop()
        await asyncio.sleep(0.1)  # the other ends notice, and close too


def speech_at(
    base_url: str, *, key: str = KEY, version: str = "2026-03-01", speech_timeout_s: float = 5
) -> CartesiaSpeech:
    return CartesiaSpeech(access_to(base_url, key=key, version=version), speech_timeout_s=speech_timeout_s)


async def test_what_is_appended_is_what_was_synthesised() -> None:
    """Byte for byte, and the text verbatim."""
    async with simulated() as (service, base_url):
        utterance = Utterance()
        await speech_at(base_url).synthesise(REQUEST, utterance)
        (context,) = service.contexts.values()
        assert utterance.read(0, utterance.length_bytes) == context.audio
        assert context.transcript == "".join(SENTENCES)
        assert context.state is ContextState.DONE
        assert [handshake.refused_status for handshake in service.connections] == [None]


async def test_each_sentence_ends_where_its_audio_does() -> None:
    """The count goes up between the audio of one sentence and that of the next, and at the end."""
    lengths = [len(b"".join(ToneVoice().speak(text, language="en"))) for text in SENTENCES]
    utterance, seen = Utterance(), set()
    utterance.subscribe(lambda: seen.add((utterance.whole_sentences, utterance.length_bytes)))
    async with simulated() as (_, base_url):
        await speech_at(base_url).synthesise(REQUEST, utterance)
    for whole, end_bytes in enumerate(itertools.accumulate(lengths)):
        assert max(length for count, length in seen if count == whole) == end_bytes
    assert utterance.whole_sentences == 3


async def test_speech_that_breaks_off_leaves_its_whole_sentences() -> None:
    """The rest can be spoken by another voice, from the sentence on in which it broke."""
    utterance = Utterance()
    async with simulated("speech-close@2s") as (_, base_url):
        with pytest.raises(SpeechUnavailable):
            await speech_at(base_url).synthesise(REQUEST, utterance)
    assert utterance.whole_sentences == 1
    utterance.drop_broken_sentence()
    first = b"".join(ToneVoice().speak(SENTENCES[0], language="en"))
    assert utterance.read(0, utterance.length_bytes) == first


async def test_several_messages_at_once_do_not_mix() -> None:
    requests = [
        replace(REQUEST, message=Message.of(text)) for text in ("One.", "Two words.", "And three words.")
    ]
    async with simulated() as (_, base_url):
        utterances = [Utterance() for _ in requests]
        speech = speech_at(base_url)
        await asyncio.gather(*map(speech.synthesise, requests, utterances))
        for request, utterance in zip(requests, utterances, strict=True):
            heard = utterance.read(0, utterance.length_bytes)
            assert heard == b"".join(ToneVoice().speak(request.message.text, language="en"))


async def test_twenty_thousand_characters() -> None:
    """In two hundred sentences, all handed over at once."""
    sentences = ("word " * 19 + "word. ",) * 200
    async with simulated() as (service, base_url):
        utterance = Utterance()
        await speech_at(base_url).synthesise(replace(REQUEST, message=Message.joined(sentences)), utterance)
        (context,) = service.contexts.values()
        assert utterance.read(0, utterance.length_bytes) == context.audio


@pytest.mark.parametrize(
    ("fault", "expected", "said"),
    [
        ("speech-401", Unauthorized, "CARTESIA_API_KEY"),
        ("speech-refused", SpeechRefused, "model_not_found|refused"),
        ("speech-429-partial@200ms", SpeechUnavailable, "concurrency_limited"),
        ("speech-close@200ms", SpeechUnavailable, r"after 0\.2 s of audio.*code 1000"),
        ("speech-silent", SpeechUnavailable, r"0\.4 s before the first audio"),
        ("speech-silent@200ms", SpeechUnavailable, r"after 0\.2 s of audio"),
    ],
)
async def test_faults_of_the_service(fault: str, expected: type[CartesiaCallError], said: str) -> None:
    """Each has its exception, and what was heard before stays."""
    utterance = Utterance()
    speech_timeout_s = 0.4 if fault.startswith("speech-silent") else 5
    async with simulated(fault) as (_, base_url):
        with pytest.raises(expected, match=said):
            await speech_at(base_url, speech_timeout_s=speech_timeout_s).synthesise(REQUEST, utterance)
    assert utterance.length_bytes == (1600 if "@" in fault else 0)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"model_id": "sonic-2"}, "model_sunsetted"),
        ({"model_id": "sonic-99"}, "model_not_found"),
        ({"voice_id": "00000000-0000-4000-8000-000000000000"}, "voice_not_found"),
    ],
)
async def test_refusals_keep_their_code_and_have_a_hint(change: dict[str, Any], code: str) -> None:
    request = replace(REQUEST, voicing=replace(REQUEST.voicing, **change))
    async with simulated() as (_, base_url):
        with pytest.raises(SpeechRefused) as refused:
            await speech_at(base_url).synthesise(request, Utterance())
    assert refused.value.code == code
    assert refused.value.hint is not None


async def test_the_plans_limit_is_temporary() -> None:
    """It is asked for several times, and then the message may be tried again later."""
    async with simulated(context_limit=0) as (service, base_url):
        with pytest.raises(SpeechUnavailable, match="Too many concurrent requests") as raised:
            await speech_at(base_url, speech_timeout_s=0.8).synthesise(REQUEST, Utterance())
        assert len(service.connections) == 2
    assert raised.value.retryable


async def test_room_that_becomes_free_is_taken() -> None:
    """Two messages on a plan for one: the second is asked for again, and both are whole."""
    async with simulated(context_limit=1) as (service, base_url):
        utterances = [Utterance(), Utterance()]
        speech = speech_at(base_url)
        await asyncio.gather(*(speech.synthesise(REQUEST, utterance) for utterance in utterances))
        await speech.close()
        spoken = {context.audio for context in service.contexts.values()}
        assert {utterance.read(0, utterance.length_bytes) for utterance in utterances} == spoken
        assert [context.state for context in service.contexts.values()] == [ContextState.DONE] * 2


async def test_a_connection_that_idled_too_long_is_replaced() -> None:
    """The service closes it after five minutes of its clock; nobody notices."""
    async with simulated() as (service, base_url):
        speech = speech_at(base_url)
        await speech.synthesise(REQUEST, Utterance())
        while service.open_connections:
            await asyncio.sleep(0.01)
        await speech.synthesise(REQUEST, Utterance())
        assert len(service.connections) == 2
        await speech.close()


async def test_a_delivery_reaches_the_service() -> None:
    """As it checks it; and what is out of range is refused."""
    async with simulated() as (service, base_url):
        speech = speech_at(base_url)
        chosen = Delivery(speed=1.5, volume=0.5, emotion="calm", pronunciation_dict_id="d1")
        await speech.synthesise(
            replace(REQUEST, voicing=replace(REQUEST.voicing, delivery=chosen)), Utterance()
        )
        with pytest.raises(SpeechRefused, match=r"generation_config\.speed"):
            await speech.synthesise(
                replace(REQUEST, voicing=replace(REQUEST.voicing, delivery=Delivery(speed=1.6))), Utterance()
            )
        (context,) = service.contexts.values()
        assert context.requests[0]["generation_config"] == {"speed": 1.5, "volume": 0.5, "emotion": "calm"}


async def test_every_word_ends_within_its_sentence() -> None:
    """The last word of a sentence ends with its audio, to a millisecond."""
    ends = list(
        itertools.accumulate(len(b"".join(ToneVoice().speak(text, language="en"))) for text in SENTENCES)
    )
    utterance = Utterance()
    async with simulated() as (_, base_url):
        await speech_at(base_url).synthesise(REQUEST, utterance)
    text = "".join(SENTENCES)
    heard = [(text[: end.characters], end.audio_bytes) for end in utterance.word_ends]
    assert [words for words, _ in heard] == [
        "The",
        "The database",
        "The database is",
        "The database is down.",
        "The database is down. Press",
        "The database is down. Press <spell>1</spell>",
        'The database is down. Press <spell>1</spell> – "now"!',
        'The database is down. Press <spell>1</spell> – "now"!\nThank',
        text,
    ]
    assert [heard[index][1] for index in (3, 6, 8)] == pytest.approx(ends, abs=8)


@pytest.mark.parametrize("version", ["2024-11-13", "2025-04-16", "2026-03-01", "2026-08-14"])
async def test_each_version_still_accepted_works(version: str) -> None:
    """The same messages, and errors in either shape."""
    async with simulated() as (_, base_url):
        speech = speech_at(base_url, version=version)
        await speech.synthesise(REQUEST, Utterance())
        with pytest.raises(SpeechRefused, match="The model is not valid"):
            await speech.synthesise(
                replace(REQUEST, voicing=replace(REQUEST.voicing, model_id="sonic-99")), Utterance()
            )


async def test_an_unknown_version_shows_the_services_words() -> None:
    async with simulated() as (_, base_url):
        with pytest.raises(SpeechRefused, match="No API schema exists") as refused:
            await speech_at(base_url, version="2020-01-01").synthesise(REQUEST, Utterance())
    assert "CARTESIA_VERSION" in (refused.value.hint or "")


async def test_a_wrong_key_is_unauthorized() -> None:
    async with simulated() as (service, base_url):
        with pytest.raises(Unauthorized):
            await speech_at(base_url, key="sk_car_another").synthesise(REQUEST, Utterance())
        assert [handshake.refused_status for handshake in service.connections] == [401]
