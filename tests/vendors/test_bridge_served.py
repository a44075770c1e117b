"""A bridge that listens nowhere serves what others accepted, behind addresses that bear its name."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
from websockets.exceptions import ConnectionClosed

from cartesia_call.addresses import NetworkRules
from cartesia_call.vendors.bridge import MediaBridge
from cartesia_call.vendors.twilio_signature import SignatureVerifier
from tests.vendors.bridge_callers import (
    MEDIA,
    PUBLIC_URL,
    SECRETS,
    STATUS,
    RecordingReception,
    dial_in,
    get,
    send_raw,
)

PREFIX = "0123456789abcdef."
NAMED_MEDIA, NAMED_STATUS = f"/media/{PREFIX}{SECRETS.stream}", f"/status/{PREFIX}{SECRETS.callbacks}"


@contextlib.asynccontextmanager
async def served(
    *receptions: RecordingReception, verifier: SignatureVerifier | None = None
) -> AsyncIterator[tuple[MediaBridge, int]]:
    """The bridge, and a port whose connections it is brought."""
    bridge = MediaBridge(
        bind_host="127.0.0.1", bind_port=0, verifier=verifier, network=NetworkRules(), prefix=PREFIX
    )
    for reception in receptions:
        bridge.attach(PUBLIC_URL, reception)
    listening = socket.create_server(("127.0.0.1", 0))
    listening.setblocking(False)

    async def bring() -> None:
        while True:
            accepted, _ = await asyncio.get_running_loop().sock_accept(listening)
            bridge.serve(accepted)

    bringing = asyncio.create_task(bring())
    try:
        yield bridge, listening.getsockname()[1]
    finally:
        bringing.cancel()
        await asyncio.wait({bringing})
        await bridge.stop()
        listening.close()


async def test_streams_and_callbacks() -> None:
    async with (
        served(reception := RecordingReception()) as (_, port),
        dial_in(port, NAMED_MEDIA) as carrier,
    ):
        await carrier.send("hello")
        assert await carrier.recv() == "hello"
        assert await get(port, f"{NAMED_STATUS}?CallSid=CA1") == (204, b"")
    assert (reception.streams_served, reception.statuses) == (1, [{"CallSid": "CA1"}])


async def test_a_secret_without_the_name_opens_nothing() -> None:
    """Nor one behind another name: what is handed over is judged as what was accepted."""
    async with served(reception := RecordingReception()) as (_, port):
        for path in (MEDIA, STATUS, NAMED_MEDIA.replace("0", "1"), NAMED_MEDIA + "x"):
            assert (await get(port, path))[0] == 404
    assert reception.streams_served == 0


async def test_signatures_are_asked_for() -> None:
    """The address that was signed has the name in it."""
    verifier = SignatureVerifier(("a-fake-token",))
    async with served(reception := RecordingReception(), verifier=verifier) as (bridge, port):
        assert bridge.stream_url(PUBLIC_URL, SECRETS) == f"wss://calls.example.com{NAMED_MEDIA}"
        assert bridge.status_url(PUBLIC_URL, SECRETS) == f"https://calls.example.com{NAMED_STATUS}"
        assert (await get(port, NAMED_MEDIA))[0] == 403
        assert (await get(port, NAMED_STATUS))[0] == 403
    assert len(reception.refusals) == 1


async def test_stopping_ends_what_is_served() -> None:
    async with served(RecordingReception()) as (bridge, port), dial_in(port, NAMED_MEDIA) as carrier:
        await carrier.send("hello")
        assert await carrier.recv() == "hello"
        await bridge.stop()
        with pytest.raises(ConnectionClosed):
            await carrier.recv()
        assert await send_raw(port, f"GET {NAMED_STATUS} HTTP/1.1\r\n\r\n".encode()) == b""
