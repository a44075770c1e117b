"""Calls of hosted agents, and each row of the guide's troubleshooting table as a user meets it."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.network import ACCOUNT_SID, API_KEYS
from tests.simulator.agents.client import (
    FIRST,
    NUMBERS,
    PROVIDERS,
    SUPPORT,
    TO,
    Api,
    key_body,
    new_key,
    telephony,
    update_body,
)
from tests.simulator.speech.client import until

CALLS = "/agents/calls"
REFUSED = "answered HTTP 401, 20003: Authenticate"


async def call(api: Api, number_id: str, *callees: str, **more: object) -> list[dict[str, Any]]:
    """What an agent's calls from this number came to."""
    body = {
        "from_number_id": number_id,
        "agent_id": SUPPORT,
        "outbound_calls": [{"to_number": to} for to in callees or (TO,)],
        **more,
    }
    answer = await api.done("POST", CALLS, body)
    assert answer.keys() == {"calls"}
    return list(answer["calls"])


def processed(api: Api, entry: dict[str, Any]) -> SimulatedCall:
    """The carrier's record of a call."""
    return api.network.carrier.calls[api.network.agents.calls[entry["agent_call_id"]].call_sid]


@pytest.mark.parametrize("region", ["us1", "ie1", "au1"])
async def test_a_call_is_processed_in_the_region_of_the_provider(region: str) -> None:
    """Placed and ended at that region's host, and at no other."""
    async with telephony() as api:
        number_id = await api.number(await api.provider(region))
        (entry,) = await call(api, number_id, max_call_duration_minutes=2, ringing_timeout_seconds=5)
        assert entry == {"number": TO, "agent_call_id": entry["agent_call_id"]}
        placed = processed(api, entry)
        assert (placed.region, placed.caller_id) == (region, FIRST)
        await until(lambda: placed.status == "in-progress")
        path = f"{CALLS}/{entry['agent_call_id']}/cancel"
        assert await api.ask("POST", path) == (200, {"cancelled": True})
        assert (placed.is_over, placed.ended_by) == (True, "api")
        assert {request.region for request in api.network.carrier.requests} == {region}
        status, error = await api.ask("POST", path)
        assert (status, error["title"]) == (400, "Call not active")


async def test_each_entry_for_itself() -> None:
    """One that cannot be called does not stop the others."""
    async with telephony() as api:
        number_id = await api.number(await api.provider())
        good, bad = await call(api, number_id, TO, "nobody")
        assert "agent_call_id" in good
        assert bad["number"] == "nobody"
        assert "21211" in bad["error"]
        assert "agent_call_id" not in bad


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"agent_id": "agent_nobody"}, 404),
        ({"from_number_id": "ap_nobody"}, 404),
        ({"outbound_calls": []}, 400),
        ({"outbound_calls": {"to_number": TO}}, 400),
        ({"outbound_calls": [TO]}, 400),
        ({"outbound_calls": [{"number": TO}]}, 400),
        ({"outbound_calls": [{"to_number": TO, "metadata": "x"}]}, 400),
        ({"ringing_timeout_seconds": 4}, 400),
        ({"ringing_timeout_seconds": "30"}, 400),
        ({"max_call_duration_minutes": True}, 400),
        ({"region": "ie1"}, 400),
    ],
)
async def test_requests_that_call_nobody(change: dict[str, object], status: int) -> None:
    """The whole request is refused."""
    async with telephony() as api:
        number_id = await api.number(await api.provider())
        body = {"from_number_id": number_id, "agent_id": SUPPORT, "outbound_calls": [{"to_number": TO}]}
        assert (await api.ask("POST", CALLS, body | change))[0] == status
        assert api.network.carrier.calls == {}
        assert (await api.ask("POST", f"{CALLS}/ac_nobody/cancel"))[0] == 404


