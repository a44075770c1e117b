"""What a connection makes of unusual answers, and when it is used again: on real sockets."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import zlib
from collections.abc import AsyncIterator

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.vendors.http_answer import HttpAnswer, NoAnswer
from cartesia_call.vendors.http_transport import HttpTransport
from tests.vendors.http_peers import Peer, read_request, saying, serving

WELL = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"


@contextlib.asynccontextmanager
async def transport() -> AsyncIterator[HttpTransport]:
    made = HttpTransport(network=NetworkRules(), timeout_s=10)
    try:
        yield made
    finally:
        await made.close()


async def ask(made: HttpTransport, peer: Peer) -> HttpAnswer:
    return await made.exchange("GET", peer.url, headers={})


async def test_what_comes_unasked_answers_nothing() -> None:
    """Some servers say 408 before they close a kept connection: the next request goes over a new one."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        writer.write(WELL)
        await writer.drain()
        await told.wait()
        writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        await writer.drain()
        said.set()

    told, said = asyncio.Event(), asyncio.Event()
    async with asyncio.timeout(10), serving(behave) as peer, transport() as made:
        assert (await ask(made, peer)).status == 200
        told.set()
        await said.wait()
        await asyncio.sleep(0.05)  # for it to arrive
        assert (await ask(made, peer)).status == 200
        assert len(peer.requests) == 2


async def test_a_kept_connection_that_was_closed_is_not_used() -> None:
    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        writer.write(WELL)
        await writer.drain()
        writer.close()
        closed.set()

    closed = asyncio.Event()
    async with asyncio.timeout(10), serving(behave) as peer, transport() as made:
        for _ in range(2):
            assert (await ask(made, peer)).status == 200
            await closed.wait()
            await asyncio.sleep(0.05)  # for it to be known
        assert len(peer.requests) == 2


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [
        ("gzip", gzip.compress(b"{}" * 400, mtime=0)),
        ("deflate", zlib.compress(b"{}" * 400)),
        ("identity", b"{}" * 400),
    ],
    ids=("gzip", "deflate", "identity"),
)
async def test_an_answer_that_is_compressed_unasked(encoding: str, packed: bytes) -> None:
    """It is read all the same; in chunks, too, and behind an interim answer."""
    half = len(packed) // 2
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (packed[:half], packed[half:]))
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    interim = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
    async with serving(saying(interim + head + chunks + b"0\r\n\r\n")) as peer, transport() as made:
        assert (await ask(made, peer)).text == "{}" * 400


@pytest.mark.parametrize(
    ("encoding", "packed"),
    [("gzip", gzip.compress(bytes(9_000_000), mtime=0)), ("gzip", b"no gzip"), ("gzip", b""), ("br", b"{}")],
    ids=("too long", "no gzip", "nothing", "unknown"),
)
async def test_an_answer_that_cannot_be_unpacked(encoding: str, packed: bytes) -> None:
    """Nor is one that would fill the memory when it is."""
    head = (
        f"HTTP/1.1 200 OK\r\nContent-Encoding: {encoding}\r\nContent-Length: {len(packed)}\r\n\r\n".encode()
    )
    async with serving(saying(head + packed)) as peer, transport() as made:
        with pytest.raises(NoAnswer, match=r"cannot be decoded|is longer than"):
            await ask(made, peer)
