"""A plain client of the telephony endpoints for tests: HTTP and JSON, nothing of the product's own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from cartesia_call.clock import SystemClock
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.regions import SimulatedKey
from cartesia_simulator.faults import FaultPlan
from cartesia_simulator.network import ACCOUNT_SID, API_KEY, API_KEYS, BuiltInNetwork
from cartesia_simulator.tones import ToneVoice

NUMBERS = "/agents/phone-numbers"
PROVIDERS = f"{NUMBERS}/providers"
FIRST, SECOND, THIRD = "+12025550101", "+12025550102", "+12025550103"
"""Numbers that the account has bought; +12025550199 is none of them."""
STRANGER, TO = "+12025550199", "+12025550143"
SUPPORT = "agent_rehearsal_support"


def key_body(region: str = "us1", **more: object) -> dict[str, object]:
    """What creates a provider with the key of its region."""
    key = API_KEYS[region]
    return {
        "type": "twilio",
        "account_sid": ACCOUNT_SID,
        "api_key_sid": key.sid,
        "api_key_secret": key.secret,
        "region": region,
        **more,
    }


def update_body(key: SimulatedKey, **more: object) -> dict[str, object]:
    """What gives a provider another key."""
    return {"type": "twilio", "api_key_sid": key.sid, "api_key_secret": key.secret, **more}


def new_key(region: str, *, sees: frozenset[str] | None = None) -> SimulatedKey:
    """A further key, which the carrier does not know before `add_key`."""
    return SimulatedKey(region=region, sid=f"SK{region}{'9' * 29}", secret="not-a-real-secret", sees=sees)


class Api:
    """The service of one network, and a client with its key."""

    def __init__(self, network: BuiltInNetwork, session: aiohttp.ClientSession) -> None:
        self.network = network
        self._session = session

    async def ask(self, method: str, path: str, body: object = None, **query: str) -> tuple[int, Any]:
        """Status and JSON of an answer; None for an empty one. A string is sent as it is."""
        data = body if body is None or isinstance(body, str) else json.dumps(body)
        async with self._session.request(
            method, self.network.speech_url + path, data=data, params=query
        ) as answer:
            assert answer.headers["x-request-id"]
            text = await answer.text()
            return answer.status, json.loads(text) if text else None

    async def done(self, method: str, path: str, body: object = None, **query: str) -> Any:
        """The JSON of an answer that is no refusal."""
        status, answer = await self.ask(method, path, body, **query)
        assert status < 300, answer
        return answer

    async def provider(self, region: str = "us1", **more: object) -> str:
        """The id of a new provider."""
        return str((await self.done("POST", PROVIDERS, key_body(region, **more)))["id"])

    async def number(self, provider_id: str, number: str = FIRST, **more: object) -> str:
        """The id of a newly imported number."""
        body = {"label": f"Line {number}", "number": number, "provider": {"id": provider_id}, **more}
        return str((await self.done("POST", NUMBERS, body))["id"])


@asynccontextmanager
async def telephony(*, account_sid: str = ACCOUNT_SID) -> AsyncIterator[Api]:
    """A network with three more numbers, and a client of its telephony endpoints."""
    network = BuiltInNetwork(
        SystemClock(),
        callee=CalleeScript(ring_s=0),
        faults=FaultPlan(),
        caller_ids=frozenset({FIRST, SECOND, THIRD}),
        voice=ToneVoice(),
        account_sid=account_sid,
    )
    await network.start()
    headers = {
        "Authorization": f"Bearer {API_KEY}",
        "Cartesia-Version": "2026-03-01",
        "Content-Type": "application/json",
    }
    try:
        async with aiohttp.ClientSession(headers=headers) as session:
            yield Api(network, session)
    finally:
        await network.stop()
