"""A request either provably stayed here or counts as sent: each way it can go wrong, on real sockets."""

from __future__ import annotations

import asyncio
import json

import pytest

from cartesia_call.errors import CarrierError, CarrierUnavailable, PlacementUnknown
from tests.vendors.carriers import CALL_SID, CREATED, DIRECT, REQUEST, carrier_at, placing_fails
from tests.vendors.http_peers import (
    Behaviour,
    answering,
    breaking_off,
    closing,
    deaf,
    endless,
    kept_then,
    resetting,
    resetting_at_once,
    saying,
    serving,
    silent,
    trickling,
    trickling_headers,
    unused_port,
    without_tls,
)


async def test_nobody_listens() -> None:
    """A refused connection places nothing."""
    error = await placing_fails(f"http://127.0.0.1:{await unused_port()}")
    assert type(error) is CarrierUnavailable
    assert str(error) == "Twilio cannot be reached: connection refused"
    assert error.http_status is None


async def test_name_without_address() -> None:
    """A name that cannot be resolved places nothing. (.invalid never resolves: RFC 6761)"""
    error = await placing_fails("https://api.twilio.invalid", connect_timeout_s=5)
    assert type(error) is CarrierUnavailable
    assert error.hint is not None


async def test_name_that_is_no_name() -> None:
    """What cannot even be asked for places nothing."""
    error = await placing_fails(f"https://{'a' * 70}.example")
    assert type(error) is CarrierUnavailable


async def test_tls_to_a_port_that_speaks_none() -> None:
    """A failed TLS handshake places nothing."""
    async with serving(without_tls) as peer:
        error = await placing_fails(f"https://127.0.0.1:{peer.port}")
    assert type(error) is CarrierUnavailable
    assert "TLS failed" in str(error)


async def test_certificate_of_nobody() -> None:
    """An untrusted certificate places nothing, and the hint names the setting."""
    async with serving(silent, tls=True) as peer:
        error = await placing_fails(peer.url, network=DIRECT)
        assert peer.requests == []
    assert type(error) is CarrierUnavailable
    assert "certificate is not trusted" in str(error)
    assert "SSL_CERT_FILE" in (error.hint or "")


async def test_reset_during_the_handshake() -> None:
    """A connection that resets before TLS is up carried no request."""
    async with serving(resetting_at_once) as peer:
        error = await placing_fails(f"https://127.0.0.1:{peer.port}")
    assert type(error) is CarrierUnavailable


async def test_handshake_that_hangs() -> None:
    """A TLS handshake that never ends runs into the limit, and nothing was sent."""
    async with serving(deaf) as peer:
        error = await placing_fails(f"https://127.0.0.1:{peer.port}", connect_timeout_s=0.2)
    assert type(error) is CarrierUnavailable
    assert "0.2 s" in str(error)


@pytest.mark.parametrize("tls", [False, True])
@pytest.mark.parametrize("behaviour", [closing, resetting, breaking_off])
async def test_connection_lost_after_the_request(behaviour: Behaviour, tls: bool) -> None:
    """Once the request is out, a lost connection leaves open what became of it; with TLS too, whose errors
    look like those of a handshake. It is not sent twice."""
    async with serving(behaviour, tls=tls) as peer:
        error = await placing_fails(peer.url)
        assert len(peer.requests) == 1
    assert type(error) is PlacementUnknown
    assert "may have been placed" in str(error)


NOT_FOUND = b"HTTP/1.1 404 Not Found\r\n"


@pytest.mark.parametrize(
    "answer",
    [
        b"\x00\x16\x03\x01garbage\r\n\r\n",
        b"HTTP/1.1 999999 ?\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n{}",
        NOT_FOUND + b"X-Huge: " + b"x" * 1_000_000 + b"\r\n\r\n",
        NOT_FOUND + b"X-Many: x\r\n" * 100_000 + b"\r\n",
        NOT_FOUND + b"Content-Length: 2\r\nContent-Encoding: gzip\r\n\r\n{}",
        NOT_FOUND + b"Content-Length: 5000000\r\n\r\n" + b" " * 5_000_000,
        b"HTTP/1.1 100 Continue\r\n\r\n",
    ],
    ids=lambda answer: repr(answer[:60]),
)
async def test_answer_that_is_none(answer: bytes) -> None:
    """Garbage, a huge header, a million of them, no end: even behind a 404 it proves nothing."""
    async with serving(saying(answer)) as peer:
        error = await placing_fails(peer.url)
        assert len(peer.requests) == 1
    assert type(error) is PlacementUnknown
    assert "may have been placed" in str(error)


