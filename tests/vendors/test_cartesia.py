"""Cartesia's speech over real sockets, against a service that follows a script."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import SettingsError, SpeechUnavailable
from cartesia_call.speech.delivery import Delivery
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.outcomes import Voice
from tests.vendors.scripted_speech import (
    KEY,
    REQUEST,
    Conversation,
    service,
    speak_and_finish,
    speech_from,
    until_closed,
)


def spoken(utterance: Utterance) -> bytes:
    return utterance.read(0, utterance.length_bytes)


async def test_audio_arrives_in_order_until_done() -> None:
    """Chunks of any size are appended as they come; whatever else is said in between does not matter."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"one")
        await conversation.say(type="flush_done", context_id=context_id, flush_id=1)
        await conversation.say(type="timestamps", context_id=context_id)
        await conversation.say(type="of the future")
        await conversation.speak("somebody else's", b"noise")
        await conversation.say(type="done", context_id="somebody else's")
        await conversation.speak(None, b"two")
        await conversation.speak(context_id, b"")
        await conversation.speak(context_id, b"x" * 100_000)
        await conversation.say(type="done", context_id=context_id, done=True, status_code=206)
        await until_closed(conversation)

    utterance = Utterance()
    async with service(script) as base_url:
        await speech_from(base_url).synthesise(REQUEST, utterance)
    assert spoken(utterance) == b"onetwo" + b"x" * 100_000
    assert not utterance.has_ended, "ending the utterance is its owner's business"


async def test_each_sentence_is_a_message_on_one_context() -> None:
    """All at once and verbatim; only the last one closes the context."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"audio")
        await conversation.say(type="done", context_id=context_id)

    conversations: list[Conversation] = []
    async with service(script, conversations) as base_url:
        await speech_from(base_url).synthesise(REQUEST, Utterance())
        await speech_from(base_url).synthesise(REQUEST, Utterance())
    first, second = conversations
    assert [(piece["transcript"], piece["continue"]) for piece in first.received] == [
        ("One. ", True),
        ("Two.\n", True),
        ("Three.", False),
    ]
    assert len({piece["context_id"] for piece in first.received}) == 1
    assert first.received[0]["context_id"] != second.received[0]["context_id"]


async def test_whole_sentences_are_counted_where_the_service_tells() -> None:
    """By `flush_done` or by the chunks' flush numbers; a sentence that broke off is none."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"one")
        await conversation.say(type="flush_done", context_id="somebody else's", flush_id=1)
        await conversation.say(type="flush_done", context_id=context_id, flush_id=1)
        await conversation.speak(context_id, b"tw")
        await conversation.speak(context_id, b"o", flush_id=2)
        await conversation.speak(context_id, b"thr", flush_id=3)
        await conversation.connection.close()

    utterance = Utterance()
    async with service(script) as base_url:
        with pytest.raises(SpeechUnavailable):
            await speech_from(base_url).synthesise(REQUEST, utterance)
    assert utterance.whole_sentences == 2
    utterance.drop_broken_sentence()
    assert spoken(utterance) == b"onetwo"


async def test_without_a_sign_no_sentence_is_counted() -> None:
    """Before `done`. Then everything is there, and the owner knows it."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"one two thr")
        await conversation.connection.close()

    utterance = Utterance()
    async with service(script) as base_url:
        with pytest.raises(SpeechUnavailable):
            await speech_from(base_url).synthesise(REQUEST, utterance)
    assert utterance.whole_sentences == 0


async def test_the_key_is_a_header_and_never_in_the_url() -> None:
    requests: list[Request] = []

    def look(connection: ServerConnection, request: Request) -> None:
        requests.append(request)

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"audio")
        await conversation.say(type="done", context_id=context_id)

    async with service(script, process_request=look) as base_url:
        await speech_from(base_url).synthesise(REQUEST, Utterance())
    (request,) = requests
    assert request.path == "/tts/websocket"
    assert request.headers["Authorization"] == f"Bearer {KEY}"
    assert request.headers["Cartesia-Version"] == "2026-03-01"
    assert request.headers["User-Agent"].startswith("cartesia-call/")
    assert "Sec-WebSocket-Extensions" not in request.headers


@pytest.mark.parametrize("code", [1000, 1001, 1011])
async def test_a_close_before_done_is_a_failure(code: int) -> None:
    """A clean one too: the service closes idle connections with 1000. Audio that came stays."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"x" * 8000)
        await conversation.connection.close(code, "connection idle timeout")

    utterance = Utterance()
    async with service(script) as base_url:
        with pytest.raises(
            SpeechUnavailable, match=rf"after 1\.0 s of audio.*code {code}, connection idle timeout"
        ):
            await speech_from(base_url).synthesise(REQUEST, utterance)
    assert utterance.length_bytes == 8000


