"""One connection to the bridge, well-behaved or not: nobody can hold it up."""

from __future__ import annotations

import asyncio
import contextlib

import pytest
from websockets.exceptions import ConnectionClosed

from cartesia_call.ports import MediaSocket
from tests.vendors.bridge_callers import (
    MEDIA,
    STATUS,
    RecordingReception,
    bridge,
    dial_in,
    occupy,
    send_raw,
)


async def test_sending_to_a_closed_socket_is_swallowed_at_once() -> None:
    """Also while the peer is silent in its closing handshake."""
    sent = asyncio.Event()

    async def send_late(socket: MediaSocket) -> None:
        async for _ in socket:
            pass
        await socket.send_text("too late")
        sent.set()

    async with bridge(RecordingReception(send_late)) as (_, port):
        async with dial_in(port, MEDIA) as carrier:
            carrier.transport.abort()
        await sent.wait()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000])
async def test_the_iteration_ends_with_any_close_code(code: int) -> None:
    async with bridge(reception := RecordingReception()) as (_, port):
        carrier = await dial_in(port, MEDIA)
        await carrier.close(code)
    assert reception.streams_served == 1


async def test_our_close_is_bounded_when_the_peer_reads_nothing() -> None:
    """A second, even with megabytes under way."""
    took_s: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def flood_then_close(socket: MediaSocket) -> None:
        flood = asyncio.create_task(_flood(socket))
        await asyncio.sleep(0.05)
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        await socket.close()
        took_s.set_result(now_s() - began_s)
        await flood

    async with bridge(RecordingReception(flood_then_close)) as (_, port), dial_in(port, MEDIA) as carrier:
        carrier.transport.pause_reading()
        assert await took_s < 1.5
        carrier.transport.abort()


async def _flood(socket: MediaSocket) -> None:
    for _ in range(100):
        await socket.send_text("x" * 1_000_000)


async def test_an_oversized_message_ends_the_stream() -> None:
    async with bridge(reception := RecordingReception()) as (_, port), dial_in(port, MEDIA) as carrier:
        await carrier.send("x" * 65_537)
        with pytest.raises(ConnectionClosed) as closed:
            await carrier.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1009
    assert reception.streams_served == 1


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(range(256)),
        b"\r\n\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xff HTTP/1.1\r\n\r\n",
        b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 300 + b"\r\n",
        b"GET / HTTP/1.1\r\nbad header\r\n\r\n",
        b"GET / HTTP/1.0\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" * 3,
        f"GET {MEDIA} HTTP/1.1\r\nHost: x\r\n\r\n".encode() * 2,
        b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhello",
        b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        f"GET {STATUS}?{'%' * 4000} HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    ],
    ids=range(14),
)
async def test_garbage_is_survived_in_silence(
    request_bytes: bytes, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    """No trace on the terminal or in a log, and the next one is served."""
    problems: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda loop, context: problems.append(context))
    async with bridge(RecordingReception()) as (_, port):
        await send_raw(port, request_bytes)
        async with dial_in(port, MEDIA) as carrier:
            await carrier.send("hello")
            assert await carrier.recv() == "hello"
    assert capfd.readouterr() == ("", "")
    assert not [record for record in caplog.records if record.levelname != "DEBUG"]
    assert problems == []


@pytest.mark.parametrize("idle_connections", [50, 200])
async def test_idle_connections_do_not_shut_out_the_carrier(idle_connections: int) -> None:
    """Beyond the limit the oldest stranger gives way, an open stream never."""
    async with contextlib.AsyncExitStack() as stack:
        _, port = await stack.enter_async_context(bridge(RecordingReception()))
        early = await stack.enter_async_context(dial_in(port, MEDIA))
        await occupy(stack, port, idle_connections)
        late = await stack.enter_async_context(dial_in(port, MEDIA))
        for carrier in (early, late):
            await carrier.send("hello")
            assert await carrier.recv() == "hello"
