"""The bridge's side of one TCP connection: a stranger at first, perhaps the carrier's media stream later."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from typing import Any

from websockets.asyncio.server import ServerConnection
from websockets.exceptions import ConnectionClosed
from websockets.protocol import State

from cartesia_call.vendors.bridge_requests import Verdict
from cartesia_call.vendors.websocket_client import CLOSE_TIMEOUT_S

MOST_STRANGERS = 64


class Strangers:
    """Connections that were not let in (yet), in the order of their arrival.

    Beyond MOST_STRANGERS the oldest gives way: refusing the newest would let anybody shut out the carrier by
    opening connections and saying nothing.
    """

    def __init__(self) -> None:
        self._connections: dict[BridgeConnection, None] = {}

    def add(self, connection: BridgeConnection) -> None:
        self._connections[connection] = None
        if len(self._connections) > MOST_STRANGERS:
            oldest = next(iter(self._connections))
            self.remove(oldest)
            oldest.transport.abort()

    def remove(self, connection: BridgeConnection) -> None:
        self._connections.pop(connection, None)

    def abort_all(self) -> None:
        for connection in tuple(self._connections):
            connection.transport.abort()


class BridgeConnection(ServerConnection):
    """A connection that counts as a stranger until somebody removes it there, and carries its verdict."""

    def __init__(self, strangers: Strangers, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.verdict: Verdict | None = None
        self._strangers = strangers

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._strangers.add(self)

    def connection_lost(self, exc: Exception | None) -> None:
        self._strangers.remove(self)
        super().connection_lost(exc)


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

    async def close(self) -> None:
        try:
            # The library's own limit begins only after a peer that reads nothing has let the frame go.
            async with asyncio.timeout(CLOSE_TIMEOUT_S):
                await self._connection.close()
        except TimeoutError:
            self._connection.transport.abort()
