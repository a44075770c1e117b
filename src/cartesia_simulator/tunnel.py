"""The rehearsal's tunnel: loopback is public enough for a telephone network on the same machine.

With a fault of the tunnel, a forwarder stands between the two, and refuses and breaks as ngrok does.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import struct
from collections.abc import AsyncIterator
from http import HTTPStatus
from socket import SO_LINGER, SOL_SOCKET

from cartesia_call.errors import TunnelError
from cartesia_call.ports import Clock, PublicPath
from cartesia_simulator.faults import FAULTS, Fault, FaultPlan, Moment

TUNNEL_FAULTS = tuple(name for name in FAULTS if name.startswith("tunnel-"))
"""The faults that break this tunnel, and no other one."""

_LATE_S = 3.0
"""How long `tunnel-late` leads nowhere, where it names no time."""


def built_in_tunnel(faults: FaultPlan, clock: Clock, *, tunnel_timeout_s: float) -> PublicPath:
    """The tunnel of one rehearsal. `tunnel_timeout_s` limits its opening."""
    if any(map(faults.has, TUNNEL_FAULTS)):
        return FaultyTunnel(faults, clock, tunnel_timeout_s=tunnel_timeout_s)
    return LoopbackTunnel()


class LoopbackTunnel:
    """Implements `ports.PublicPath`; plain http and ws to loopback are the strict carrier's one leniency."""

    warnings: tuple[str, ...] = ()

    async def open(self, local_port: int) -> str:
        return f"http://127.0.0.1:{local_port}"

    async def close(self) -> None:
        """Nothing is held open."""


class FaultyTunnel:
    """Implements `ports.PublicPath` with the faults of `TUNNEL_FAULTS`, each of which may be asked for."""

    warnings: tuple[str, ...] = ()

    def __init__(self, faults: FaultPlan, clock: Clock, *, tunnel_timeout_s: float) -> None:
        self._faults = faults
        self._clock = clock
        self._tunnel_timeout_s = tunnel_timeout_s
        self._forwarder: Forwarder | None = None
        self._fate: asyncio.Task[None] | None = None
        self._wanted = False

    async def open(self, local_port: int) -> str:
        """The forwarder's address, as `http://127.0.0.1:PORT`. TunnelError as ngrok's own would say it."""
        self._wanted = True
        if self._faults.has("tunnel-refused"):
            raise TunnelError(
                "ngrok opened no tunnel: failed to start tunnel: This ngrok account has reached its HTTP "
                "requests limit for the month (ERR_NGROK_727)",
                code="ERR_NGROK_727",
                hint="this month's ngrok allowance is used up: upgrade the plan, or use --public-url",
            )
        in_use = self._faults.get("tunnel-334")
        if in_use is not None:
            await self._until_free(in_use)
        late = self._faults.get("tunnel-late")
        self._forwarder = Forwarder(local_port, is_online=late is None)
        url = await self._forwarder.start()
        if not self._wanted:
            await self._forwarder.stop()
            raise TunnelError("the tunnel was closed while it was being opened")
        self._fate = asyncio.create_task(self._live(self._forwarder, late), name="the tunnel's faults")
        return url

    async def close(self) -> None:
        """Close every connection, and stop listening. Safe to call at any moment, repeatedly."""
        self._wanted = False
        fate, self._fate = self._fate, None
        if fate is not None:
            fate.cancel()
            await asyncio.wait({fate})
        if self._forwarder is not None:
            await self._forwarder.stop()

    async def _until_free(self, in_use: Fault) -> None:
        try:
            async with asyncio.timeout(self._tunnel_timeout_s):
                await self._faults.wait(in_use, self._clock, otherwise=math.inf)
        except TimeoutError:
            raise TunnelError(
                f"ngrok opened no tunnel within {self._tunnel_timeout_s:g} s: failed to start tunnel: The "
                "endpoint is already online (ERR_NGROK_334)",
                code="ERR_NGROK_334",
                hint="another call of this account uses the domain, or a left-over agent still holds it",
            ) from None

    async def _live(self, forwarder: Forwarder, late: Fault | None) -> None:
        """What becomes of the open tunnel."""
        drop = self._faults.get("tunnel-drop")
        async with asyncio.TaskGroup() as group:
            beginning = group.create_task(self._begin(forwarder, late))
            if drop is not None:
                await self._faults.wait(drop, self._clock, otherwise=Moment.SPEECH)
                beginning.cancel()
                forwarder.drop()

    async def _begin(self, forwarder: Forwarder, late: Fault | None) -> None:
        if late is not None:
            await self._faults.wait(late, self._clock, otherwise=_LATE_S)
            forwarder.is_online = True


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
