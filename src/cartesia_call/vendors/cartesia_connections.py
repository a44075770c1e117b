"""Connections to Cartesia's speech websocket, the last sound one kept for the next message."""

from __future__ import annotations

import asyncio
import contextlib
import ssl

from websockets.asyncio.client import ClientConnection
from websockets.exceptions import ConnectionClosed, InvalidMessage, InvalidStatus
from websockets.protocol import State

from cartesia_call.clock import running_s
from cartesia_call.errors import SpeechUnavailable
from cartesia_call.quoting import quotable
from cartesia_call.speech.messages import parse_http_error
from cartesia_call.vendors.cartesia_access import CartesiaAccess
from cartesia_call.vendors.cartesia_errors import BrokenOff, Busy, translate_passing
from cartesia_call.vendors.websocket_client import (
    CLOSE_TIMEOUT_S,
    CONNECTION_FAILURES,
    explain,
    open_websocket,
    way_there,
    websocket_url,
)

LONGEST_IDLE_S = 60.0  # assumes: idle-socket-lives
"""Cartesia closes an idle connection after five minutes; livekit's authors once saw one."""

_PATH = "/tts/websocket"
_LARGEST_MESSAGE_BYTES = 4 * 1024 * 1024  # assumes: message-fits
"""Chunks of 16 kB were seen; no size is documented. This is six minutes of audio in one message."""


_WENT_AWAY = (ConnectionResetError, ConnectionAbortedError, BrokenPipeError, EOFError, ssl.SSLEOFError)
"""What a connection raises that was made, and is gone before it is open."""

_REFUSING_CODES = frozenset({1002, 1003, 1007, 1008, 1009, 1010})  # assumes: close-codes-refuse
"""Of a close frame, RFC 6455, section 7.4.1: something is wrong with what we sent, or with who we are."""


class CartesiaConnections:
    """Opens connections as `vendors.cartesia.CartesiaSpeech` describes, and keeps one at a time."""

    def __init__(self, access: CartesiaAccess) -> None:
        self._access = access
        self._url = websocket_url(access.base_url, _PATH)
        self._kept: ClientConnection | None = None
        self._kept_at_s = 0.0
        self._is_closed = False
        self._leaving: set[asyncio.Task[None]] = set()

    async def open(self, *, by_s: float) -> ClientConnection:
        """A new connection, until `by_s` in the event loop's time, and within its own limit.

        Busy if there are too many, BrokenOff if it went away before it was open or the service failed in a
        way that may pass; else one of our own errors says why there is none.
        """
        left_s = by_s - running_s()
        access = self._access
        headers = access.headers()
        try:
            return await open_websocket(
                self._url,
                network=access.network,
                headers=headers,
                open_timeout_s=max(0.0, min(access.connect_timeout_s, left_s)),
                max_message_bytes=_LARGEST_MESSAGE_BYTES,
                tracer=access.tracer,
            )
        except InvalidStatus as refused:
            response = refused.response
            refusal = parse_http_error(
                response.status_code,
                bytes(response.body or b"").decode(errors="replace"),
                request_id=next(iter(response.headers.get_all("x-request-id")), None),
                secrets=(access.api_key,),
            )
        except CONNECTION_FAILURES as failure:
            # Without the library's own text, which quotes a proxy's address with its password.
            via = way_there(self._url, access.network)
            none = SpeechUnavailable(
                f"no connection to Cartesia at {access.host}: {via}{self.explain(failure)}",
                hint="check HTTPS_PROXY and NO_PROXY" if via else None,
            )
            raise (BrokenOff(none) if _went_away(failure) else none) from None
        raise Busy(refusal) if refusal.is_busy else translate_passing(refusal)

    def keep(self, connection: ClientConnection) -> bool:
        """Have `connection`, on which nothing goes on, for whoever asks next; False if it is not wanted."""
        if self._is_closed or self._kept is not None:
            return False
        self._kept, self._kept_at_s = connection, running_s()
        return True

    async def take(self) -> ClientConnection | None:
        """The connection that is kept, if it can be trusted; it is nobody else's from here on."""
        connection, self._kept = self._kept, None
        if connection is None:
            return None
        idle_s = running_s() - self._kept_at_s
        is_good = False
        try:
            is_young = idle_s <= LONGEST_IDLE_S
            is_good = is_young and connection.state is State.OPEN and await _is_silent(connection)
        finally:
            if not is_good:
                # The message does not wait for a peer that may be gone.
                leaving = asyncio.create_task(_leave(connection), name="leaving a connection to Cartesia")
                self._leaving.add(leaving)
                leaving.add_done_callback(self._leaving.discard)
        return connection if is_good else None

    async def close(self) -> None:
        self._is_closed = True
        connection, self._kept = self._kept, None
        if connection is not None:
            await connection.close()
        if self._leaving:
            await asyncio.wait(self._leaving)

    def explain(self, failure: Exception) -> str:
        """What went wrong, as the end of a sentence."""
        return quotable(explain(failure), secrets=(self._access.api_key,))


def refuses(closed: ConnectionClosed) -> bool:
    """Whether the peer closed the connection for what we sent."""
    return closed.rcvd is not None and closed.rcvd.code in _REFUSING_CODES


def _went_away(failure: Exception) -> bool:
    """Whether a connection that was made ended in the middle of its handshake."""
    cause = failure.__cause__ if isinstance(failure, InvalidMessage) else failure
    return isinstance(cause, _WENT_AWAY)


async def _leave(connection: ClientConnection) -> None:
    with contextlib.suppress(TimeoutError):
        # The library's own limit begins only after the peer has let the close frame go.
        async with asyncio.timeout(2 * CLOSE_TIMEOUT_S):
            await connection.close()


async def _is_silent(connection: ClientConnection) -> bool:
    """Whether nothing came while the connection was kept: it would seem to be about the next message."""
    try:
        async with asyncio.timeout(0):
            await connection.recv()
    except TimeoutError:
        return True
    except ConnectionClosed:
        pass
    return False
