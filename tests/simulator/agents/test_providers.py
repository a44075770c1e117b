"""Providers: Twilio's credentials per account and region."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cartesia_simulator.carrier.regions import SimulatedKey
from cartesia_simulator.network import ACCOUNT_SID, API_KEYS, AUTH_TOKENS
from tests.simulator.agents.client import (
    FIRST,
    PROVIDERS,
    SECOND,
    key_body,
    new_key,
    telephony,
    update_body,
)

GUIDE_US = """{
    "type": "twilio",
    "account_sid": "YOUR_TWILIO_ACCOUNT_SID",
    "api_key_sid": "US_API_KEY_SID",
    "api_key_secret": "US_API_KEY_SECRET",
    "region": "us1"
  }"""
GUIDE_IE = GUIDE_US.replace("US_API", "IE_API").replace("us1", "ie1")


async def test_the_bodies_of_the_guide() -> None:
    """Its two curl examples, word for word, link one account in two regions."""
    async with telephony(account_sid="YOUR_TWILIO_ACCOUNT_SID") as api:
        for region, name in (("us1", "US"), ("ie1", "IE")):
            sid, secret = f"{name}_API_KEY_SID", f"{name}_API_KEY_SECRET"
            api.network.add_key(SimulatedKey(region=region, sid=sid, secret=secret))
        answers = [await api.ask("POST", PROVIDERS, body) for body in (GUIDE_US, GUIDE_IE)]
        assert [status for status, _ in answers] == [201, 201]
        assert [provider["region"] for _, provider in answers] == ["us1", "ie1"]
        assert await api.done("GET", PROVIDERS) == [provider for _, provider in answers]


async def test_a_provider_as_it_is_shown() -> None:
    """The key's SID in part, its secret never; a label only where there is one; us1 by default."""
    async with telephony() as api:
        body = key_body()
        del body["region"]
        status, plain = await api.ask("POST", PROVIDERS, body)
        assert status == 201
        assert plain == {
            "type": "twilio",
            "id": plain["id"],
            "account_sid": ACCOUNT_SID,
            "api_key_sid": "SK00" + "*" * 26 + "0001",
            "region": "us1",
        }
        assert plain["id"].startswith("ata_")
        labelled = await api.done("POST", PROVIDERS, key_body("ie1", label="Ireland"))
        assert labelled["label"] == "Ireland"
        assert await api.ask("GET", f"{PROVIDERS}/{labelled['id']}") == (200, labelled)
        assert API_KEYS["ie1"].secret not in str(await api.done("GET", PROVIDERS))
        assert API_KEYS["ie1"].secret not in repr(api.network.agents.providers)


async def test_filters_of_the_list() -> None:
    """By account and by kind; there are no SIP trunks."""
    async with telephony() as api:
        await api.provider()
        assert len(await api.done("GET", PROVIDERS, account_sid=ACCOUNT_SID, type="twilio")) == 1
        assert await api.done("GET", PROVIDERS, account_sid="AC1") == []
        assert await api.done("GET", PROVIDERS, type="sip_trunk") == []
        assert (await api.ask("GET", PROVIDERS, type="carrier"))[0] == 400
        assert (await api.ask("GET", PROVIDERS, region="us1"))[0] == 400


@pytest.mark.parametrize(
    "change",
    [
        {"api_key_secret": "wrong"},
        {"api_key_sid": "SK" + "7" * 32},
        {"region": "ie1"},
        {"account_sid": "AC" + "7" * 32},
    ],
)
async def test_credentials_that_twilio_refuses(change: dict[str, object]) -> None:
    """A wrong secret, an unknown key, another region's, another account: 400, and nothing is kept."""
    async with telephony() as api:
        status, error = await api.ask("POST", PROVIDERS, key_body() | change)
        assert status == 400
        assert error["title"] == "Invalid provider credentials"
        assert "Twilio in region" in error["message"]
        assert (error["status_code"], error["error_code"]) == (400, None)
        assert error["request_id"]
        assert await api.done("GET", PROVIDERS) == []
        region = change.get("region", "us1")
        assert [request.region for request in api.network.carrier.requests] == [region]


async def test_the_account_with_its_auth_token() -> None:
    """Its SID and the region's auth token do in the place of a key."""
    async with telephony() as api:
        body = key_body("au1", api_key_sid=ACCOUNT_SID, api_key_secret=AUTH_TOKENS["au1"])
        assert (await api.ask("POST", PROVIDERS, body))[0] == 201
        assert (await api.ask("POST", PROVIDERS, body | {"region": "ie1"}))[0] == 400


async def test_account_and_region_are_unique() -> None:
    """409, in a sentence that names the provider to update; another region is another pair."""
    async with telephony() as api:
        first = await api.provider("ie1")
        status, error = await api.ask("POST", PROVIDERS, key_body("ie1"))
        assert (status, error["title"]) == (409, "Provider already exists")
        assert first in error["message"]
        second = await api.provider("us1")
        status, error = await api.ask(
            "PATCH", f"{PROVIDERS}/{second}", update_body(API_KEYS["ie1"], region="ie1")
        )
        assert status == 409
        assert first in error["message"]


