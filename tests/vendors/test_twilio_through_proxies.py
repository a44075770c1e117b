"""A request that a proxy does not let through was not placed; one that it does is told as any other."""

from __future__ import annotations

import asyncio
import dataclasses

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import CarrierUnavailable
from tests.vendors.carriers import CALL_SID, CREATED, REQUEST, TRUSTING, carrier_at, placing_fails
from tests.vendors.http_peers import (
    answering,
    refusing_proxy,
    saying,
    serving,
    silent,
    trickling_headers,
    tunnelling_proxy,
    unused_port,
)


def through(proxy_port: int) -> NetworkRules:
    return dataclasses.replace(TRUSTING, https_proxy=f"http://user:hidden@127.0.0.1:{proxy_port}")


async def test_proxy_that_is_not_there() -> None:
    error = await placing_fails("https://carrier.test", network=through(await unused_port()))
    assert type(error) is CarrierUnavailable
    assert "connection refused" in str(error)
    assert "hidden" not in f"{error} {error.hint}"
    assert "HTTPS_PROXY" in (error.hint or "")


@pytest.mark.parametrize(
    "status", ["407 Proxy Authentication Required", "429 Too Many Requests", "502 Bad Gateway"]
)
async def test_proxy_that_refuses(status: str) -> None:
    """A proxy's answer to CONNECT, even a 429, is not the carrier's: nothing was placed."""
    async with serving(refusing_proxy(status)) as proxy:
        error = await placing_fails("https://carrier.test", network=through(proxy.port))
        assert [request.method for request in proxy.requests] == ["CONNECT"]
    assert type(error) is CarrierUnavailable
    assert status.lower() in str(error)
    assert error.http_status is None
    assert "hidden" not in f"{error} {error.hint}"


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"garbage\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\nno TLS at all",
        b"HTTP/1.1 403 Forbidden\r\nX-Huge: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_proxy_that_is_none(answer: bytes) -> None:
    """Whatever comes in place of the proxy's answer: nothing was placed."""
    async with serving(saying(answer)) as proxy:
        error = await placing_fails("https://carrier.test", network=through(proxy.port))
    assert type(error) is CarrierUnavailable
    assert "HTTPS_PROXY" in (error.hint or "")
    assert "hidden" not in f"{error} {error.hint}"


async def test_proxy_that_is_slow() -> None:
    """A proxy that never answers runs into the limit, and nothing was sent."""
    for behaviour in (silent, trickling_headers(0.02)):
        async with asyncio.timeout(5), serving(behaviour) as proxy:
            error = await placing_fails(
                "https://carrier.test", network=through(proxy.port), connect_timeout_s=0.3
            )
        assert type(error) is CarrierUnavailable
        assert "0.3 s" in str(error)


@pytest.mark.parametrize(
    "address",
    [
        "socks5://user:hidden@127.0.0.1:9",
        "ftp://user:hidden@127.0.0.1:9",
        "http://user:hidden@127.0.0.1:99999",
    ],
)
async def test_proxy_of_another_kind(address: str) -> None:
    """It is told without its password, and nothing was placed."""
    network = dataclasses.replace(TRUSTING, https_proxy=address)
    error = await placing_fails("https://carrier.test", network=network)
    assert type(error) is CarrierUnavailable
    assert "HTTPS_PROXY is not the address of an HTTP proxy" in str(error)
    assert "hidden" not in f"{error} {error.hint}"


async def test_proxy_that_speaks_tls() -> None:
    """TLS to the proxy, and within it TLS to the carrier, both by the network rules."""
    async with (
        serving(answering(201, CREATED), tls=True) as carrier_peer,
        serving(tunnelling_proxy(carrier_peer.port), tls=True) as proxy,
    ):
        network = dataclasses.replace(TRUSTING, https_proxy=f"https://user:hidden@127.0.0.1:{proxy.port}")
        async with carrier_at("https://carrier.test", network=network) as carrier:
            assert (await carrier.place(REQUEST)).call_sid == CALL_SID
        untrusting = dataclasses.replace(network, ca_file=None)
        error = await placing_fails("https://carrier.test", network=untrusting)
    assert type(error) is CarrierUnavailable
    assert "certificate is not trusted" in str(error)


async def test_proxy_that_tunnels() -> None:
    """The proxy sees a CONNECT and our proxy credentials, the carrier the request."""
    async with (
        serving(answering(201, CREATED), tls=True) as carrier_peer,
        serving(tunnelling_proxy(carrier_peer.port)) as proxy,
        carrier_at("https://carrier.test", network=through(proxy.port)) as carrier,
    ):
        assert (await carrier.place(REQUEST)).call_sid == CALL_SID
        assert "proxy-authorization" in proxy.requests[0].headers
        assert "authorization" not in proxy.requests[0].headers
        assert "authorization" in carrier_peer.requests[0].headers


async def test_a_request_that_nobody_waits_for_is_not_sent() -> None:
    """Cancelled while it still connects, a request never leaves, however long connecting takes."""
    release = asyncio.Event()
    connected = asyncio.Event()

    async def slow_proxy(*streams: object) -> None:
        connected.set()
        await release.wait()
        await tunnelling_proxy(carrier_peer.port)(*streams)  # type: ignore[arg-type]  # passed through

    async with (
        asyncio.timeout(10),
        serving(answering(201, CREATED), tls=True) as carrier_peer,
        serving(slow_proxy) as proxy,
        carrier_at("https://carrier.test", network=through(proxy.port)) as carrier,
    ):
        placing = asyncio.create_task(carrier.place(REQUEST))
        await connected.wait()
        placing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await placing
        release.set()
        # A second request through the same carrier shows that the first had time to arrive.
        assert (await carrier.fetch(CALL_SID)).call_sid == CALL_SID
        assert [request.method for request in carrier_peer.requests] == ["GET"]
