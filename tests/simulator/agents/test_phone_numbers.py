"""Phone numbers: imported from a Twilio account, listed, moved, assigned, deleted."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest

from cartesia_simulator.network import ACCOUNT_SID, API_KEYS
from tests.simulator.agents.client import (
    FIRST,
    NUMBERS,
    SECOND,
    STRANGER,
    SUPPORT,
    THIRD,
    new_key,
    telephony,
    update_body,
)

RECEPTION = "agent_rehearsal_reception"


async def test_a_number_as_it_is_shown() -> None:
    """With its agent and all of its provider."""
    async with telephony() as api:
        provider_id = await api.provider("ie1")
        body = {"label": "Support", "number": FIRST, "provider": {"id": provider_id}, "agent_id": SUPPORT}
        status, number = await api.ask("POST", NUMBERS, body)
        assert status == 201
        assert number == {
            "id": number["id"],
            "number": FIRST,
            "label": "Support",
            "agent": {"id": SUPPORT, "name": "Rehearsal Support"},
            "provider": await api.done("GET", f"{NUMBERS}/providers/{provider_id}"),
            "created_at": number["created_at"],
            "updated_at": number["created_at"],
        }
        assert number["id"].startswith("ap_")
        assert datetime.fromisoformat(number["created_at"]).tzinfo is not None
        assert await api.ask("GET", f"{NUMBERS}/{number['id']}") == (200, number)


@pytest.mark.parametrize("region", ["us1", "ie1"])
async def test_a_provider_named_by_its_account(region: str) -> None:
    """With its region, which is us1 unless it says otherwise; on import and in a move."""
    async with telephony() as api:
        provider_id = await api.provider(region)
        reference = {"type": "twilio", "account_sid": ACCOUNT_SID}
        if region != "us1":
            reference["region"] = region
        body = {"label": "A", "number": FIRST, "provider": reference}
        imported = await api.done("POST", NUMBERS, body)
        assert imported["provider"]["id"] == provider_id
        moved = await api.done("PATCH", f"{NUMBERS}/{imported['id']}", {"provider": reference})
        assert moved["provider"]["id"] == provider_id
        other = reference | {"region": "au1"}
        assert (await api.ask("PATCH", f"{NUMBERS}/{imported['id']}", {"provider": other}))[0] == 404


@pytest.mark.parametrize(
    ("change", "status", "title"),
    [
        ({"number": STRANGER}, 400, "Phone number not found in provider account"),
        ({"number": "12025550101"}, 400, "Invalid request"),
        ({"number": None}, 400, "Invalid request"),
        ({"label": ""}, 400, "Invalid request"),
        ({"label": None}, 400, "Invalid request"),
        ({"agent_id": None}, 400, "Invalid request"),
        ({"agent_id": "agent_nobody"}, 404, "Agent not found"),
        ({"provider": {"id": "ata_nobody"}}, 404, "Provider not found"),
        ({"provider": "ata_nobody"}, 400, "Invalid request"),
        ({"provider": {}}, 400, "Invalid request"),
        ({"provider": {"id": "ata_nobody", "type": "twilio"}}, 400, "Invalid request"),
        ({"provider": {"type": "cartesia", "account_sid": ACCOUNT_SID}}, 400, "Invalid request"),
        ({"country": "US"}, 400, "Invalid request"),
    ],
)
async def test_imports_that_are_refused(change: dict[str, Any], status: int, title: str) -> None:
    """A number of somebody else's, a malformed or unknown field, an unknown agent or provider."""
    async with telephony() as api:
        provider_id = await api.provider()
        body = {"label": "A", "number": FIRST, "provider": {"id": provider_id}} | change
        found, error = await api.ask("POST", NUMBERS, body)
        assert (found, error["title"]) == (status, title)
        assert (await api.done("GET", NUMBERS))["data"] == []


async def test_a_body_without_its_fields() -> None:
    """The sentence names them."""
    async with telephony() as api:
        _, error = await api.ask("POST", NUMBERS, {"number": FIRST})
        assert "lacks label, provider" in error["message"]


