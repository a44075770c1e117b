"""A connection that breaks before it brought any audio is replaced once; whatever else ends it, is not."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from http import HTTPStatus
from typing import Any

import pytest
from websockets.asyncio.server import ServerConnection
from websockets.http11 import Request, Response

from cartesia_call.errors import SpeechUnavailable
from tests.vendors.scripted_speech import (
    Conversation,
    heard,
    service,
    speak_and_finish,
    speech_from,
    until_closed,
)

LIMIT_S = 10


async def abort(conversation: Conversation) -> None:
    """As a network does: without a close frame."""
    conversation.connection.transport.abort()


async def close(conversation: Conversation) -> None:
    """Cleanly, and for no reason that is told."""
    await conversation.connection.close()


async def close_by_fault(conversation: Conversation) -> None:
    """As a server does that cannot go on."""
    await conversation.connection.close(1011, "internal error")


async def fail(conversation: Conversation) -> None:
    """The service says that it failed, and its connection stays."""
    await conversation.say(type="error", status_code=500, error="Oops: broken.")
    await until_closed(conversation)


@pytest.mark.parametrize("breaks", [abort, close, close_by_fault, fail])
async def test_a_new_connection_that_breaks_before_any_audio_is_replaced_once(
    breaks: Callable[[Conversation], Coroutine[Any, Any, None]],
) -> None:
    """Nothing was said yet, so nothing is said twice."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        if len(conversations) == 1:
            await conversation.read_request()
            await breaks(conversation)
        else:
            await speak_and_finish(conversation, b"audio")

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        assert await heard(speech) == b"audio"
        await speech.close()
    assert len(conversations) == 2


async def test_a_handshake_that_breaks_is_tried_again() -> None:
    """The connection was made, and ended before it was a websocket."""
    connections = 0

    def hang_up_on_the_first(connection: ServerConnection, request: Request) -> None:
        nonlocal connections
        connections += 1
        if connections == 1:
            connection.transport.abort()

    async def script(conversation: Conversation) -> None:
        await speak_and_finish(conversation, b"audio")

    async with (
        asyncio.timeout(LIMIT_S),
        service(script, process_request=hang_up_on_the_first) as base_url,
    ):
        speech = speech_from(base_url)
        assert await heard(speech) == b"audio"
        await speech.close()
    assert connections == 2


@pytest.mark.parametrize("status", [500, 502, 503, 504])
async def test_a_handshake_that_fails_is_tried_again(status: int) -> None:
    """Once: a gateway may have lost a server, and know another one."""
    connections = 0

    def fail_the_first(connection: ServerConnection, request: Request) -> Response | None:
        nonlocal connections
        connections += 1
        return connection.respond(HTTPStatus(status), "bad gateway") if connections % 2 else None

    async def script(conversation: Conversation) -> None:
        await speak_and_finish(conversation, b"audio")

    async with asyncio.timeout(LIMIT_S), service(script, process_request=fail_the_first) as base_url:
        speech = speech_from(base_url)
        assert await heard(speech) == b"audio"
        await speech.close()
    assert connections == 2


async def test_a_service_that_fails_twice_has_failed() -> None:
    """And says how."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await fail(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        with pytest.raises(SpeechUnavailable, match="Oops: broken"):
            await heard(speech_from(base_url))
    assert len(conversations) == 2


async def test_a_connection_that_is_closed_for_what_we_sent_is_not_replaced() -> None:
    """It would be closed again."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.connection.close(1008, "policy")

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        with pytest.raises(SpeechUnavailable, match="code 1008"):
            await heard(speech_from(base_url))
    assert len(conversations) == 1


async def test_no_second_connection_after_the_time_to_the_first_audio() -> None:
    """`--speech-timeout` counts once."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await until_closed(conversation)

    timeout_s = 0.2
    now_s = asyncio.get_running_loop().time
    began_at_s = now_s()
    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        with pytest.raises(SpeechUnavailable, match="no audio"):
            await heard(speech_from(base_url, speech_timeout_s=timeout_s))
    assert len(conversations) == 1
    assert now_s() - began_at_s < LIMIT_S / 2
