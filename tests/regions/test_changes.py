"""What a refusal means for the thing it is about, also where nothing more can be found out about it."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator

import pytest

from cartesia_call.errors import InputError, NumbersUnreachable, ServiceRefused
from cartesia_call.region_ports import ApiKey, HeldNumber, Provider
from cartesia_call.regions.changes import (
    add_provider,
    import_number,
    move_number,
    remove_number,
    remove_provider,
    update_provider,
)
from cartesia_call.vendors.cartesia_http import CartesiaApi
from cartesia_call.vendors.cartesia_telephony import CartesiaTelephony
from tests.regions.scene import ACCOUNT_SID, NUMBER
from tests.vendors.access import access_to
from tests.vendors.http_peers import Behaviour, Peer, read_request, serving

KEY = ApiKey(account_sid=ACCOUNT_SID, sid="SK" + "1" * 32, secret="evidently-fake")
PROVIDER = Provider(id="ata_1", type="twilio", account_sid=ACCOUNT_SID, region="ie1")
TRUNK = Provider(id="sip_1", type="sip_trunk")
HELD = HeldNumber(
    id="ap_1", number=NUMBER, label=None, agent_id="agent_1", agent_name="Anna", provider=PROVIDER
)


def refusing(status: int, **fields: object) -> Behaviour:
    """Refuses every change, and has no time for questions."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        answer = 503 if request.method == "GET" else status
        text = json.dumps({"title": "Refused", "message": "It cannot be.", **fields})
        head = f"HTTP/1.1 {answer} -\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        writer.write((head + text).encode())
        await writer.drain()

    return behave


@contextlib.asynccontextmanager
async def refused(status: int, **fields: object) -> AsyncIterator[CartesiaTelephony]:
    async with (
        serving(refusing(status, **fields)) as peer,
        CartesiaApi(access_to(peer.url)) as api,
    ):
        yield CartesiaTelephony(api)


async def test_a_provider_that_is_there_has_its_region_for_a_name() -> None:
    """Where its id cannot be found out."""
    async with refused(409) as record:
        with pytest.raises(ServiceRefused, match=r"has a provider for AC0+ in ie1 already") as error:
            await add_provider(record, KEY, region="ie1", label=None)
    assert "`cartesia-call providers update ie1`" in (error.value.hint or "")


async def test_unreachable_numbers_are_told_without_their_ids() -> None:
    """Where those cannot be found out."""
    async with refused(400, unreachable_numbers=[NUMBER]) as record:
        with pytest.raises(NumbersUnreachable, match=f"would become unreachable: \\{NUMBER}$") as error:
            await update_provider(record, PROVIDER, KEY, region=None)
    assert error.value.numbers == (NUMBER,)


async def test_a_region_that_is_taken_names_the_provider_to_update() -> None:
    """An update can meet it, too: it may change the region."""
    async with refused(409) as record:
        with pytest.raises(ServiceRefused, match=r"has a provider for AC0+ in au1 already") as error:
            await update_provider(record, PROVIDER, KEY, region="au1")
    assert error.value.hint == "`cartesia-call providers update au1` gives it this key"


async def test_a_refused_move_says_what_it_needs() -> None:
    """Beside Cartesia's own words."""
    async with refused(400) as record:
        with pytest.raises(ServiceRefused, match="It cannot be") as error:
            await move_number(record, HELD, provider=PROVIDER)
    assert f"the key of provider ata_1 (ie1) must see {NUMBER}" in (error.value.hint or "")


async def test_a_provider_in_use_is_told_without_its_numbers() -> None:
    """Where those cannot be found out."""
    async with refused(409) as record:
        with pytest.raises(ServiceRefused, match=r"provider ata_1 \(ie1\) has numbers yet$"):
            await remove_provider(record, PROVIDER)


async def test_a_refused_import_stays_what_it_is() -> None:
    """Where the number may be in, or not."""
    async with refused(400) as record:
        with pytest.raises(ServiceRefused, match="It cannot be"):
            await import_number(record, NUMBER, provider=PROVIDER, label="x", agent_id="agent_1")


async def test_a_number_in_use_names_its_agent() -> None:
    """As the record showed it."""
    async with refused(400) as record:
        with pytest.raises(ServiceRefused, match=r"is assigned to agent agent_1 \(Anna\)") as error:
            await remove_number(record, HELD)
    assert error.value.hint == "first `cartesia-call numbers unassign ap_1`"


async def test_other_refusals_are_not_explained_away() -> None:
    """A status that means something else says so itself."""
    async with refused(402) as record:
        for change in (
            add_provider(record, KEY, region="ie1", label=None),
            update_provider(record, PROVIDER, KEY, region=None),
            remove_provider(record, PROVIDER),
            import_number(record, NUMBER, provider=PROVIDER, label="x", agent_id=None),
            move_number(record, HELD, provider=PROVIDER),
            remove_number(record, HELD),
        ):
            with pytest.raises(ServiceRefused, match="It cannot be"):
                await change


async def test_a_trunk_has_no_key() -> None:
    """Nothing is sent."""
    async with refused(500) as record:
        with pytest.raises(InputError, match=r"sip_1 \(sip_trunk\) is a sip_trunk"):
            await update_provider(record, TRUNK, KEY, region=None)
