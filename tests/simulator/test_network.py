"""Both servers together."""

from __future__ import annotations

import base64
import socket

import aiohttp
import pytest

from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.network import ACCOUNT_SID, API_KEY, AUTH_TOKEN, CALLER_ID, BuiltInNetwork
from cartesia_simulator.tones import ToneVoice
from tests.simulator.speech.client import connected, request, until


def built_in_network(
    *, voice_ids: frozenset[str] = frozenset(), audio_kept: int | None = None
) -> BuiltInNetwork:
    return BuiltInNetwork(
        SystemClock(),
        callee=CalleeScript(ring_s=0),
        faults=FaultPlan(),
        voice=ToneVoice(),
        voice_ids=voice_ids,
        audio_kept=audio_kept,
    )


def taken_port(holder: socket.socket) -> int:
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    port: int = holder.getsockname()[1]
    return port


async def test_the_environment_leads_to_both() -> None:
    """With nothing but `environment()`, a program reaches the carrier and the speech service."""
    network = built_in_network()
    await network.start()
    try:
        environment = network.environment()
        login = f"{environment['TWILIO_ACCOUNT_SID']}:{environment['TWILIO_AUTH_TOKEN']}"
        basic = {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}
        calls = f"{environment['TWILIO_BASE_URL']}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
        headers = {"X-API-Key": environment["CARTESIA_API_KEY"], "Cartesia-Version": "2026-03-01"}
        async with aiohttp.ClientSession() as session:
            async with session.get(calls, headers=basic) as answer:
                assert (await answer.json())["calls"] == []
            async with session.get(f"{environment['CARTESIA_BASE_URL']}/voices", headers=headers) as answer:
                assert answer.status == 200
        assert environment["TWILIO_FROM_NUMBER"] == CALLER_ID
        assert environment["TWILIO_BASE_URL"] == network.carrier_url
    finally:
        await network.stop()


async def test_the_key_of_the_default_region_opens_it() -> None:
    """Beside account and auth token there is an API key, as programs have it that know no token."""
    network = built_in_network()
    await network.start()
    try:
        key = network.key_environment()
        basic = {"Authorization": aiohttp.encode_basic_auth(*key.values())}
        account = f"2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
        async with aiohttp.ClientSession(headers=basic) as session:
            for region, status in (("us1", 200), ("ie1", 401)):
                async with session.get(f"{network.carrier_urls[region]}/{account}") as answer:
                    assert answer.status == status
        assert list(key) == ["TWILIO_API_KEY_SID", "TWILIO_API_KEY_SECRET"]
    finally:
        await network.stop()


async def test_the_environment_leads_to_every_region() -> None:
    """Each region has an address, an auth token and an API key of its own."""
    network = built_in_network()
    assert network.carrier_urls == {}
    await network.start()
    try:
        assert not any(name.endswith("_US1") for name in network.environment())
        environment = network.environment() | network.regional_environment("us1")
        assert list(network.carrier_urls) == ["us1", "ie1", "au1"]
        assert environment["TWILIO_AUTH_TOKEN_US1"] == environment["TWILIO_AUTH_TOKEN"]
        assert environment["TWILIO_BASE_URL_US1"] == network.carrier_url
        async with aiohttp.ClientSession() as session:
            for region, url in network.carrier_urls.items():
                of = {
                    name: environment[f"TWILIO_{name}_{region.upper()}"]
                    for name in ("AUTH_TOKEN", "API_KEY_SID", "API_KEY_SECRET", "BASE_URL")
                }
                assert of["BASE_URL"] == url
                for login in ((ACCOUNT_SID, of["AUTH_TOKEN"]), (of["API_KEY_SID"], of["API_KEY_SECRET"])):
                    basic = {"Authorization": aiohttp.encode_basic_auth(*login)}
                    calls = f"{url}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
                    async with session.get(calls, headers=basic) as answer:
                        assert answer.status == 200
        assert [request.region for request in network.carrier.requests] == [
            *("us1", "us1", "ie1", "ie1", "au1", "au1")
        ]
    finally:
        await network.stop()


async def test_own_voices_are_known() -> None:
    """A voice that the account made itself can be used like those of the catalogue."""
    own = "11111111-2222-4333-8444-555555555555"
    network = built_in_network(voice_ids=frozenset({own}))
    assert network.speech.knows_voice(own)
    assert not built_in_network().speech.knows_voice(own)


async def test_the_audio_of_old_calls_and_contexts_is_dropped() -> None:
    """The newest keep theirs; the rest of each record stays."""
    network = built_in_network(audio_kept=2)
    await network.start()
    try:
        basic = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}
        calls = f"{network.carrier_url}/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"
        form = {"To": "+12025550143", "From": CALLER_ID, "Twiml": "<Response><Say>Hi</Say></Response>"}
        async with aiohttp.ClientSession() as session:
            for _ in range(3):
                async with session.post(calls, data=form, headers=basic) as answer:
                    assert answer.status == 201
                await until(lambda: all(call.is_over for call in network.carrier.calls.values()))
        headers = {"X-API-Key": API_KEY, "Cartesia-Version": "2026-03-01"}
        for number in range(3):
            async with connected(network.speech_url, headers) as client:
                await client.send(request("Hi.", context_id=f"c{number}"))
                await client.until_done(f"c{number}")
    finally:
        await network.stop()
    heard = [call.heard for call in network.carrier.calls.values()]
    assert [bool(audio) for audio in heard] == [False, True, True]
    assert [call.said_by_carrier for call in network.carrier.calls.values()] == [["Hi"]] * 3
    contexts = network.speech.contexts.values()
    assert [bool(record.audio) for record in contexts] == [False, True, True]
    assert [record.transcript for record in contexts] == ["Hi."] * 3


async def test_a_taken_port_leaves_nothing_open() -> None:
    """When the second server cannot listen, the first is closed again."""
    with socket.socket() as holder:
        port = taken_port(holder)
        network = built_in_network()
        with pytest.raises(OSError, match="in use"):
            await network.start(speech_port=port)
        async with aiohttp.ClientSession() as session:
            with pytest.raises(aiohttp.ClientConnectorError):
                await session.get(network.carrier_url)
        await network.stop()


async def test_stopping_twice() -> None:
    """`stop` may be called again, and before `start`."""
    network = built_in_network()
    await network.stop()
    await network.start()
    await network.stop()
    await network.stop()