async def test_a_lost_connection_is_a_failure() -> None:
    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        conversation.connection.transport.abort()

    async with service(script) as base_url:
        with pytest.raises(SpeechUnavailable, match="before the first audio"):
            await speech_from(base_url).synthesise(REQUEST, Utterance())


async def test_silence_before_the_first_audio_has_a_limit() -> None:
    """Also when other messages keep coming: only audio counts."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        while True:
            await conversation.say(type="flush_done", context_id=context_id)
            await conversation.speak(context_id, b"")
            await asyncio.sleep(0.02)

    async with service(script) as base_url, asyncio.timeout(3):
        with pytest.raises(SpeechUnavailable, match=r"0\.1 s before the first audio") as raised:
            await speech_from(base_url, speech_timeout_s=0.1).synthesise(REQUEST, Utterance())
    assert raised.value.hint is not None
    assert "--speech-timeout" in raised.value.hint


async def test_silence_between_chunks_and_before_done_has_a_limit() -> None:
    """The limit begins anew with each chunk, so a long message is not cut."""

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        for _ in range(16):
            await conversation.speak(context_id, b"x" * 2000)
            await asyncio.sleep(0.05)
        await until_closed(conversation)

    utterance = Utterance()
    async with service(script) as base_url, asyncio.timeout(3):
        with pytest.raises(SpeechUnavailable, match=r"after 4\.0 s of audio"):
            await speech_from(base_url, speech_timeout_s=0.5).synthesise(REQUEST, utterance)
    assert utterance.length_bytes == 32_000


async def test_done_without_audio_is_a_failure() -> None:
    """Also where the utterance holds other audio already."""

    async def script(conversation: Conversation) -> None:
        await conversation.say(type="done", context_id=await conversation.read_request())

    utterance = Utterance()
    utterance.append(b"what came before")
    async with service(script) as base_url:
        with pytest.raises(SpeechUnavailable, match="without any audio"):
            await speech_from(base_url).synthesise(REQUEST, utterance)


async def test_words_end_where_the_service_says() -> None:
    """Counted from where the voice began; what is malformed or about another context changes nothing."""

    def of_words(words: list[str], end: list[object]) -> dict[str, object]:
        return {"type": "timestamps", "word_timestamps": {"words": words, "start": [0.0], "end": end}}

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.say(context_id=context_id, **of_words(["One"], [0.5]))
        await conversation.speak(context_id, b"x" * 8000)
        await conversation.say(context_id=context_id, **of_words(["Two"], ["NaN"]))
        await conversation.say(context_id="another", **of_words(["Two"], [0.6]))
        await conversation.say(context_id=context_id, **of_words(["two", "three"], [0.75, 1]))
        await conversation.say(type="done", context_id=context_id)

    utterance = Utterance()
    utterance.append(b"before")
    utterance.begin_voice(Voice.CARTESIA, 100)
    async with service(script) as base_url:
        await speech_from(base_url).synthesise(REQUEST, utterance)
    assert utterance.word_ends == ((104, 4006), (109, 6006), (116, 8006))


async def test_every_input_repeats_the_delivery() -> None:
    """Together with everything else but the text and whether more follows."""
    conversations: list[Conversation] = []
    delivery = Delivery(speed=1.2, emotion="calm", pronunciation_dict_id="d1")
    async with service(lambda conversation: speak_and_finish(conversation, b"a"), conversations) as base_url:
        await speech_from(base_url).synthesise(
            replace(REQUEST, voicing=replace(REQUEST.voicing, delivery=delivery)), Utterance()
        )
    (conversation,) = conversations
    rest = [
        {name: value for name, value in piece.items() if name not in ("transcript", "continue")}
        for piece in conversation.received
    ]
    assert rest == [rest[0]] * 3
    assert rest[0]["generation_config"] == {"speed": 1.2, "emotion": "calm"}
    assert rest[0]["pronunciation_dict_id"] == "d1"


@pytest.mark.parametrize("text", ["not JSON", "[]", '{"type":"chunk","data":"???"}', '{"type":"chunk"}'])
async def test_a_malformed_message_is_a_failure(text: str) -> None:
    """Skipping it could leave a hole in the message."""

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.connection.send(text)
        await until_closed(conversation)

    async with service(script) as base_url:
        with pytest.raises(SpeechUnavailable, match="malformed"):
            await speech_from(base_url).synthesise(REQUEST, Utterance())


async def test_a_message_may_come_in_a_binary_frame() -> None:
    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"audio")
        await conversation.connection.send(json.dumps({"type": "done", "context_id": context_id}).encode())

    async with service(script) as base_url:
        await speech_from(base_url).synthesise(REQUEST, Utterance())


async def test_an_unreachable_service_is_named() -> None:
    async with service(until_closed) as base_url:
        pass
    with pytest.raises(SpeechUnavailable, match=r"Cartesia at 127\.0\.0\.1:\d+: the connection was refused"):
        await speech_from(base_url).synthesise(REQUEST, Utterance())


async def test_a_service_that_never_answers_has_a_limit() -> None:
    async def listen(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(listen, "127.0.0.1", 0) as server:
        base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        with pytest.raises(SpeechUnavailable, match="did not answer in time"):
            await speech_from(base_url, connect_timeout_s=0.1).synthesise(REQUEST, Utterance())


async def test_a_proxy_that_hangs_is_named() -> None:
    """Its password is not."""

    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(hang, "127.0.0.1", 0) as proxy:
        place = f"127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        network = NetworkRules(https_proxy=f"http://user:hidden@{place}", no_proxy=None, ca_file=None)
        speech = speech_from("https://speech.example.com", connect_timeout_s=0.1, network=network)
        with pytest.raises(
            SpeechUnavailable, match=f"through the proxy {place}, it did not answer"
        ) as raised:
            await speech.synthesise(REQUEST, Utterance())
    assert "HTTPS_PROXY" in (raised.value.hint or "")


async def test_cancelling_closes_the_connection() -> None:
    """Promptly: Cartesia bills what it goes on to speak."""
    reading = asyncio.Event()
    closed = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        reading.set()
        with pytest.raises(ConnectionClosed):
            await conversation.connection.recv()
        closed.set()

    async with service(script) as base_url, asyncio.timeout(3):
        task = asyncio.create_task(speech_from(base_url).synthesise(REQUEST, Utterance()))
        await reading.wait()
        task.cancel()
        await closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await task


@pytest.mark.parametrize("base_url", ["http://api.example.com", "http://10.0.0.1:80", "ftp://127.0.0.1", "x"])
def test_plain_http_is_for_loopback_only(base_url: str) -> None:
    with pytest.raises(SettingsError, match="CARTESIA_BASE_URL"):
        speech_from(base_url)


@pytest.mark.parametrize("base_url", ["https://api.cartesia.ai", "http://localhost:1", "http://[::1]:1"])
def test_https_and_loopback_are_accepted(base_url: str) -> None:
    speech_from(base_url)
