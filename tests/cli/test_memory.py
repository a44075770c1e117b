"""Memory that is free goes back to the system, wherever its C library can do that."""

from __future__ import annotations

import asyncio
import gc
import socket
import weakref

from cartesia_call.cli.memory import giving_back


def test_it_may_be_given_back_at_any_time() -> None:
    """Also where there is nothing, and twice."""
    give_back = giving_back()
    kept = [bytearray(100_000) for _ in range(100)]
    del kept[::2]
    give_back()
    give_back()
    assert all(piece == bytes(100_000) for piece in kept)


async def test_connections_that_are_closed_go_with_it() -> None:
    """Also those that were closed since it was given back for the first time; asyncio alone keeps them."""
    give_back = giving_back()
    gc.disable()
    try:
        for _ in range(2):
            closed = await closed_transport()
            give_back()
            assert closed() is None
    finally:
        gc.enable()


async def closed_transport() -> weakref.ref[asyncio.BaseTransport]:
    one, other = socket.socketpair()
    with other:
        transport, protocol = await asyncio.get_running_loop().create_connection(
            ConnectionUntilLost, sock=one
        )
        transport.close()
        await protocol.lost
    return weakref.ref(transport)


class ConnectionUntilLost(asyncio.Protocol):
    def __init__(self) -> None:
        self.lost = asyncio.get_running_loop().create_future()

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost.set_result(None)
