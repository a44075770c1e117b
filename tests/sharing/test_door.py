"""A shared listening socket: each connection goes where its first bytes say, and none is lost or read."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

from cartesia_call.sharing.door import MOST_UNREAD, SharedDoor
from cartesia_call.sharing.routes import prefix_of

OWN, OTHER = "0" * 16, "1" * 16


class House:
    """Behind one door. `takes` is whether the other process takes what is handed over."""

    def __init__(self, *, takes: bool = True) -> None:
        self.takes = takes
        self.served: asyncio.Queue[socket.socket] = asyncio.Queue()
        self.handed_over: asyncio.Queue[tuple[str, bytes]] = asyncio.Queue()
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.door = SharedDoor(
            self.listening, name=OWN, serve=self.served.put_nowait, hand_over=self._hand_over
        )

    def _hand_over(self, name: str, connection: socket.socket) -> bool:
        if self.takes:
            self.handed_over.put_nowait((name, connection.recv(1000, socket.MSG_PEEK)))
        return self.takes

    def caller(self, says: bytes = b"") -> socket.socket:
        caller = socket.create_connection(self.listening.getsockname())
        caller.sendall(says)
        caller.setblocking(False)
        return caller


@contextlib.asynccontextmanager
async def house(*, takes: bool = True) -> AsyncIterator[House]:
    opened = House(takes=takes)
    try:
        async with asyncio.timeout(10):
            yield opened
    finally:
        await opened.door.leave()
        while not opened.served.empty():
            opened.served.get_nowait().close()
        opened.listening.close()


def request(name: str) -> bytes:
    return f"GET /media/{prefix_of(name)}secret HTTP/1.1\r\n\r\n".encode()


async def closed(caller: socket.socket) -> bool:
    try:
        return await asyncio.get_running_loop().sock_recv(caller, 100) == b""
    except ConnectionResetError:
        return True


async def test_our_own_and_nobodys_are_served_unread() -> None:
    async with house() as opened:
        for asked in (request(OWN), b"GET / HTTP/1.1\r\n\r\n"):
            with opened.caller(asked), await opened.served.get() as connection:
                assert connection.recv(1000) == asked


async def test_anothers_is_handed_over_unread() -> None:
    """And ours no more."""
    async with house() as opened:
        with opened.caller(request(OTHER)) as caller:
            assert await opened.handed_over.get() == (OTHER, request(OTHER))
            assert await closed(caller)
        assert opened.served.empty()


async def test_whoever_is_gone_gets_nothing() -> None:
    """To our own bridge the caller is a stranger."""
    async with house(takes=False) as opened:
        with opened.caller(request(OTHER)), await opened.served.get() as connection:
            assert connection.recv(1000) == request(OTHER)


async def test_a_request_in_pieces() -> None:
    async with house() as opened:
        with opened.caller() as caller:
            for piece in (b"GET /me", b"dia/", request(OTHER)[11:]):
                await asyncio.sleep(0.02)
                caller.sendall(piece)
            assert await opened.handed_over.get() == (OTHER, request(OTHER))


async def test_silent_callers_give_way() -> None:
    """Beyond the most that may be silent the oldest is closed, and whoever speaks is heard."""
    async with house() as opened:
        callers = [opened.caller() for _ in range(MOST_UNREAD)]
        with opened.caller(request(OTHER)):
            assert await opened.handed_over.get()
        assert await closed(callers[0])
        for caller in callers:
            caller.close()


async def test_what_was_accepted_still_goes_where_it_belongs() -> None:
    """When the door is left; a later connection waits for another process."""
    async with house() as opened:
        with opened.caller(b"GET /media/") as caller:
            await asyncio.sleep(0.02)
            leaving = asyncio.create_task(opened.door.leave())
            await asyncio.sleep(0)
            caller.sendall(request(OTHER)[11:])
            await leaving
            assert await opened.handed_over.get() == (OTHER, request(OTHER))
            with opened.caller(request(OWN)):
                await asyncio.sleep(0.05)
                assert opened.served.empty()
                accepted, _ = opened.listening.accept()
                accepted.close()