async def test_answer_of_promises() -> None:
    """`100 Continue` for ever ends with the limit."""
    flood = saying(b"HTTP/1.1 100 Continue\r\n\r\n" * 100, again_and_again=True)
    async with asyncio.timeout(10), serving(flood) as peer:
        error = await placing_fails(peer.url, connect_timeout_s=0.3)
    assert type(error) is PlacementUnknown


async def test_answer_without_end() -> None:
    """A stranger's answer is read up to a limit, and never kept whole."""
    async with asyncio.timeout(20), serving(endless) as peer:
        error = await placing_fails(peer.url)
    assert type(error) is PlacementUnknown
    assert "longer than" in str(error)


@pytest.mark.parametrize("tls", [False, True])
async def test_no_answer(tls: bool) -> None:
    async with serving(silent, tls=tls) as peer:
        error = await placing_fails(peer.url, connect_timeout_s=0.3)
        assert len(peer.requests) == 1
    assert type(error) is PlacementUnknown


async def test_a_call_is_placed_over_a_new_connection() -> None:
    """A kept one that the carrier closes as the request goes out leaves in doubt whether it rings."""
    body = json.dumps(CREATED).encode()
    head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    async with serving(kept_then(None, first=head + body)) as peer, carrier_at(peer.url) as carrier:
        await carrier.fetch(CALL_SID)
        assert (await carrier.place(REQUEST)).call_sid == CALL_SID
        assert [request.method for request in peer.requests] == ["GET", "POST"]


@pytest.mark.parametrize("behaviour", [trickling(0.02), trickling_headers(0.02)])
async def test_answer_that_trickles(behaviour: Behaviour) -> None:
    """The limit holds for the whole answer, not for each of its bytes."""
    async with asyncio.timeout(5), serving(behaviour) as peer:
        error = await placing_fails(peer.url, connect_timeout_s=0.3)
    assert type(error) is PlacementUnknown
    assert "within 0.3 s" in str(error)


@pytest.mark.parametrize("status", [302, 408, 500, 503, 504])
async def test_answers_that_prove_nothing(status: int) -> None:
    """Any 5xx, a redirect and a 408 may stand before a call that was placed. None is followed or repeated."""
    answer = answering(status, "<html>oops</html>", headers="Location: /elsewhere\r\n")
    async with serving(answer) as peer:
        error = await placing_fails(peer.url)
        assert len(peer.requests) == 1
    assert type(error) is PlacementUnknown
    assert error.http_status == status


async def test_429() -> None:
    """Too many requests: never processed, so trying later is safe."""
    async with serving(answering(429, "slow down")) as peer:
        error = await placing_fails(peer.url)
    assert type(error) is CarrierUnavailable
    assert error.http_status == 429


@pytest.mark.parametrize("body", ["", "<html>", "[]", "null", "{}", '{"sid": 7}', '{"sid": "CA'])
@pytest.mark.parametrize("status", [200, 201])
async def test_success_that_cannot_be_read(status: int, body: str) -> None:
    async with serving(answering(status, body)) as peer:
        error = await placing_fails(peer.url)
    assert type(error) is PlacementUnknown


async def test_other_requests_need_no_doubt() -> None:
    """Only placing is unknown: a fetch that fails is a plain failure, or unavailable if it never left."""
    async with serving(closing) as peer, carrier_at(peer.url) as carrier:
        with pytest.raises(CarrierError) as failure:
            await carrier.fetch(CALL_SID)
        assert type(failure.value) is CarrierError
    async with carrier_at(f"http://127.0.0.1:{await unused_port()}") as carrier:
        with pytest.raises(CarrierUnavailable):
            await carrier.fetch(CALL_SID)


async def _answered(fields: dict[str, object]) -> CarrierError:
    async with serving(answering(201, fields)) as peer:
        return await placing_fails(peer.url)


async def test_an_answer_whose_sid_is_none_may_stand_for_a_call() -> None:
    """What it holds instead is told nobody, for it would stand in a command to paste."""
    error = await _answered({"sid": "CA1; reboot", "status": "queued"})
    assert type(error) is PlacementUnknown
    assert "reboot" not in f"{error} {error.hint}"
