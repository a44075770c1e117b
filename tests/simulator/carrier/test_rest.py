"""The REST API's faults, records and refusals that the real library cannot provoke."""

from __future__ import annotations

import asyncio
from typing import Any

import aiohttp
import pytest
from twilio.base.exceptions import TwilioRestException

from cartesia_simulator.carrier.rest import RecordedRequest
from tests.simulator.customer import ACCOUNT_SID, AUTH_TOKEN, CALLER_ID, TO, Customer, customer_of

WAIT = '<Response><Pause length="600"/></Response>'
CALLS = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls.json"


async def refusal_of_place(customer: Customer, **parameters: Any) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as refused:
        await customer.place(**parameters)
    return refused.value.status, refused.value.code


async def refusal_of_update(customer: Customer, **parameters: Any) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as refused:
        await customer.update(**parameters)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("place-429", 429, 20429),
        ("auth-401", 401, 20003),
        ("geo-21215", 400, 21215),
        ("from-21210", 400, 21210),
        ("to-21211", 400, 21211),
    ],
)
async def test_faults_that_place_nothing(fault: str, status: int, code: int) -> None:
    """The request is refused, and there is no call."""
    async with customer_of("answers,ring:0s", fault) as customer:
        assert await refusal_of_place(customer) == (status, code)
        assert customer.carrier.calls == {}


@pytest.mark.parametrize("resource", ["IncomingPhoneNumbers", "OutgoingCallerIds"])
async def test_fault_from_21210_hides_the_caller_id(resource: str) -> None:
    """A number that is refused as a caller ID is on neither list."""
    async with customer_of("answers", "from-21210") as customer, aiohttp.ClientSession() as session:
        auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}
        url = customer.carrier_url + CALLS.replace("Calls", resource)
        async with session.get(url, headers=auth) as answer:
            page = await answer.json()
    assert [entries for entries in page.values() if isinstance(entries, list)] == [[]]


async def test_fault_place_500_places_the_call() -> None:
    """That is why a 5xx is an unknown outcome."""
    async with customer_of("answers,ring:0s", "place-500") as customer:
        assert await refusal_of_place(customer) == (500, 20500)
        assert customer.call.to == TO


async def test_fault_place_timeout_places_the_call_and_never_answers() -> None:
    """The connection is held until the client leaves."""
    async with customer_of("answers,ring:0s", "place-timeout") as customer:
        auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}
        form = {"To": TO, "From": CALLER_ID, "Twiml": WAIT}
        async with aiohttp.ClientSession() as session:
            placing = asyncio.create_task(session.post(customer.carrier_url + CALLS, data=form, headers=auth))
            await customer.until(lambda: bool(customer.carrier.calls))
            await customer.until(lambda: customer.call.status == "in-progress")
            assert not placing.done()
            placing.cancel()
            await asyncio.wait({placing})
        assert customer.carrier.requests[0].http_status is None


@pytest.mark.parametrize(("fault", "expected"), [("hangup-500", (500, 20500)), ("hangup-404", (404, 20404))])
async def test_faults_that_refuse_to_hang_up(fault: str, expected: tuple[int, int]) -> None:
    """Every time, by status and by TwiML; a time limit can still be set."""
    async with customer_of("answers,ring:0s", fault) as customer:
        await customer.place(twiml=WAIT)
        await customer.until(lambda: customer.call.status == "in-progress")
        for parameters in ({"status": "completed"}, {"status": "completed"}, {"twiml": "<Response/>"}):
            assert await refusal_of_update(customer, **parameters) == expected
        assert not customer.call.is_over
        await customer.update(time_limit=1)
        await customer.until_over()


async def test_fault_hangup_ignored() -> None:
    """200, a resource that is still in progress, and the call goes on."""
    async with customer_of("answers,ring:0s", "hangup-ignored") as customer:
        await customer.place(twiml=WAIT)
        await customer.until(lambda: customer.call.status == "in-progress")
        assert (await customer.update(status="completed")).status == "in-progress"
        assert (await customer.update(twiml="<Response/>")).status == "in-progress"
        assert not customer.call.is_over


async def test_requests_are_recorded() -> None:
    """Method, path, parameters, moment and answer, in order of arrival; wrong ones too."""
    async with customer_of() as customer:
        await customer.place(
            twiml=WAIT,
            status_callback=f"{customer.own_url}/callbacks/x",
            status_callback_event=["ringing", "answered"],
        )
        await refusal_of_place(customer, to="nobody")
        await customer.update(status="completed")
        placed, wrong, ended = customer.carrier.requests
        assert placed == RecordedRequest(
            method="POST",
            path=CALLS,
            parameters={
                "To": TO,
                "From": CALLER_ID,
                "Twiml": WAIT,
                "StatusCallback": f"{customer.own_url}/callbacks/x",
                "StatusCallbackEvent": "ringing answered",
            },
            at_s=placed.at_s,
            http_status=201,
        )
        assert wrong.http_status == 400
        assert (ended.path, ended.http_status) == (CALLS.replace(".json", f"/{customer.call.sid}.json"), 200)
        assert placed.at_s <= wrong.at_s <= ended.at_s


@pytest.mark.parametrize("header", ["", "Bearer x", "Basic !", "Basic " + "x" * 9, "Basic Og=="])
async def test_malformed_credentials_are_refused(header: str) -> None:
    """With Twilio's body and a challenge."""
    async with (
        customer_of() as customer,
        aiohttp.ClientSession(headers={"Authorization": header}) as session,
        session.get(customer.carrier_url + CALLS) as answer,
    ):
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
        assert await answer.json() == {
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }


@pytest.mark.parametrize(
    ("method", "path", "status", "code"),
    [
        ("GET", "/2010-04-01/Accounts/AC1/Calls.json", 404, 20404),
        ("GET", f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json", 404, 20404),
        ("DELETE", CALLS, 405, 20004),
        ("GET", CALLS + "?StartTime>=yesterday", 400, 20422),
        ("GET", CALLS + "?Page=x", 400, 20422),
    ],
)
async def test_other_resources_are_refused_in_json(method: str, path: str, status: int, code: int) -> None:
    """Another account, an unknown path, a wrong method, a malformed filter."""
    async with customer_of() as customer, aiohttp.ClientSession() as session:
        auth = {"Authorization": aiohttp.encode_basic_auth(ACCOUNT_SID, AUTH_TOKEN)}
        async with session.request(method, customer.carrier_url + path, headers=auth) as answer:
            assert (answer.status, (await answer.json())["code"]) == (status, code)


async def test_parameters_without_effect_are_noted_on_the_call() -> None:
    """20001, readable as a notification."""
    async with customer_of() as customer:
        await customer.place(twiml=WAIT, record=True)
        assert [(entry.code, entry.is_warning) for entry in customer.call.warnings] == [(20001, True)]


async def test_a_port_that_is_taken_is_an_os_error() -> None:
    """And nothing is left of the attempt."""
    async with customer_of() as customer, customer_of() as other:
        port = int(other.carrier_url.rpartition(":")[2])
        await customer.carrier.stop()
        with pytest.raises(OSError, match="in use"):
            await customer.carrier.start(port=port)
