"""Why a connection failed, in words for the person who reads the log."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl

import pytest
from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import (
    ConnectionClosedError,
    ConnectionClosedOK,
    InvalidMessage,
    InvalidProxy,
    InvalidProxyMessage,
    InvalidProxyStatus,
    InvalidStatus,
)
from websockets.frames import Close
from websockets.http11 import Request, Response

from cartesia_call.addresses import NetworkRules
from cartesia_call.vendors.websocket_client import explain, open_websocket, websocket_url
from tests.vendors.http_peers import CERTIFICATE, server_context, serving, tunnelling_proxy


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (InvalidStatus(Response(502, "Bad Gateway", Headers())), "HTTP 502"),
        (InvalidProxyStatus(Response(407, "Who?", Headers())), "the proxy answered HTTP 407"),
        (InvalidProxyMessage("?"), "the proxy did not connect"),
        (InvalidProxy("http://user:password@host/path", "path is meaningless"), "malformed"),
        (InvalidMessage("?"), "did not answer as a websocket server"),
        (ConnectionClosedOK(Close(1000, "bye\x1b"), None), "(code 1000, bye)"),
        (ConnectionClosedError(None, Close(1009, "")), "(code 1009)"),
        (ConnectionClosedError(None, None), "without a close frame"),
        (socket.gaierror(-2, "Name or service not known"), "does not resolve"),
        (TimeoutError(), "in time"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connect call failed ('192.0.2.1', 443)"), "refused"),
        (OSError(errno.ENETUNREACH, "Connect call failed ('192.0.2.1', 443)"), "network is unreachable"),
        (OSError("Multiple exceptions: ..."), "no connection could be made"),
        (ssl.SSLError("wrong version number"), "TLS"),
        (ImportError("python-socks"), "python-socks"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_each_failure_has_words_without_an_address(failure: Exception, words: str) -> None:
    """An address may be a proxy's, with its password."""
    assert words in explain(failure)
    assert "192.0.2.1" not in explain(failure)
    assert "password" not in explain(failure)


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://calls.example.com", "wss://calls.example.com/x"),
        ("https://calls.example.com:8443/", "wss://calls.example.com:8443/x"),
        ("http://127.0.0.1:8080", "ws://127.0.0.1:8080/x"),
        ("http://[::1]:8080", "ws://[::1]:8080/x"),
    ],
)
def test_the_scheme_of_a_websocket_follows_its_base(base_url: str, expected: str) -> None:
    assert websocket_url(base_url, "/x") == expected


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_no_redirect_is_followed(status: int) -> None:
    """Credentials and secrets are meant for one address: it has refused, and nobody else is asked."""
    asked: list[str] = []

    def redirect(connection: ServerConnection, request: Request) -> Response:
        asked.append(request.path)
        response = connection.respond(status, "")
        response.headers["Location"] = "/elsewhere"
        return response

    async def nothing(connection: ServerConnection) -> None:
        raise AssertionError("nobody is let in")

    async with asyncio.timeout(10), serve(nothing, "127.0.0.1", 0, process_request=redirect) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        with pytest.raises(InvalidStatus) as refused:
            async with open_websocket(
                f"ws://127.0.0.1:{port}/here",
                network=NetworkRules(https_proxy=None, no_proxy=None, ca_file=None),
                headers={},
                open_timeout_s=5,
                max_message_bytes=100,
            ):
                pass
    assert refused.value.response.status_code == status
    assert asked == ["/here"]


@pytest.mark.parametrize("tls", [False, True])
async def test_a_proxy_is_trusted_by_the_same_authorities(tls: bool) -> None:
    """An https:// proxy too is verified by SSL_CERT_FILE, not by what the library would trust."""

    async def echo(connection: ServerConnection) -> None:
        await connection.send(await connection.recv())

    async with asyncio.timeout(10), serve(echo, "127.0.0.1", 0, ssl=server_context()) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with (
            serving(tunnelling_proxy(port), tls=tls) as proxy,
            open_websocket(
                "wss://carrier.test/x",
                network=NetworkRules(https_proxy=proxy.url, no_proxy=None, ca_file=str(CERTIFICATE)),
                headers={},
                open_timeout_s=5,
                max_message_bytes=100,
            ) as connection,
        ):
            await connection.send("Hello")
            assert await connection.recv() == "Hello"
            assert [request.method for request in proxy.requests] == ["CONNECT"]
