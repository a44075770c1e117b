"""One connection to the bridge, well-behaved or not: nobody can hold it up."""

from __future__ import annotations

import asyncio
import contextlib
import socket

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode

from cartesia_call.ports import MediaSocket
from tests.vendors.bridge_callers import (
    MEDIA,
    NOT_FOUND,
    STATUS,
    RecordingReception,
    bridge,
    close_quietly,
    dial_in,
    get,
    occupy,
    send_raw,
    upgrade_request,
)


async def test_sending_to_a_closed_socket_is_swallowed_at_once() -> None:
    """Also while the peer is silent in its closing handshake."""
    sent = asyncio.Event()

    def send_late(socket: MediaSocket) -> None:
        socket.send_texts(["too late"])
        sent.set()

    async with bridge(RecordingReception(ends=send_late)) as (_, port):
        async with dial_in(port, MEDIA) as carrier:
            carrier.transport.abort()
        await sent.wait()


@pytest.mark.parametrize("code", [1000, 1001, 1011, 4000])
async def test_the_stream_ends_with_any_close_code(code: int) -> None:
    async with bridge(reception := RecordingReception()) as (_, port):
        carrier = await dial_in(port, MEDIA)
        await carrier.close(code)
    assert reception.streams_served == 1


async def test_our_close_is_bounded_when_the_peer_reads_nothing() -> None:
    """A second, even with megabytes under way."""
    took_s: asyncio.Future[float] = asyncio.get_running_loop().create_future()

    async def close(socket: MediaSocket) -> None:
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        await socket.close()
        took_s.set_result(now_s() - began_s)

    def flood_then_close(socket: MediaSocket) -> None:
        _flood(socket)
        closing.append(asyncio.create_task(close(socket)))

    closing: list[asyncio.Task[None]] = []
    async with bridge(RecordingReception(flood_then_close)) as (_, port), dial_in(port, MEDIA) as carrier:
        carrier.transport.pause_reading()
        assert await took_s < 1.5
        carrier.transport.abort()


@pytest.mark.parametrize("answers", [True, False])
async def test_our_close_tells_whether_the_peer_answered(answers: bool) -> None:
    """A second is all that an answer is waited for."""
    answered: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    async def close(socket: MediaSocket) -> None:
        answered.set_result(await socket.close())

    closing: list[asyncio.Task[None]] = []
    begins = RecordingReception(lambda socket: closing.append(asyncio.create_task(close(socket))))
    async with bridge(begins) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(upgrade_request(MEDIA))
        await reader.readuntil(b"\r\n\r\n")
        assert await reader.readexactly(4) == b"\x88\x02\x03\xe8"  # close, 1000
        if answers:
            writer.write(Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True))
        async with asyncio.timeout(2):
            assert await answered is answers
        writer.close()
        await close_quietly(writer)


async def test_a_peer_that_is_gone_by_half_and_reads_nothing_is_dropped() -> None:
    """Nothing more comes from it, and what we have for it does not leave: a second, and it is over."""
    gone = asyncio.Event()

    async with (
        bridge(RecordingReception(_flood, ends=lambda _: gone.set())) as (_, port),
        dial_in(port, MEDIA) as carrier,
    ):
        carrier.transport.pause_reading()
        carrier.transport.write_eof()
        async with asyncio.timeout(3):
            await gone.wait()
        carrier.transport.abort()


async def test_a_message_that_is_no_text_ends_the_stream() -> None:
    broken = Frame(Opcode.TEXT, b"\xff").serialize(mask=True)
    async with bridge(reception := RecordingReception()) as (_, port), dial_in(port, MEDIA) as carrier:
        carrier.transport.write(broken + Frame(Opcode.TEXT, b"unheard").serialize(mask=True))
        with pytest.raises(ConnectionClosed) as closed:
            await carrier.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1007
    assert reception.streams_served == 1


def _flood(socket: MediaSocket) -> None:
    while socket.is_writable:
        socket.send_texts(["x" * 1_000_000])


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


async def test_a_burst_of_newcomers_does_not_push_out_one_that_has_asked() -> None:
    """However many wait to be accepted: each is read once before it can give way."""
    async with bridge(reception := RecordingReception()) as (_, port):
        with contextlib.ExitStack() as stack:
            carrier = stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            carrier.sendall(f"GET {STATUS}?CallSid=CA1 HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            for _ in range(300):  # all before the event loop turns
                stack.enter_context(socket.create_connection(("127.0.0.1", port)))
            carrier.setblocking(False)
            answer = await asyncio.get_running_loop().sock_recv(carrier, 1000)
            assert await get(port, "/") == (404, b"")  # behind all of them in the queue
    assert answer.startswith(b"HTTP/1.1 204 ")
    assert reception.statuses == [{"CallSid": "CA1"}]


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GET /" + b"x" * 8_190 + b" HTTP/1.1\r\n\r\n",
        b"GET / HTTP/1.1\r\nx: " + b"y" * 8_190 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 129 + b"\r\n",
        b"GET / HTTP/1.1\r\n" + b"x: y\r\n" * 3_000 + b"\r\n",
        b"GET / HTTP/1.1\r\nHost: x\r\n folded: y\r\n\r\n",
        b"GET / HTTP/1.1\nHost: x\n\n",
        b"x" * 100_000,
    ],
    ids=["long line", "long header", "many headers", "very many", "folded", "bare line feeds", "no end"],
)
async def test_a_request_out_of_bounds_gets_no_word(request_bytes: bytes) -> None:
    """The library would explain what is wrong with it."""
    async with bridge() as (_, port):
        assert await send_raw(port, request_bytes) == b""


