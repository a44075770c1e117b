"""The real `twilio` library against the built-in carrier: what it accepts, it would accept from Twilio."""

from __future__ import annotations

from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qs

import aiohttp
import pytest
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import Connect, VoiceResponse

from cartesia_call.clock import SystemClock
from tests.simulator.customer import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    CALLER_ID,
    TO,
    VERIFIED_NUMBER,
    Customer,
    StoppedClock,
    customer_of,
)

WAIT = '<Response><Pause length="600"/></Response>'
VALIDATOR = RequestValidator(AUTH_TOKEN)


async def test_a_created_call_is_read_field_by_field() -> None:
    """Types as the library expects them: strings, None, dates."""
    async with customer_of() as customer:
        call = await customer.place(twiml=WAIT)
        assert call.sid is not None
        assert call.sid.startswith("CA")
        assert len(call.sid) == 34
        assert (call.to, call._from, call.direction) == (TO, CALLER_ID, "outbound-api")
        assert (call.to_formatted, call.from_formatted) == ("(202) 555-0143", "(202) 555-0100")
        assert call.status == "queued"
        assert call.account_sid == ACCOUNT_SID
        assert call.api_version == "2010-04-01"
        assert isinstance(call.date_created, datetime)
        assert call.start_time is call.end_time is call.duration is call.price is call.answered_by is None
        assert call.price_unit == "USD"
        assert call.uri == f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls/{call.sid}.json"
        assert call.subresource_uris is not None
        assert call.subresource_uris["notifications"] == call.uri.replace(".json", "/Notifications.json")


async def test_a_fetched_call_follows_its_life() -> None:
    """Status, times and duration as strings."""
    clock = StoppedClock()
    async with customer_of(clock=clock) as customer:
        sid = str((await customer.place(twiml=WAIT)).sid)
        await customer.until(lambda: customer.call.status == "in-progress")
        live = await customer.ask(lambda client: client.calls(sid).fetch())
        assert (live.status, live.duration) == ("in-progress", None)
        assert isinstance(live.start_time, datetime)
        clock.moment_s += 2
        await customer.update(status="completed")
        over = await customer.ask(lambda client: client.calls(sid).fetch())
        assert (over.status, over.duration) == ("completed", "2")
        assert isinstance(over.end_time, datetime)


async def test_lists_filter_and_page() -> None:
    """The youngest first; by To, From, Status and date; over several pages; empty ones too."""
    async with customer_of() as customer:
        assert await customer.ask(lambda client: client.calls.list()) == []
        sids = [str((await customer.place(twiml=WAIT)).sid) for _ in range(3)]

        async def listed(**filters: Any) -> list[str]:
            found = await customer.ask(lambda client: client.calls.list(**filters))
            return [str(call.sid) for call in found]

        assert await listed() == sids[::-1]
        assert await listed(page_size=1) == sids[::-1]
        assert await listed(page_size=2, limit=2) == sids[:0:-1]
        assert await listed(to=TO, from_=CALLER_ID) == sids[::-1]
        assert await listed(to="+12025550144") == []
        assert await listed(status="completed") == []
        await customer.until(lambda: all(call.started_at for call in customer.carrier.calls.values()))
        now = SystemClock().utc_now()
        assert await listed(start_time_after=now - timedelta(days=1)) == sids[::-1]
        assert await listed(start_time_before=now - timedelta(days=1)) == []
        assert await listed(end_time_after=now - timedelta(days=1)) == []


async def test_a_call_that_is_not_dialled_yet_has_no_start_time_to_filter_by() -> None:
    """Asking by StartTime misses it, as the documentation lets one fear."""
    async with customer_of() as customer:
        await customer.place()
        yesterday = SystemClock().utc_now() - timedelta(days=1)
        assert await customer.ask(lambda client: client.calls.list(start_time_after=yesterday)) == []
        assert len(await customer.ask(lambda client: client.calls.list())) == 1


async def test_updates_end_and_redirect() -> None:
    """A finished call is 21220, an unknown one 20404."""
    async with customer_of() as customer:
        sid = str((await customer.place(twiml=WAIT)).sid)
        await customer.until(lambda: customer.call.status == "in-progress")
        ended = await customer.ask(lambda client: client.calls(sid).update(status="completed"))
        assert ended.status == "completed"
        assert await refusal(customer, lambda c: c.calls(sid).update(status="completed")) == (400, 21220)
        assert await refusal(customer, lambda c: c.calls(sid).update(twiml="<Response/>")) == (400, 21220)
        unknown = "CA" + "f" * 32
        assert await refusal(customer, lambda c: c.calls(unknown).fetch()) == (404, 20404)
        assert await refusal(customer, lambda c: c.calls(unknown).update(status="completed")) == (404, 20404)


