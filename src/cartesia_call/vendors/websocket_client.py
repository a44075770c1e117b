"""Opening a websocket to somebody else, by this machine's network rules, and saying why it failed."""

from __future__ import annotations

import logging
import os
import socket
import ssl
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidProxy,
    InvalidProxyStatus,
    InvalidStatus,
    InvalidURI,
    ProxyError,
    WebSocketException,
)
from websockets.protocol import State

from cartesia_call import __version__
from cartesia_call.addresses import NetworkRules
from cartesia_call.quoting import quotable
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.network import ssl_context

USER_AGENT = f"cartesia-call/{__version__}"
CLOSE_TIMEOUT_S = 1.0

SILENT_LOGGER = logging.getLogger("cartesia_call.websockets")
"""For the websockets library, which logs URLs, headers and message texts: all of it stays unseen."""
SILENT_LOGGER.addHandler(logging.NullHandler())
SILENT_LOGGER.propagate = False
SILENT_LOGGER.setLevel(logging.CRITICAL + 1)

CONNECTION_FAILURES = (OSError, WebSocketException, ImportError)
"""What opening or using a connection raises: the network (time-outs too), the protocol, and a SOCKS proxy
without the package for it."""

_CAUSES = (
    (InvalidURI, "its address is malformed"),
    (InvalidProxy, "the proxy's address in HTTPS_PROXY is malformed"),
    (ProxyError, "the proxy did not connect"),
    (ImportError, "a SOCKS proxy needs the package python-socks"),
    (WebSocketException, "it did not answer as a websocket server"),
    (socket.gaierror, "its name does not resolve"),
    (TimeoutError, "it did not answer in time"),
    (ConnectionRefusedError, "the connection was refused"),
    (ssl.SSLError, "it does not speak TLS as it should"),
)
"""Exceptions whose own text says less than this, the more special ones first."""


class _ConnectDirectly(connect):
    """`connect` without redirects: credentials and probes are meant for one address."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


def open_websocket(
    url: str,
    *,
    network: NetworkRules,
    headers: Mapping[str, str],
    open_timeout_s: float,
    max_message_bytes: int,
    tracer: Tracer | None = None,
    peer: Peer = Peer.CARTESIA,
) -> connect:
    """An async context manager over the connection; entering it raises one of CONNECTION_FAILURES.

    Leaving it sends a close frame at once and waits at most CLOSE_TIMEOUT_S for the peer's. There are no
    keepalive pings: whoever uses it limits each wait.
    """
    proxy = network.proxy_for(url)
    # Unasked, the library trusts authorities of its own choice in a proxy; it takes the option for no other.
    to_proxy: dict[str, Any] = (
        {"proxy_ssl": ssl_context(network)} if proxy and proxy.startswith("https:") else {}
    )
    return _ConnectDirectly(
        url,
        create_connection=None if tracer is None else _traced_connection(tracer, peer, url),
        proxy=proxy,
        **to_proxy,
        ssl=ssl_context(network) if url.startswith("wss:") else None,
        additional_headers=headers,
        user_agent_header=USER_AGENT,
        compression=None,
        open_timeout=open_timeout_s,
        ping_interval=None,
        close_timeout=CLOSE_TIMEOUT_S,
        max_size=max_message_bytes,
        logger=SILENT_LOGGER,
    )


def websocket_url(base_url: str, path: str) -> str:
    """`path` below `base_url`, as wss:// for https:// and ws:// for http://."""
    scheme, _, rest = base_url.rstrip("/").partition("://")
    return f"{'ws' if scheme == 'http' else 'wss'}://{rest}{path}"


def way_there(url: str, network: NetworkRules) -> str:
    """Before the words of `explain`: the proxy, if it may be what failed; its user and password stay away."""
    proxy = urlsplit(network.proxy_for(url) or "").netloc.rpartition("@")[2]
    return f"through the proxy {proxy}, " if proxy else ""


def explain(failure: Exception) -> str:
    """What went wrong, as the end of a sentence. Never quotes an address: a proxy's may hold a password."""
    match failure:
        case InvalidStatus():
            return f"it answered HTTP {failure.response.status_code} instead of opening a websocket"
        case InvalidProxyStatus():
            return f"the proxy answered HTTP {failure.response.status_code}"
        case ConnectionClosed():
            return f"the connection was closed ({_close_reason(failure)})"
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {failure.verify_message}"
    for kind, cause in _CAUSES:
        if isinstance(failure, kind):
            return cause
    number = failure.errno if isinstance(failure, OSError) else None
    # asyncio's own text quotes the address, and has no number for a host with several addresses.
    return os.strerror(number).lower() if number else "no connection could be made"


def _close_reason(closed: ConnectionClosed) -> str:
    close = closed.rcvd or closed.sent
    if close is None:
        return "without a close frame"
    reason = quotable(close.reason)
    return f"code {int(close.code)}, {reason}" if reason else f"code {int(close.code)}"


def _traced_connection(tracer: Tracer, peer: Peer, url: str) -> type[ClientConnection]:
    """A class of connections to `peer`, for websockets' `connect`, that tell of all that passes them."""

    class Traced(ClientConnection):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self._link = tracer.new_link()
            self._is_told_closed = False

        def note(self, kind: Kind, *, sent: bool, **fields: Any) -> None:
            tracer.note(Message(peer=peer, kind=kind, sent=sent, link=self._link, **fields))

        async def handshake(self, *arguments: Any, **options: Any) -> None:
            names = tuple((name, "") for name in arguments[0]) if arguments and arguments[0] else ()
            self.note(Kind.HANDSHAKE, sent=True, method="GET", url=url, headers=names)
            try:
                await super().handshake(*arguments, **options)
            except InvalidStatus as refused:
                self._answered(refused.response)
                raise
            except Exception as failure:
                self.note(Kind.FAILURE, sent=False, facts={"why": type(failure).__name__})
                raise
            self._answered(self.response)

        def _answered(self, response: Any) -> None:
            body = bytes(response.body or b"").decode(errors="replace")
            headers = tuple(response.headers.raw_items())
            self.note(
                Kind.ANSWER, sent=False, status=response.status_code, headers=headers, text=body or None
            )

        async def send(self, message: Any, *arguments: Any, **options: Any) -> None:
            if isinstance(message, str):
                self.note(Kind.TEXT, sent=True, text=message)
            await super().send(message, *arguments, **options)

        async def recv(self, *arguments: Any, **options: Any) -> Any:
            try:
                message = await super().recv(*arguments, **options)
            except ConnectionClosed as closed:
                frame = closed.rcvd
                code = None if frame is None else int(frame.code)
                self._closed(sent=frame is None or not closed.rcvd_then_sent, code=code)
                raise
            text = message if isinstance(message, str) else message.decode(errors="replace")
            self.note(Kind.TEXT, sent=False, text=text)
            return message

        async def close(self, *arguments: Any, **options: Any) -> None:
            if self.state is State.OPEN:
                self._closed(sent=True, code=arguments[0] if arguments else 1000)
            await super().close(*arguments, **options)

        def _closed(self, *, sent: bool, code: int | None) -> None:
            if not self._is_told_closed:
                self._is_told_closed = True
                self.note(Kind.CLOSE, sent=sent, status=code)

    return Traced
