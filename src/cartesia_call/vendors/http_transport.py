"""HTTP requests that travel once each, by this machine's network rules, and know whether they have left.

Importing this module imports no HTTP library: `HttpTransport.open` does, in a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import socket
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import SplitResult, urlsplit

from cartesia_call import __version__
from cartesia_call.addresses import NetworkRules
from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import running_s
from cartesia_call.records import dataclass
from cartesia_call.trace_ports import Tracer
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer, NotConnected
from cartesia_call.vendors.network import ssl_context

if TYPE_CHECKING:
    from cartesia_call.vendors.http_connection import HttpConnection, Origin

_KEEP_ALIVE_S = 4.0
"""How long a connection is kept for the next request. Servers close theirs after 5 s (Node.js) to 75 s
(nginx) by default: one that is used again should not be about to be closed."""


_WITH_A_BODY = frozenset({"POST", "PUT", "PATCH"})
"""Methods whose requests say so if they have none (RFC 9110, section 8.6)."""


@dataclass
class _Departure:
    """`left`: the request has a connection to its server, so bytes of it may have been sent."""

    left: bool = False


@dataclass(frozen=True)
class _Kept:
    connection: HttpConnection
    since_s: float


class HttpTransport:
    """The connections of one client. `timeout_s` limits a request as a whole, name resolution included.

    Neither redirects nor cookies nor the environment count, and no request is sent twice. `tracer` is told
    of each, as one to `peer`.
    """

    def __init__(
        self,
        *,
        network: NetworkRules,
        timeout_s: float,
        tracer: Tracer | None = None,
        peer: Peer = Peer.STRANGER,
    ) -> None:
        self._tracer = tracer
        self._peer = peer
        self._network = network
        self._timeout_s = timeout_s
        self._trusted: ssl.SSLContext | None = None
        self._is_loaded = False
        self._is_closed = False
        self._kept: defaultdict[tuple[Origin, str | None], list[_Kept]] = defaultdict(list)
        self._open: set[HttpConnection] = set()
        self._limits: set[asyncio.Timeout] = set()

    async def open(self, url: str) -> None:
        """Load what requests to `url` need, and send nothing. SettingsError for an unusable CA file.

        `exchange` does it too; ahead of it, it saves the first request 0.1 s. NotConnected after `close`.
        """
        if self._trusted is None and url.startswith("https:"):
            self._trusted = await in_daemon_thread(functools.partial(ssl_context, self._network))
        if not self._is_loaded:
            await in_daemon_thread(_load_library)
            self._is_loaded = True
        if self._is_closed:
            raise NotConnected("the connections of this program are closed already")

    async def exchange(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        body: bytes | None = None,
        afresh: bool = False,
        deadline_s: float | None = None,
    ) -> HttpAnswer:
        """One request and its answer; a redirect is one too.

        `url` is escaped already. `afresh`: over a new connection, for a request about which there must be no
        needless doubt; a kept one may be closed by its server as the request goes out. `deadline_s` is the
        loop's time at which waiting ends, if before the time-out.

        NotConnected if the request provably stayed here, NoAnswer if it left in vain. Neither quotes a
        header, an address or what the library said, and nothing hangs on them that does.
        """
        exchanging = self._exchange_in_time(method, url, headers, body, afresh=afresh, deadline_s=deadline_s)
        if self._tracer is None:
            return await exchanging
        tracer, link = self._tracer, self._tracer.new_link()

        def note(kind: Kind, *, sent: bool, **fields: Any) -> None:
            tracer.note(Message(peer=self._peer, kind=kind, sent=sent, link=link, **fields))

        text = None if body is None else body.decode("utf-8", "replace")
        note(Kind.REQUEST, sent=True, method=method, url=url, headers=tuple(headers.items()), text=text)
        try:
            answer = await exchanging
        except (NotConnected, NoAnswer) as failure:
            note(Kind.FAILURE, sent=False, facts={"why": type(failure).__name__})
            raise
        answered = tuple(answer.headers.items())
        note(Kind.ANSWER, sent=False, status=answer.status, headers=answered, text=answer.text)
        return answer

    async def _exchange_in_time(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        *,
        afresh: bool,
        deadline_s: float | None,
    ) -> HttpAnswer:
        departure = _Departure()
        limit = asyncio.timeout_at(running_s() + self._timeout_s if deadline_s is None else deadline_s)
        try:
            async with self._limited(limit):
                await self.open(url)
                return await self._exchange(method, urlsplit(url), headers, body, departure, afresh=afresh)
        except (NotConnected, NoAnswer) as error:
            error.__context__ = None
            failure: Exception = error
        except Exception as error:  # translated here, where alone it is known what it means
            failure = self._failure(error, departure, url, timed_out=limit.expired())
            if failure is error:
                raise
        finally:
            # It holds the task that is limited. One that is cancelled holds the exception with this frame.
            del limit
        # Not from within the handlers: the library's exceptions hold the whole request.
        raise failure

    async def close(self) -> None:
        """Close every connection, those in use too. There is no farewell that would have to be waited for."""
        self._is_closed = True
        for connection in self._open:
            connection.abort()
        for limit in self._limits:
            if not limit.expired():
                limit.reschedule(running_s())
        await asyncio.sleep(0)  # sockets close in the loop's next turn

    @contextlib.asynccontextmanager
    async def _limited(self, limit: asyncio.Timeout) -> AsyncIterator[None]:
        """Until `limit`, or until `close`."""
        async with limit:
            self._limits.add(limit)
            try:
                yield
            finally:
                self._limits.remove(limit)

    async def _exchange(
        self,
        method: str,
        url: SplitResult,
        headers: Mapping[str, str],
        body: bytes | None,
        departure: _Departure,
        *,
        afresh: bool,
    ) -> HttpAnswer:
        from cartesia_call.vendors.http_connection import Origin

        proxy = self._network.proxy_for(url.geturl())
        origin = Origin.of(url)
        where = origin, proxy and _checked_proxy(proxy)
        all_headers = {
            "Host": origin.host_header,
            "User-Agent": f"cartesia-call/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            **headers,
        }
        if body is not None or method in _WITH_A_BODY:
            all_headers["Content-Length"] = str(len(body or b""))
        if afresh:
            all_headers["Connection"] = "close"
        connection = (None if afresh else self._take_kept(where)) or await self._connect(where)
        try:
            departure.left = True
            target = f"{url.path or '/'}{'?' if url.query else ''}{url.query}"
            answer = await connection.exchange(method, target, all_headers.items(), body)
        except BaseException:
            self._end(connection)
            raise
        if afresh or self._is_closed or not connection.can_be_kept:
            self._end(connection)
        else:
            self._kept[where].append(_Kept(connection, running_s()))
        return answer

    async def _connect(self, where: tuple[Origin, str | None]) -> HttpConnection:
        from cartesia_call.vendors.http_connection import connect

        connection = await connect(*where, self._trusted)
        self._open.add(connection)
        return connection

    def _take_kept(self, where: tuple[Origin, str | None]) -> HttpConnection | None:
        """The one that was used last, if any is still good."""
        kept = self._kept[where]
        while kept:
            last = kept.pop()
            if last.connection.can_be_kept and running_s() - last.since_s < _KEEP_ALIVE_S:
                return last.connection
            self._end(last.connection)
        return None

    def _end(self, connection: HttpConnection) -> None:
        connection.abort()
        self._open.discard(connection)

    def _failure(self, error: Exception, departure: _Departure, url: str, *, timed_out: bool) -> Exception:
        """What `error` means, or `error` itself where it is none of a request."""
        from cartesia_call.vendors.http_connection import ProxyRefusal

        within = f"within {self._timeout_s:g} s"
        if departure.left:
            broke = "the connection broke before its answer was complete"
            if timed_out and not self._is_closed:
                return NoAnswer(f"it did not answer {within}")
            return NoAnswer(broke) if isinstance(error, OSError) else error
        if timed_out and self._is_closed:
            return NotConnected("the connections of this program are closed already")
        if not isinstance(error, ProxyRefusal | OSError | UnicodeError):
            return error
        proxy = urlsplit(self._network.proxy_for(url) or "").netloc.rpartition("@")[2]
        via = f"through the proxy {proxy}, " if proxy else ""
        why = f"no connection {within}" if timed_out else _why_not_connected(error)
        return NotConnected(via + why, _hint(error, proxied=bool(via)))


def _load_library() -> None:
    import cartesia_call.vendors.http_connection  # noqa: F401  # slow


def _checked_proxy(proxy: str) -> str:
    """`proxy`, an address that the library understands; its own exceptions would quote the password."""
    try:
        parts = urlsplit(proxy)
        is_usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_usable = False
    if not is_usable:
        raise NotConnected("HTTPS_PROXY is not the address of an HTTP proxy", "Check HTTPS_PROXY.")
    return proxy


def _why_not_connected(error: Exception) -> str:
    """Why there is no connection, as the end of a sentence."""
    from cartesia_call.vendors.http_connection import ProxyRefusal

    if isinstance(error, socket.gaierror | UnicodeError):  # the latter for what is no name
        return "its name cannot be resolved"
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({error.verify_message or type(error).__name__})"
    if isinstance(error, ProxyRefusal):
        return error.why
    if isinstance(error, ssl.SSLError):
        return f"TLS failed ({(error.reason or 'no reason given').lower().replace('_', ' ')})"
    # Its own text quotes the address, and there is no number for a host with several addresses.
    number = error.errno if isinstance(error, OSError) else None
    return os.strerror(number).lower() if number else "no connection could be made"


def _hint(error: Exception, *, proxied: bool) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "If your network re-signs TLS, set SSL_CERT_FILE to the file of its certificate authority."
    if proxied:
        return "Check HTTPS_PROXY and NO_PROXY."
    return "Check this machine's network connection."
