"""The bridge's side of one TCP connection: a stranger at first, perhaps the carrier's media stream later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.frames import Frame, Opcode
from websockets.protocol import Event, State

from cartesia_call.vendors.bridge_requests import Verdict
from cartesia_call.vendors.websocket_client import CLOSE_TIMEOUT_S

MOST_STRANGERS = 64
"""With the rest of the program far below 256 open files, the smallest limit that systems set."""

MOST_UNPROVEN_STREAMS = 32
"""Of one call, that knew its secret and have not named it in `start`. Twilio opens one, and names it as soon
as it hears that it is let in."""

_LARGEST_REQUEST_BYTES = 8 * 1024
"""Line and headers together. Twilio's callbacks through ngrok have less than 3 kB."""
_MOST_REQUEST_LINES = 100
"""Both are below the library's own limits, beyond which it answers with an explanation."""

_MOST_PIECES = 64
"""Of one message. Empty pieces cost memory and do not count in a message's size."""

_MOST_UNSENT_BYTES = 256 * 1024
"""That may wait for a peer which goes on sending. The library answers pings without ever waiting."""

_END_OF_REQUEST = b"\r\n\r\n"


class Crowd:
    """Connections that have not proven who they are, in the order of their arrival.

    Beyond `most` the oldest gives way: refusing the newest would let anybody shut out the carrier by opening
    connections and saying nothing.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._connections: dict[BridgeConnection, None] = {}

    def add(self, connection: BridgeConnection) -> None:
        self._connections[connection] = None
        if len(self._connections) > self._most:
            oldest = next(iter(self._connections))
            self.remove(oldest)
            oldest.transport.abort()

    def remove(self, connection: BridgeConnection) -> None:
        self._connections.pop(connection, None)

    def __iter__(self) -> Iterator[BridgeConnection]:
        return iter(tuple(self._connections))

    def abort_all(self) -> None:
        for connection in self:
            connection.transport.abort()


class BridgeConnection(ServerConnection):
    """A connection that is a stranger until somebody removes it there, and carries its verdict.

    Until `let_in`, the library is shown one request of bounded size and not a byte behind it: it would answer
    a stranger's websocket frames, and explain what is wrong with a request.
    """

    def __init__(self, strangers: Crowd, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.verdict: Verdict | None = None
        self._strangers = strangers
        self._request = bytearray()
        self._behind_request: bytearray | None = None
        self._is_let_in = False
        self._pieces = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._strangers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._strangers.remove(self)
        super().connection_lost(exc)

    def let_in(self) -> None:
        """Its request was accepted: from now on it is listened to."""
        self._is_let_in = True
        if self._behind_request and self.state is State.OPEN:
            super().data_received(bytes(self._behind_request))
        self._behind_request = None

    def data_received(self, data: bytes) -> None:
        if self._is_let_in:
            super().data_received(data)
            if self.transport.get_write_buffer_size() > _MOST_UNSENT_BYTES:
                self.transport.abort()
        elif self._behind_request is None:
            self._receive_request(data)
        else:
            self._keep(data)

    def _receive_request(self, data: bytes) -> None:
        known = len(self._request)
        self._request += data
        found = self._request.find(_END_OF_REQUEST, max(0, known - len(_END_OF_REQUEST) + 1))
        if found >= 0:
            self._behind_request = self._request[found + len(_END_OF_REQUEST) :]
            del self._request[found + len(_END_OF_REQUEST) :]
        too_many = self._request.count(b"\n") > _MOST_REQUEST_LINES
        if too_many or len(self._request) > _LARGEST_REQUEST_BYTES:
            self.transport.abort()
            return
        super().data_received(bytes(self._request[known:]))
        if self._behind_request is not None:
            self._request.clear()
            self._keep(b"")

    def _keep(self, data: bytes) -> None:
        assert self._behind_request is not None  # noqa: S101  # the request is complete
        self._behind_request += data
        if len(self._behind_request) > _LARGEST_REQUEST_BYTES:
            # Nobody who waits for the answer sends this much.
            self.transport.abort()

    def process_event(self, event: Event) -> None:
        if isinstance(event, Frame) and event.opcode in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            self._pieces = self._pieces + 1 if event.opcode is Opcode.CONT else 1
            if self._pieces > _MOST_PIECES:
                self.transport.abort()
                return
        super().process_event(event)


class BridgeSocket:
    """Implements `ports.MediaSocket`. Binary messages, which Media Streams does not know, are skipped."""

    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection

    async def __aiter__(self) -> AsyncIterator[str]:
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await self._connection.recv()
                if isinstance(message, str):
                    yield message

    async def send_text(self, text: str) -> None:
        # The library would wait for a closing connection to be closed before it says so.
        if self._connection.state is State.OPEN:
            with contextlib.suppress(ConnectionClosed):
                await self._connection.send(text)

    async def close(self) -> bool:
        try:
            # The library's own limit begins only after a peer that reads nothing has let the frame go.
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._connection.close()
        except TimeoutError:
            self._connection.transport.abort()
        return self._connection.protocol.close_rcvd is not None