async def refusal(customer: Customer, what: Any, **credentials: str) -> tuple[int, int | None]:
    with pytest.raises(TwilioRestException) as refused:
        await customer.ask(what, **credentials)
    return refused.value.status, refused.value.code


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"to": ""}, 21201),
        ({"from_": ""}, 21213),
        ({"to": "+0202"}, 21211),
        ({"to": "+19005550123"}, 21202),
        ({"time_limit": 864_000}, 20422),
        ({"to": CALLER_ID}, 21211),
        ({"from_": "+12025550199"}, 21210),
        ({"twiml": "x" * 4001}, 32018),
        ({"timeout": 0}, 21208),
        ({"status_callback": "https://under_score.example/"}, 21609),
        ({"status_callback_event": ["hung-up"]}, 21626),
    ],
)
async def test_wrong_requests_are_refused_as_twilio_would(parameters: dict[str, Any], code: int) -> None:
    """The exception carries HTTP status and code."""
    async with customer_of() as customer:
        asked = {"to": TO, "from_": CALLER_ID, "twiml": WAIT} | parameters
        assert await refusal(customer, lambda client: client.calls.create(**asked)) == (400, code)
        assert customer.carrier.calls == {}


async def test_credentials() -> None:
    """The token or an API key; anything else is 401 with 20003."""
    async with customer_of() as customer:
        by_key = {"username": API_KEY_SID, "password": API_KEY_SECRET}
        assert await customer.ask(lambda client: client.calls.list(), **by_key) == []
        for wrong in (
            {"password": "wrong"},
            {"username": API_KEY_SID, "password": AUTH_TOKEN},
            {"username": "AC" + "f" * 32},
        ):
            assert await refusal(customer, lambda c: c.calls(f"CA{'f' * 32}").fetch(), **wrong) == (
                401,
                20003,
            )


@pytest.mark.parametrize(("faults", "kind"), [((), "Full"), (("trial",), "Trial")])
async def test_the_account_says_what_it_is(faults: tuple[str, ...], kind: str) -> None:
    """A trial can be told before ringing."""
    async with customer_of("answers,ring:0s", *faults) as customer:
        account = await customer.ask(lambda client: client.api.v2010.accounts(ACCOUNT_SID).fetch())
        assert (account.sid, account.type, account.status) == (ACCOUNT_SID, kind, "active")


async def test_the_account_lists_its_numbers() -> None:
    """Bought ones and proven ones apart, each by number, each in pages; calls may come from both."""
    async with customer_of() as customer:

        async def owned(**filters: Any) -> list[Any]:
            return await customer.ask(lambda client: client.incoming_phone_numbers.list(**filters))

        async def verified(**filters: Any) -> list[Any]:
            return await customer.ask(lambda client: client.outgoing_caller_ids.list(**filters))

        (bought,) = await owned()
        assert (bought.phone_number, bought.friendly_name) == (CALLER_ID, "(202) 555-0100")
        assert bought.capabilities == {"voice": True, "sms": True, "mms": True, "fax": False}
        assert bought.sid.startswith("PN")
        assert isinstance(bought.date_created, datetime)
        assert bought.account_sid == ACCOUNT_SID
        assert [number.sid for number in await owned(phone_number=CALLER_ID)] == [bought.sid]
        assert await owned(phone_number=VERIFIED_NUMBER) == []
        (proven,) = await verified()
        assert (proven.phone_number, proven.account_sid) == (VERIFIED_NUMBER, ACCOUNT_SID)
        assert [number.sid for number in await verified(phone_number=VERIFIED_NUMBER)] == [proven.sid]
        assert await verified(phone_number=CALLER_ID) == []
        assert await verified(phone_number=VERIFIED_NUMBER[:-1]) == []
        assert (await customer.place(from_=VERIFIED_NUMBER)).sid is not None


async def test_the_balance_is_told() -> None:
    """A string, in the account's currency."""
    async with customer_of() as customer:
        balance = await customer.ask(lambda client: client.balance.fetch())
        assert (balance.account_sid, balance.balance, balance.currency) == (ACCOUNT_SID, "25.00", "USD")


async def test_customer_profiles_are_listed_by_status() -> None:
    """The Trust Hub's; a status that there is not is refused."""
    async with customer_of() as customer:

        def profiles(client: Client, status: str) -> Any:
            client.trusthub.base_url = customer.carrier_url
            return client.trusthub.v1.customer_profiles.list(status=status)

        (approved,) = await customer.ask(lambda client: profiles(client, "twilio-approved"))
        assert (approved.status, approved.account_sid) == ("twilio-approved", ACCOUNT_SID)
        assert isinstance(approved.date_created, datetime)
        assert await customer.ask(lambda client: profiles(client, "draft")) == []
        with pytest.raises(TwilioException, match="20422"):
            await customer.ask(lambda client: profiles(client, "fine"))


