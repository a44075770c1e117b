"""From outside: the official `cartesia` SDK's `generate`, `generate_sse` and access tokens.

Its websocket is in `test_cartesia_conformance`.
"""

from __future__ import annotations

import io
import wave
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cartesia
import pytest
from cartesia.types.tts_generate_sse_params import OutputFormat
from cartesia.types.tts_sse_event import (
    TTSSSEChunkEvent,
    TTSSSEDoneEvent,
    TTSSSEErrorEvent,
    TTSSSEEvent,
    TTSSSEPhonemeTimestampsEvent,
    TTSSSETimestampsEvent,
)
from cartesia.types.wav_output_format_param import WAVOutputFormatParam

from cartesia_call.blocking import in_daemon_thread
from tests.simulator.speech.client import API_KEY, KATIE, serving, spoken
from tests.simulator.test_cartesia_conformance import PAST_PROXIES, addresses, audio_of, context_of, events_of

NEWEST = {"cartesia-version": "2026-08-14"}
SPEECH: Any = {"model_id": "sonic-3.5", "voice": KATIE, "language": "en"}
MULAW: OutputFormat = {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000}
LONG = "One two three four five six."


@asynccontextmanager
async def client_of(*faults: str, **settings: Any) -> AsyncIterator[cartesia.AsyncCartesia]:
    """The SDK with its own newest version, at the service."""
    async with serving(*faults) as (_, url):
        options = addresses(url) | {"default_headers": NEWEST, "api_key": API_KEY} | settings
        async with cartesia.AsyncCartesia(**options) as client:
            yield client


async def sse_events(client: cartesia.AsyncCartesia, text: str, **settings: Any) -> list[TTSSSEEvent]:
    """All events, as the SDK types them."""
    stream = await client.tts.generate_sse(transcript=text, output_format=MULAW, **SPEECH, **settings)
    return [event async for event in stream]


def sse_audio(events: list[TTSSSEEvent]) -> bytes:
    return b"".join(event.audio or b"" for event in events if isinstance(event, TTSSSEChunkEvent))


async def test_generate() -> None:
    """Raw audio, byte for byte what the websocket says."""
    async with client_of() as client:
        audio = await client.tts.generate(transcript="Hello there.", output_format=MULAW, **SPEECH)
        assert await audio.read() == spoken("Hello there.")


async def test_generate_a_wav_file() -> None:
    """As the SDK's first example has it, with every field that it knows."""
    form: WAVOutputFormatParam = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 44100}
    async with client_of() as client:
        answer = await client.tts.generate(
            transcript="Hello.",
            output_format=form,
            generation_config={"speed": 1.1, "volume": 1.0, "emotion": "calm"},
            pronunciation_dict_id="d1",
            normalization="auto",
            save=True,
            speed="normal",
            **SPEECH,
        )
        with wave.open(io.BytesIO(await answer.read())) as file:
            heard_s = len(file.readframes(1_000_000)) / 2 / file.getframerate()
    assert heard_s == pytest.approx(len(spoken("Hello.")) / 8000, abs=0.001)


async def test_generate_sse() -> None:
    """Every event is one of the SDK's own types, whose fields are all there."""
    async with client_of() as client:
        events = await sse_events(
            client, "Hello there.", context_id="c1", add_timestamps=True, add_phoneme_timestamps=True
        )
    assert sse_audio(events) == spoken("Hello there.")
    kinds = (TTSSSEChunkEvent, TTSSSETimestampsEvent, TTSSSEPhonemeTimestampsEvent, TTSSSEDoneEvent)
    assert {type(event) for event in events} == set(kinds)
    assert [event.context_id for event in events if isinstance(event, kinds)] == ["c1"] * len(events)
    for event in events:
        assert type(event).model_validate(event.to_dict()) == event


async def test_an_error_in_the_stream() -> None:
    """What breaks behind the first audio is the SDK's error event."""
    async with client_of("speech-429-partial") as client:
        *before, error = await sse_events(client, LONG)
    assert sse_audio(before) == spoken(LONG)[:4000]
    assert isinstance(error, TTSSSEErrorEvent)
    assert (error.error_code, error.status_code) == ("concurrency_limited", 429)
    assert error.error == "Too many concurrent requests: You have exceeded your plan's concurrency limit."


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"transcript": ""}, cartesia.BadRequestError),
        ({"model_id": "sonic-2"}, cartesia.BadRequestError),
        ({"voice": "nobody"}, cartesia.NotFoundError),
        (
            {"output_format": {"container": "mp3", "sample_rate": 44100, "bit_rate": 64000}},
            cartesia.BadRequestError,
        ),
        ({"locale": "en-GB"}, cartesia.BadRequestError),
        ({"extra_body": {"colour": "red"}}, cartesia.BadRequestError),
    ],
)
async def test_refusals(changes: dict[str, Any], kind: type[cartesia.APIStatusError]) -> None:
    """The SDK's own exceptions; `language` and `locale` exclude each other."""
    settings = {"transcript": "Hello.", "output_format": MULAW} | SPEECH | changes
    async with client_of() as client:
        with pytest.raises(kind):
            await client.tts.generate(**settings)
        with pytest.raises(kind):
            await client.tts.generate_sse(**settings)


async def test_an_access_token() -> None:
    """One made by the SDK opens all three ways to speech in another client, and no list of voices."""
    async with client_of() as owner:
        made = await owner.access_token.create(grants={"tts": True}, expires_in=60)
        options = addresses(str(owner.base_url).rstrip("/")) | {"default_headers": NEWEST}
        async with cartesia.AsyncCartesia(token=made.token, **options) as browser:
            audio = await browser.tts.generate(transcript="Hello.", output_format=MULAW, **SPEECH)
            assert await audio.read() == spoken("Hello.")
            assert sse_audio(await sse_events(browser, "Hello.")) == spoken("Hello.")
            async with browser.tts.websocket_connect(websocket_connection_options=PAST_PROXIES) as socket:
                context = context_of(socket)
                await context.push("Hello.", continue_=False)
                assert audio_of(await events_of(context)) == spoken("Hello.")
            with pytest.raises(cartesia.PermissionDeniedError):
                await browser.voices.list()
        with pytest.raises(cartesia.BadRequestError):
            await owner.access_token.create(grants={"tts": True}, expires_in=3601)


async def test_the_synchronous_client() -> None:
    """The SDK's blocking client, in a thread, hears the same both ways."""

    def drive(url: str) -> tuple[bytes, bytes]:
        with cartesia.Cartesia(api_key=API_KEY, **addresses(url) | {"default_headers": NEWEST}) as client:
            audio = client.tts.generate(transcript="Hello.", output_format=MULAW, **SPEECH).read()
            events = client.tts.generate_sse(transcript="Hello.", output_format=MULAW, **SPEECH)
            return audio, sse_audio(list(events))

    async with serving() as (_, url):
        assert await in_daemon_thread(lambda: drive(url)) == (spoken("Hello."), spoken("Hello."))
