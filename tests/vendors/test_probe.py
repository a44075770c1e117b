"""The proof that a public URL leads back to its own bridge."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.errors import TunnelError
from tests.vendors.bridge_callers import PUBLIC_URL, bridge

AMPLE_S = 5.0
BRIEF_S = 0.3


async def test_the_probe_finds_its_own_bridge() -> None:
    async with bridge(signed=True) as (server, port):
        round_trip_ms = await server.prove(f"http://127.0.0.1:{port}", within_s=AMPLE_S)
        assert round_trip_ms is not None
        assert 0 < round_trip_ms < 1000
        assert await server.prove(f"http://127.0.0.1:{port}/", within_s=AMPLE_S) is not None


async def test_each_bridge_has_secrets_of_its_own() -> None:
    """A URL that leads to another process is not proven."""
    async with bridge() as (_, other_port), bridge() as (server, _):
        with pytest.raises(TunnelError, match=r"HTTP 404.*another server") as raised:
            await server.prove(f"http://127.0.0.1:{other_port}", within_s=BRIEF_S)
    assert raised.value.hint is not None
    assert "--no-probe" in raised.value.hint


async def test_a_public_url_that_leads_nowhere_is_a_tunnel_error() -> None:
    async with bridge() as (_, other_port):
        pass
    async with bridge() as (server, _):
        with pytest.raises(TunnelError, match=rf"127\.0\.0\.1:{other_port}.*the connection was refused"):
            await server.prove(f"http://127.0.0.1:{other_port}", within_s=BRIEF_S)


async def test_a_public_url_that_swallows_everything_is_a_tunnel_error() -> None:
    async def swallow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with (
        await asyncio.start_server(swallow, "127.0.0.1", 0) as mute,
        bridge() as (server, _),
    ):
        with pytest.raises(TunnelError, match="did not answer in time"):
            await server.prove(f"http://127.0.0.1:{mute.sockets[0].getsockname()[1]}", within_s=BRIEF_S)


async def test_ngroks_own_error_page_is_told_by_its_code() -> None:
    async def error_page(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 404 Not Found\r\nngrok-error-code: ERR_NGROK_3200\r\nContent-Length: 0\r\n\r\n"
        )
        writer.close()

    async with (
        await asyncio.start_server(error_page, "127.0.0.1", 0) as edge,
        bridge() as (server, _),
    ):
        with pytest.raises(TunnelError, match="ERR_NGROK_3200") as raised:
            await server.prove(f"http://127.0.0.1:{edge.sockets[0].getsockname()[1]}", within_s=BRIEF_S)
    assert raised.value.code == "ERR_NGROK_3200"
    assert "agent is gone" in (raised.value.hint or "")


async def test_the_probe_goes_through_the_proxy() -> None:
    """As everything that leaves this machine does; a proxy's password is not repeated."""
    asked: list[bytes] = []

    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(refuse, "127.0.0.1", 0) as proxy:
        address = f"http://user:password@127.0.0.1:{proxy.sockets[0].getsockname()[1]}"
        async with bridge(https_proxy=address) as (server, _):
            with pytest.raises(TunnelError, match=r"proxy 127.*, the proxy answered HTTP 407") as raised:
                await server.prove(PUBLIC_URL, within_s=BRIEF_S)
    assert asked[0].startswith(b"CONNECT calls.example.com:443 HTTP/1.1\r\n")
    assert "password" not in str(raised.value)


async def test_a_path_that_begins_to_route_late_is_proven() -> None:
    """Tunnels print their URL before it routes."""
    requests = 0

    async with bridge() as (server, port):

        async def route_late(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            nonlocal requests
            requests += 1
            if requests < 3:
                await reader.readuntil(b"\r\n\r\n")
                writer.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")
                writer.close()
                return
            upstream_reader, upstream_writer = await asyncio.open_connection("127.0.0.1", port)
            await asyncio.gather(_pump(reader, upstream_writer), _pump(upstream_reader, writer))

        async with await asyncio.start_server(route_late, "127.0.0.1", 0) as edge:
            await server.prove(f"http://127.0.0.1:{edge.sockets[0].getsockname()[1]}", within_s=AMPLE_S)
    assert requests == 3


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()
