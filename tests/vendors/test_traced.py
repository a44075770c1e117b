"""What passes the edge is told of as it passes, refusals and failures too; of strangers next to nothing."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.http11 import Request, Response

from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.http_answer import NotConnected
from cartesia_call.vendors.http_transport import HttpTransport
from cartesia_call.vendors.ngrok import NgrokTunnel
from cartesia_call.vendors.websocket_client import open_websocket
from tests.vendors.bridge_callers import (
    MEDIA,
    PUBLIC_URL,
    STATUS,
    RecordingReception,
    bridge,
    dial_in,
    send_raw,
    sign,
)
from tests.vendors.carriers import DIRECT


class Noted:
    """Keeps what it is told."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self._links = 0

    def note(self, message: Message) -> None:
        self.messages.append(message)

    def new_link(self) -> int:
        self._links += 1
        return self._links

    @property
    def told(self) -> list[tuple[Kind, bool]]:
        """Kind and direction of each message."""
        return [(message.kind, message.sent) for message in self.messages]


def opened(port: int, tracer: Tracer) -> ClientConnection:
    return open_websocket(  # type: ignore[return-value]  # a context manager over it
        f"ws://127.0.0.1:{port}/here",
        network=DIRECT,
        headers={"X-Key": "secret"},
        open_timeout_s=5,
        max_message_bytes=100,
        tracer=tracer,
        peer=Peer.CARTESIA,
    )


async def test_a_request_that_never_left_is_told_as_a_failure() -> None:
    noted = Noted()
    transport = HttpTransport(network=DIRECT, timeout_s=5, tracer=noted, peer=Peer.TWILIO)
    with pytest.raises(NotConnected):
        await transport.exchange("GET", "http://127.0.0.1:1/x", headers={})
    await transport.close()
    assert noted.told == [(Kind.REQUEST, True), (Kind.FAILURE, False)]
    assert noted.messages[1].facts == {"why": "NotConnected"}
    assert noted.messages[0].link == noted.messages[1].link


async def test_a_socket_tells_its_texts_and_who_closed_it() -> None:
    async def serving(connection: ServerConnection) -> None:
        await connection.send(await connection.recv())
        await connection.close(1011)

    noted = Noted()
    async with serve(serving, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with opened(port, noted) as connection:
            await connection.send("hello")
            assert await connection.recv(decode=True) == "hello"
            with pytest.raises(ConnectionClosed):
                await connection.recv()
    handshake, answer, sent, received, close = noted.messages
    assert ("X-Key", "") in handshake.headers
    assert (answer.status, sent.text, received.text) == (101, "hello", "hello")
    assert (close.kind, close.sent, close.status) == (Kind.CLOSE, False, 1011)


async def test_a_refused_handshake_is_told_with_its_status() -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        return connection.respond(429, "too many")

    async def nobody(_: ServerConnection) -> None:
        raise AssertionError("nobody is let in")

    noted = Noted()
    async with serve(nobody, "127.0.0.1", 0, process_request=refuse) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(InvalidStatus):
            async with opened(port, noted):
                pass
    assert noted.told == [(Kind.HANDSHAKE, True), (Kind.ANSWER, False)]
    assert noted.messages[1].status == 429


async def test_of_a_stranger_nothing_is_kept_but_the_door() -> None:
    noted = Noted()
    async with bridge(RecordingReception(), signed=True, tracer=noted) as (_, port):
        await send_raw(port, b"GET /media/guessed?name=Alice HTTP/1.1\r\nHost: x\r\nX-Name: Alice\r\n\r\n")
    request, answer = noted.messages
    assert (request.peer, request.url, request.headers) == (Peer.STRANGER, None, ())
    assert request.facts == {"door": "media", "signed": "no signatures", "key": "auth token"}
    assert (answer.sent, answer.status) == (True, 404)


async def test_a_callback_by_post_is_told_with_its_parameters() -> None:
    """It is refused like a stranger's, and the trace shows that it was the carrier's."""
    noted, body = Noted(), b"CallSid=CA1&AnsweredBy=human"
    head = f"POST {STATUS} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with bridge(RecordingReception(), signed=True, tracer=noted) as (_, port):
        await send_raw(port, head + body)
        await send_raw(port, b"POST /status/guessed HTTP/1.1\r\nHost: x\r\n\r\n")
    callback, stranger = (message for message in noted.messages if not message.sent)
    assert (callback.peer, callback.method, callback.text) == (Peer.TWILIO, "POST", body.decode())
    assert (stranger.peer, stranger.method, stranger.url) == (Peer.STRANGER, "POST", None)


async def test_the_carriers_stream_is_told_with_its_signature_and_its_end() -> None:
    noted = Noted()
    signature = sign(PUBLIC_URL.replace("https", "wss") + MEDIA)
    reception = RecordingReception()
    async with (
        bridge(reception, signed=True, tracer=noted) as (_, port),
        dial_in(port, MEDIA, signature) as ours,
    ):
        await ours.send("hello")
        async with asyncio.timeout(5):
            while len(noted.messages) < 3:
                await asyncio.sleep(0)
    assert noted.messages[0].facts == {"door": "media", "signed": "as written", "key": "auth token"}
    assert noted.messages[2].text == "hello"
    assert noted.told[:3] == [(Kind.HANDSHAKE, False), (Kind.ANSWER, True), (Kind.TEXT, False)]
    assert noted.told[-1] == (Kind.CLOSE, False)


def test_what_ngrok_answers_is_told() -> None:
    noted = Noted()
    tunnel = NgrokTunnel(
        agent_path=None, authtoken="fake", domain="calls.example.com", tunnel_timeout_s=1,
        state_dir=Path("/nonexistent"), environment={}, tracer=noted,
    )  # fmt: skip
    tunnel._tell(noted, {"error": "ERR_NGROK_334"})
    assert noted.told == [(Kind.REQUEST, True), (Kind.ANSWER, False)]
    assert json.loads(noted.messages[1].text or "") == {"error": "ERR_NGROK_334"}
