"""From outside: the official `cartesia` SDK drives the built-in speech service.

The SDK's own defects (it hangs or ends silently where the service breaks off) are kept out of the way by a
time-out on every context.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import cartesia
import pytest
from cartesia.lib._tts import AsyncTTSResourceConnection, AsyncWebSocketContext
from cartesia.types.raw_output_format_param import RawOutputFormatParam
from cartesia.types.websocket_response import Chunk, Error, FlushDone, Timestamps, WebsocketResponse
from websockets.exceptions import InvalidStatus

from cartesia_call.blocking import in_daemon_thread
from cartesia_simulator.network import API_KEY as NETWORK_KEY
from cartesia_simulator.speech.service import SimulatedSpeechService
from cartesia_simulator.voice import Voice
from tests.simulator.agents.client import FIRST, PROVIDERS, SUPPORT, key_body, telephony
from tests.simulator.speech.client import API_KEY, KATIE, PATIENCE_S, GatedVoice, serving, spoken, until

VERSION = {"cartesia-version": "2026-03-01"}
VOICE: Any = {"mode": "id", "id": KATIE}
MULAW: RawOutputFormatParam = {"container": "raw", "encoding": "pcm_mulaw", "sample_rate": 8000}
PAST_PROXIES: Any = {"proxy": None}
"""The SDK hands its connection options to `websockets`, which would use a proxy for loopback too."""


def addresses(url: str) -> dict[str, Any]:
    """What points a client of the SDK at the service."""
    return {
        "base_url": url,
        "websocket_base_url": url.replace("http://", "ws://"),
        "default_headers": VERSION,
        "max_retries": 0,
    }


@asynccontextmanager
async def connected(
    *faults: str, voice: Voice | None = None
) -> AsyncIterator[tuple[SimulatedSpeechService, AsyncTTSResourceConnection]]:
    """The service, and a socket of the SDK to it."""
    async with (
        serving(*faults, voice=voice) as (service, url),
        cartesia.AsyncCartesia(api_key=API_KEY, **addresses(url)) as client,
        client.tts.websocket_connect(websocket_connection_options=PAST_PROXIES) as socket,
    ):
        yield service, socket


def context_of(socket: AsyncTTSResourceConnection, **settings: Any) -> AsyncWebSocketContext:
    """A context with what every request needs."""
    return socket.context(
        **{
            "model_id": "sonic-3.5",
            "voice": VOICE,
            "output_format": MULAW,
            "language": "en",
            "timeout": PATIENCE_S,
            **settings,
        }
    )


async def events_of(context: AsyncWebSocketContext) -> list[WebsocketResponse]:
    """All events up to `done` or an error."""
    async with asyncio.timeout(PATIENCE_S):
        return [event async for event in context.receive()]


def audio_of(events: list[WebsocketResponse]) -> bytes:
    """The audio as the SDK decodes it."""
    return b"".join(event.audio or b"" for event in events if isinstance(event, Chunk))


async def test_one_utterance() -> None:
    """A single transcript: its audio, then `done`, all as the SDK's own types."""
    async with connected() as (service, socket):
        context = context_of(socket)
        await context.push("Hello there.", continue_=False)
        events = await events_of(context)
    assert audio_of(events) == spoken("Hello there.")
    assert [event.type for event in events[:-1]] == ["chunk"] * (len(events) - 1)
    assert events[-1].type == "done"
    (handshake,) = service.connections
    assert handshake.headers["authorization"] == "***"


async def test_continuation_and_flush() -> None:
    """Pushed sentences are voiced in order, a flush is answered, `no_more_inputs` ends the context."""
    async with connected() as (_, socket):
        context = context_of(socket)
        await context.push("Hello there.")
        await context.push("", flush=True)
        await context.push(" How are you?")
        await context.no_more_inputs()
        events = await events_of(context)
    assert audio_of(events) == spoken("Hello there.", " How are you?")
    assert [event.flush_id for event in events if isinstance(event, FlushDone)] == [1]


