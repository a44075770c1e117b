"""`/tts/bytes` and `/tts/sse` over HTTP: what comes, in which shape, and how it breaks.

Bodies of the two posts, field by field.
"""

from __future__ import annotations

import asyncio
import io
import json
import struct
import wave
from collections.abc import Mapping
from typing import Any

import aiohttp
import pytest

from cartesia_simulator.speech.context import ContextState
from cartesia_simulator.speech.posts import Endpoint, Post, parse_body
from cartesia_simulator.speech.refusals import Refusal
from tests.simulator.speech.client import (
    HEADERS,
    KATIE,
    MULAW,
    GatedVoice,
    audio_of,
    body_of,
    kinds_of,
    serving,
    spoken,
    until,
)

LONG = "One two three four five six."


async def bytes_of(url: str, session: aiohttp.ClientSession, body: object) -> tuple[str, bytes]:
    async with session.post(f"{url}/tts/bytes", json=body) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.headers["x-request-id"]
        return answer.content_type, await answer.read()


async def events_of(url: str, session: aiohttp.ClientSession, body: object) -> list[dict[str, Any]]:
    """Each `data:` line, of which every event has one, and an empty line behind it."""
    async with session.post(f"{url}/tts/sse", json=body) as answer:
        assert answer.status == 200, await answer.text()
        assert answer.content_type == "text/event-stream"
        frames = (await answer.text()).split("\n\n")
    assert frames.pop() == ""
    assert all(frame.startswith("data: ") and "\n" not in frame for frame in frames)
    return [json.loads(frame.removeprefix("data: ")) for frame in frames]


async def test_raw_bytes() -> None:
    """The audio and nothing else; the generation is on record as every other."""
    async with serving() as (service, url), aiohttp.ClientSession(headers=HEADERS) as session:
        assert await bytes_of(url, session, body_of("Hello there.")) == ("audio/pcm", spoken("Hello there."))
        (record,) = service.contexts.values()
    assert (record.transcript, record.state) == ("Hello there.", ContextState.DONE)
    assert record.audio == spoken("Hello there.")


async def test_a_wav_file() -> None:
    """16-bit samples at 24 kHz, which the standard library reads; its length is that of the telephone's."""
    form = {"container": "wav", "encoding": "pcm_s16le", "sample_rate": 24000}
    async with serving() as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        content_type, data = await bytes_of(url, session, body_of("Hello.", output_format=form))
    assert content_type == "audio/wav"
    with wave.open(io.BytesIO(data)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24000)
        heard_s = len(file.readframes(1_000_000)) / 2 / 24000
    assert heard_s == pytest.approx(len(spoken("Hello.")) / 8000, abs=0.001)


