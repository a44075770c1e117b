"""HTTP requests that travel once each, by this machine's network rules, and know whether they have left.

Importing this module imports no HTTP library: `HttpTransport.open` does, in a thread.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import ssl
import weakref
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from cartesia_call import __version__
from cartesia_call.addresses import NetworkRules
from cartesia_call.blocking import in_daemon_thread
from cartesia_call.clock import running_s
from cartesia_call.quoting import quotable
from cartesia_call.vendors.network import ssl_context

if TYPE_CHECKING:
    from aiohttp import ClientHandlerType, ClientRequest, ClientResponse, ClientSession
    from aiohttp.connector import Connection

LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
"""No vendor documents a size. A page of 100 voices is some 60 kB, one of 100 calls 250 kB."""

_KEEP_ALIVE_S = 4.0
"""How long a connection is kept for the next request. Servers close theirs after 5 s (Node.js) to 75 s
(nginx) by default: one that is used again should not be about to be closed."""

_CLOSE_TIMEOUT_S = 1.0


class NotConnected(Exception):
    """There was no connection, so nothing was sent. `why` ends a sentence."""

    def __init__(self, why: str, hint: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint


class NoAnswer(Exception):
    """The request may have left, and no whole answer came back that could be read. `why` ends a sentence."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True)
class HttpAnswer:
    """Whatever its status. Names of `headers` are found in upper or lower case."""

    status: int
    text: str
    headers: Mapping[str, str]


@dataclass
class _Departure:
    """`left`: the request has a connection to its server, so bytes of it may have been sent."""

    left: bool = False


class HttpTransport:
    """The connections of one client. `timeout_s` limits a request as a whole, name resolution included.

    Neither redirects nor cookies nor the environment count, and no request is sent twice.
    """

    def __init__(self, *, network: NetworkRules, timeout_s: float) -> None:
        self._network = network
        self._timeout_s = timeout_s
        self._sessions: dict[bool, ClientSession] = {}
        self._trusted: ssl.SSLContext | None = None
        self._is_closed = False
        self._transports: weakref.WeakSet[asyncio.Transport] = weakref.WeakSet()

    async def open(self, url: str) -> None:
        """Load what requests to `url` need, and send nothing. SettingsError for an unusable CA file.

        `exchange` does it too; ahead of it, it saves the first request 0.1 s. NotConnected after `close`.
        """
        if self._trusted is None and url.startswith("https:"):
            self._trusted = await in_daemon_thread(functools.partial(ssl_context, self._network))
        if not self._sessions:
            await in_daemon_thread(_load_library)
            if not self._sessions and not self._is_closed:  # things may have gone on meanwhile
                self._sessions = {
                    afresh: _new_session(self._transports, afresh=afresh) for afresh in (True, False)
                }
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
        departure = _Departure()
        now_s = running_s()
        limit = asyncio.timeout_at(now_s + self._timeout_s if deadline_s is None else deadline_s)
        try:
            async with limit:
                await self.open(url)
                from yarl import URL  # loaded by now

                proxy = self._network.proxy_for(url)
                return await _exchange(
                    self._sessions[afresh].request(
                        method,
                        URL(url, encoded=True),
                        headers=headers,
                        data=body,
                        proxy=proxy and _checked_proxy(proxy),
                        ssl=self._trusted or True,
                        allow_redirects=False,
                        trace_request_ctx=departure,
                    )
                )
        except (NotConnected, NoAnswer) as error:
            failure: Exception = error
        except Exception as error:  # translated here, where alone it is known what it means
            failure = self._failure(error, departure, url, timed_out=limit.expired())
            if failure is error:
                raise
        # Not from within the handlers: the library's exceptions hold the whole request.
        raise failure

    async def close(self) -> None:
        """Close every connection, those in use too. There is no farewell that would have to be waited for."""
        self._is_closed = True
        for transport in self._transports:
            transport.abort()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_CLOSE_TIMEOUT_S):
                for session in self._sessions.values():
                    await session.close()
        await asyncio.sleep(0)  # sockets close in the loop's next turn

    def _failure(self, error: Exception, departure: _Departure, url: str, *, timed_out: bool) -> Exception:
        """What `error` means, or `error` itself where it is none of a request."""
        import aiohttp

        cause: Exception = error.cause if isinstance(error, _Failed) else error
        within = f"within {self._timeout_s:g} s"
        if departure.left:
            return NoAnswer(f"it did not answer {within}" if timed_out else _why_no_answer(cause))
        if not isinstance(cause, aiohttp.ClientError | OSError | UnicodeError):
            return cause
        proxy = urlsplit(self._network.proxy_for(url) or "").netloc.rpartition("@")[2]
        via = f"through the proxy {proxy}, " if proxy else ""
        why = f"no connection {within}" if timed_out else _why_not_connected(cause)
        return NotConnected(via + why, _hint(cause, proxied=bool(via)))


