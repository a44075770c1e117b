"""Opening the websocket of a media stream as Twilio does, and what it notes when that fails."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
from collections.abc import AsyncIterator, Mapping
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.signature import Signer
from cartesia_simulator.carrier.twiml import ConnectStream

HANDSHAKE_ERROR = "Stream - WebSocket - Handshake Error: "
_HANDSHAKE_TIMEOUT_S = 10.0
"""Real seconds. Twilio's own limit is not documented."""

_CLOSE_TIMEOUT_S = 1.0
_FAILURES: tuple[tuple[type[Exception], int, str], ...] = (
    # From the special to the general: aiohttp's classes are subclasses of one another.
    (TimeoutError, 31901, "Connection Timeout"),
    (aiohttp.ClientConnectorDNSError, 31904, "Host Unreachable"),
    (aiohttp.ClientSSLError, 31910, "SSL Protocol Error"),
    (aiohttp.ClientConnectorError, 31902, "Connection Refused"),
    (ValueError, 31923, "Malformed URL"),
)

_MAX_MESSAGE_BYTES = 64 * 2**20
"""More than ten minutes of audio in one message; Twilio documents no limit."""


@contextlib.asynccontextmanager
async def media_socket(
    verb: ConnectStream, signer: Signer
) -> AsyncIterator[aiohttp.ClientWebSocketResponse | Problem]:
    """The connected websocket, or what to note in its place. Leaving takes the connection down at once."""
    socket: aiohttp.ClientWebSocketResponse | Problem | None = None
    try:
        # A session of its own, so that closing it takes this connection down and no other.
        async with aiohttp.ClientSession() as session:
            socket = await _open(session, verb, signer)
            yield socket
    finally:
        # The connection is gone with its session; this lets go of what aiohttp still keeps of it.
        if isinstance(socket, aiohttp.ClientWebSocketResponse):
            await socket.close()


def with_wrong_secret(url: str) -> str:
    """The address with another last word in its path, just as long."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return url
    before, _, secret = parts.path.rpartition("/")
    wrong = ("B" if secret.startswith("A") else "A") + secret[1:]
    return parts._replace(path=f"{before}/{wrong}").geturl()


async def _open(
    session: aiohttp.ClientSession, verb: ConnectStream, signer: Signer
) -> aiohttp.ClientWebSocketResponse | Problem:
    refusal = _refusal(verb)
    if refusal is not None:
        return refusal
    try:
        async with asyncio.timeout(_HANDSHAKE_TIMEOUT_S):
            return await session.ws_connect(
                URL(verb.url, encoded=True),
                headers={**_lower(signer.headers(verb.url)), "user-agent": "Twilio.TmeWs/1.0"},
                max_msg_size=_MAX_MESSAGE_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=_CLOSE_TIMEOUT_S),
            )
    except (aiohttp.ClientError, TimeoutError, ValueError) as error:
        return _failure(error)


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    """As an upgrade has them."""
    return {name.lower(): value for name, value in headers.items()}


def _failure(error: Exception) -> Problem:
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return Problem(31920, f"{HANDSHAKE_ERROR}HTTP {error.status}")
    for kind, code, name in _FAILURES:
        if isinstance(error, kind):
            return Problem(code, f"Stream - WebSocket - {name}: {error}")
    return Problem(31920, f"{HANDSHAKE_ERROR}{error}")


def _refusal(verb: ConnectStream) -> Problem | None:
    if verb.track not in {None, "inbound_track"}:
        return Problem(31941, f"Stream - Invalid Track configuration: {verb.track}")
    try:
        parts = urlsplit(verb.url)
        host = parts.hostname or ""
        _ = parts.port
    except ValueError:
        return Problem(31923, f"Stream - WebSocket - Malformed URL: {verb.url}")
    if not host or verb.url.split() != [verb.url]:
        return Problem(31923, f"Stream - WebSocket - Malformed URL: {verb.url!r}")
    if parts.scheme != "wss" and not (parts.scheme == "ws" and _is_loopback(host)):
        return Problem(31922, f"Stream - WebSocket - URL Schema Not Supported: {parts.scheme}")
    if parts.query:
        return Problem(31920, f"{HANDSHAKE_ERROR}the url has a query string")
    return None


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
