"""A request travels once, tells truly whether it left, and leaves nothing behind: on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import gc
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import SettingsError
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer, NotConnected
from cartesia_call.vendors.http_transport import HttpTransport
from tests.vendors.http_peers import (
    CERTIFICATE,
    Behaviour,
    Peer,
    answering,
    closing,
    deaf,
    freezing_proxy,
    kept_then,
    read_request,
    resetting,
    serving,
    silent,
    unused_port,
)

TRUSTING = NetworkRules(https_proxy=None, no_proxy=None, ca_file=str(CERTIFICATE))
WELL = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 2\r\n\r\n{}"
METHODS = ("GET", "POST", "PATCH", "PUT", "DELETE")


@contextlib.asynccontextmanager
async def transport(
    *, network: NetworkRules = TRUSTING, timeout_s: float = 10
) -> AsyncIterator[HttpTransport]:
    """Closed at the end; what was left open would warn, and a warning fails the test."""
    made = HttpTransport(network=network, timeout_s=timeout_s)
    try:
        yield made
    finally:
        await made.close()
        gc.collect()


async def ask(
    made: HttpTransport, url: str, method: str = "GET", *, body: bytes | None = None, afresh: bool = False
) -> HttpAnswer:
    headers = {"Authorization": "Basic hidden"}
    return await made.exchange(method, url, headers=headers, body=body, afresh=afresh)


async def test_an_answer_whatever_its_status() -> None:
    """Status, text and headers; what was asked arrives as it was."""
    async with serving(answering(418, "täglich", headers="X-Some: thing\r\n")) as peer, transport() as made:
        answer = await ask(made, f"{peer.url}/a/../b%2Fc?To=%2B1&x=a+b", "POST", body=b"k=v")
    assert (answer.status, answer.text) == (418, "täglich")
    assert answer.headers["x-some"] == "thing"
    (request,) = peer.requests
    assert (request.method, request.path, request.body) == ("POST", "/a/../b%2Fc", "k=v")
    assert request.query == {"To": ["+1"], "x": ["a b"]}
    assert request.headers["accept-encoding"] == "identity"
    assert request.headers["user-agent"].startswith("cartesia-call/")


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("method", METHODS)
async def test_a_kept_connection_that_closes_as_a_request_goes_out(method: str, tls: bool) -> None:
    """The HTTP library would send a GET or a DELETE again, over a new connection. Nothing is sent again."""
    async with serving(kept_then(None, first=WELL), tls=tls) as peer, transport() as made:
        await ask(made, peer.url)
        with pytest.raises(NoAnswer, match="the connection broke before its answer was complete"):
            await ask(made, peer.url, method, body=b"To=x" if method == "POST" else None)
        assert [request.path for request in peer.requests] == ["/", "/1"]


@pytest.mark.parametrize("tls", [False, True])
async def test_no_kept_connection_where_there_must_be_no_doubt(tls: bool) -> None:
    """It would be closed by the server as the request goes out."""
    async with serving(kept_then(None, first=WELL), tls=tls) as peer, transport() as made:
        for afresh in (False, True, True):
            assert (await ask(made, peer.url, "POST", body=b"To=x", afresh=afresh)).status == 200
        assert [request.path for request in peer.requests] == ["/", "/", "/"]
        assert [request.headers.get("connection") for request in peer.requests] == [None, "close", "close"]


@pytest.mark.parametrize("behaviour", [closing, resetting])
@pytest.mark.parametrize("method", METHODS)
async def test_nothing_is_sent_twice_over_a_new_connection(method: str, behaviour: Behaviour) -> None:
    async with serving(behaviour) as peer, transport() as made:
        with pytest.raises(NoAnswer):
            await ask(made, peer.url, method)
        assert len(peer.requests) == 1


async def test_connections_are_kept_and_cookies_are_not() -> None:
    """A redirect is an answer; a cookie is not sent back."""
    moved = b"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
    async with serving(kept_then(moved, first=WELL)) as peer, transport() as made:
        url = f"http://localhost:{peer.port}"  # an address that is no name has no cookies anyhow
        first = await ask(made, url)
        second = await ask(made, url)
    assert (first.status, second.status) == (200, 302)
    assert len(peer.requests) == 2
    assert not any("cookie" in request.headers for request in peer.requests)


async def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a proxy nor a login from ~/.netrc that the network rules do not hold."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    monkeypatch.setenv("HOME", str(Path.cwd()))
    Path(".netrc").write_text("machine 127.0.0.1 login somebody password hidden\n")
    Path(".netrc").chmod(0o600)
    async with serving(answering(200, {}), tls=True) as peer, transport() as made:
        await made.exchange("GET", peer.url, headers={})
    assert "authorization" not in peer.requests[0].headers


async def test_a_cancelled_request_closes_its_socket() -> None:
    """At once, while it waits for the answer, and the next request is not disturbed."""
    arrived, gone = asyncio.Event(), asyncio.Event()

    async def watch(peer: Peer, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        arrived.set()
        try:
            await reader.read()
        finally:
            gone.set()

    async with asyncio.timeout(10), serving(watch) as peer, transport() as made:
        asking = asyncio.create_task(ask(made, peer.url, "POST", body=b"x"))
        await arrived.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await gone.wait()
        async with serving(answering(200, {})) as other:
            assert (await ask(made, other.url)).status == 200


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"])
async def test_a_cancelled_request_waits_for_no_farewell(answer: bytes) -> None:
    """TLS says goodbye, and a peer that is gone does not answer: the socket is closed all the same."""

    async def begin(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        writer.write(answer)
        await writer.drain()
        begun.set()
        await asyncio.Event().wait()

    begun, frozen, gone = asyncio.Event(), asyncio.Event(), asyncio.Event()
    async with (
        asyncio.timeout(10),
        serving(begin, tls=True) as peer,
        serving(freezing_proxy(peer.port, frozen, gone)) as proxy,
        transport(network=dataclasses.replace(TRUSTING, https_proxy=f"127.0.0.1:{proxy.port}")) as made,
    ):
        asking = asyncio.create_task(ask(made, "https://carrier.test"))
        await begun.wait()
        await asyncio.sleep(0.1)  # for what the peer said to arrive
        frozen.set()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await gone.wait()


@pytest.mark.parametrize("behaviour", [deaf, silent])
async def test_closing_ends_what_is_under_way(behaviour: Behaviour) -> None:
    """A request that is waited for is told so, and none begins any more."""
    async with asyncio.timeout(10), serving(behaviour) as peer, transport() as made:
        await made.open(peer.url)
        asking = asyncio.create_task(ask(made, peer.url))
        while behaviour is silent and not peer.requests:
            await asyncio.sleep(0)
        await asyncio.sleep(0.05)
        await made.close()
        with pytest.raises((NoAnswer, NotConnected)):
            await asking
        with pytest.raises(NotConnected, match="closed already"):
            await ask(made, peer.url)


async def test_requests_beside_each_other_share_one_beginning() -> None:
    """Many first requests at once, each with a connection of its own and no thread left."""
    together = asyncio.Barrier(150)

    async def meet(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        await together.wait()
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")
        await writer.drain()

    async with asyncio.timeout(20), serving(meet) as peer, transport() as made:
        answers = await asyncio.gather(*(ask(made, peer.url) for _ in range(together.parties)))
    assert {answer.status for answer in answers} == {200}


async def test_a_deadline_before_the_time_out() -> None:
    """Whatever the waiting is for: a connection or an answer."""
    now_s = asyncio.get_running_loop().time
    async with serving(silent) as peer, transport(timeout_s=60) as made:
        await made.open(peer.url)
        for url, failure in ((peer.url, NoAnswer), (peer.url.replace("http:", "https:"), NotConnected)):
            with pytest.raises(failure, match="within 60 s"):
                await made.exchange("GET", url, headers={}, deadline_s=now_s() + 0.1)


async def test_failures_hold_nothing_of_the_request() -> None:
    """No address, no header, no exception of the library behind them."""
    async with serving(closing) as peer, transport() as made:
        for url in (f"{peer.url}/path-hidden", f"http://127.0.0.1:{await unused_port()}/path-hidden"):
            with pytest.raises((NoAnswer, NotConnected)) as raised:
                await ask(made, url)
            error = raised.value
            assert (error.__cause__, error.__context__) == (None, None)
            assert "hidden" not in f"{error!r} {vars(error)}"


async def test_a_ca_file_that_cannot_be_used() -> None:
    async with transport(network=dataclasses.replace(TRUSTING, ca_file="/nonexistent")) as made:
        with pytest.raises(SettingsError):
            await made.open("https://127.0.0.1:9")
        with pytest.raises(SettingsError):
            await ask(made, "https://127.0.0.1:9")


HUNG_RESOLVER = """
import asyncio, socket, sys, threading, types
sys.modules["aiodns"] = types.SimpleNamespace(DNSResolver=type("DNSResolver", (), {"getaddrinfo": None}))
from cartesia_call.vendors.http_answer import NotConnected
from cartesia_call.vendors.http_transport import HttpTransport
from cartesia_call.addresses import NetworkRules
from cartesia_call.wiring.line import run

socket.getaddrinfo = lambda *_, **__: threading.Event().wait(60)

async def main():
    network = NetworkRules(https_proxy=None, no_proxy=None, ca_file=None)
    transport = HttpTransport(network=network, timeout_s=0.3)
    await transport.open("https://api.example.com")
    try:
        await transport.exchange("POST", "https://api.example.com", headers={}, body=b"x")
    except NotConnected as error:
        print(error.why)
    await transport.close()

run(main())
"""
"""aiodns is something that would fail if it were used: it knows nothing of the loop's threads."""


def test_a_resolver_that_hangs_holds_nobody_up() -> None:
    """Neither the request, which never left, nor the end of the program."""
    began_s = time.monotonic()
    command = [sys.executable, "-W", "error", "-c", HUNG_RESOLVER]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=50, check=True)
    assert (ran.stdout.splitlines(), ran.stderr) == (["no connection within 0.3 s"], "")
    assert time.monotonic() - began_s < 40


def test_importing_the_module_imports_no_http_library() -> None:
    program = "import sys; import cartesia_call.vendors.http_transport; print('h11' in sys.modules)"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert ran.stdout.strip() == "False"