async def test_two_at_the_same_moment() -> None:
    """One of them is linked."""
    async with telephony() as api:
        answers = await asyncio.gather(*(api.ask("POST", PROVIDERS, key_body()) for _ in range(3)))
        assert sorted(status for status, _ in answers) == [201, 409, 409]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("", "not JSON"),
        ("{", "not JSON"),
        ("[]", "not a JSON object"),
        ({}, "type is twilio"),
        (key_body(type="sip_trunk"), "type is twilio"),
        (key_body(friendly_name="x"), "friendly_name"),
        (key_body() | {"region": "br1"}, "region is one of"),
        (key_body() | {"region": None}, "region is one of"),
        (key_body(label=""), "label"),
        (key_body(label=None), "label"),
        (key_body(api_key_sid=1), "api_key_sid"),
        (key_body(api_key_secret=" "), "api_key_secret"),
        ({"type": "twilio", "account_sid": ACCOUNT_SID}, "api_key_sid, api_key_secret"),
    ],
)
async def test_bodies_that_create_nothing(body: Any, words: str) -> None:
    """400 that says what is wrong; Twilio is not even asked."""
    async with telephony() as api:
        status, error = await api.ask("POST", PROVIDERS, body)
        assert status == 400
        assert words in error["message"]
        assert api.network.carrier.requests == []


async def test_an_update_takes_another_key() -> None:
    """The account and the label stay, the region too unless there is another; the numbers see the new one."""
    async with telephony() as api:
        provider_id = await api.provider("us1", label="Main")
        number_id = await api.number(provider_id)
        key = new_key("us1")
        api.network.add_key(key)
        status, provider = await api.ask("PATCH", f"{PROVIDERS}/{provider_id}", update_body(key))
        assert status == 200
        assert (provider["id"], provider["region"], provider["label"]) == (provider_id, "us1", "Main")
        assert provider["api_key_sid"].endswith("9999")
        moved = await api.done(
            "PATCH", f"{PROVIDERS}/{provider_id}", update_body(API_KEYS["ie1"], region="ie1")
        )
        assert moved["region"] == "ie1"
        assert (await api.done("GET", f"/agents/phone-numbers/{number_id}"))["provider"] == moved


@pytest.mark.parametrize(
    "change",
    [{"account_sid": ACCOUNT_SID}, {"label": "x"}, {"type": "sip_trunk"}, {"api_key_secret": None}],
)
async def test_updates_that_change_nothing(change: dict[str, object]) -> None:
    """The account cannot change, and what is not documented is refused."""
    async with telephony() as api:
        provider_id = await api.provider()
        body = update_body(API_KEYS["us1"]) | change
        assert (await api.ask("PATCH", f"{PROVIDERS}/{provider_id}", body))[0] == 400


async def test_an_update_with_credentials_that_twilio_refuses() -> None:
    """The old ones stay: the key of another region, and none at all."""
    async with telephony() as api:
        provider_id = await api.provider("us1")
        before = await api.done("GET", PROVIDERS)
        path = f"{PROVIDERS}/{provider_id}"
        for body in (update_body(API_KEYS["ie1"]), update_body(API_KEYS["us1"], region="ie1")):
            status, error = await api.ask("PATCH", path, body)
            assert (status, error["title"]) == (400, "Invalid provider credentials")
        assert (await api.ask("PATCH", path, {"type": "twilio"}))[0] == 400
        assert await api.done("GET", PROVIDERS) == before


async def test_an_update_that_leaves_numbers_out_of_reach() -> None:
    """400 with the list of them, and the old key stays; a key that sees them all is taken."""
    async with telephony() as api:
        provider_id = await api.provider()
        for number in (FIRST, SECOND):
            await api.number(provider_id, number)
        api.network.add_key(new_key("us1", sees=frozenset({SECOND})))
        before = await api.done("GET", PROVIDERS)
        status, error = await api.ask("PATCH", f"{PROVIDERS}/{provider_id}", update_body(new_key("us1")))
        assert (status, error["unreachable_numbers"]) == (400, [FIRST])
        assert FIRST in error["message"]
        assert await api.done("GET", PROVIDERS) == before
        api.network.add_key(new_key("us1", sees=frozenset({FIRST, SECOND})))
        assert (await api.ask("PATCH", f"{PROVIDERS}/{provider_id}", update_body(new_key("us1"))))[0] == 200


async def test_deleting() -> None:
    """204 and gone; 409 while a number uses it."""
    async with telephony() as api:
        provider_id = await api.provider()
        number_id = await api.number(provider_id)
        status, error = await api.ask("DELETE", f"{PROVIDERS}/{provider_id}")
        assert (status, error["title"]) == (409, "Provider has phone numbers")
        assert await api.ask("DELETE", f"/agents/phone-numbers/{number_id}") == (204, None)
        assert await api.ask("DELETE", f"{PROVIDERS}/{provider_id}") == (204, None)
        for method in ("GET", "DELETE"):
            status, error = await api.ask(method, f"{PROVIDERS}/{provider_id}")
            assert (status, error["title"]) == (404, "Provider not found")
        assert (await api.ask("PATCH", f"{PROVIDERS}/{provider_id}", update_body(API_KEYS["us1"])))[0] == 404
        assert await api.provider() != provider_id


async def test_a_linked_provider_was_never_tried() -> None:
    """`link` keeps what the API would refuse, once for each pair of account and region."""
    async with telephony() as api:
        agents = api.network.agents
        provider = agents.link(API_KEYS["us1"], account_sid=ACCOUNT_SID, region="ie1", label="Old")
        shown = await api.done("GET", f"{PROVIDERS}/{provider.id}")
        assert (shown["region"], shown["label"]) == ("ie1", "Old")
        with pytest.raises(ValueError, match="linked in ie1"):
            agents.link(API_KEYS["ie1"], account_sid=ACCOUNT_SID)