@pytest.mark.parametrize(("encoding", "code", "bits"), [("pcm_mulaw", 7, 8), ("pcm_f32le", 3, 32)])
async def test_other_encodings_have_formats_of_their_own(encoding: str, code: int, bits: int) -> None:
    """The numbers of RFC 2361 in the header, and the audio behind its 44 bytes."""
    form = {"container": "wav", "encoding": encoding, "sample_rate": 8000}
    async with serving() as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        _, data = await bytes_of(url, session, body_of("Hello.", output_format=form))
    assert struct.unpack_from("<HHIIHH", data, 20) == (code, 1, 8000, 8000 * bits // 8, bits // 8, bits)
    assert len(data) - 44 == len(spoken("Hello.")) * bits // 8


async def test_a_saved_file_has_an_id() -> None:
    """In a header, and only where it was asked for."""
    async with serving() as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        for wanted in (True, False):
            async with session.post(f"{url}/tts/bytes", json=body_of("Hi.", save=wanted)) as answer:
                assert ("Cartesia-File-ID" in answer.headers) is wanted


async def test_events() -> None:
    """Chunks and `done`, with the fields that the OpenAPI file names and no others."""
    async with serving() as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        events = await events_of(url, session, body_of("Hello there."))
    assert kinds_of(events) == ["chunk", "done"]
    assert audio_of(events) == spoken("Hello there.")
    assert events[0].keys() == {"type", "data", "done", "status_code", "step_time"}
    assert events[-1] == {"type": "done", "done": True, "status_code": 206}


@pytest.mark.parametrize("version", ["2024-11-13", "2025-04-16", "2026-03-01", "2026-08-14"])
async def test_times_and_a_context_id(version: str) -> None:
    """Each event names the client's context; words and phonemes come once; nothing is flushed."""
    body = body_of("Hello there.", context_id="c1", add_timestamps=True, add_phoneme_timestamps=True)
    headers = HEADERS | {"Cartesia-Version": version}
    async with serving() as (_, url), aiohttp.ClientSession(headers=headers) as session:
        events = await events_of(url, session, body)
    assert kinds_of(events) == ["chunk", "timestamps", "phoneme_timestamps", "done"]
    assert {event["context_id"] for event in events} == {"c1"}
    (words,) = [event["word_timestamps"] for event in events if event["type"] == "timestamps"]
    assert words["words"] == ["Hello", "there."]


@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
@pytest.mark.parametrize(
    ("body", "status", "error_code"),
    [
        (body_of("Hello.", model_id="eleven"), 400, "model_not_found"),
        (body_of("Hello.", voice={"mode": "id", "id": "nobody"}), 404, "voice_not_found"),
        (body_of("Hello.", output_format=MULAW | {"sample_rate": 1}), 400, "unsupported_audio_format"),
        (body_of(""), 400, None),
        (body_of("Hello.", transcrpt="x"), 400, None),
        ([], 400, None),
    ],
)
async def test_refusals(path: str, body: object, status: int, error_code: str | None) -> None:
    """By status and Cartesia's error object, before anything is made."""
    async with serving() as (service, url), aiohttp.ClientSession(headers=HEADERS) as session:
        async with session.post(f"{url}{path}", json=body) as answer:
            error = await answer.json()
        assert (answer.status, error["error_code"]) == (status, error_code)
        assert error.keys() >= {"title", "message", "request_id"}
        assert service.contexts == {}


@pytest.mark.parametrize("data", [b"", b"{", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_json(data: bytes) -> None:
    """400, whatever charset the client claims."""
    headers = {"Content-Type": "application/json; charset=nonsense"}
    async with (
        serving() as (_, url),
        aiohttp.ClientSession(headers=HEADERS) as session,
        session.post(f"{url}/tts/bytes", data=data, headers=headers) as answer,
    ):
        assert (answer.status, (await answer.json())["title"]) == (400, "Invalid request")


async def test_old_versions_refuse_in_a_line() -> None:
    """`Title: message`, as every error before 2026-03-01."""
    headers = HEADERS | {"Cartesia-Version": "2025-04-16"}
    async with (
        serving() as (_, url),
        aiohttp.ClientSession(headers=headers) as session,
        session.post(f"{url}/tts/sse", json=body_of("")) as answer,
    ):
        assert (answer.status, await answer.text()) == (400, "Invalid request: transcript is empty")


@pytest.mark.parametrize("path", ["/tts/bytes", "/tts/sse"])
async def test_the_plans_limit(path: str) -> None:
    """A generation under way counts as an active context: one more than the plan has is 429. A client that
    leaves gives its place free.
    """
    voice = GatedVoice()
    async with serving(voice=voice, context_limit=1) as (service, url):
        try:
            async with (
                aiohttp.ClientSession(headers=HEADERS) as session,
                session.post(f"{url}{path}", json=body_of(LONG)) as first,
                session.post(f"{url}{path}", json=body_of("Hello.")) as second,
            ):
                error = await second.json()
                assert (first.status, second.status) == (200, 429)
                assert error["error_code"] == "concurrency_limited"
            await until(lambda: all(record.is_over for record in service.contexts.values()))
        finally:
            voice.gate.set()
        assert [record.state for record in service.contexts.values()] == [ContextState.ABANDONED]


async def test_an_error_after_some_audio() -> None:
    """An event where there are events; a body of audio breaks off, and is not mistaken for a whole one."""
    async with serving("speech-429-partial") as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        events = await events_of(url, session, body_of(LONG))
        assert kinds_of(events) == ["chunk", "error"]
        assert (events[-1]["error_code"], events[-1]["done"]) == ("concurrency_limited", True)
        assert audio_of(events) == spoken(LONG)[:4000]
        with pytest.raises(aiohttp.ClientPayloadError):
            await bytes_of(url, session, body_of(LONG))


async def test_a_clean_end_before_the_end() -> None:
    """`speech-close`: no `done`, and a body that looks whole."""
    async with serving("speech-close") as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        events = await events_of(url, session, body_of(LONG))
        assert kinds_of(events) == ["chunk"]
        assert await bytes_of(url, session, body_of(LONG)) == ("audio/pcm", spoken(LONG)[:4000])


async def test_silence() -> None:
    """`speech-silent`: an answer without a body, until the client leaves; then the context is free again."""
    async with serving("speech-silent") as (service, url):
        async with (
            aiohttp.ClientSession(headers=HEADERS) as session,
            session.post(f"{url}/tts/bytes", json=body_of(LONG)) as answer,
        ):
            assert answer.status == 200
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.05):
                    await answer.read()
        await until(lambda: all(record.is_over for record in service.contexts.values()))


async def test_a_refused_request() -> None:
    """`speech-refused` is a model that is not valid, here too."""
    async with serving("speech-refused") as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        for path in ("/tts/bytes", "/tts/sse"):
            async with session.post(f"{url}{path}", json=body_of("Hello.")) as answer:
                assert (answer.status, (await answer.json())["error_code"]) == (400, "model_not_found")


BOTH = tuple(Endpoint)
NOTHING: Mapping[str, object] = {}
TIMES = {
    "add_timestamps": True,
    "add_phoneme_timestamps": True,
    "use_normalized_timestamps": False,
    "context_id": "c1",
}
SHARED = {
    "language": "de",
    "generation_config": {"speed": 1.2, "volume": 1, "emotion": "calm"},
    "pronunciation_dict_id": "d1",
    "speed": "slow",
}


def parsed(endpoint: Endpoint, changes: Mapping[str, object] = NOTHING, version: str = "2026-03-01") -> Post:
    return parse_body({**body_of("Hello."), **changes}, version, endpoint)


@pytest.mark.parametrize("endpoint", BOTH)
def test_what_is_required_suffices(endpoint: Endpoint) -> None:
    """Model, text, voice and format; a context of its own, which nobody named."""
    post = parsed(endpoint)
    assert (post.context_id, post.container, post.is_saved) == (None, "raw", False)
    assert (post.generation.transcript, post.generation.voice_id) == ("Hello.", KATIE)
    assert (post.generation.continues, post.generation.flush) == (False, False)
    assert post.generation.context_id


def test_every_field_of_bytes() -> None:
    """All that the OpenAPI file names."""
    post = parsed(Endpoint.BYTES, SHARED | {"save": True})
    assert post.is_saved
    assert post.generation.language == "de"
    newest = {"locale": "en-GB", "normalization": "off"}
    assert parsed(Endpoint.BYTES, newest | {"voice": KATIE}, "2026-08-14").generation.language == "en-GB"


def test_every_field_of_events() -> None:
    """Times and a context id, which the audio alone has no place for."""
    post = parsed(Endpoint.SSE, SHARED | TIMES)
    assert post.context_id == post.generation.context_id == "c1"
    assert (post.generation.add_timestamps, post.generation.add_phoneme_timestamps) == (True, True)


def test_nulls_are_absent() -> None:
    """livekit sends `language` as null where it has none."""
    assert (
        parsed(Endpoint.SSE, {"language": None, "context_id": None, "add_timestamps": None}).context_id
        is None
    )


@pytest.mark.parametrize("rate_hz", [8000, 16000, 22050, 24000, 44100, 48000])
@pytest.mark.parametrize("encoding", ["pcm_mulaw", "pcm_alaw", "pcm_s16le", "pcm_f32le"])
def test_formats(encoding: str, rate_hz: int) -> None:
    """Raw everywhere, WAV where a file is asked for."""
    form = {"encoding": encoding, "sample_rate": rate_hz}
    raw = {"output_format": {"container": "raw", **form}}
    wav = {"output_format": {"container": "wav", **form}}
    for endpoint in BOTH:
        assert parsed(endpoint, raw).generation.sample_rate_hz == rate_hz
    assert parsed(Endpoint.BYTES, wav).container == "wav"
    with pytest.raises(Refusal) as refused:
        parsed(Endpoint.SSE, wav)
    assert refused.value.error_code == "unsupported_audio_format"


def test_mp3_is_told_to_be_out_of_reach() -> None:
    """Valid at Cartesia, and nothing here can make it: the sentence says so."""
    mp3 = {"output_format": {"container": "mp3", "sample_rate": 44100, "bit_rate": 128000}}
    with pytest.raises(Refusal, match="cannot make") as refused:
        parsed(Endpoint.BYTES, mp3)
    assert (refused.value.status_code, refused.value.error_code) == (400, "unsupported_audio_format")


@pytest.mark.parametrize("endpoint", BOTH)
@pytest.mark.parametrize(
    ("changes", "error_code"),
    [
        ({"transcript": ""}, None),
        ({"transcript": " \n"}, None),
        ({"transcript": 5}, None),
        ({"continue": False}, None),
        ({"flush": False}, None),
        ({"max_buffer_delay_ms": 0}, None),
        ({"voice_id": KATIE}, None),
        ({"voice": KATIE}, None),
        ({"output_format": None}, None),
        ({"output_format": {"container": "raw"}}, None),
        ({"output_format": MULAW | {"bit_rate": 128000}}, None),
        ({"output_format": MULAW | {"sample_rate": 11025}}, "unsupported_audio_format"),
        ({"output_format": MULAW | {"container": "ogg"}}, "unsupported_audio_format"),
        ({"model_id": "sonic-2"}, "model_sunsetted"),
        ({"model_id": "eleven"}, "model_not_found"),
        ({"language": "tlh"}, "language_not_supported"),
        ({"generation_config": {"speed": 3}}, None),
        ({"save": "yes"}, None),
    ],
)
def test_wrong_fields(endpoint: Endpoint, changes: Mapping[str, object], error_code: str | None) -> None:
    """400, with Cartesia's code where it has one."""
    with pytest.raises(Refusal) as refused:
        parsed(endpoint, changes)
    assert (refused.value.status_code, refused.value.error_code) == (400, error_code)


@pytest.mark.parametrize("name", [*TIMES, "save"])
def test_what_the_other_endpoint_has(name: str) -> None:
    """A field of the one is unknown to the other."""
    endpoint, changes = (
        (Endpoint.SSE, {"save": True}) if name == "save" else (Endpoint.BYTES, {name: TIMES[name]})
    )
    with pytest.raises(Refusal, match=f"no field is called {name}"):
        parsed(endpoint, changes)


@pytest.mark.parametrize("name", ["model_id", "transcript", "voice", "output_format"])
def test_what_is_missing(name: str) -> None:
    """400 that names it."""
    body = body_of("Hello.")
    del body[name]
    with pytest.raises(Refusal, match=name):
        parse_body(body, "2026-03-01", Endpoint.BYTES)
