"""Which connection a message is spoken over, and that nothing of one message gets into another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from cartesia_call.errors import CartesiaCallError, SpeechUnavailable
from cartesia_call.speech.utterance import Utterance
from tests.vendors.scripted_speech import (
    REQUEST,
    Conversation,
    heard,
    service,
    speak_and_finish,
    speech_from,
    until_closed,
)

LIMIT_S = 10


async def speak_for_ever(conversation: Conversation) -> None:
    """One message after the other, the number of the message being its audio."""
    number = 0
    while True:
        number += 1
        try:
            await speak_and_finish(conversation, b"%d" % number)
        except ConnectionClosed:
            return


async def test_a_connection_serves_one_message_after_the_other() -> None:
    """Each in a context of its own."""
    conversations: list[Conversation] = []
    async with asyncio.timeout(LIMIT_S), service(speak_for_ever, conversations) as base_url:
        speech = speech_from(base_url)
        assert [await heard(speech), await heard(speech), await heard(speech)] == [b"1", b"2", b"3"]
        await speech.close()
    (conversation,) = conversations
    assert len({piece["context_id"] for piece in conversation.received}) == 3


async def test_closing_leaves_nothing_open_and_may_be_repeated() -> None:
    """What is spoken afterwards keeps no connection."""
    closed: list[int | None] = []

    async def script(conversation: Conversation) -> None:
        await speak_for_ever(conversation)
        closed.append(conversation.connection.close_code)

    async with asyncio.timeout(LIMIT_S), service(script) as base_url:
        speech = speech_from(base_url)
        await speech.close()
        await heard(speech)
        await heard(speech)
        await speech.close()
        await speech.close()
        speech = speech_from(base_url)
        await heard(speech)
        await speech.close()
    assert closed == [1000, 1000, 1000]


async def test_messages_at_the_same_time_have_connections_of_their_own() -> None:
    """And one of them is kept."""
    conversations: list[Conversation] = []
    all_are_here = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        if len(conversations) == 3:
            all_are_here.set()
        await all_are_here.wait()
        await speak_for_ever(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        assert await asyncio.gather(*(heard(speech) for _ in range(3))) == [b"1"] * 3
        assert await heard(speech) == b"2"
        assert len(conversations) == 3
        await speech.close()


async def break_at_once(conversation: Conversation) -> None:
    await conversation.connection.close(1000, "connection idle timeout")


async def break_when_asked(conversation: Conversation) -> None:
    await conversation.read_request()
    conversation.connection.transport.abort()


async def break_unseen(conversation: Conversation) -> None:
    conversation.connection.transport.abort()


async def close_when_asked(conversation: Conversation) -> None:
    await conversation.read_request()
    await conversation.connection.close(1000, "connection idle timeout")


@pytest.mark.parametrize("end", [break_at_once, break_when_asked, break_unseen, close_when_asked])
async def test_a_connection_that_is_no_good_any_more_is_replaced(
    end: Callable[[Conversation], Coroutine[Any, Any, None]],
) -> None:
    """Whenever that turns out before the first audio, and nobody notices."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await speak_and_finish(conversation, b"audio")
        if len(conversations) == 1:
            await end(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        assert await heard(speech) == b"audio"
        assert await heard(speech) == b"audio"
        await speech.close()
    assert len(conversations) == 2


async def test_what_is_said_unasked_is_not_about_the_next_message() -> None:
    """A connection on which something came while nobody listened is not used again."""
    conversations: list[Conversation] = []
    has_come = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        await speak_and_finish(conversation, b"audio")
        await conversation.say(type="error", status_code=408, title="Idle")
        await (await conversation.connection.ping())
        has_come.set()
        await until_closed(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        assert await heard(speech) == b"audio"
        await has_come.wait()
        assert await heard(speech) == b"audio"
        await speech.close()
    assert len(conversations) == 2


async def test_one_new_connection_is_tried_and_no_more() -> None:
    """If that breaks too, the service is not to be had."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        if len(conversations) == 1:
            await speak_and_finish(conversation, b"audio")
        await break_when_asked(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        await heard(speech)
        with pytest.raises(SpeechUnavailable, match="before the first audio"):
            await heard(speech)
        await speech.close()
    assert len(conversations) == 2


async def test_a_kept_connection_that_breaks_after_audio_is_a_failure() -> None:
    """What was heard must not be said twice."""

    async def script(conversation: Conversation) -> None:
        await speak_and_finish(conversation, b"audio")
        await conversation.speak(await conversation.read_request(), b"x" * 4000)
        await conversation.connection.close()

    utterance = Utterance()
    async with asyncio.timeout(LIMIT_S), service(script) as base_url:
        speech = speech_from(base_url)
        await heard(speech)
        with pytest.raises(SpeechUnavailable, match=r"after 0\.5 s of audio"):
            await speech.synthesise(REQUEST, utterance)
        await speech.close()
    assert utterance.length_bytes == 4000


async def fail(conversation: Conversation, context_id: str) -> None:
    await conversation.say(type="error", context_id=context_id, status_code=400)


async def fail_all(conversation: Conversation, context_id: str) -> None:
    await conversation.say(type="error", status_code=400)


async def speak_nonsense(conversation: Conversation, context_id: str) -> None:
    await conversation.connection.send("nonsense")


async def end_without_audio(conversation: Conversation, context_id: str) -> None:
    await conversation.say(type="done", context_id=context_id)


@pytest.mark.parametrize("end", [fail, fail_all, speak_nonsense, end_without_audio, until_closed])
async def test_a_connection_on_which_something_went_wrong_is_closed(
    end: Callable[..., Coroutine[Any, Any, None]],
) -> None:
    """The context may be running still, and its audio belongs to nobody."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        if len(conversations) > 1:
            await conversation.speak(context_id, b"next")
            await conversation.say(type="done", context_id=context_id)
        elif end is not until_closed:
            await end(conversation, context_id)
        await until_closed(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url, speech_timeout_s=0.3)
        with pytest.raises(CartesiaCallError):
            await heard(speech)
        assert await heard(speech) == b"next"
        await speech.close()


async def test_a_connection_whose_message_was_cancelled_is_closed() -> None:
    conversations: list[Conversation] = []
    reading = asyncio.Event()

    async def script(conversation: Conversation) -> None:
        context_id = await conversation.read_request()
        await conversation.speak(context_id, b"audio")
        if len(conversations) == 1:
            reading.set()
        else:
            await conversation.say(type="done", context_id=context_id)
        await until_closed(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        task = asyncio.create_task(heard(speech))
        await reading.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await conversations[0].connection.wait_closed()
        assert await heard(speech) == b"audio"
        await speech.close()
    assert len(conversations) == 2


async def test_a_service_that_does_not_name_its_contexts_gets_a_connection_for_each() -> None:
    """Nobody could tell them apart."""
    conversations: list[Conversation] = []

    async def script(conversation: Conversation) -> None:
        await conversation.read_request()
        await conversation.speak(None, b"audio")
        await conversation.say(type="done")
        await until_closed(conversation)

    async with asyncio.timeout(LIMIT_S), service(script, conversations) as base_url:
        speech = speech_from(base_url)
        assert [await heard(speech), await heard(speech)] == [b"audio", b"audio"]
    assert len(conversations) == 2
