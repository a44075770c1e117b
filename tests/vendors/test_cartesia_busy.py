"""A plan that allows few contexts at once: waiting for room instead of failing."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from http import HTTPStatus

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from cartesia_call.errors import CartesiaCallError, SpeechRefused, SpeechUnavailable, Unauthorized
from cartesia_call.speech.utterance import Utterance
from cartesia_call.vendors.cartesia import FIRST_PAUSE_S, LONGEST_JITTER
from tests.vendors.scripted_speech import (
    REQUEST,
    Conversation,
    service,
    speak_and_finish,
    speech_from,
    until_closed,
)

LIMIT_S = 15
BUSY = {"type": "error", "done": True, "error_code": "concurrency_limited", "title": "Too many"}


@pytest.mark.parametrize("names_context", [True, False])
@pytest.mark.parametrize("status", [{"status_code": 429}, {}])
async def test_a_busy_service_is_asked_again_for_a_new_context(
    names_context: bool, status: dict[str, object]
) -> None:
    """After pauses that grow, over connections on which nothing of the old context can run."""
    conversations: list[Conversation] = []
    asked_at_s: list[float] = []

    async def script(conversation: Conversation) -> None:
        asked_at_s.append(asyncio.get_running_loop().time())
        if len(conversations) == 3:
            await speak_and_finish(conversation, b"audio")
        else:
            context_id = await conversation.read_request()
            await conversation.say(**BUSY, **status, **({"context_id": context_id} if names_context else {}))
        await until_closed(conversation)

    utterance = Utterance()
    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        await speech.synthesise(REQUEST, utterance)
        await speech.close()
    assert utterance.read(0, 100) == b"audio"
    assert len({conversation.received[0]["context_id"] for conversation in conversations}) == 3
    first, second, third = asked_at_s
    assert second - first >= FIRST_PAUSE_S
    assert third - second >= 2 * FIRST_PAUSE_S


async def test_too_many_connections_are_waited_for_too() -> None:
    """429 on the handshake."""
    refusals = iter([HTTPStatus.TOO_MANY_REQUESTS])

    def refuse_first(connection: ServerConnection, request: Request) -> Response | None:
        status = next(refusals, None)
        return None if status is None else connection.respond(status, "Too many sockets")

    utterance = Utterance()
    async with (
        asyncio.timeout(LIMIT_S),
        service(
            lambda conversation: speak_and_finish(conversation, b"audio"), process_request=refuse_first
        ) as base_url,
    ):
        await speech_from(base_url).synthesise(REQUEST, utterance)
    assert utterance.read(0, 100) == b"audio"


async def test_there_is_an_end_of_asking() -> None:
    """The speech time-out, from the first request on; the sentence and the hint say why."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await conversation.say(**BUSY, context_id=await conversation.read_request(), status_code=429)
        await until_closed(conversation)

    timeout_s = FIRST_PAUSE_S * (1 + LONGEST_JITTER) + 0.2
    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        with pytest.raises(SpeechUnavailable, match=rf"no room.*within {timeout_s:g} s: Too many") as raised:
            await speech_from(base_url, speech_timeout_s=timeout_s).synthesise(REQUEST, Utterance())
    assert (raised.value.code, raised.value.http_status) == ("concurrency_limited", 429)
    assert "--max-contexts" in (raised.value.hint or "")
    assert len(conversations) == 2


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, SpeechRefused),
        (401, Unauthorized),
        (403, Unauthorized),
        (404, SpeechRefused),
    ],
)
async def test_other_errors_are_not_asked_about_again(status: int, expected: type[CartesiaCallError]) -> None:
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await conversation.say(type="error", context_id=await conversation.read_request(), status_code=status)
        await until_closed(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        with pytest.raises(expected):
            await speech_from(base_url).synthesise(REQUEST, Utterance())
    assert len(conversations) == 1


async def test_after_audio_a_busy_service_is_a_failure() -> None:
    """Whoever owns the utterance goes on at the sentence that broke."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"part")
        await conversation.say(**BUSY, context_id=context_id, status_code=429)
        await until_closed(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        with pytest.raises(SpeechUnavailable, match="Too many"):
            await speech_from(base_url).synthesise(REQUEST, Utterance())
    assert len(conversations) == 1


class Slots:
    """Writes down when a slot is held."""

    def __init__(self) -> None:
        self.held = 0
        self.taken = 0

    @contextlib.asynccontextmanager
    async def slot(self, *, until_s: float) -> AsyncIterator[None]:
        self.held += 1
        self.taken += 1
        try:
            yield
        finally:
            self.held -= 1


async def test_a_slot_is_held_from_the_first_request_to_the_end() -> None:
    """One for each message, while it waits for room too, and none afterwards, whichever way it ends."""
    slots = Slots()
    held: list[int] = []
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        held.append(slots.held)
        if len(conversations) == 1:
            await conversation.say(**BUSY, context_id=context_id, status_code=429)
        elif len(conversations) == 2:
            await conversation.speak(context_id, b"audio")
            await conversation.say(type="done", context_id=context_id)
        await conversation.connection.close()

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url, slots=slots)
        await speech.synthesise(REQUEST, Utterance())
        assert (slots.held, slots.taken) == (0, 1)
        with pytest.raises(SpeechUnavailable):
            await speech.synthesise(REQUEST, Utterance())
        assert (slots.held, slots.taken) == (0, 2)
    assert held == [1, 1, 1, 1]  # the last message over two connections: each was closed without audio
