"""A listening socket of our own: a port that somebody else has is waited for, not for ever."""

from __future__ import annotations

import asyncio
import socket

import pytest

from cartesia_call.errors import TunnelError
from cartesia_call.vendors.listening import listen


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
async def test_any_free_port(host: str) -> None:
    """What is accepted there is TCP to asyncio, which sends its small messages at once."""
    with await listen(host, 0, within_s=1) as listening:
        port = listening.getsockname()[1]
        with socket.create_connection((host, port)):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.proto == socket.IPPROTO_TCP


async def test_a_taken_port() -> None:
    """Free in time, or an error that says so."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(TunnelError, match=f"cannot listen on 127.0.0.1:{port}") as caught:
            await listen("127.0.0.1", port, within_s=0)
        assert "--bind" in str(caught.value.hint)
        waiting = asyncio.create_task(listen("127.0.0.1", port, within_s=10))
        await asyncio.sleep(0)
    with await waiting as listening:
        assert listening.getsockname()[1] == port