async def test_a_number_is_imported_once() -> None:
    """409, under another provider too."""
    async with telephony() as api:
        number_id = await api.number(await api.provider("us1"))
        body = {"label": "B", "number": FIRST, "provider": {"id": await api.provider("ie1")}}
        status, error = await api.ask("POST", NUMBERS, body)
        assert (status, error["title"]) == (409, "Phone number already imported")
        assert number_id in error["message"]


async def test_a_key_that_does_not_see_the_number() -> None:
    """It can neither be imported with it nor moved under it."""
    async with telephony() as api:
        api.network.add_key(new_key("ie1", sees=frozenset({SECOND})))
        narrow = (
            await api.done(
                "POST",
                f"{NUMBERS}/providers",
                update_body(new_key("ie1"), account_sid=ACCOUNT_SID, region="ie1"),
            )
        )["id"]
        body = {"label": "A", "number": FIRST, "provider": {"id": narrow}}
        assert (await api.ask("POST", NUMBERS, body))[0] == 400
        number_id = await api.number(await api.provider("us1"))
        status, error = await api.ask("PATCH", f"{NUMBERS}/{number_id}", {"provider": {"id": narrow}})
        assert (status, error["title"]) == (400, "Phone number not found in provider account")
        assert (await api.done("GET", f"{NUMBERS}/{number_id}"))["provider"]["region"] == "us1"
        await api.number(narrow, SECOND)


async def test_a_key_that_was_revoked() -> None:
    """The provider stays; what needs Twilio fails, with Twilio's words."""
    async with telephony() as api:
        provider_id = await api.provider("au1")
        api.network.revoke_key(API_KEYS["au1"].sid)
        body = {"label": "A", "number": FIRST, "provider": {"id": provider_id}}
        status, error = await api.ask("POST", NUMBERS, body)
        assert (status, error["title"]) == (400, "Provider lookup failed")
        assert "Twilio in region au1 answered HTTP 401, 20003: Authenticate" in error["message"]
        assert [provider["id"] for provider in await api.done("GET", f"{NUMBERS}/providers")] == [provider_id]


async def test_updates() -> None:
    """Label, agent and provider, each by itself; null unassigns; the rest stays."""
    async with telephony() as api:
        here, there = await api.provider("us1"), await api.provider("ie1")
        path = f"{NUMBERS}/{await api.number(here)}"
        assert (await api.done("PATCH", path, {"label": "New"}))["label"] == "New"
        assert (await api.done("PATCH", path, {"agent_id": RECEPTION}))["agent"]["id"] == RECEPTION
        moved = await api.done("PATCH", path, {"provider": {"id": there}})
        assert (moved["provider"]["id"], moved["agent"]["id"], moved["label"]) == (there, RECEPTION, "New")
        assert (await api.done("PATCH", path, {"agent_id": None}))["agent"] is None
        every = await api.done("PATCH", path, {"label": "L", "agent_id": SUPPORT, "provider": {"id": here}})
        assert (every["label"], every["agent"]["id"], every["provider"]["id"]) == ("L", SUPPORT, here)
        assert await api.done("GET", path) == every


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"label": None}, 400),
        ({"number": SECOND}, 400),
        ({"agent_id": ""}, 400),
        ({"agent_id": 1}, 400),
        ({"provider": None}, 400),
        ({"label": "New", "agent_id": "agent_nobody"}, 404),
        ({"label": "New", "provider": {"id": "ata_nobody"}}, 404),
    ],
)
async def test_updates_that_change_nothing(body: dict[str, object], status: int) -> None:
    """All of an update or nothing of it."""
    async with telephony() as api:
        path = f"{NUMBERS}/{await api.number(await api.provider())}"
        before = await api.done("GET", path)
        assert (await api.ask("PATCH", path, body))[0] == status
        assert await api.done("GET", path) == before


async def test_deleting() -> None:
    """400 while an agent answers it, then 204 and gone; it can be imported again."""
    async with telephony() as api:
        provider_id = await api.provider()
        path = f"{NUMBERS}/{await api.number(provider_id, agent_id=SUPPORT)}"
        status, error = await api.ask("DELETE", path)
        assert (status, error["title"]) == (400, "Phone number is assigned")
        await api.done("PATCH", path, {"agent_id": None})
        assert await api.ask("DELETE", path) == (204, None)
        for method in ("GET", "DELETE"):
            assert (await api.ask(method, path))[0] == 404
        assert (await api.ask("PATCH", path, {"label": "x"}))[0] == 404
        await api.number(provider_id)


