"""One HTTP/1.1 connection: made by this machine's network rules, and used for one request at a time.

Importing this module imports h11, which takes some 20 ms: `HttpTransport.open` does it in a thread.
"""

from __future__ import annotations

import asyncio
import base64
import socket
import ssl
import zlib
from collections.abc import Iterable
from urllib.parse import SplitResult, unquote, urlsplit

import h11
from aiohappyeyeballs import start_connection

from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer

LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
"""No vendor documents a size. A page of 100 voices is some 60 kB, one of 100 calls 250 kB."""

_NEXT_ADDRESS_S = 0.25
"""Until the next address of a host is tried beside the one before (RFC 8305, section 8)."""
_UNREAD_BYTES = 65536
"""As many wait to be received at the most, about."""
_BROKE = "the connection broke before its answer was complete"
_DEFAULT_PORTS = {"http": 80, "https": 443}


class ProxyRefusal(Exception):
    """The proxy opened no tunnel. `why` ends a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class Origin:
    """The server behind a URL, as connections are kept by it."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, parts: SplitResult) -> Origin:
        """UnicodeError for a host that is no name."""
        host = (parts.hostname or "").removesuffix(".")
        port = parts.port or _DEFAULT_PORTS[parts.scheme]
        return cls(parts.scheme, host if host.isascii() else host.encode("idna").decode(), port)

    @property
    def is_tls(self) -> bool:
        return self.scheme == "https"

    @property
    def authority(self) -> str:
        """`host:port`, an IPv6 address in brackets."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def host_header(self) -> str:
        """The same without a port that goes without saying."""
        is_default = self.port == _DEFAULT_PORTS[self.scheme]
        return self.authority.rpartition(":")[0] if is_default else self.authority


class _Wire(asyncio.Protocol):
    """The bytes of one connection. Requests are small: nothing waits for them to leave."""

    def __init__(self) -> None:
        self._received = bytearray()
        self._is_over = False
        self._error: Exception | None = None
        self._arrival: asyncio.Future[None] | None = None
        self._transport: asyncio.Transport | None = None

    @property
    def has_more(self) -> bool:
        """Whether the peer has said or done something that nobody has received."""
        return bool(self._received) or self._is_over

    def send(self, data: bytes) -> None:
        """Hand bytes to the system, or to what keeps them until it takes them."""
        if self._transport is not None:
            self._transport.write(data)

    async def receive(self) -> bytes:
        """What has come, all of it; b"" once the peer has closed. OSError if the connection broke."""
        while not self.has_more:
            self._arrival = asyncio.get_running_loop().create_future()
            await self._arrival
        if self._error is not None and not self._received:
            raise self._error
        data, self._received = bytes(self._received), bytearray()
        if self._transport is not None and not self._is_over:
            self._transport.resume_reading()
        return data

    async def start_tls(self, trusted: ssl.SSLContext, host: str) -> None:
        """Go on encrypted, with `host`. OSError."""
        loop = asyncio.get_running_loop()
        if self._transport is not None:
            self._transport = await loop.start_tls(self._transport, self, trusted, server_hostname=host)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    # --- what the event loop calls ---

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        if isinstance(transport, asyncio.Transport):
            self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        if len(self._received) > _UNREAD_BYTES and self._transport is not None:
            self._transport.pause_reading()
        self._tell()

    def eof_received(self) -> None:
        self._is_over = True
        self._tell()

    def connection_lost(self, error: Exception | None) -> None:
        self._is_over, self._error = True, error
        self._tell()

    def _tell(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


class HttpConnection:
    """An open connection. `abort` ends it without a farewell, for which TLS would wait; safe to repeat."""

    def __init__(self, wire: _Wire) -> None:
        self._wire = wire
        self._http = h11.Connection(h11.CLIENT)

    @property
    def can_be_kept(self) -> bool:
        """Whether another request can be sent: the last answer is whole, and nobody has closed, nor said what
        would be taken for the next answer, as some servers do before they close (408)."""
        states = (self._http.our_state, self._http.their_state)
        is_quiet = self._http.trailing_data == (b"", False) and not self._wire.has_more
        return states == (h11.DONE, h11.DONE) and is_quiet

    async def exchange(
        self, method: str, target: str, headers: Iterable[tuple[str, str]], body: bytes | None
    ) -> HttpAnswer:
        """One request and its answer, up to `LARGEST_ANSWER_BYTES`. NoAnswer or OSError."""
        if self._http.our_state is h11.DONE:
            self._http.start_next_cycle()
        request = h11.Request(method=method, target=target, headers=list(headers))
        parts = [request, *([h11.Data(data=body)] if body else []), h11.EndOfMessage()]
        self._wire.send(b"".join(self._http.send(part) or b"" for part in parts))
        head = await self._answer_head()
        answer_headers = {name.decode("ascii"): value.decode("latin-1") for name, value in head.headers}
        unpacked = _Unpacking(answer_headers.get("content-encoding", "identity"))
        while isinstance(piece := await self._next_event(), h11.Data):
            unpacked.receive(piece.data)
        return HttpAnswer(head.status_code, unpacked.text(), answer_headers)

    async def _answer_head(self) -> h11.Response:
        while not isinstance(head := await self._next_event(), h11.Response):
            pass  # 100 and the like
        return head

    async def _next_event(self) -> h11.Event:
        data: bytes | None = None
        while True:
            try:
                event = self._http.next_event()
            except h11.RemoteProtocolError:
                raise NoAnswer(_BROKE if data == b"" else "its answer is not HTTP") from None
            if event is h11.NEED_DATA:
                data = await self._wire.receive()
                self._http.receive_data(data)
            elif isinstance(event, h11.Event):
                return event
            else:
                raise NoAnswer(_BROKE)

    async def open_tunnel(self, authority: str, headers: Iterable[tuple[str, str]]) -> None:
        """Have the proxy at the other end connect us to `authority`. ProxyRefusal or OSError.

        What is sent afterwards is for a connection of its own, over the same streams.
        """
        request = h11.Request(method="CONNECT", target=authority, headers=list(headers))
        self._wire.send((self._http.send(request) or b"") + (self._http.send(h11.EndOfMessage()) or b""))
        try:
            head = await self._answer_head()
        except NoAnswer as error:
            raise ProxyRefusal(f"tunnel connection failed: {error.why}") from None
        if not 200 <= head.status_code < 300:
            reason = quotable(f"{head.status_code} {bytes(head.reason).decode('latin-1')}").lower()
            raise ProxyRefusal(f"tunnel connection failed: {reason}")

    def abort(self) -> None:
        """End it; whatever was under way fails."""
        self._wire.abort()


async def connect(origin: Origin, proxy: str | None, trusted: ssl.SSLContext | None) -> HttpConnection:
    """A connection to `origin`, whose certificate `trusted` judges, through `proxy` if there is one.

    OSError (ssl.SSLError and socket.gaierror among them), UnicodeError, or ProxyRefusal. Nothing of a request
    has left then.
    """
    if proxy is None:
        return HttpConnection(await _open(origin, trusted))
    parts = urlsplit(proxy)
    wire = await _open(Origin.of(parts), trusted)
    try:
        await _open_tunnel(HttpConnection(wire), origin, parts)
        if trusted is not None:  # no proxy is asked for anything else
            await wire.start_tls(trusted, origin.host)
    except BaseException:
        wire.abort()
        raise
    return HttpConnection(wire)


async def _open(origin: Origin, trusted: ssl.SSLContext | None) -> _Wire:
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(origin.host, origin.port, type=socket.SOCK_STREAM)
    # asyncio's own `happy_eyeballs_delay` loses a socket whose wait is cut as it connects (3.11).
    connected = await start_connection(found, happy_eyeballs_delay=_NEXT_ADDRESS_S)
    try:
        _, wire = await loop.create_connection(
            _Wire,
            sock=connected,
            ssl=trusted if origin.is_tls else None,
            server_hostname=origin.host if origin.is_tls else None,
        )
    except BaseException:
        connected.close()
        raise
    return wire


async def _open_tunnel(connection: HttpConnection, origin: Origin, proxy: SplitResult) -> None:
    headers = [("Host", origin.authority)]
    if proxy.username is not None:
        login = f"{unquote(proxy.username)}:{unquote(proxy.password or '')}".encode()
        headers.append(("Proxy-Authorization", f"Basic {base64.b64encode(login).decode()}"))
    await connection.open_tunnel(origin.authority, headers)


class _Unpacking:
    """A body as it comes, unpacked if somebody compressed it although nobody asked for that."""

    def __init__(self, encoding: str) -> None:
        self._body = bytearray()
        self._unpacker = None
        if encoding.lower() in {"gzip", "x-gzip", "deflate"}:
            self._unpacker = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # tells the two apart
        elif encoding.lower() != "identity":
            raise NoAnswer("its answer cannot be decoded")

    def receive(self, data: bytes) -> None:
        """NoAnswer for what cannot be unpacked, or is too long unpacked."""
        if self._unpacker is not None:
            try:
                data = self._unpacker.decompress(data, LARGEST_ANSWER_BYTES + 1)
            except zlib.error:
                raise NoAnswer("its answer cannot be decoded") from None
        self._body += data
        if len(self._body) > LARGEST_ANSWER_BYTES:
            raise NoAnswer(f"its answer is longer than {LARGEST_ANSWER_BYTES} bytes")

    def text(self) -> str:
        """All of it as text. NoAnswer if the end is missing."""
        if self._unpacker is not None and not self._unpacker.eof:
            raise NoAnswer("its answer cannot be decoded")
        return self._body.decode("utf-8", "replace")
