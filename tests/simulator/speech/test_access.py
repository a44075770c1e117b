"""Who gets in: keys and tokens, in headers everywhere, in the query of a websocket only.

Access tokens: valid for what they grant, until they expire, and for one account.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
import pytest

from cartesia_simulator.speech.access import grants_of, issue
from cartesia_simulator.speech.refusals import Refusal
from tests.simulator.speech.client import API_KEY, HEADERS, body_of, serving

VERSION = {"Cartesia-Version": "2026-03-01"}
TTS = {"grants": {"tts": True}, "expires_in": 60}


async def token_of(session: aiohttp.ClientSession, url: str, body: object = TTS) -> str:
    async with session.post(f"{url}/access-token", json=body, headers=HEADERS) as answer:
        assert answer.status == 200
        token: str = (await answer.json())["token"]
    return token


async def opened(session: aiohttp.ClientSession, address: str, headers: Mapping[str, str] = VERSION) -> int:
    """The status of a handshake."""
    try:
        async with session.ws_connect(address, headers=headers):
            return 101
    except aiohttp.WSServerHandshakeError as refused:
        return refused.status


async def test_the_query_of_a_websocket() -> None:
    """`api_key` is a key and `access_token` a token, as documented; neither is taken for the other."""
    async with serving() as (service, url), aiohttp.ClientSession() as session:
        token, deaf = await token_of(session, url), await token_of(session, url, {"grants": {"stt": True}})
        statuses = {
            f"api_key={API_KEY}": 101,
            f"access_token={token}": 101,
            f"access_token={token}&api_key=wrong": 101,
            "api_key=wrong": 401,
            f"api_key={token}": 401,
            f"access_token={API_KEY}": 401,
            f"access_token={token[:-1]}": 401,
            f"access_token={deaf}": 403,
            f"key={API_KEY}": 401,
            "api_key=": 401,
        }
        for query, status in statuses.items():
            assert (query, await opened(session, f"{url}/tts/websocket?{query}")) == (query, status)
        assert API_KEY not in str(service.connections)
        assert token not in str(service.connections)


async def test_a_header_goes_before_the_query() -> None:
    """Whatever the query has, a header that is there decides."""
    right, wrong = {"X-API-Key": API_KEY} | VERSION, {"Authorization": "Bearer wrong"} | VERSION
    async with serving() as (_, url), aiohttp.ClientSession() as session:
        assert await opened(session, f"{url}/tts/websocket?api_key=wrong", right) == 101
        assert await opened(session, f"{url}/tts/websocket?api_key={API_KEY}", wrong) == 401


async def test_the_query_of_a_request_opens_nothing() -> None:
    """Only a websocket's is documented."""
    async with serving() as (_, url), aiohttp.ClientSession(headers=VERSION) as session:
        token = await token_of(session, url)
        for query in (f"api_key={API_KEY}", f"access_token={token}"):
            async with session.post(f"{url}/tts/bytes?{query}", json=body_of("Hello.")) as answer:
                assert answer.status == 401
            async with session.get(f"{url}/voices?{query}") as answer:
                assert answer.status == 401


async def test_a_token_as_bearer() -> None:
    """It opens text-to-speech if it grants it, and nothing else: no voices, and no further token."""
    async with serving() as (_, url), aiohttp.ClientSession() as session:
        token, deaf = await token_of(session, url), await token_of(session, url, {})
        bearer = {"Authorization": f"Bearer {token}"} | VERSION
        assert await opened(session, f"{url}/tts/websocket", bearer) == 101
        for path in ("/tts/bytes", "/tts/sse"):
            async with session.post(f"{url}{path}", json=body_of("Hello."), headers=bearer) as answer:
                assert answer.status == 200
                await answer.read()
        async with session.get(f"{url}/voices", headers=bearer) as answer:
            assert answer.status == 403
        async with session.post(f"{url}/access-token", json=TTS, headers=bearer) as answer:
            assert answer.status == 403
        async with session.post(
            f"{url}/tts/bytes",
            json=body_of("Hello."),
            headers={"Authorization": f"Bearer {deaf}"} | VERSION,
        ) as answer:
            assert (answer.status, (await answer.json())["title"]) == (403, "Forbidden")


