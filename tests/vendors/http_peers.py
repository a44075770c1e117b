"""Loopback servers that misbehave in one way each, for what happens to a request on its way."""

from __future__ import annotations

import asyncio
import contextlib
import json
import secrets
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

CERTIFICATE = Path(__file__).with_name("loopback_certificate.pem")
"""Self-signed, with its key: 127.0.0.1, localhost and carrier.test, from 2020 to 2120. Protects nothing."""


@dataclass(frozen=True)
class ReceivedRequest:
    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    form: dict[str, list[str]]
    body: str


@dataclass
class Peer:
    """A running server: where it is and which whole requests it has read."""

    port: int
    scheme: str
    requests: list[ReceivedRequest] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


Behaviour = Callable[[Peer, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@contextlib.asynccontextmanager
async def serving(behaviour: Behaviour, *, tls: bool = False) -> AsyncIterator[Peer]:
    """A server that treats each connection by `behaviour`; every connection ends with the block."""
    peer = Peer(port=0, scheme="https" if tls else "http")
    tasks: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError, ssl.SSLError):
                await behaviour(peer, reader, writer)
        except asyncio.CancelledError:
            pass  # the block is over; asyncio's streams would report a cancelled handler
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, ssl=server_context() if tls else None)
    peer.port = server.sockets[0].getsockname()[1]
    try:
        yield peer
    finally:
        server.close()
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks, timeout=5)


def server_context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(CERTIFICATE)
    return context


async def read_request(reader: asyncio.StreamReader) -> ReceivedRequest:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    request_line, *lines = head.rstrip("\r\n").split("\r\n")
    method, target, _ = request_line.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = (await reader.readexactly(int(headers.get("content-length", "0")))).decode()
    return ReceivedRequest(
        method=method,
        path=urlsplit(target).path,
        query=parse_qs(urlsplit(target).query),
        headers=headers,
        form=parse_qs(body),
        body=body,
    )


def answering(status: int, body: object, *, headers: str = "") -> Behaviour:
    """Answers every request alike; a body that is not text is sent as JSON."""
    text = body if isinstance(body, str) else json.dumps(body)

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            peer.requests.append(await read_request(reader))
            length = len(text.encode())
            reason = HTTPStatus(status).phrase
            head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: {length}\r\n{headers}\r\n"
            writer.write(head.encode() + text.encode())
            await writer.drain()

    return behave


async def silent(peer: Peer, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads the request and never answers."""
    peer.requests.append(await read_request(reader))
    await reader.read()


async def deaf(_: Peer, reader: asyncio.StreamReader, __: asyncio.StreamWriter) -> None:
    """Accepts and does nothing; with a TLS client, the handshake hangs."""
    await asyncio.Event().wait()


async def closing(peer: Peer, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
    """Reads the request and closes."""
    peer.requests.append(await read_request(reader))


async def resetting(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Reads the request and resets the connection, without a TLS farewell."""
    peer.requests.append(await read_request(reader))
    writer.transport.abort()


async def resetting_at_once(_: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Resets as soon as the first byte has come; with a TLS client, during the handshake."""
    await reader.read(1)
    writer.transport.abort()


async def without_tls(_: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Takes a TLS greeting for a bad HTTP request, as a plain web server does."""
    await reader.read(1)
    writer.write(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def breaking_off(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends half of the answer."""
    peer.requests.append(await read_request(reader))
    writer.write(b'HTTP/1.1 201 Created\r\nContent-Length: 500\r\n\r\n{"sid": "CA')
    await writer.drain()


async def endless(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Sends an answer that never ends, as fast as it is read."""
    peer.requests.append(await read_request(reader))
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n")
    while True:
        writer.write(b" " * 65536)
        await writer.drain()


def saying(answer: bytes, *, again_and_again: bool = False) -> Behaviour:
    """Reads the request, sends these bytes and closes; or sends them without end."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        writer.write(answer)
        await writer.drain()
        while again_and_again:
            writer.write(answer)
            await writer.drain()

    return behave


def kept_then(second: bytes | None, *, first: bytes) -> Behaviour:
    """Answers the first request on each connection by `first`, and keeps it.

    Then it says `second` to the next request, or for None closes at its first byte; such a request is noted
    with a path that tells how many connections there had been.
    """
    connections: list[object] = []

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        connections.append(None)
        peer.requests.append(await read_request(reader))
        writer.write(first)
        await writer.drain()
        if second is None:
            await reader.readexactly(1)
            peer.requests.append(replace(peer.requests[0], path=f"/{len(connections)}"))
            return
        peer.requests.append(await read_request(reader))
        writer.write(second)
        await writer.drain()

    return behave


def trickling(pause_s: float) -> Behaviour:
    """Sends the answer byte by byte, so that no single wait is long."""
    return _trickling(b"HTTP/1.1 201 Created\r\nContent-Length: 100000\r\n\r\n", pause_s)


def trickling_headers(pause_s: float) -> Behaviour:
    """The same within the line of a header."""
    return _trickling(b"HTTP/1.1 201 Created\r\nX-Slow: ", pause_s)


def _trickling(beginning: bytes, pause_s: float) -> Behaviour:
    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        writer.write(beginning)
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(pause_s)

    return behave


def refusing_proxy(status: str) -> Behaviour:
    """A proxy that answers CONNECT with `status`, such as `407 Proxy Authentication Required`."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n".encode())
        await writer.drain()

    return behave


def tunnelling_proxy(target_port: int) -> Behaviour:
    """A proxy that connects every CONNECT to one loopback port."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", target_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        try:
            async with asyncio.TaskGroup() as both_ways:
                both_ways.create_task(_copy(reader, upstream_writer))
                both_ways.create_task(_copy(upstream_reader, writer))
        finally:
            upstream_writer.close()

    return behave


def freezing_proxy(target_port: int, frozen: asyncio.Event, gone: asyncio.Event) -> Behaviour:
    """Tunnels until `frozen`, and then hears and says nothing more; `gone` once its client has closed."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", target_port)
        writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
        back = asyncio.create_task(_copy(upstream_reader, writer))
        try:
            while data := await reader.read(65536):
                if frozen.is_set():
                    back.cancel()
                else:
                    upstream_writer.write(data)
        finally:
            gone.set()
            back.cancel()
            upstream_writer.close()

    return behave


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()


async def unused_port() -> int:
    """A loopback port on which nobody listens, nor will: below those that the system gives to whoever asks
    for any, as the tests of other workers do."""
    while True:
        port = 20_000 + secrets.randbelow(12_000)
        with contextlib.suppress(OSError), socket.socket() as probe:
            probe.bind(("127.0.0.1", port))
            return port