async def test_sentences_without_a_buffer_delay() -> None:
    """Each sentence is flushed unasked, and the SDK tells by the number which chunk belongs to it."""
    async with connected() as (_, socket):
        context = context_of(socket, max_buffer_delay_ms=0)
        await context.push("Hello there.")
        await context.push(" How are you?", continue_=False)
        events = await events_of(context)
    assert [event.flush_id for event in events if isinstance(event, FlushDone)] == [1, 2]
    chunks = [event for event in events if isinstance(event, Chunk)]
    for flush_id, sentence in ((1, "Hello there."), (2, " How are you?")):
        own = [chunk.audio or b"" for chunk in chunks if chunk.flush_id == flush_id]
        assert b"".join(own) == spoken(sentence)


@pytest.mark.parametrize("fault", ["speech-429-partial", "speech-429-partial@1s"])
async def test_an_error_after_some_audio(fault: str) -> None:
    """What came is kept, and the error ends the context in the SDK's own type."""
    async with connected(fault) as (_, socket):
        context = context_of(socket)
        await context.push("One two three four five six.", continue_=False)
        events = await events_of(context)
    assert spoken("One two three four five six.").startswith(audio_of(events))
    error = events[-1]
    assert isinstance(error, Error)
    assert error.error_code == "concurrency_limited"


async def test_two_contexts_on_one_socket() -> None:
    """The SDK's router gives each context its own audio."""
    async with connected() as (_, socket):
        contexts = [context_of(socket), context_of(socket, max_buffer_delay_ms=0)]
        for context, text in zip(contexts, ("One two three.", "Four five six."), strict=True):
            await context.push(text, continue_=False)
        heard = [audio_of(await events_of(context)) for context in contexts]
    assert heard == [spoken("One two three."), spoken("Four five six.")]


async def test_timestamps() -> None:
    """Word timestamps arrive in the SDK's type."""
    async with connected() as (_, socket):
        context = context_of(socket, add_timestamps=True)
        await context.push("Hello there.", continue_=False)
        events = await events_of(context)
    (timestamps,) = [event.word_timestamps for event in events if isinstance(event, Timestamps)]
    assert timestamps is not None
    assert timestamps.words == ["Hello", "there."]
    assert len(timestamps.start) == len(timestamps.end) == 2


async def test_the_sdks_defaults() -> None:
    """Without a format the SDK asks for 32-bit floats at 44.1 kHz and gets them."""
    async with connected() as (service, socket):
        context = context_of(socket, model_id=None, output_format=None, language=None)
        await context.push("Hello.", continue_=False)
        events = await events_of(context)
    assert len(audio_of(events)) / (4 * 44100) == pytest.approx(len(spoken("Hello.")) / 8000, abs=0.001)
    (record,) = service.contexts.values()
    assert record.requests[0]["model_id"] == "sonic-latest"


async def test_cancel() -> None:
    """The SDK's cancel is understood, and the next context is not disturbed."""
    voice = GatedVoice()
    async with connected(voice=voice) as (service, socket):
        first = context_of(socket)
        await first.push("One two three.", max_buffer_delay_ms=0)
        await first.push(" Four five six.", max_buffer_delay_ms=0)
        await first.cancel()
        await until(lambda: any("cancel" in record.requests[-1] for record in service.contexts.values()))
        voice.gate.set()
        second = context_of(socket)
        await second.push("Seven.", continue_=False)
        assert audio_of(await events_of(second)) == spoken("Seven.")
        cancelled = next(iter(service.contexts.values()))
    assert cancelled.requests[-1]["cancel"] is True
    assert spoken("One two three.").startswith(cancelled.audio)


@pytest.mark.parametrize(
    ("settings", "error_code"),
    [
        ({"model_id": "sonic-2"}, "model_sunsetted"),
        ({"voice": {"mode": "id", "id": "00000000-0000-4000-8000-000000000000"}}, "voice_not_found"),
        ({"output_format": {**MULAW, "sample_rate": 11025}}, "unsupported_audio_format"),
    ],
)
async def test_errors(settings: dict[str, Any], error_code: str) -> None:
    """A refused request ends the context with the SDK's error type."""
    async with connected() as (_, socket):
        context = context_of(socket, **settings)
        await context.push("Hello.", continue_=False)
        (event,) = await events_of(context)
    assert isinstance(event, Error)
    assert event.error_code == error_code
    assert event.title
    assert event.message


