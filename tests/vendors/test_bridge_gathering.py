"""Streams of which nothing is read wait for some frames together; whatever is read comes all the same."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.asyncio.client import ClientConnection

from cartesia_call.vendors.bridge_gathering import GatheredReading, Gathering
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


class Reader(asyncio.BufferedProtocol):
    """Pauses behind everything that it takes; `?` breaks it."""

    def __init__(self, gathering: Gathering) -> None:
        self._gathering = gathering
        self._buffer = memoryview(bytearray(100))
        self.taken = b""
        self.has_ended = False
        self.lost = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.reading = GatheredReading(self._gathering, transport, self._buffer, self.buffer_updated)
        self.reading.longest_s = 0.03

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.taken += bytes(self._buffer[:nbytes])
        if self.taken.endswith(b"?"):
            raise ValueError("what is that?")
        self.reading.pause()

    def eof_received(self) -> None:
        self.has_ended = True

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(None)


@contextlib.asynccontextmanager
async def readers(count: int) -> AsyncIterator[list[tuple[Reader, socket.socket]]]:
    gathering = Gathering()
    gathering.streams = MANY
    pairs: list[tuple[Reader, socket.socket]] = []
    for _ in range(count):
        here, there = socket.socketpair()
        _, reader = await asyncio.get_running_loop().create_connection(lambda: Reader(gathering), sock=here)
        pairs.append((reader, there))
    try:
        yield pairs
    finally:
        for reader, there in pairs:
            reader.transport.abort()
            there.close()


async def until_taken(reader: Reader, data: bytes) -> None:
    async with asyncio.timeout(2):
        while reader.taken != data:
            await asyncio.sleep(0)


async def test_a_stream_that_goes_on_is_read_without_asking_the_loop() -> None:
    """Asyncio has it back once nothing has come."""
    async with readers(1) as [(reader, peer)]:
        for number in range(1, 5):
            peer.send(b"x")
            await until_taken(reader, b"x" * number)
            assert not reader.transport.is_reading()
        async with asyncio.timeout(2):
            while not reader.transport.is_reading():
                await asyncio.sleep(0)
        peer.send(b"y")
        await until_taken(reader, b"xxxxy")


async def test_the_end_of_a_stream_that_waits_is_told() -> None:
    """Whatever came before it is taken first."""
    async with readers(1) as [(reader, peer)]:
        peer.send(b"x")
        await until_taken(reader, b"x")
        peer.send(b"y")
        peer.close()
        async with asyncio.timeout(2):
            await reader.lost
        assert reader.taken == b"xy"
        assert reader.has_ended


async def test_a_fault_in_reading_one_stream_ends_it_and_no_other() -> None:
    """The loop's handler is told."""
    told: list[BaseException] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: told.append(context["exception"]))
    async with readers(2) as [(broken, one), (reader, other)]:
        for peer in (one, other):
            peer.send(b"x")
        await until_taken(reader, b"x")
        await until_taken(broken, b"x")
        one.send(b"?")
        other.send(b"y")
        async with asyncio.timeout(2):
            await broken.lost
        await until_taken(reader, b"xy")
        assert [str(error) for error in told] == ["what is that?"]
