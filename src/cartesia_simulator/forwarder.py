"""A public address on loopback that leads to a local port, byte by byte, and breaks when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import struct
from collections.abc import AsyncIterator
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET

_READ_BYTES = 65_536


class Forwarder:
    """Copies connections to 127.0.0.1:`local_port`, or answers as ngrok does while `is_online` is False.

    A side that closes its half, or resets, does so to the other side too.
    """

    def __init__(self, local_port: int, *, is_online: bool) -> None:
        self.is_online = is_online
        self._local_port = local_port
        self._server: asyncio.Server | None = None
        self._serving: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def start(self) -> str:
        """Listen, and return the public base URL."""
        self._server = await asyncio.start_server(self._take, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    def drop(self) -> None:
        """Reset every connection without a good-bye, and be offline from now on."""
        self.is_online = False
        for task in self._serving:
            task.cancel()

    async def stop(self) -> None:
        """Reset every connection and stop listening. May be called again."""
        self._stopped = True
        if self._server is not None:
            self._server.close()
        self.drop()
        if self._serving:
            await asyncio.wait(self._serving)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._stopped:
            writer.transport.abort()
            return
        task = asyncio.create_task(self._serve(reader, writer), name="tunnelled connection")
        self._serving.add(task)
        task.add_done_callback(self._serving.discard)
        # A task that is cancelled before its first step closes nothing.
        task.add_done_callback(lambda _: writer.transport.abort())

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with _ending(writer):
                if self.is_online:
                    await self._forward(reader, writer)
                else:
                    # What Twilio meets when the agent is gone (ngrok.com/docs/errors/err_ngrok_3200).
                    await _answer(reader, writer, HTTPStatus.NOT_FOUND, 3200, "The endpoint is offline.")
        except* (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # both sides have been reset: there is nobody to tell

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            local_reader, local_writer = await asyncio.open_connection("127.0.0.1", self._local_port)
        except OSError:
            await _answer(reader, writer, HTTPStatus.BAD_GATEWAY, 8012, "The local port refused.")
            return
        async with _ending(local_writer), asyncio.TaskGroup() as group:
            group.create_task(_copy(reader, local_writer))
            group.create_task(_copy(local_reader, writer))


async def _copy(source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
    while data := await source.read(_READ_BYTES):
        target.write(data)
        await target.drain()
    target.write_eof()


async def _answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, status: HTTPStatus, code: int, sentence: str
) -> None:
    """One of ngrok's own pages, by the header that no server behind it can set."""
    await reader.readuntil(b"\r\n\r\n")
    page = f"{sentence} (ERR_NGROK_{code})\n"
    head = (
        f"HTTP/1.1 {status} {status.phrase}",
        "Content-Type: text/plain",
        f"Content-Length: {len(page)}",
        f"ngrok-error-code: ERR_NGROK_{code}",
        "Connection: close",
    )
    writer.write("\r\n".join((*head, "", page)).encode())


@contextlib.asynccontextmanager
async def _ending(writer: asyncio.StreamWriter) -> AsyncIterator[None]:
    """Close the connection on leaving: in good order, or, after any exception, with a reset."""
    try:
        yield
        writer.close()
        await writer.wait_closed()
    except BaseException:
        with contextlib.suppress(OSError):  # it is closed already
            writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        writer.transport.abort()
        with contextlib.suppress(OSError):
            await writer.wait_closed()
        raise