class _Failed(Exception):
    """What one attempt came to, in a form that the HTTP library does not know and so does not try again."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


def _load_library() -> None:
    import aiohttp  # noqa: F401  # slow


def _new_session(transports: weakref.WeakSet[asyncio.Transport], *, afresh: bool) -> ClientSession:
    """A session that reads no environment, sends once, and tells a request's _Departure when it leaves."""
    import aiohttp

    async def leave(_: object, context: object, __: object) -> None:
        departure: _Departure = context.trace_request_ctx  # type: ignore[attr-defined]  # a SimpleNamespace
        departure.left = True

    async def once(request: ClientRequest, attempt: ClientHandlerType) -> ClientResponse:
        """Between the library and its own repetition of a GET or a DELETE after a lost connection."""
        try:
            return await attempt(request)
        except (aiohttp.ClientError, OSError) as error:
            failed = _Failed(error)
        raise failed

    class Answer(aiohttp.ClientResponse):
        """Aborts what is given up: a farewell over TLS would wait for a peer that does not answer."""

        async def start(self, connection: Connection) -> aiohttp.ClientResponse:
            transport = connection.transport
            if transport is not None:
                transports.add(transport)
            try:
                return await super().start(connection)
            except BaseException:
                if transport is not None:
                    transport.abort()
                raise

    # Before a connection is there, or a kept one taken, no byte of the request can leave; the library sends
    # it next. A proxy's CONNECT comes before that, too.
    trace = aiohttp.TraceConfig()
    trace.on_connection_create_end.append(leave)
    trace.on_connection_reuseconn.append(leave)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            # By the loop's executor. Unasked, aiodns would be used where it happens to be installed.
            resolver=aiohttp.ThreadedResolver(),
            # A shared look-up would go on in a task of its own after its request was given up.
            use_dns_cache=False,
            limit=0,
            force_close=afresh,
            keepalive_timeout=None if afresh else _KEEP_ALIVE_S,
        ),
        headers={"User-Agent": f"cartesia-call/{__version__}", "Accept-Encoding": "identity"},
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
        trace_configs=[trace],
        middlewares=(once,),
        response_class=Answer,
    )


async def _exchange(request: AbstractAsyncContextManager[ClientResponse]) -> HttpAnswer:
    """Send `request` and read its answer up to the limit; NoAnswer beyond it."""
    async with request as answer:
        transport = answer.connection.transport if answer.connection else None
        received, is_whole = bytearray(), False
        try:
            # Unpacked in steps, if somebody compressed it although nobody asked for that.
            async for piece in answer.content.iter_any():
                received += piece
                if len(received) > LARGEST_ANSWER_BYTES:
                    break
            else:
                is_whole = True
        finally:
            if transport is not None and not is_whole:
                transport.abort()
    if not is_whole:
        raise NoAnswer(f"its answer is longer than {LARGEST_ANSWER_BYTES} bytes")
    return HttpAnswer(answer.status, received.decode("utf-8", "replace"), answer.headers)


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
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorDNSError | UnicodeError):  # the latter for what is no name
        return "its name cannot be resolved"
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        cause = error.certificate_error
        said = getattr(cause, "verify_message", "") or type(cause).__name__
        return f"its certificate is not trusted ({said})"
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return quotable(f"tunnel connection failed: {error.status} {error.message}").lower()
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed ({(cause.reason or 'no reason given').lower().replace('_', ' ')})"
    # The library's own text quotes the address, and has no number for a host with several addresses.
    number = cause.errno if isinstance(cause, OSError) else None
    return os.strerror(number).lower() if number else "no connection could be made"


def _why_no_answer(error: Exception) -> str:
    """What happened after the request had left, as the end of a sentence."""
    import aiohttp

    if isinstance(error, aiohttp.ClientResponseError):
        return "its answer is not HTTP"
    if isinstance(error.__cause__, aiohttp.http_exceptions.ContentEncodingError):
        return "its answer cannot be decoded"
    if isinstance(error, aiohttp.ClientError | OSError):
        return "the connection broke before its answer was complete"
    return f"its answer cannot be understood ({type(error).__name__})"


def _hint(error: Exception, *, proxied: bool) -> str:
    import aiohttp

    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return "If your network re-signs TLS, set SSL_CERT_FILE to the file of its certificate authority."
    if proxied:
        return "Check HTTPS_PROXY and NO_PROXY."
    return "Check this machine's network connection."
