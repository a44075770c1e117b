"""Streams of which nothing is read wait for some frames together; whatever is read comes all the same."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection

from tests.vendors.bridge_callers import MEDIA, RecordingReception, bridge, dial_in

OPENING = '{"event":"media",'
FRAME = OPENING + "x" * 300

FEW, MANY = 2, 30
"""Streams, with which nothing is gathered, and with which it is."""

FRAME_S = 0.02


@contextlib.asynccontextmanager
async def streams(count: int, reception: RecordingReception) -> AsyncIterator[list[ClientConnection]]:
    """So many of one call, all of them up."""
    async with contextlib.AsyncExitStack() as stack:
        _, port = await stack.enter_async_context(bridge(reception))
        carriers = [await stack.enter_async_context(dial_in(port, MEDIA)) for _ in range(count)]
        for carrier in carriers:
            await carrier.send("hello")
            assert await carrier.recv() == "hello"
        yield carriers


@pytest.mark.parametrize(("count", "at_most"), [(FEW, 40), (MANY, 20)])
async def test_frames_that_nobody_reads_wait_for_one_another(count: int, at_most: int) -> None:
    """With many streams, two or three to a look; they only tell that the peer is there."""
    async with streams(count, reception := RecordingReception(unread=OPENING)) as (carrier, *_):
        for _ in range(30):
            await carrier.send(FRAME)
            await asyncio.sleep(FRAME_S)
        assert 0 < reception.times_heard <= at_most
        assert (reception.times_heard > 20) is (count == FEW)
        assert reception.texts == ["hello"] * count


@pytest.mark.parametrize("count", [FEW, MANY])
async def test_what_is_read_comes_between_such_frames_in_its_order(count: int) -> None:
    """Some of the frames behind it may be handed over with it."""
    async with streams(count, RecordingReception(unread=OPENING)) as (carrier, *_):
        for number in range(20):
            await carrier.send(FRAME)
            await carrier.send(str(number))
            await carrier.send(FRAME)
        answers: list[str | bytes] = []
        while len(answers) < 20:
            if (answer := await carrier.recv()) != FRAME:
                answers.append(answer)
        assert answers == [str(number) for number in range(20)]


async def test_a_stream_that_waits_is_closed_as_quickly_as_any() -> None:
    """By either side, or cut."""
    async with streams(MANY, reception := RecordingReception(unread=OPENING)) as (one, other, third, *_):
        for carrier in (one, other, third):
            await carrier.send(FRAME)
        await asyncio.sleep(FRAME_S)
        await one.close()
        assert one.close_code == 1000
        other.transport.abort()
        async with asyncio.timeout(1):
            while reception.streams_served < 2:
                await asyncio.sleep(FRAME_S)
    assert reception.streams_served == MANY
    assert third.close_code == 1000