async def test_wrong_key() -> None:
    """A refused handshake surfaces as `InvalidStatus` 401, on REST as the SDK's own error."""
    async with (
        serving() as (_, url),
        cartesia.AsyncCartesia(api_key="sk_car_wrong", **addresses(url)) as client,
    ):
        with pytest.raises(InvalidStatus) as caught:
            await client.tts.websocket_connect(websocket_connection_options=PAST_PROXIES).enter()
        assert caught.value.response.status_code == 401
        with pytest.raises(cartesia.AuthenticationError):
            await client.voices.list()


@pytest.mark.parametrize("version", ["2026-03-01", "2026-08-14"])
async def test_voices(version: str) -> None:
    """Listing pages by itself; filters count; one voice; what there is not is the SDK's own error."""
    async with (
        serving() as (_, url),
        cartesia.AsyncCartesia(
            api_key=API_KEY, **{**addresses(url), "default_headers": {"cartesia-version": version}}
        ) as client,
    ):
        names = [voice.name async for voice in await client.voices.list(limit=60)]
        assert len(names) == len(set(names)) > 120
        french = [
            voice
            async for voice in await client.voices.list(
                gender="feminine", expand=["preview_file_url"], extra_query={"language": "fr"}
            )
        ]
        assert [(voice.language, voice.gender, voice.preview_file_url) for voice in french] == [
            ("fr", "feminine", None)
        ]
        (found,) = (await client.voices.list(q="barbershop")).data
        assert found.name == "Barbershop Man"
        assert (await client.voices.get(KATIE)).name == "Katie"
        with pytest.raises(cartesia.NotFoundError):
            await client.voices.get("nobody")
        wrongs: list[dict[str, Any]] = [
            {"limit": 101},
            {"starting_after": "nobody"},
            {"extra_query": {"colour": "red"}},
        ]
        for wrong in wrongs:
            with pytest.raises(cartesia.BadRequestError):
                await client.voices.list(**wrong)


# The SDK enters websockets' connection in a way that websockets 17 deprecates.
@pytest.mark.filterwarnings("ignore:connect.. must be used as a context manager:DeprecationWarning")
async def test_the_synchronous_client() -> None:
    """The SDK's blocking client, in a thread, hears the same."""

    def drive(url: str) -> bytes:
        with (
            cartesia.Cartesia(api_key=API_KEY, **addresses(url)) as client,
            client.tts.websocket_connect(websocket_connection_options=PAST_PROXIES) as socket,
        ):
            context = socket.context(
                model_id="sonic-3.5", voice=VOICE, output_format=MULAW, timeout=PATIENCE_S
            )
            context.push("Hello there.")
            context.push(" How are you?")
            context.no_more_inputs()
            return audio_of(list(context.receive()))

    async with serving() as (_, url):
        assert await in_daemon_thread(lambda: drive(url)) == spoken("Hello there.", " How are you?")


async def test_telephony() -> None:
    """The one call that the SDK has, typed; and its client, used raw, for what it has not."""
    async with (
        telephony() as api,
        cartesia.AsyncCartesia(api_key=NETWORK_KEY, **addresses(api.network.speech_url)) as client,
    ):
        provider: Any = await client.post(PROVIDERS, cast_to=object, body=key_body("ie1"))
        await api.number(provider["id"], agent_id=SUPPORT)
        (number,) = await client.agents.list_phone_numbers(SUPPORT)
        assert (number.agent_id, number.number) == (SUPPORT, FIRST)
        with pytest.raises(cartesia.ConflictError) as refused:
            await client.post(PROVIDERS, cast_to=object, body=key_body("ie1"))
        assert provider["id"] in str(refused.value.body)