@pytest.mark.parametrize(
    "behind",
    [
        Frame(Opcode.PING, b"are you there?").serialize(mask=True),
        Frame(Opcode.CLOSE, b"\x03\xe8").serialize(mask=True),
        Frame(Opcode.TEXT, b"x" * 2_000).serialize(mask=True) * 3,
        b"\xff" * 4_000,
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["ping", "close", "texts", "garbage", "another request"],
)
async def test_what_follows_a_refused_request_is_not_even_read(behind: bytes) -> None:
    async with bridge() as (_, port):
        assert await send_raw(port, upgrade_request("/media/x") + behind) == NOT_FOUND


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_what_follows_an_accepted_request_is_kept(size: int) -> None:
    """A peer that does not wait for the answer loses nothing, in whatever pieces it arrives."""
    hello = Frame(Opcode.TEXT, b"hello").serialize(mask=True)
    whole = upgrade_request(MEDIA) + hello + hello
    async with bridge(RecordingReception()) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        for start in range(0, len(whole), size):
            writer.write(whole[start : start + size])
            await asyncio.sleep(0)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101 ")
        assert await reader.readexactly(14) == 2 * b"\x81\x05hello"
        writer.close()
        await close_quietly(writer)


async def test_streams_that_never_start_make_room() -> None:
    """Who knows the stream secret and says nothing may not fill the house: the oldest gives way."""
    async with contextlib.AsyncExitStack() as stack:
        _, port = await stack.enter_async_context(bridge(RecordingReception()))
        silent = [await stack.enter_async_context(dial_in(port, MEDIA)) for _ in range(50)]
        late = await stack.enter_async_context(dial_in(port, MEDIA))
        await late.send("hello")
        assert await late.recv() == "hello"
        for carrier in silent[:19]:
            with pytest.raises(ConnectionClosed):
                await carrier.recv()
        await silent[19].send("hello")
        assert await silent[19].recv() == "hello"


async def test_the_stream_that_started_never_makes_room() -> None:
    async with contextlib.AsyncExitStack() as stack:
        _, port = await stack.enter_async_context(bridge(reception := RecordingReception()))
        started = await stack.enter_async_context(dial_in(port, MEDIA))
        await started.send("hello")
        assert await started.recv() == "hello"
        reception.open = False
        for _ in range(20):
            assert await send_raw(port, upgrade_request(MEDIA)) == NOT_FOUND
        await started.send("hello")
        assert await started.recv() == "hello"


async def test_a_peer_that_pings_and_reads_nothing_is_dropped() -> None:
    """Each ping makes an answer; they may not pile up here."""
    ping = Frame(Opcode.PING, b"x" * 125).serialize(mask=True)
    async with bridge(RecordingReception()) as (_, port), dial_in(port, MEDIA) as carrier:
        carrier.transport.pause_reading()
        with contextlib.suppress(ConnectionError):
            for _ in range(400):
                carrier.transport.write(ping * 1_000)
                await asyncio.sleep(0)
                if carrier.transport.is_closing():
                    break
        carrier.transport.resume_reading()
        await carrier.wait_closed()


async def test_a_message_in_countless_pieces_ends_the_stream() -> None:
    """Empty pieces never reach the limit on a message's size."""
    begin = Frame(Opcode.TEXT, b"", fin=False).serialize(mask=True)
    piece = Frame(Opcode.CONT, b"", fin=False).serialize(mask=True)
    async with bridge(RecordingReception()) as (_, port), dial_in(port, MEDIA) as carrier:
        carrier.transport.write(begin + piece * 1_000)
        with pytest.raises(ConnectionClosed):
            await carrier.recv()


async def test_a_message_in_a_few_pieces_is_one_message() -> None:
    """Proxies may cut messages as they like."""
    async with bridge(RecordingReception()) as (_, port), dial_in(port, MEDIA) as carrier:
        for _ in range(10):
            await carrier.send(["he", "", "ll", "o"] * 10)
            assert await carrier.recv() == "hello" * 10