@pytest.mark.parametrize(("faults", "is_allowed"), [((), True), (("geo-21215",), False)])
async def test_dialing_permissions(faults: tuple[str, ...], is_allowed: bool) -> None:
    """Per country; an unknown one is 20404."""
    async with customer_of("answers,ring:0s", *faults) as customer:

        def country(client: Client, iso_code: str) -> Any:
            client.voice.base_url = customer.carrier_url
            return client.voice.v1.dialing_permissions.countries(iso_code).fetch()

        austria = await customer.ask(lambda client: country(client, "AT"))
        assert (austria.iso_code, austria.name, austria.country_codes) == ("AT", "Austria", ["+43"])
        assert austria.low_risk_numbers_enabled is is_allowed
        assert austria.high_risk_special_numbers_enabled is False
        assert austria.high_risk_tollfraud_numbers_enabled is False
        assert austria.url == "https://voice.twilio.com/v1/DialingPermissions/Countries/AT"
        assert await refusal(customer, lambda client: country(client, "ZZ")) == (404, 20404)
        wrong = {"password": "wrong"}
        assert await refusal(customer, lambda client: country(client, "AT"), **wrong) == (401, 20003)


async def test_every_answer_says_what_time_it_is() -> None:
    """In the `Date` header, refusals included."""
    async with customer_of() as customer, aiohttp.ClientSession() as session:
        async with session.get(f"{customer.carrier_url}/2010-04-01/Accounts/{ACCOUNT_SID}.json") as answer:
            assert answer.status == 401
            told = parsedate_to_datetime(answer.headers["Date"])
        assert abs(told - SystemClock().utc_now()) < timedelta(seconds=30)


async def test_notifications_are_listed() -> None:
    """Codes as strings, warnings as log 1, errors as log 0; an empty list too."""
    async with customer_of() as customer:
        sid = str((await customer.place(twiml=WAIT)).sid)
        assert await customer.ask(lambda client: client.calls(sid).notifications.list()) == []
        await customer.until(lambda: customer.call.status == "in-progress")
        bad = '<Response><Dance/><Connect><Stream url="ws://192.0.2.1/"/></Connect></Response>'
        await customer.update(twiml=bad)
        await customer.until_over()
        entries = await customer.ask(lambda client: client.calls(sid).notifications.list())
        assert {(entry.error_code, entry.log) for entry in entries} == {("12200", "1"), ("31922", "0")}
        assert all(entry.call_sid == sid for entry in entries)
        texts = {entry.error_code: parse_qs(entry.message_text) for entry in entries}
        assert texts["31922"]["Msg"] == ["Stream - WebSocket - URL Schema Not Supported: ws"]
        assert texts["31922"]["LogLevel"] == ["ERROR"]
        assert all(entry.more_info.endswith(f"/errors/{entry.error_code}") for entry in entries)
        assert all(isinstance(entry.message_date, datetime) for entry in entries)


async def test_what_blocked_a_call_is_listed_a_moment_after_its_end() -> None:
    """An error in Twilio's words, and nothing of it before."""
    async with customer_of("blocked,noted:32203@3s") as customer:
        sid = str((await customer.place(twiml=WAIT)).sid)
        await customer.until_over()
        assert await customer.ask(lambda client: client.calls(sid).notifications.list()) == []
        await customer.until(lambda: bool(customer.call.listed_warnings))
        (entry,) = await customer.ask(lambda client: client.calls(sid).notifications.list())
        assert (entry.error_code, entry.log) == ("32203", "0")
        assert parse_qs(entry.message_text)["Msg"] == ["SIP: Call blocked by Twilio"]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_callbacks_pass_the_validator(method: str) -> None:
    """Signed over the URL exactly as it is asked for, and over the form of a POST."""
    async with customer_of() as customer:
        await customer.place(
            twiml="<Response/>",
            status_callback=f"{customer.own_url}/callbacks/s%20e",
            status_callback_method=method,
            status_callback_event=["initiated", "ringing", "answered", "completed"],
        )
        await customer.until(lambda: len(customer.callbacks) == 4)
        for callback in customer.callbacks:
            assert callback.method == method
            signature = callback.headers["X-Twilio-Signature"]
            assert VALIDATOR.validate(callback.url, callback.form, signature)
            assert not VALIDATOR.validate(callback.url + "x", callback.form, signature)
            assert not RequestValidator("other").validate(callback.url, callback.form, signature)


async def test_the_upgrade_passes_the_validator() -> None:
    """Signed over the URL exactly as in the TwiML; no extension, no origin, Twilio's user agent."""
    async with customer_of() as customer:
        response = VoiceResponse()
        connect = Connect()
        connect.stream(url=customer.stream_url("/media/s%2Fe"))
        response.append(connect)
        response.hangup()
        await customer.place(twiml=str(response))
        peer = await customer.peer()
        headers = {name.lower(): value for name, value in peer.headers.items()}
        assert peer.path == "/media/s%2Fe"
        url = customer.stream_url(peer.path)
        assert VALIDATOR.validate(url, {}, headers["x-twilio-signature"])
        assert headers["user-agent"] == "Twilio.TmeWs/1.0"
        assert not {"origin", "sec-websocket-extensions", "sec-websocket-protocol"} & headers.keys()
        assert customer.call.warnings == []