async def test_webhooks_that_cannot_be_set() -> None:
    """The import holds, without the agent; PATCH again once they can be."""
    async with telephony() as api:
        provider_id = await api.provider()
        api.network.agents.records.webhooks_fail = True
        body = {"label": "A", "number": FIRST, "provider": {"id": provider_id}, "agent_id": SUPPORT}
        status, error = await api.ask("POST", NUMBERS, body)
        assert (status, error["title"]) == (400, "Webhook configuration failed")
        (number,) = (await api.done("GET", NUMBERS))["data"]
        assert number["agent"] is None
        path = f"{NUMBERS}/{number['id']}"
        assert (await api.ask("PATCH", path, {"agent_id": SUPPORT}))[0] == 400
        await api.number(provider_id, SECOND)
        api.network.agents.records.webhooks_fail = False
        assert (await api.done("PATCH", path, {"agent_id": SUPPORT}))["agent"]["id"] == SUPPORT


async def test_filters_of_the_list() -> None:
    """By agent, provider, kind and words, in any combination."""
    async with telephony() as api:
        here, there = await api.provider("us1"), await api.provider("ie1")
        await api.number(here, FIRST, agent_id=SUPPORT)
        await api.number(there, SECOND, label="Dublin")
        await api.number(there, THIRD, agent_id=RECEPTION)

        async def found(**query: str) -> list[str]:
            page = await api.done("GET", NUMBERS, **query)
            return [number["number"] for number in page["data"]]

        assert await found() == [FIRST, SECOND, THIRD]
        assert await found(agent_id=SUPPORT) == [FIRST]
        assert await found(provider_id=there) == [SECOND, THIRD]
        assert await found(provider_id=there, agent_id=SUPPORT) == []
        assert await found(type="twilio", q="dublin") == [SECOND]
        assert await found(type="cartesia") == []
        assert await found(q="0103") == [THIRD]
        assert await found(q="reception") == [THIRD]
        assert (await api.ask("GET", NUMBERS, type="carrier"))[0] == 400
        assert (await api.ask("GET", NUMBERS, label="x"))[0] == 400


async def test_pages() -> None:
    """Forwards and backwards, each number once; `has_more` is about what lies in that direction."""
    async with telephony() as api:
        provider_id = await api.provider()
        ids = [await api.number(provider_id, number) for number in (FIRST, SECOND, THIRD)]

        async def page(**query: str) -> tuple[list[str], bool]:
            answer = await api.done("GET", NUMBERS, **query)
            assert answer.keys() == {"data", "has_more"}
            return [number["id"] for number in answer["data"]], answer["has_more"]

        assert await page(limit="2") == (ids[:2], True)
        assert await page(limit="2", starting_after=ids[1]) == (ids[2:], False)
        assert await page(limit="1", ending_before=ids[2]) == ([ids[1]], True)
        assert await page(limit="2", ending_before=ids[2]) == (ids[:2], False)
        assert await page(starting_after=ids[2]) == ([], False)
        for query in (
            {"limit": "0"},
            {"limit": "101"},
            {"limit": "ten"},
            {"limit": "1" * 5000},
            {"starting_after": "ap_nobody"},
            {"starting_after": ids[0], "ending_before": ids[2]},
        ):
            assert (await api.ask("GET", NUMBERS, **query))[0] == 400


async def test_the_numbers_of_an_agent() -> None:
    """A bare array in the shape that Cartesia's SDK knows; 404 for an unknown agent."""
    async with telephony() as api:
        provider_id = await api.provider()
        await api.number(provider_id, FIRST, agent_id=SUPPORT)
        await api.number(provider_id, SECOND)
        (number,) = await api.done("GET", f"/agents/{SUPPORT}/phone-numbers")
        assert (number["agent_id"], number["number"], number["is_cartesia_managed"]) == (
            SUPPORT,
            FIRST,
            False,
        )
        assert await api.done("GET", f"/agents/{RECEPTION}/phone-numbers") == []
        assert (await api.ask("GET", "/agents/agent_nobody/phone-numbers"))[0] == 404