@pytest.mark.parametrize(
    "headers",
    [{"X-API-Key": "token"}, {"Authorization": API_KEY}, {"Authorization": f"Basic {API_KEY}"}],
    ids=["a token is no key", "not a bearer's", "another scheme"],
)
async def test_headers_that_open_nothing(headers: dict[str, str]) -> None:
    """A key goes into X-API-Key or behind `Bearer`, a token behind `Bearer` alone."""
    async with serving() as (_, url), aiohttp.ClientSession() as session:
        if headers.get("X-API-Key"):
            headers = {"X-API-Key": await token_of(session, url)}
        async with session.get(f"{url}/voices", headers=headers | VERSION) as answer:
            assert answer.status == 401
        assert await opened(session, f"{url}/tts/websocket", headers | VERSION) == 401


async def test_a_wrong_body_for_a_token() -> None:
    """400 in Cartesia's shape."""
    async with serving() as (_, url), aiohttp.ClientSession(headers=HEADERS) as session:
        for body in ('{"grants": {"voices": true}}', "[]", "{", b"\xff"):
            async with session.post(f"{url}/access-token", data=body) as answer:
                assert (answer.status, (await answer.json())["title"]) == (400, "Invalid request")


KEY = "sk_car_test"
NOW_S = 1_790_000_000.5


@pytest.mark.parametrize(
    ("grants", "granted"),
    [
        ({"tts": True, "stt": True}, {"tts", "stt"}),
        ({"tts": True, "agent": False}, {"tts"}),
        ({"stt": None}, set()),
        ({}, set()),
        (None, set()),
    ],
)
def test_a_token_grants_what_was_asked_for(grants: object, granted: set[str]) -> None:
    """And nothing that was false, null or not named."""
    token = issue({"grants": grants, "expires_in": 60}, key=KEY, at_s=NOW_S)
    assert grants_of(token, key=KEY, at_s=NOW_S) == granted


@pytest.mark.parametrize(
    ("body", "lifetime_s"), [({"expires_in": 60}, 60), ({}, 3600), ({"expires_in": 1}, 1)]
)
def test_it_expires(body: Mapping[str, object], lifetime_s: int) -> None:
    """To the second; without `expires_in` after an hour."""
    token = issue(body, key=KEY, at_s=NOW_S)
    issued_s = int(NOW_S)
    assert grants_of(token, key=KEY, at_s=issued_s + lifetime_s - 0.1) == set()
    with pytest.raises(Refusal) as refused:
        grants_of(token, key=KEY, at_s=issued_s + lifetime_s)
    assert refused.value.status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"expires_in": 0},
        {"expires_in": 3601},
        {"expires_in": "60"},
        {"expires_in": 1.5},
        {"expires_in": True},
        {"grants": {"voices": True}},
        {"grants": {"tts": "yes"}},
        {"grants": ["tts"]},
        {"expires": 60},
    ],
)
def test_wrong_bodies(body: Mapping[str, object]) -> None:
    """Refused with 400, as any wrong field."""
    with pytest.raises(Refusal) as refused:
        issue(body, key=KEY, at_s=NOW_S)
    assert refused.value.status_code == 400


TOKEN = issue({"grants": {"tts": True}}, key=KEY, at_s=NOW_S)
HEADER, CLAIMS, SIGNATURE = TOKEN.split(".")
OTHER_CLAIMS = issue({"grants": {"agent": True}}, key=KEY, at_s=NOW_S).split(".")[1]


@pytest.mark.parametrize(
    "token",
    [
        "",
        "..",
        KEY,
        CLAIMS,
        f"{HEADER}.{CLAIMS}.",
        f"{HEADER}.{CLAIMS}",
        f"{HEADER}.{OTHER_CLAIMS}.{SIGNATURE}",
        f"{HEADER}.{CLAIMS}.{SIGNATURE[:-1]}",
        f"{TOKEN}.x",
        f"{TOKEN}\udcff",
        issue({"grants": {"tts": True}}, key="sk_car_other", at_s=NOW_S),
    ],
)
def test_what_is_no_token_of_this_account(token: str) -> None:
    """Changed, cut, made by another key: 401."""
    with pytest.raises(Refusal) as refused:
        grants_of(token, key=KEY, at_s=NOW_S)
    assert refused.value.status_code == 401
