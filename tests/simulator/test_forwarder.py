"""The forwarder: bytes both ways, ends and resets passed on, nothing kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cartesia_simulator.forwarder import Forwarder
from tests.simulator.tunnel_ends import LocalServer, connect, page_at


@asynccontextmanager
async def forwarding(*, is_online: bool = True) -> AsyncIterator[tuple[Forwarder, LocalServer, str]]:
    """A forwarder, the server behind it, and the public URL."""
    local = LocalServer()
    async with await asyncio.start_server(local.take, "127.0.0.1", 0) as server:
        forwarder = Forwarder(server.sockets[0].getsockname()[1], is_online=is_online)
        url = await forwarder.start()
        try:
            yield forwarder, local, url
        finally:
            await forwarder.stop()
            for connection in local.connections:
                connection.writer.transport.abort()


async def test_bytes_pass_both_ways_unchanged() -> None:
    """More than the buffers between hold, in both directions at once, on several connections."""
    content = bytes(range(256)) * 8192
    async with forwarding() as (_, local, url):
        pairs = []
        for _ in range(3):
            outside = await connect(url)
            pairs.append((outside, await local.accept()))
        sides = [side for pair in pairs for side in pair]
        for side in sides:
            side.writer.write(content)
        assert await asyncio.gather(*(side.read(len(content)) for side in sides)) == [content] * len(sides)
        for outside, _ in pairs:
            outside.writer.close()


async def test_a_side_that_has_finished_still_hears() -> None:
    """The end of one direction is passed on and leaves the other open; after both the connection is over."""
    async with forwarding() as (_, local, url):
        outside = await connect(url)
        inside = await local.accept()
        outside.writer.write(b"question")
        outside.writer.write_eof()
        assert await inside.ended() == b"question"
        inside.writer.write(b"answer")
        inside.writer.close()
        assert await outside.ended() == b"answer"
        outside.writer.close()


@pytest.mark.parametrize("breaks", ["outside", "inside"])
async def test_a_reset_is_passed_on(breaks: str) -> None:
    """A side that breaks off breaks the other, and no other connection."""
    async with forwarding() as (_, local, url):
        outside, bystander = await connect(url), await connect(url)
        sides = {"outside": outside, "inside": await local.accept()}
        other_inside = await local.accept()
        # Which of the two was accepted first is not said.
        outside.writer.write(b"1")
        bystander.writer.write(b"2")
        if await sides["inside"].read(1) == b"2":
            sides["inside"], other_inside = other_inside, sides["inside"]
        sides.pop(breaks).reset()
        (broken,) = sides.values()
        with pytest.raises(ConnectionResetError):
            await broken.ended()
        other_inside.writer.write(b"still here")
        assert await bystander.read(10) == b"still here"
        outside.writer.close()
        bystander.writer.close()


async def test_a_drop_resets_all_and_takes_no_new_ones() -> None:
    """Both sides of every connection are reset; whoever comes later meets ngrok's page."""
    async with forwarding() as (forwarder, local, url):
        outsides = [await connect(url) for _ in range(2)]
        insides = [await local.accept() for _ in range(2)]
        for outside in outsides:
            outside.writer.write(b"1")
        assert await asyncio.gather(*(inside.read(1) for inside in insides)) == [b"1", b"1"]
        forwarder.drop()
        for side in (*outsides, *insides):
            with pytest.raises(ConnectionResetError):
                await side.ended()
            side.writer.close()
        assert b"ERR_NGROK_3200" in await page_at(url)
        assert len(local.connections) == 2


async def test_offline_is_told_as_ngrok_tells_it() -> None:
    """404 with ngrok's header, and nothing reaches the local port; once online it does."""
    async with forwarding(is_online=False) as (forwarder, local, url):
        page = await page_at(url)
        assert page.startswith(b"HTTP/1.1 404 Not Found\r\n")
        assert b"\r\nngrok-error-code: ERR_NGROK_3200\r\n" in page
        assert not local.connections
        forwarder.is_online = True
        outside = await connect(url)
        await local.accept()
        outside.writer.close()


async def test_nobody_behind_it_is_told_as_ngrok_tells_it() -> None:
    """502 with ERR_NGROK_8012, as for an agent whose local port refuses."""
    async with await asyncio.start_server(LocalServer().take, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
    forwarder = Forwarder(port, is_online=True)
    try:
        page = await page_at(await forwarder.start())
    finally:
        await forwarder.stop()
    assert page.startswith(b"HTTP/1.1 502 Bad Gateway\r\n")
    assert b"\r\nngrok-error-code: ERR_NGROK_8012\r\n" in page


async def test_stopping_leaves_nothing() -> None:
    """Whatever a connection is doing; the port refuses afterwards, and a second stop does no harm."""
    async with forwarding() as (forwarder, local, url):
        idle = await connect(url)
        await local.accept()
        stuck = await connect(url)
        stuck.writer.write(bytes(8 * 1024 * 1024))  # nobody reads it
        await local.accept()
        await forwarder.stop()
        for side in (idle, stuck):
            with pytest.raises((ConnectionResetError, BrokenPipeError)):
                await side.ended()
            side.writer.transport.abort()
        with pytest.raises(ConnectionRefusedError):
            await connect(url)
        await forwarder.stop()
