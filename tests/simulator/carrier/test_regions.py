"""One host per region: whose credentials it takes, which calls it knows, and how they sign."""

from __future__ import annotations

from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client

from cartesia_simulator.carrier.regions import Credentials, SimulatedKey
from tests.simulator.customer import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    CALLER_ID,
    REGIONAL_TOKENS,
    SAY_AND_HANG_UP,
    TO,
    VERIFIED_NUMBER,
    Customer,
    customer_of,
)

TOKENS = {"us1": AUTH_TOKEN, **REGIONAL_TOKENS}
WAIT = '<Response><Pause length="600"/></Response>'
IE1_KEY = SimulatedKey(region="ie1", sid="SK" + "1" * 32, secret="not-a-real-secret-ie1")
ACCOUNT = f"/2010-04-01/Accounts/{ACCOUNT_SID}"
ROUTE = f"/v2/PhoneNumbers/{CALLER_ID}"


async def asked(
    customer: Customer,
    region: str,
    path: str,
    *,
    login: tuple[str, str] | None = None,
    form: dict[str, str] | None = None,
) -> tuple[int, dict[str, Any]]:
    """Status and JSON of a plain request to a region's host, by default with that region's auth token."""
    headers = {"Authorization": aiohttp.encode_basic_auth(*(login or (ACCOUNT_SID, TOKENS[region])))}
    method, url = "GET" if form is None else "POST", customer.carrier.urls[region] + path
    async with (
        aiohttp.ClientSession(headers=headers) as session,
        session.request(method, url, data=form) as answer,
    ):
        return answer.status, await answer.json()


def placing(caller_id: str = CALLER_ID, twiml: str = WAIT, **parameters: Any) -> Any:
    return lambda client: client.calls.create(to=TO, from_=caller_id, twiml=twiml, **parameters)


@pytest.mark.parametrize("host", TOKENS)
@pytest.mark.parametrize("origin", TOKENS)
async def test_an_auth_token_belongs_to_its_region(host: str, origin: str) -> None:
    """Elsewhere it is 401, 20003, `Authenticate`."""
    async with customer_of() as customer:
        status, answer = await asked(
            customer, host, f"{ACCOUNT}/Calls.json", login=(ACCOUNT_SID, TOKENS[origin])
        )
        if host == origin:
            assert (status, answer["calls"]) == (200, [])
        else:
            assert (status, answer["code"], answer["message"]) == (401, 20003, "Authenticate")
        assert [(request.region, request.http_status) for request in customer.carrier.requests] == [
            (host, status)
        ]


async def test_an_api_key_belongs_to_its_region() -> None:
    """Made at any time for one region; revoked, it is refused there too."""
    async with customer_of() as customer:
        path = f"{ACCOUNT}/Calls.json"
        us1, ie1 = (API_KEY_SID, API_KEY_SECRET), (IE1_KEY.sid, IE1_KEY.secret)
        assert (await asked(customer, "us1", path, login=us1))[0] == 200
        assert (await asked(customer, "ie1", path, login=us1))[0] == 401
        assert (await asked(customer, "ie1", path, login=ie1))[0] == 401
        customer.carrier.credentials.add(IE1_KEY)
        assert (await asked(customer, "ie1", path, login=ie1))[0] == 200
        assert (await asked(customer, "us1", path, login=ie1))[0] == 401
        assert (await asked(customer, "ie1", path, login=(IE1_KEY.sid, "wrong")))[0] == 401
        customer.carrier.credentials.revoke(IE1_KEY.sid)
        assert (await asked(customer, "ie1", path, login=ie1))[0] == 401


def test_unknown_keys_cannot_be_revoked() -> None:
    """Nor does a key show its secret."""
    credentials = Credentials([IE1_KEY])
    assert credentials.find("us1", IE1_KEY.sid) is None
    assert credentials.find("ie1", IE1_KEY.sid) == IE1_KEY
    assert IE1_KEY.secret not in repr(IE1_KEY)
    credentials.revoke(IE1_KEY.sid)
    with pytest.raises(KeyError):
        credentials.revoke(IE1_KEY.sid)


async def test_a_call_belongs_to_the_region_that_placed_it() -> None:
    """Elsewhere it is neither shown (20404) nor listed nor changed."""
    async with customer_of() as customer:
        token = {"password": TOKENS["ie1"], "region": "ie1"}
        placed = await customer.ask(placing(), **token)
        assert customer.call.region == "ie1"
        for region in ("us1", "au1"):
            elsewhere = {"password": TOKENS[region], "region": region}
            assert await customer.ask(lambda client: client.calls.list(), **elsewhere) == []
            for request in (
                lambda client: client.calls(placed.sid).fetch(),
                lambda client: client.calls(placed.sid).update(status="completed"),
            ):
                with pytest.raises(TwilioRestException) as refused:
                    await customer.ask(request, **elsewhere)
                assert (refused.value.status, refused.value.code) == (404, 20404)
            debugger = f"{ACCOUNT}/Calls/{placed.sid}/Notifications.json"
            assert (await asked(customer, region, debugger))[0] == 404
        assert not customer.call.is_over
        (listed,) = await customer.ask(lambda client: client.calls.list(), **token)
        assert listed.sid == placed.sid
        await customer.ask(lambda client: client.calls(placed.sid).update(status="completed"), **token)
        assert customer.call.ended_by == "api"


async def test_callees_and_records_are_those_of_the_account() -> None:
    """Calls of all regions stand in one record, in order of creation."""
    async with customer_of() as customer:
        for region, token in TOKENS.items():
            await customer.ask(placing(), password=token, region=region)
        assert [call.region for call in customer.carrier.calls.values()] == list(TOKENS)


