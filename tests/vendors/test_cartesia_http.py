"""Cartesia over REST: what is sent, what is tried twice, and each way an answer can fail, on real sockets."""

from __future__ import annotations

import asyncio
import dataclasses
import gzip
import json
from typing import Any

import pytest

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import (
    CartesiaCallError,
    ChangeUnknown,
    ServiceRefused,
    SettingsError,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.vendors.cartesia_http import CartesiaAnswer, CartesiaApi
from tests.vendors.access import access_to
from tests.vendors.http_peers import (
    CERTIFICATE,
    Behaviour,
    Peer,
    answering,
    breaking_off,
    closing,
    deaf,
    endless,
    read_request,
    resetting,
    serving,
    silent,
    trickling,
    tunnelling_proxy,
    unused_port,
)

KEY = "sk_car_not_a_real_key"
TRUSTING = NetworkRules(https_proxy=None, no_proxy=None, ca_file=str(CERTIFICATE))
REFUSAL = {
    "title": "Provider already linked",
    "message": "Use PATCH.",
    "error_code": "already_linked",
    "request_id": "0f1e",
    "provider_id": "ata_1",
}


def api_at(
    base_url: str, *, key: str = KEY, network: NetworkRules = TRUSTING, timeout_s: float = 10
) -> CartesiaApi:
    return CartesiaApi(access_to(base_url, key=key, timeout_s=timeout_s, network=network))


async def fails(
    api: CartesiaApi, method: str = "POST", *, body: dict[str, object] | None = None
) -> CartesiaCallError:
    async with api:
        with pytest.raises(CartesiaCallError) as failure:
            await api.request(method, "/things", body=body, secrets=("not-a-real-secret",))
    text = f"{failure.value} {failure.value.hint}"
    assert "\n" not in text
    assert KEY not in text
    assert "not-a-real-secret" not in text
    return failure.value


async def answered(api: CartesiaApi, method: str, path: str, **what: Any) -> CartesiaAnswer:
    async with api:
        return await api.request(method, path, **what)


def first_then_answering(trouble: Behaviour, body: object) -> Behaviour:
    """The first connection meets `trouble`, the others are answered."""
    well = answering(200, body)
    met: list[object] = []

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(None)
        await (trouble if len(met) == 1 else well)(peer, reader, writer)

    return behave


async def answering_503_once(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    peer.requests.append(await read_request(reader))
    writer.write(b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\n\r\n")
    await writer.drain()


async def test_what_is_sent() -> None:
    """Key and version travel in headers, the query in the address, the body as JSON; the answer is parsed."""
    async with serving(answering(201, {"id": "ata_1"}), tls=True) as peer:
        api = api_at(f"{peer.url}/base/")
        answer = await answered(api, "POST", "/things", query={"expand[]": "a b"}, body={"region": "ie1"})
        (request,) = peer.requests
    assert answer == CartesiaAnswer(201, {"id": "ata_1"})
    assert (request.method, request.path) == ("POST", "/base/things")
    assert request.query == {"expand[]": ["a b"]}
    assert json.loads(request.body) == {"region": "ie1"}
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.headers["cartesia-version"] == "2026-03-01"
    assert request.headers["content-type"] == "application/json"


async def test_no_content() -> None:
    """A 204 is an answer without a body, and a request without one says so."""
    async with serving(answering(204, "")) as peer:
        assert await answered(api_at(peer.url), "DELETE", "/things/1") == CartesiaAnswer(204, None)
        assert peer.requests[0].body == ""


async def test_proxy() -> None:
    """A proxy of the network rules is used, and never learns the key."""
    async with (
        serving(answering(200, []), tls=True) as peer,
        serving(tunnelling_proxy(peer.port)) as proxy,
    ):
        network = dataclasses.replace(TRUSTING, https_proxy=f"http://user:hidden@127.0.0.1:{proxy.port}")
        assert await answered(api_at("https://carrier.test", network=network), "GET", "/things")
        assert KEY not in str(proxy.requests)


async def test_refusal() -> None:
    """What would be refused again carries everything the answer said."""
    async with serving(answering(409, REFUSAL)) as peer:
        error = await fails(api_at(peer.url))
        assert len(peer.requests) == 1
    assert isinstance(error, ServiceRefused)
    assert not error.retryable
    assert (error.http_status, error.code) == (409, "already_linked")
    assert (error.title, error.detail) == ("Provider already linked", "Use PATCH.")
    assert error.request_id == "0f1e"
    assert error.body == REFUSAL
    assert str(error) == (
        "Cartesia refused: Provider already linked: Use PATCH (already_linked, status 409, request 0f1e)"
    )


async def test_refusal_that_is_no_json() -> None:
    async with serving(answering(400, "<html>Bad\r\nrequest not-a-real-secret</html>")) as peer:
        error = await fails(api_at(peer.url), body={"api_key_secret": "not-a-real-secret"})
    assert isinstance(error, ServiceRefused)
    assert error.body is None


async def test_hint_of_a_code() -> None:
    """Where the code says what to do, the hint does; a status alone suggests nothing."""
    async with serving(answering(402, {"error_code": "quota_exceeded"})) as peer:
        assert "credits" in ((await fails(api_at(peer.url))).hint or "")
    async with serving(answering(404, {"title": "Not found"})) as peer:
        assert (await fails(api_at(peer.url))).hint is None


@pytest.mark.parametrize("status", [401, 403])
async def test_refused_key(status: int) -> None:
    async with serving(answering(status, {"title": "Unauthorized", "message": f"Bad key {KEY}"})) as peer:
        error = await fails(api_at(peer.url), "GET")
        assert len(peer.requests) == 1
    assert isinstance(error, Unauthorized)
    assert error.http_status == status


@pytest.mark.parametrize("key", ["sk_car\n", "sk_cär", "\x00"])
async def test_key_that_no_header_can_carry(key: str) -> None:
    """Nothing is sent with it."""
    async with serving(answering(200, {})) as peer:
        with pytest.raises(Unauthorized):
            await answered(api_at(peer.url, key=key), "GET", "/things")
        assert peer.requests == []


@pytest.mark.parametrize("base_url", ["http://api.cartesia.ai", "ftp://127.0.0.1", "127.0.0.1"])
def test_address_that_would_show_the_key(base_url: str) -> None:
    with pytest.raises(SettingsError):
        api_at(base_url)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_nobody_listens(method: str) -> None:
    """Nothing was sent, so nothing was changed: later may do."""
    error = await fails(api_at(f"http://127.0.0.1:{await unused_port()}"), method)
    assert type(error) is SpeechUnavailable
    assert "connection refused" in str(error)


async def test_certificate_of_nobody() -> None:
    async with serving(silent, tls=True) as peer:
        error = await fails(api_at(peer.url, network=dataclasses.replace(TRUSTING, ca_file=None)))
        assert peer.requests == []
    assert type(error) is SpeechUnavailable
    assert "SSL_CERT_FILE" in (error.hint or "")


@pytest.mark.parametrize("trouble", [closing, resetting, breaking_off, answering_503_once])
async def test_get_is_tried_twice(trouble: Behaviour) -> None:
    """Reading changes nothing, so one more attempt is safe; its answer counts."""
    async with serving(first_then_answering(trouble, ["second"])) as peer:
        assert (await answered(api_at(peer.url), "GET", "/things")).body == ["second"]
        assert len(peer.requests) == 2


@pytest.mark.parametrize("status", [302, 408, 429, 500, 503])
async def test_get_is_not_tried_for_ever(status: int) -> None:
    """Two attempts; redirects are not followed."""
    async with serving(answering(status, "no", headers="Location: /elsewhere\r\n")) as peer:
        error = await fails(api_at(peer.url), "GET")
        assert [request.path for request in peer.requests] == ["/things", "/things"]
    assert type(error) is SpeechUnavailable
    assert error.http_status == status


@pytest.mark.parametrize("method", ["POST", "PATCH", "DELETE"])
@pytest.mark.parametrize("trouble", [closing, breaking_off, answering_503_once])
async def test_change_that_may_have_happened(trouble: Behaviour, method: str) -> None:
    """It is never repeated, and the error does not pretend to know."""
    async with serving(first_then_answering(trouble, {})) as peer:
        error = await fails(api_at(peer.url), method)
        assert len(peer.requests) == 1
    assert type(error) is ChangeUnknown
    assert "may have done so" in str(error)


async def test_change_that_was_not_even_looked_at() -> None:
    """A 429 changed nothing. It is not repeated either, but may be."""
    async with serving(answering(429, {"error_code": "concurrency_limited"})) as peer:
        error = await fails(api_at(peer.url))
        assert len(peer.requests) == 1
    assert type(error) is SpeechUnavailable


@pytest.mark.parametrize("behaviour", [silent, deaf, trickling(0.02)])
async def test_one_limit_for_the_whole_request(behaviour: Behaviour) -> None:
    """However the time passes, the wait is over with the limit."""
    async with asyncio.timeout(5), serving(behaviour) as peer:
        assert type(await fails(api_at(peer.url, timeout_s=0.3), "GET")) is SpeechUnavailable
        assert type(await fails(api_at(peer.url, timeout_s=0.3), "POST")) is ChangeUnknown


async def test_handshake_that_hangs() -> None:
    """A change that never left was not made."""
    async with serving(deaf) as peer:
        error = await fails(api_at(f"https://127.0.0.1:{peer.port}", timeout_s=0.3))
    assert type(error) is SpeechUnavailable


async def test_answer_without_end() -> None:
    """An answer is read up to a limit."""
    async with asyncio.timeout(10), serving(endless) as peer:
        error = await fails(api_at(peer.url))
    assert type(error) is ChangeUnknown
    assert "longer than" in str(error)


@pytest.mark.parametrize("body", ["<html>", "[" * 100_000, '{"a": '])
async def test_answer_that_is_not_json(body: str) -> None:
    async with serving(answering(200, body)) as peer:
        error = await fails(api_at(peer.url), "GET")
    assert type(error) is SpeechUnavailable
    assert str(error).endswith("its answer is not JSON")


async def test_answer_that_cannot_be_decoded() -> None:
    """Compression was not asked for; what claims to be compressed and is not cannot be read."""
    async with serving(answering(200, "{}", headers="Content-Encoding: gzip\r\n")) as peer:
        error = await fails(api_at(peer.url), "GET")
    assert type(error) is SpeechUnavailable


async def test_compressed_answer_is_bounded_too() -> None:
    """The limit counts what comes out of a compressed answer, not what came in."""
    bomb = gzip.compress(b" " * 50_000_000)

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"
        writer.write(head.encode() + bomb)
        await writer.drain()

    async with serving(behave) as peer:
        assert "longer than" in str(await fails(api_at(peer.url)))
