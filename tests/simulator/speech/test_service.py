"""The speech service's doors: handshakes, keys, versions, voices, stopping."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from websockets.exceptions import InvalidStatus

from tests.simulator.speech.client import API_KEY, HEADERS, KATIE, connected, request, serving

VERSION = {"Cartesia-Version": "2026-03-01"}


async def refused(url: str, headers: dict[str, str]) -> InvalidStatus:
    with pytest.raises(InvalidStatus) as caught:
        async with connected(url, headers):
            pass
    return caught.value


@pytest.mark.parametrize("headers", [{"Authorization": f"Bearer {API_KEY}"}, {"X-API-Key": API_KEY}])
async def test_key_in_either_header(headers: dict[str, str]) -> None:
    """Bearer and X-API-Key are both accepted; the record shows the key of neither."""
    async with serving() as (service, url):
        async with connected(url, headers | VERSION) as client:
            assert client.connection.response is not None
            assert client.connection.response.headers["x-request-id"]
        (handshake,) = service.connections
    assert handshake.accepted
    assert handshake.version == "2026-03-01"
    assert API_KEY not in str(handshake)
    assert "***" in handshake.headers.values()


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer wrong"}, {"X-API-Key": "wrong"}, {"X-API-Key": ""}]
)
async def test_wrong_key(headers: dict[str, str]) -> None:
    """401 with an error object, and the refusal is on record."""
    async with serving() as (service, url):
        error = await refused(url, headers | VERSION)
        assert error.response.status_code == 401
        assert b'"title": "Unauthorized"' in error.response.body
        assert [handshake.refused_status for handshake in service.connections] == [401]


async def test_speech_401_refuses_the_right_key() -> None:
    """The fault works on the websocket and on REST alike."""
    async with serving("speech-401") as (_, url):
        assert (await refused(url, HEADERS)).response.status_code == 401
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{url}/voices", headers=HEADERS) as answer,
        ):
            assert answer.status == 401


async def test_versions() -> None:
    """Required; an unknown date is 404 in the documented words."""
    key = {"X-API-Key": API_KEY}
    async with serving() as (_, url):
        assert (await refused(url, key)).response.status_code == 400
        error = await refused(url, key | {"Cartesia-Version": "2020-01-01"})
        assert error.response.status_code == 404
        assert b"No API schema exists for the requested Cartesia-Version." in error.response.body


async def test_version_in_the_query_wins() -> None:
    """Where header and query differ, the query counts."""
    async with serving() as (service, url), aiohttp.ClientSession(headers=HEADERS) as session:
        async with session.ws_connect(f"{url}/tts/websocket?cartesia_version=2025-04-16"):
            pass
        assert service.connections[0].version == "2025-04-16"


async def test_old_versions_get_errors_as_text() -> None:
    """Before 2026-03-01 an HTTP error is one line."""
    headers = {"X-API-Key": "wrong", "Cartesia-Version": "2025-04-16"}
    async with (
        serving() as (_, url),
        aiohttp.ClientSession(headers=headers) as session,
        session.get(f"{url}/voices") as answer,
    ):
        assert await answer.text() == "Unauthorized: The API key is missing or invalid."


async def test_voices() -> None:
    """Listing, one voice, an unknown one."""
    async with serving() as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        async with session.get(f"{url}/voices?q=Katie") as answer:
            assert [voice["id"] for voice in (await answer.json())["data"]] == [KATIE]
        async with session.get(f"{url}/voices/{KATIE}") as answer:
            assert (await answer.json())["name"] == "Katie"
        async with session.get(f"{url}/voices/nobody") as answer:
            assert (answer.status, (await answer.json())["error_code"]) == (404, "voice_not_found")


async def test_socket_limit() -> None:
    """Ten sockets for each context of the plan, then 429."""
    async with serving(context_limit=1) as (_, url), asyncio.TaskGroup() as group:
        enough = asyncio.Event()
        opened = asyncio.Semaphore(0)

        async def hold() -> None:
            async with connected(url):
                opened.release()
                await enough.wait()

        for _ in range(10):
            group.create_task(hold())
        for _ in range(10):
            await opened.acquire()
        assert (await refused(url, HEADERS)).response.status_code == 429
        enough.set()


async def test_stopping_closes_connections() -> None:
    """A client in the middle of something gets a close frame, 1001."""
    async with serving() as (service, url), connected(url) as client:
        await client.send(request("Hello", more=True))
        await service.stop()
        assert await client.ended() == (1001, "")