async def test_row_1_key_and_provider_of_different_regions() -> None:
    """Outbound calls fail with Twilio's auth error until the provider gets a key of its region."""
    async with telephony() as api:
        wrong = api.network.agents.link(API_KEYS["us1"], account_sid=ACCOUNT_SID, region="ie1")
        number_id = await api.number(await api.provider("us1"))
        api.network.agents.place_under(number_id, wrong.id)
        (entry,) = await call(api, number_id)
        assert entry == {"number": TO, "error": f"Twilio in region ie1 {REFUSED}"}
        assert api.network.carrier.calls == {}
        await api.done("PATCH", f"{PROVIDERS}/{wrong.id}", update_body(API_KEYS["ie1"]))
        (entry,) = await call(api, number_id)
        assert processed(api, entry).region == "ie1"


async def test_row_1_in_the_middle_of_a_call() -> None:
    """A call that is up cannot be ended with a revoked key: 502, it goes on; a new key ends it."""
    async with telephony() as api:
        provider_id = await api.provider("ie1")
        (entry,) = await call(api, await api.number(provider_id))
        placed = processed(api, entry)
        await until(lambda: placed.status == "in-progress")
        api.network.revoke_key(API_KEYS["ie1"].sid)
        path = f"{CALLS}/{entry['agent_call_id']}/cancel"
        status, error = await api.ask("POST", path)
        assert status == 502
        assert REFUSED in error["message"]
        assert not placed.is_over
        key = new_key("ie1")
        api.network.add_key(key)
        await api.done("PATCH", f"{PROVIDERS}/{provider_id}", update_body(key))
        assert (await api.ask("POST", path))[0] == 200


async def test_row_2_a_number_under_the_wrong_provider() -> None:
    """Its calls are processed in that provider's region until PATCH moves it."""
    async with telephony() as api:
        us1, ie1 = await api.provider("us1"), await api.provider("ie1")
        number_id = await api.number(us1)
        (entry,) = await call(api, number_id)
        assert processed(api, entry).region == "us1"
        await api.done("PATCH", f"{NUMBERS}/{number_id}", {"provider": {"id": ie1}})
        (entry,) = await call(api, number_id)
        assert processed(api, entry).region == "ie1"


async def test_row_2_a_call_that_is_up_stays_where_it_is() -> None:
    """Once its number has moved, it cannot be found at the other region's host: 502."""
    async with telephony() as api:
        us1, ie1 = await api.provider("us1"), await api.provider("ie1")
        number_id = await api.number(us1)
        (entry,) = await call(api, number_id)
        await until(lambda: processed(api, entry).status == "in-progress")
        await api.done("PATCH", f"{NUMBERS}/{number_id}", {"provider": {"id": ie1}})
        status, error = await api.ask("POST", f"{CALLS}/{entry['agent_call_id']}/cancel")
        assert status == 502
        assert "20404" in error["message"]


async def test_row_3_a_key_without_the_numbers() -> None:
    """The update is refused with their list; access for the new key is the remedy."""
    async with telephony() as api:
        provider_id = await api.provider("ie1")
        number_id = await api.number(provider_id)
        key = new_key("ie1", sees=frozenset())
        api.network.add_key(key)
        body = update_body(key)
        status, error = await api.ask("PATCH", f"{PROVIDERS}/{provider_id}", body)
        assert (status, error["unreachable_numbers"]) == (400, [FIRST])
        api.network.add_key(new_key("ie1"))
        await api.done("PATCH", f"{PROVIDERS}/{provider_id}", body)
        (entry,) = await call(api, number_id)
        assert processed(api, entry).region == "ie1"


async def test_while_twilio_is_away() -> None:
    """Refused in a sentence, nothing hangs."""
    async with telephony() as api:
        number_id = await api.number(await api.provider())
        await api.network.carrier.stop()
        async with asyncio.timeout(10):
            (entry,) = await call(api, number_id)
            assert entry["error"] == "Twilio in region us1 did not answer: ClientConnectorError"
            assert (await api.ask("POST", PROVIDERS, key_body("ie1")))[0] == 400
