"""HTTP requests that travel once each, by this machine's network rules, and know whether they have left."""

from __future__ import annotations

import logging
import socket
import ssl
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from requests.exceptions import ContentDecodingError, ReadTimeout, RequestException
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, ReadTimeoutError
from urllib3.poolmanager import PoolManager

from cartesia_call.quoting import quotable
from cartesia_call.vendors.departure import current_departure
from cartesia_call.vendors.network import NetworkRules

EXCHANGE_FAILURES = (RequestException, HTTPError, OSError)
"""What sending a request and reading its answer raises, besides NotConnected."""


class NotConnected(Exception):
    """There is no connection yet, so nothing was sent. `why` ends a sentence."""

    def __init__(self, why: str, hint: str | None) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint


class _PlainConnection(HTTPConnection):
    """Knows whether the request has left.

    The exceptions of requests and urllib3 cannot tell: a reset connection, a time-out and a TLS error look
    the same during the handshake and while the answer is awaited. Whatever `connect` raises (name
    resolution, TCP, a proxy's CONNECT, TLS) is before the request's first byte; all else is after it.
    """

    def connect(self) -> None:
        try:
            super().connect()
        except Exception as error:  # translated here, where alone it is known what it means
            via = f"through the proxy {self.proxy.host}:{self.proxy.port}, " if self.proxy else ""
            why = via + _why_not_connected(error, self.timeout)
            raise NotConnected(why, _hint(error, bool(self.proxy))) from None

    def request(self, *args: Any, **kwargs: Any) -> None:
        if self.is_closed:  # plain HTTP: http.client would connect in the middle of sending
            self.connect()
        current_departure().leave()
        super().request(*args, **kwargs)


class _TlsConnection(_PlainConnection, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _PlainConnection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection


class _Adapter(HTTPAdapter):
    """Uses the connections above, and trusts what `ssl_context` trusts instead of requests' own bundle."""

    def __init__(self, ssl_context: ssl.SSLContext) -> None:
        self._ssl_context = ssl_context
        super().__init__(max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs, ssl_context=self._ssl_context)
        _use_our_pools(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        manager = super().proxy_manager_for(
            proxy, **kwargs, ssl_context=self._ssl_context, proxy_ssl_context=self._ssl_context
        )
        _use_our_pools(manager)
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        """Nothing to add: the context already requires and knows its authorities."""


def _use_our_pools(manager: PoolManager) -> None:
    manager.pool_classes_by_scheme = {"http": _PlainPool, "https": _TlsPool}


def open_session(network: NetworkRules) -> Session:
    """A session whose every request reports to `current_departure()`, and that reads no environment.

    Proxies are given with each request; NotConnected comes out of one that did not leave.
    """
    session = Session()
    session.trust_env = False
    adapter = _Adapter(network.ssl_context())
    session.mount("https://", adapter)
    session.mount("http://", adapter)
    # urllib3 writes paths, which hold phone numbers, to its log.
    logging.getLogger("urllib3.connectionpool").setLevel(logging.WARNING)
    return session


def _why_not_connected(error: Exception, timeout_s: object) -> str:
    """Why there is no connection, as the end of a sentence."""
    cause = error.__cause__ or error  # urllib3 wraps what the socket said, but not what TLS said
    if isinstance(cause, socket.gaierror):
        return "its name cannot be resolved"
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"its certificate is not trusted ({cause.verify_message})"
    if isinstance(cause, ssl.SSLError):
        return f"TLS failed ({str(cause.reason).lower().replace('_', ' ')})"
    if isinstance(cause, TimeoutError):
        return f"no connection within {timeout_s} s"
    if isinstance(cause, OSError):  # the last word is http.client's, for a proxy that refused to CONNECT
        return quotable(cause.strerror or " ".join(map(str, cause.args))).lower()
    return type(cause).__name__


def _hint(error: Exception, proxied: bool) -> str | None:
    if isinstance(error, ssl.SSLCertVerificationError):
        return "If your network re-signs TLS, set SSL_CERT_FILE to the file of its certificate authority."
    if proxied:
        return "Check HTTPS_PROXY and NO_PROXY."
    return "Check this machine's network connection."


def why_no_answer(error: Exception) -> str:
    """What happened after the request had left, as the end of a sentence."""
    chain: list[object] = [error, *error.args]
    if isinstance(error, ReadTimeout) or any(isinstance(link, ReadTimeoutError) for link in chain):
        return "it did not answer in time"
    if isinstance(error, ContentDecodingError):
        return "its answer cannot be decoded"
    return "the connection broke before its answer was complete"
