"""Both ends of a tunnel for tests: who listens on the local port, and who comes to the public address."""

from __future__ import annotations

import asyncio
import struct
from socket import SO_LINGER, SOL_SOCKET
from urllib.parse import urlsplit

PATIENCE_S = 30.0


class Connection:
    """One side of a connection, with a time-out on every wait."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def read(self, size_bytes: int) -> bytes:
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.readexactly(size_bytes)

    async def ended(self) -> bytes:
        """What comes before the other side's end. ConnectionResetError if that is no good one."""
        async with asyncio.timeout(PATIENCE_S):
            return await self.reader.read()

    def reset(self) -> None:
        self.writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


async def connect(url: str) -> Connection:
    return Connection(*await asyncio.open_connection("127.0.0.1", urlsplit(url).port))


class LocalServer:
    """Whatever listens on the local port: hands out its connections."""

    def __init__(self) -> None:
        self._accepted: asyncio.Queue[Connection] = asyncio.Queue()
        self.connections: list[Connection] = []

    def take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections.append(Connection(reader, writer))
        self._accepted.put_nowait(self.connections[-1])

    async def accept(self) -> Connection:
        async with asyncio.timeout(PATIENCE_S):
            return await self._accepted.get()


async def page_at(url: str) -> bytes:
    """The whole answer to a GET."""
    connection = await connect(url)
    connection.writer.write(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
    page = await connection.ended()
    connection.writer.close()
    return page
