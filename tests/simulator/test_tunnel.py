"""The built-in tunnel: direct without a fault; refused, in use, late and dropped with one.

The forwarder: bytes both ways, ends and resets passed on, nothing kept.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import TunnelError
from cartesia_call.ports import PublicPath
from cartesia_simulator.faults import FaultPlan, Moment
from cartesia_simulator.tunnel import Forwarder, LoopbackTunnel, built_in_tunnel
from tests.simulator.speech.client import plan_of
from tests.simulator.tunnel_ends import PATIENCE_S, LocalServer, connect, page_at

AMPLE_S = 60.0
BRIEF_S = 0.05


def tunnel_with(
    plan: FaultPlan, *, clock: SystemClock | None = None, tunnel_timeout_s: float = AMPLE_S
) -> PublicPath:
    return built_in_tunnel(plan, clock or SystemClock(), tunnel_timeout_s=tunnel_timeout_s)


@asynccontextmanager
async def opened(
    plan: FaultPlan, clock: SystemClock | None = None
) -> AsyncIterator[tuple[str, LocalServer, PublicPath]]:
    """An open tunnel: its URL, the server behind it, and itself."""
    local = LocalServer()
    async with await asyncio.start_server(local.take, "127.0.0.1", 0) as server:
        tunnel = tunnel_with(plan, clock=clock)
        try:
            yield await tunnel.open(server.sockets[0].getsockname()[1]), local, tunnel
        finally:
            await tunnel.close()
            for connection in local.connections:
                connection.writer.transport.abort()


async def until_online(url: str, local: LocalServer) -> int:
    """Ask again until the tunnel leads to the local port; how often it was offline."""
    pages = 0
    async with asyncio.timeout(PATIENCE_S):
        while True:
            outside = await connect(url)
            outside.writer.write(b"GET / HTTP/1.1\r\n\r\n")
            arrived = asyncio.create_task(local.accept())
            page = asyncio.create_task(outside.ended())
            await asyncio.wait({arrived, page}, return_when=asyncio.FIRST_COMPLETED)
            came = arrived.done()
            for task in (arrived, page):
                task.cancel()
            await asyncio.wait({arrived, page})
            outside.writer.transport.abort()
            if came:
                return pages
            pages += 1
            await asyncio.sleep(0.1)  # asking again takes no time, where time skips


async def test_without_a_fault_of_its_own_the_address_is_direct() -> None:
    """Faults of others change nothing about it."""
    tunnel = tunnel_with(plan_of("speech-close", "stream-drop"))
    assert isinstance(tunnel, LoopbackTunnel)
    assert await tunnel.open(4242) == "http://127.0.0.1:4242"


async def test_refused() -> None:
    """At once, in ngrok's words, with its code and what to do."""
    tunnel = tunnel_with(plan_of("tunnel-refused", "tunnel-334"))
    with pytest.raises(TunnelError, match=r"ngrok opened no tunnel: .*ERR_NGROK_727") as caught:
        await tunnel.open(4242)
    assert caught.value.code == "ERR_NGROK_727"
    assert caught.value.hint is not None
    await tunnel.close()


@pytest.mark.parametrize("fault", ["tunnel-334", "tunnel-334@60m"])
async def test_a_domain_in_use_is_waited_for_within_the_limit(fault: str) -> None:
    """Then the error tells ngrok's reason."""
    tunnel = tunnel_with(plan_of(fault), tunnel_timeout_s=BRIEF_S)
    with pytest.raises(TunnelError, match=r"no tunnel within 0\.05 s: .*already online") as caught:
        await tunnel.open(4242)
    assert caught.value.code == "ERR_NGROK_334"
    assert caught.value.hint is not None
    await tunnel.close()


async def test_a_domain_becomes_free() -> None:
    """After the fault's time, in seconds of the call, the tunnel opens and leads to the local port."""
    clock = SystemClock()
    start_s = clock.now_s()
    async with opened(plan_of("tunnel-334@3s"), clock) as (url, local, _):
        assert clock.now_s() - start_s >= 3
        assert await until_online(url, local) == 0


@pytest.mark.parametrize(("fault", "late_s"), [("tunnel-late", 3.0), ("tunnel-late@1s", 1.0)])
async def test_late(fault: str, late_s: float) -> None:
    """The address is told at once and leads to ngrok's page until the time is over."""
    clock = SystemClock()
    start_s = clock.now_s()
    async with opened(plan_of(fault), clock) as (url, local, _):
        assert await until_online(url, local) > 0
        assert clock.now_s() - start_s >= late_s


@pytest.mark.parametrize(
    ("fault", "moment"), [("tunnel-drop", Moment.SPEECH), ("tunnel-drop@ring", Moment.RING)]
)
async def test_drop_at_a_moment(fault: str, moment: Moment) -> None:
    """Until then it forwards; then all connections are reset, and new ones meet ngrok's page."""
    plan = plan_of(fault)
    async with opened(plan) as (url, local, _):
        outside = await connect(url)
        inside = await local.accept()
        for other in set(Moment) - {moment}:
            plan.note(other)
        outside.writer.write(b"before")
        assert await inside.read(6) == b"before"
        plan.note(moment)
        for side in (outside, inside):
            with pytest.raises(ConnectionResetError):
                await side.ended()
        outside.writer.close()
        assert b"ERR_NGROK_3200" in await page_at(url)


async def test_drop_after_a_time() -> None:
    """Counted in seconds of the call from the opening."""
    clock = SystemClock()
    start_s = clock.now_s()
    async with opened(plan_of("tunnel-drop@5s"), clock) as (url, local, _):
        outside = await connect(url)
        await local.accept()
        with pytest.raises(ConnectionResetError):
            await outside.ended()
        outside.writer.close()
        assert clock.now_s() - start_s >= 5


async def test_a_tunnel_that_drops_before_it_leads_anywhere_never_does() -> None:
    """Both faults together."""
    plan = plan_of("tunnel-late@1s", "tunnel-drop@ring")
    clock = SystemClock()
    async with opened(plan, clock) as (url, local, _):
        plan.note(Moment.RING)
        await clock.sleep(2)
        assert b"ERR_NGROK_3200" in await page_at(url)
        assert not local.connections


@pytest.mark.parametrize("faults", [("tunnel-late@60m",), ("tunnel-drop",), ("tunnel-drop", "tunnel-late")])
async def test_closing_leaves_nothing(faults: tuple[str, ...]) -> None:
    """Whatever is still to come; the port refuses afterwards, and a second close does no harm."""
    async with opened(plan_of(*faults)) as (url, _, tunnel):
        await tunnel.close()
        with pytest.raises(ConnectionRefusedError):
            await connect(url)
        await tunnel.close()


async def test_an_opening_that_is_overtaken_by_a_close_fails() -> None:
    """And leaves nothing."""
    tunnel = tunnel_with(plan_of("tunnel-334@1s"))
    opening = asyncio.create_task(tunnel.open(4242))
    await asyncio.sleep(0)
    await tunnel.close()
    with pytest.raises(TunnelError, match="closed while"):
        await opening


async def test_an_opening_that_is_cancelled_leaves_nothing() -> None:
    """As a signal does that arrives while the domain is in use."""
    tunnel = tunnel_with(plan_of("tunnel-334"))
    opening = asyncio.create_task(tunnel.open(4242))
    await asyncio.sleep(0)
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    await tunnel.close()


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
