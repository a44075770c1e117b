"""The bridge as a whole, over real sockets: streams, callbacks, start and stop."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import socket

import pytest
from websockets.exceptions import ConnectionClosed

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import TunnelError
from cartesia_call.ports import CallSecrets, MediaSocket
from cartesia_call.vendors.bridge import MediaBridge
from tests.vendors.bridge_callers import (
    MEDIA,
    PUBLIC_URL,
    SECRETS,
    STATUS,
    RecordingReception,
    bridge,
    close_quietly,
    dial_in,
    get,
    occupy,
)


async def test_the_stream_secret_opens_a_socket_for_texts() -> None:
    async with bridge(reception := RecordingReception()) as (_, port), dial_in(port, MEDIA) as carrier:
        await carrier.send("hello")
        await carrier.send(b"binary messages do not exist in Media Streams")
        await carrier.send("world")
        assert [await carrier.recv(), await carrier.recv()] == ["hello", "world"]
        assert reception.streams_served == 0
    assert reception.streams_served == 1
    assert reception.refusals == []


async def test_several_calls_do_not_mix() -> None:
    other = CallSecrets(stream="another-stream", callbacks="another-callbacks")

    def say_other(stream: MediaSocket) -> None:
        stream.send_texts(["other"])

    receptions = RecordingReception(), RecordingReception(say_other, other)
    async with bridge(*receptions) as (_, port):
        async with dial_in(port, "/media/another-stream") as carrier:
            assert await carrier.recv() == "other"
        assert await get(port, "/status/another-callbacks?CallSid=CA1") == (204, b"")
    assert [reception.streams_served for reception in receptions] == [0, 1]
    assert [reception.statuses for reception in receptions] == [[], [{"CallSid": "CA1"}]]


async def test_a_failing_listener_closes_the_socket_and_prints_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    def fail(stream: MediaSocket) -> None:
        raise RuntimeError("a bug")

    async with bridge(RecordingReception(fail)) as (_, port):
        async with dial_in(port, MEDIA) as carrier:
            with pytest.raises(ConnectionClosed):
                await carrier.recv()
        assert await get(port, STATUS) == (204, b"")
    assert capfd.readouterr() == ("", "")


async def test_callbacks_are_taken_while_the_stream_runs() -> None:
    """They share its port."""
    async with bridge(reception := RecordingReception()) as (_, port), dial_in(port, MEDIA):
        assert await get(port, f"{STATUS}?CallStatus=in-progress") == (204, b"")
    assert reception.statuses == [{"CallStatus": "in-progress"}]


async def test_a_forgotten_call_is_a_strangers() -> None:
    """Its streams are closed at once, its secrets open nothing, and others' still do."""
    other = CallSecrets(stream="another-stream", callbacks="another-callbacks")
    receptions = RecordingReception(), RecordingReception(secrets=other)
    async with (
        bridge(*receptions) as (server, port),
        dial_in(port, MEDIA) as carrier,
        dial_in(port, "/media/another-stream") as another,
    ):
        await carrier.send("hello")
        assert await carrier.recv() == "hello"
        server.detach(receptions[0])
        with pytest.raises(ConnectionClosed):
            await carrier.recv()
        assert await get(port, MEDIA) == (404, b"")
        assert await get(port, f"{STATUS}?CallSid=CA1") == (404, b"")
        await another.send("hello")
        assert await another.recv() == "hello"
        server.detach(receptions[0])  # once more is nothing
    assert [reception.streams_served for reception in receptions] == [1, 1]
    assert [(reception.statuses, reception.refusals) for reception in receptions] == [([], []), ([], [])]


async def test_a_stream_that_was_let_in_as_its_call_was_forgotten_is_closed() -> None:
    class Forgetful(RecordingReception):
        def wants_stream(self) -> bool:
            server.detach(self)
            return True

    async with bridge(reception := Forgetful()) as (server, port), dial_in(port, MEDIA) as carrier:
        with pytest.raises(ConnectionClosed):
            await carrier.recv()
    assert reception.streams_served == 0


async def test_urls_follow_the_public_address() -> None:
    async with bridge() as (server, _):
        assert server.stream_url(PUBLIC_URL, SECRETS) == f"wss://calls.example.com{MEDIA}"
        assert server.status_url(PUBLIC_URL, SECRETS) == f"https://calls.example.com{STATUS}"
        assert server.stream_url("http://127.0.0.1:8080/", SECRETS) == f"ws://127.0.0.1:8080{MEDIA}"
        assert server.status_url("http://127.0.0.1:8080/", SECRETS) == f"http://127.0.0.1:8080{STATUS}"


async def test_a_taken_port_is_a_tunnel_error() -> None:
    async with bridge() as (_, port):
        second = MediaBridge(
            bind_host="127.0.0.1",
            bind_port=port,
            verifier=None,
            network=NetworkRules(https_proxy=None, no_proxy=None, ca_file=None),
        )
        with pytest.raises(TunnelError, match=rf"cannot listen on 127\.0\.0\.1:{port}"):
            await second.start(within_s=0.1)
        await second.stop()


async def test_a_taken_port_is_waited_for() -> None:
    """Another call of this machine holds it, and will be over."""
    async with bridge() as (first, port):
        second = MediaBridge(
            bind_host="127.0.0.1",
            bind_port=port,
            verifier=None,
            network=NetworkRules(https_proxy=None, no_proxy=None, ca_file=None),
        )
        waiting = asyncio.create_task(second.start(within_s=30))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await first.stop()
        assert await waiting == port
        await second.stop()


async def test_stop_is_quick_with_streams_and_idle_connections() -> None:
    """Within a second: open streams, half requests and silent peers."""
    async with contextlib.AsyncExitStack() as stack:
        server, port = await stack.enter_async_context(bridge(reception := RecordingReception()))
        for _ in range(3):
            carrier = await stack.enter_async_context(dial_in(port, MEDIA))
            carrier.transport.pause_reading()
            stack.callback(carrier.transport.abort)
        await occupy(stack, port, 5)
        _, half = await asyncio.open_connection("127.0.0.1", port)
        stack.push_async_callback(close_quietly, half)
        stack.callback(half.close)
        half.write(b"GET / HT")
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        await server.stop()
        assert now_s() - began_s < 1
        assert reception.streams_served == 3
        await server.stop()
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


@pytest.mark.parametrize("turns", range(8))
async def test_whoever_comes_as_it_stops_is_not_left_open(turns: int) -> None:
    """Accepted in any of the last turns of the event loop: a socket that nobody closes fails the test."""
    async with bridge() as (server, port):
        with socket.create_connection(("127.0.0.1", port)) as stranger:
            for _ in range(turns):
                await asyncio.sleep(0)
            await server.stop()
            stranger.settimeout(1)
            with contextlib.suppress(ConnectionError):
                assert stranger.recv(1) == b""
    gc.collect()


async def test_stop_tells_an_answering_peer_at_once() -> None:
    async with bridge(RecordingReception()) as (server, port), dial_in(port, MEDIA) as carrier:
        now_s = asyncio.get_running_loop().time
        began_s = now_s()
        await server.stop()
        assert now_s() - began_s < 0.5
        with pytest.raises(ConnectionClosed) as closed:
            await carrier.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
