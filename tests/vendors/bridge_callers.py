"""Both sides of a bridge for tests: a call that records what it is told, and the carrier at the door."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import hmac
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager

from websockets.asyncio.client import connect

from cartesia_call.addresses import NetworkRules
from cartesia_call.ports import CallSecrets, MediaListener, MediaSocket
from cartesia_call.trace_ports import Tracer
from cartesia_call.vendors.bridge import MediaBridge
from cartesia_call.vendors.twilio_signature import SignatureVerifier

AUTH_TOKEN = "not-a-real-auth-token"
PUBLIC_URL = "https://calls.example.com"
SECRETS = CallSecrets(stream="stream-secret-" + "s" * 30, callbacks="callbacks-secret-" + "c" * 30)
MEDIA = f"/media/{SECRETS.stream}"
STATUS = f"/status/{SECRETS.callbacks}"
NOT_FOUND = b"HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
"""All that a stranger is ever told."""

UPGRADE = (
    "Upgrade: websocket\r\nConnection: Upgrade\r\n"
    "Sec-WebSocket-Key: bm90LWEtcmVhbC1rZXktMQ==\r\nSec-WebSocket-Version: 13"
)
"""Header fields of whoever asks for a websocket."""

WAITS_S = 0.1
"""So long what comes may wait for more, where most of it is left unread."""

Handler = Callable[[MediaSocket], object]


def nothing(socket: MediaSocket) -> None:
    """What a call does as its stream begins, or ends."""


class RecordingReception:
    """Implements `ports.Reception` and remembers what it was told. On its streams every text is sent back."""

    def __init__(
        self,
        begins: Handler = nothing,
        secrets: CallSecrets = SECRETS,
        *,
        ends: Handler = nothing,
        unread: str | None = None,
    ) -> None:
        """`unread`: how texts begin that the call leaves unread."""
        self._begins = begins
        self._secrets = secrets
        self._ends = ends
        self._unread = unread
        self.open = True
        self.statuses: list[Mapping[str, str]] = []
        self.refusals: list[str] = []
        self.texts: list[str] = []
        self.times_heard = 0
        self.streams_served = 0

    @property
    def secrets(self) -> CallSecrets:
        return self._secrets

    def wants_stream(self) -> bool:
        return self.open

    def take_stream(self, socket: MediaSocket) -> MediaListener:
        if self._unread is not None:
            socket.wait_for_more(WAITS_S)
            socket.leave_unread(self._unread)
        self._begins(socket)
        return Echo(self, socket)

    def ended(self, socket: MediaSocket) -> None:
        self.streams_served += 1
        self._ends(socket)

    def take_status(self, parameters: Mapping[str, str]) -> None:
        self.statuses.append(parameters)

    def stream_refused(self, reason: str) -> None:
        self.refusals.append(reason)


class Echo:
    """Implements `ports.MediaListener` for one stream of it."""

    def __init__(self, reception: RecordingReception, socket: MediaSocket) -> None:
        self._reception = reception
        self._socket = socket

    def receive(self, texts: Sequence[str]) -> None:
        self._reception.texts += texts
        self._socket.send_texts(texts)

    def heard(self) -> None:
        self._reception.times_heard += 1

    def writable(self) -> None:
        """It waits for nothing."""

    def ended(self) -> None:
        self._reception.ended(self._socket)


def upgrade_request(path: str) -> bytes:
    """Of a websocket, without a signature."""
    return f"GET {path} HTTP/1.1\r\nHost: calls.example.com\r\n{UPGRADE}\r\n\r\n".encode()


def sign(url: str, token: str = AUTH_TOKEN) -> str:
    """X-Twilio-Signature of a request without a body."""
    return base64.b64encode(hmac.new(token.encode(), url.encode(), hashlib.sha1).digest()).decode()


@asynccontextmanager
async def bridge(
    *receptions: RecordingReception,
    signed: bool = False,
    https_proxy: str | None = None,
    patience_s: float = 10,
    tracer: Tracer | None = None,
) -> AsyncIterator[tuple[MediaBridge, int]]:
    """A started bridge with these calls attached, and its port."""
    server = MediaBridge(
        bind_host="127.0.0.1",
        bind_port=0,
        verifier=SignatureVerifier((AUTH_TOKEN,)) if signed else None,
        network=NetworkRules(https_proxy=https_proxy, no_proxy=None, ca_file=None),
        tracer=tracer,
    )
    port = await server.start(within_s=1)
    for reception in receptions:
        server.attach(PUBLIC_URL, reception)
    try:
        async with asyncio.timeout(patience_s):
            yield server, port
    finally:
        await server.stop()


def dial_in(port: int, path: str, signature: str | None = None) -> connect:
    """The carrier's websocket, as it comes out of a tunnel: another host name, forwarded headers."""
    headers = {"X-Forwarded-Host": "calls.example.com", "X-Forwarded-Proto": "https"}
    if signature is not None:
        headers["x-twilio-signature"] = signature
    return connect(
        f"ws://127.0.0.1:{port}{path}",
        additional_headers=headers,
        user_agent_header="Twilio.TmeWs/1.0",
        compression=None,
        proxy=None,
        close_timeout=1,
    )


async def send_raw(port: int, request: bytes) -> bytes:
    """Everything that comes back until the connection closes."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        with contextlib.suppress(ConnectionError):
            return await reader.read()
        return b""
    finally:
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()


async def get(port: int, target: str, *headers: str) -> tuple[int, bytes]:
    """Status and body of a plain GET."""
    lines = [f"GET {target} HTTP/1.1", f"Host: 127.0.0.1:{port}", *headers, "", ""]
    head, _, body = (await send_raw(port, "\r\n".join(lines).encode())).partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def occupy(stack: contextlib.AsyncExitStack, port: int, connections: int) -> None:
    for _ in range(connections):
        _, writer = await asyncio.open_connection("127.0.0.1", port)
        stack.push_async_callback(close_quietly, writer)
        stack.callback(writer.close)


async def close_quietly(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