@pytest.mark.parametrize("region", TOKENS)
async def test_what_a_call_sends_is_signed_with_the_token_of_its_region(region: str) -> None:
    """Status callbacks, a fetched document and the media stream alike; no other region's token fits."""
    async with customer_of() as customer:
        customer.document = customer.connect()
        await customer.ask(
            lambda client: client.calls.create(
                to=TO,
                from_=CALLER_ID,
                url=f"{customer.own_url}/document",
                status_callback=f"{customer.own_url}/callbacks/secret",
            ),
            password=TOKENS[region],
            region=region,
        )
        peer = await customer.peer()
        stream_signature = peer.headers["x-twilio-signature"]
        await peer.socket.close()
        await customer.until_over()
        await customer.until(lambda: len(customer.callbacks) == 2)
        for other, token in TOKENS.items():
            validator = RequestValidator(token)
            assert validator.validate(customer.stream_url(), {}, stream_signature) is (other == region)
            for callback in customer.callbacks:
                signature = callback.headers["X-Twilio-Signature"]
                assert validator.validate(callback.url, callback.form, signature) is (other == region)


@pytest.mark.parametrize("region", TOKENS)
async def test_bought_numbers_are_good_everywhere(region: str) -> None:
    """As caller IDs, and on the list."""
    async with customer_of() as customer:
        await customer.ask(placing(), password=TOKENS[region], region=region)
        _, page = await asked(customer, region, f"{ACCOUNT}/IncomingPhoneNumbers.json")
        assert [entry["phone_number"] for entry in page["incoming_phone_numbers"]] == [CALLER_ID]


@pytest.mark.parametrize("region", TOKENS)
async def test_ie1_has_no_verified_caller_ids(region: str) -> None:
    """There they are no caller IDs, and their list is no endpoint."""
    async with customer_of() as customer:
        status, answer = await asked(customer, region, f"{ACCOUNT}/OutgoingCallerIds.json")
        request = customer.ask(placing(VERIFIED_NUMBER), password=TOKENS[region], region=region)
        if region != "ie1":
            assert [entry["phone_number"] for entry in answer["outgoing_caller_ids"]] == [VERIFIED_NUMBER]
            await request
            return
        assert (status, answer["message"]) == (404, "Endpoint is not supported in realm 'ie1'")
        with pytest.raises(TwilioRestException) as refused:
            await request
        assert (refused.value.status, refused.value.code) == (400, 21210)


async def test_a_key_that_does_not_see_a_number() -> None:
    """It finds it on no list, and may not call from it."""
    async with customer_of() as customer:
        blind = SimulatedKey(region="ie1", sid=IE1_KEY.sid, secret=IE1_KEY.secret, sees=frozenset())
        customer.carrier.credentials.add(blind)
        key = (blind.sid, blind.secret)
        _, page = await asked(customer, "ie1", f"{ACCOUNT}/IncomingPhoneNumbers.json", login=key)
        assert page["incoming_phone_numbers"] == []
        assert (await asked(customer, "ie1", ROUTE, login=key))[0] == 404
        form = {"To": TO, "From": CALLER_ID, "Twiml": SAY_AND_HANG_UP}
        status, answer = await asked(customer, "ie1", f"{ACCOUNT}/Calls.json", form=form, login=key)
        assert (status, answer["code"]) == (400, 21210)


async def test_which_region_answers_a_number() -> None:
    """us1 at first; whatever is set in one region is known in all."""
    async with customer_of() as customer:
        status, answer = await asked(customer, "us1", ROUTE)
        assert (status, answer["phone_number"], answer["voice_region"]) == (200, CALLER_ID, "us1")
        status, answer = await asked(customer, "us1", ROUTE, form={"VoiceRegion": "ie1"})
        assert (status, answer["voice_region"]) == (200, "ie1")
        assert (await asked(customer, "au1", ROUTE))[1]["voice_region"] == "ie1"
        assert customer.carrier.voice_regions == {CALLER_ID: "ie1"}
        for form in ({"VoiceRegion": "br1"}, {}, {"VoiceRegion": "ie1", "Region": "ie1"}):
            assert (await asked(customer, "us1", ROUTE, form=form))[0] == 400
        for number_of_others in ({"VoiceRegion": "ie1"}, None):
            path = ROUTE.replace(CALLER_ID, TO)
            assert (await asked(customer, "us1", path, form=number_of_others))[0] == 404
        assert TO not in customer.carrier.voice_regions


async def test_the_real_library_reads_a_numbers_region() -> None:
    """`routes.v2.phone_numbers`, as twilio-python deserialises it."""

    def read(client: Client) -> Any:
        client.routes.base_url = client.api.base_url
        return client.routes.v2.phone_numbers(CALLER_ID).fetch()

    async with customer_of() as customer:
        assert (await customer.ask(read)).voice_region == "us1"


async def test_faults_hold_in_every_region() -> None:
    """What is broken on purpose is broken everywhere."""
    async with customer_of("answers,ring:0s", "auth-401") as customer:
        for region in TOKENS:
            assert (await asked(customer, region, f"{ACCOUNT}/Calls.json"))[0] == 401


async def test_each_region_has_an_address_of_its_own() -> None:
    """us1's is the one that `start` returned."""
    async with customer_of() as customer:
        assert customer.carrier.urls.keys() == TOKENS.keys()
        assert len(set(customer.carrier.urls.values())) == len(TOKENS)
        assert customer.carrier.urls["us1"] == customer.carrier_url
