"""What Twilio tells about an account: against the built-in carrier, and against single odd answers.

Which region takes a number's calls, as Twilio's routing tells it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime
from decimal import Decimal
from functools import partial

import pytest

from cartesia_call.check_ports import AccountFacts, Balance, OwnedNumber
from cartesia_call.clock import SystemClock
from cartesia_call.errors import CarrierError, CarrierUnavailable, Unauthorized
from cartesia_call.vendors.twilio_account import TwilioAccount, TwilioRegion, product_base_url
from cartesia_simulator.callee import parse_callee
from cartesia_simulator.carrier.service import SimulatedCarrier
from cartesia_simulator.faults import FaultPlan, parse_fault
from cartesia_simulator.tones import ToneVoice
from tests.vendors.carriers import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    CALLER_ID,
    DIRECT,
)
from tests.vendors.http_peers import Behaviour, Peer, answering, read_request, serving, silent, unused_port

VERIFIED = "+12025550111"


@contextlib.asynccontextmanager
async def account_at(
    base_url: str, *, auth_token: str = AUTH_TOKEN, api_key: bool = False, connect_timeout_s: float = 10
) -> AsyncIterator[TwilioAccount]:
    account = TwilioAccount(
        account_sid=ACCOUNT_SID,
        auth_token=auth_token,
        api_key_sid=API_KEY_SID if api_key else None,
        api_key_secret=API_KEY_SECRET if api_key else None,
        base_url=base_url,
        connect_timeout_s=connect_timeout_s,
        network=DIRECT,
    )
    try:
        yield account
    finally:
        await account.close()


@contextlib.asynccontextmanager
async def account_of_carrier(
    *faults: str,
    auth_token: str = AUTH_TOKEN,
    balance: str | None = "25.00",
    profile_statuses: tuple[str, ...] = (),
) -> AsyncIterator[TwilioAccount]:
    carrier = SimulatedCarrier(
        SystemClock(),
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        owned_numbers=frozenset({CALLER_ID}),
        verified_numbers=frozenset({VERIFIED}),
        callee=parse_callee("answers"),
        faults=FaultPlan(map(parse_fault, faults)),
        voice=ToneVoice(),
        balance=balance,
        profile_statuses=profile_statuses,
    )
    try:
        async with account_at(await carrier.start(), auth_token=auth_token) as account:
            yield account
    finally:
        await carrier.stop()


def answering_by_path(answers: Mapping[str, tuple[int, object]]) -> Behaviour:
    """Answers by the last part of the path; anything else is a 404."""

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            request = await read_request(reader)
            peer.requests.append(request)
            status, body = answers.get(request.path.rpartition("/")[2], (404, {"code": 20404}))
            content = json.dumps(body).encode()
            writer.write(
                f"HTTP/1.1 {status} Told\r\nContent-Length: {len(content)}\r\n\r\n".encode() + content
            )
            await writer.drain()

    return behave


async def test_the_account_is_told_with_the_carriers_time() -> None:
    """Type, status, and the Date header."""
    before = SystemClock().utc_now().replace(microsecond=0)
    async with account_of_carrier() as account:
        facts = await account.account()
    assert (facts.is_trial, facts.status) == (False, "active")
    assert facts.answered_at is not None
    assert (facts.answered_at - before).total_seconds() < 60


async def test_a_trial_account_says_so() -> None:
    async with account_of_carrier("trial") as account:
        assert (await account.account()).is_trial is True


@pytest.mark.parametrize("balance", ["25.00", "0.00", "-1.25", None])
async def test_the_balance_is_told_or_is_none(balance: str | None) -> None:
    """A subaccount has none of its own."""
    told = None if balance is None else Balance(amount=Decimal(balance), currency="USD")
    async with account_of_carrier(balance=balance) as account:
        assert await account.balance() == told


@pytest.mark.parametrize("balance", ["25.00", None])
async def test_a_subaccount_is_known_by_its_owner(balance: str | None) -> None:
    async with account_of_carrier(balance=balance) as account:
        assert (await account.account()).is_subaccount is (balance is None)


@pytest.mark.parametrize(
    ("statuses", "has_one"),
    [((), False), (("draft", "twilio-rejected"), False), (("in-review", "twilio-approved"), True)],
)
async def test_only_an_approved_profile_counts(statuses: tuple[str, ...], has_one: bool) -> None:
    async with account_of_carrier(profile_statuses=statuses) as account:
        assert await account.has_customer_profile() is has_one


@pytest.mark.parametrize(
    "body",
    [
        {"balance": "NaN", "currency": "USD"},
        {"balance": "1e99999", "currency": "USD"},
        {"balance": True, "currency": "USD"},
        {"balance": "1.00", "currency": None},
        {"balance": "1.00", "currency": "$ and more"},
    ],
)
async def test_a_balance_that_is_none_is_not_believed(body: object) -> None:
    """An answer of anybody's."""
    async with serving(answering(200, body)) as peer, account_at(peer.url) as account:
        with pytest.raises(CarrierError):
            await account.balance()


@pytest.mark.parametrize("status", [401, 403])
async def test_a_key_that_may_not_read_the_balance_is_told_so(status: int) -> None:
    async with serving(answering(status, {"code": 20003})) as peer, account_at(peer.url) as account:
        with pytest.raises(Unauthorized):
            await account.balance()


async def test_numbers_are_owned_or_verified_or_unknown() -> None:
    """Only the very number counts, though the filter finds those that contain it."""
    async with account_of_carrier() as account:
        assert await account.owned_number(CALLER_ID) == OwnedNumber(takes_voice=True)
        assert await account.owned_number(CALLER_ID[:-1]) is None
        assert await account.owned_number(VERIFIED) is None
        assert await account.is_verified_number(VERIFIED)
        assert not await account.is_verified_number(CALLER_ID)


async def test_permissions_are_those_of_the_country() -> None:
    """Allowed, forbidden, and unknown to Twilio."""
    async with account_of_carrier() as account:
        assert await account.dialing_permission("US") is True
        assert await account.dialing_permission("ZZ") is None
    async with account_of_carrier("geo-21215") as account:
        assert await account.dialing_permission("US") is False


@pytest.mark.parametrize("question", ["account", "number", "permission"])
async def test_refused_credentials_are_unauthorized(question: str) -> None:
    """Whatever is asked, and without the token in the sentence."""
    async with account_of_carrier(auth_token="not-the-right-token") as account:
        questions: dict[str, Callable[[], Awaitable[object]]] = {
            "account": account.account,
            "number": partial(account.owned_number, CALLER_ID),
            "permission": partial(account.dialing_permission, "US"),
        }
        with pytest.raises(Unauthorized) as caught:
            await questions[question]()
    assert caught.value.hint
    assert "not-the-right-token" not in str(caught.value)


async def test_a_number_without_voice_says_so() -> None:
    entry = {"phone_number": CALLER_ID, "capabilities": {"voice": False, "sms": True}}
    found = answering(200, {"incoming_phone_numbers": [entry]})
    async with serving(found) as peer, account_at(peer.url) as account:
        assert await account.owned_number(CALLER_ID) == OwnedNumber(takes_voice=False)
    assert peer.requests[0].query == {"PhoneNumber": [CALLER_ID]}


async def test_a_key_that_may_not_see_the_account_is_still_good_for_calls() -> None:
    """The list of calls, which a call needs, decides; type and status stay unknown."""
    answers = {f"{ACCOUNT_SID}.json": (401, {"code": 20003}), "Calls.json": (200, {"calls": []})}
    async with serving(answering_by_path(answers)) as peer, account_at(peer.url, api_key=True) as account:
        assert await account.account() == AccountFacts(is_trial=None, status=None, answered_at=None)


@pytest.mark.parametrize("body", ["nonsense", [], {"type": None, "status": None}])
async def test_an_answer_that_says_nothing_is_no_bug(body: object) -> None:
    """No JSON object is a carrier's failure, an empty one means that nothing is known."""
    async with serving(answering(200, body)) as peer, account_at(peer.url) as account:
        if isinstance(body, dict):
            assert (await account.account()).is_trial is None
        else:
            with pytest.raises(CarrierError, match="cannot be understood"):
                await account.account()


@pytest.mark.parametrize("date", ["Sat, 21 Nov 2026 10:00:00 GMT", "yesterday", ""])
async def test_only_a_date_that_can_be_read_is_a_time(date: str) -> None:
    headers = f"Date: {date}\r\n" if date else ""
    async with serving(answering(200, {}, headers=headers)) as peer, account_at(peer.url) as account:
        answered_at = (await account.account()).answered_at
    assert answered_at == (datetime(2026, 11, 21, 10, tzinfo=UTC) if date.startswith("Sat") else None)


async def test_a_twilio_that_cannot_be_reached_is_unavailable() -> None:
    async with account_at(f"http://127.0.0.1:{await unused_port()}") as account:
        with pytest.raises(CarrierUnavailable):
            await account.account()


async def test_no_answer_is_waited_for_longer_than_the_limit() -> None:
    async with serving(silent) as peer, account_at(peer.url, connect_timeout_s=0.2) as account:
        with pytest.raises(CarrierError):
            await account.account()


@pytest.mark.parametrize(
    ("base_url", "voice"),
    [
        ("https://api.twilio.com", "https://voice.twilio.com"),
        ("https://api.dublin.ie1.twilio.com", "https://voice.dublin.ie1.twilio.com"),
        ("http://127.0.0.1:8080", "http://127.0.0.1:8080"),
        ("https://api.example.com", "https://api.example.com"),
    ],
)
def test_permissions_are_asked_for_where_they_are(base_url: str, voice: str) -> None:
    """Twilio has a host for each product; whatever stands in for Twilio has one for all."""
    assert product_base_url("voice", base_url) == voice


def region_at(base_url: str) -> TwilioRegion:
    return TwilioRegion(
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        api_key_sid=None,
        api_key_secret=None,
        base_url=base_url,
        connect_timeout_s=10,
        network=DIRECT,
    )


@pytest.mark.parametrize(
    ("status", "answer", "region"),
    [
        (200, {"voice_region": "IE1"}, "ie1"),
        (200, {"voice_region": None}, None),
        (200, {}, None),
        (404, {"code": 20404}, None),
        (401, {"code": 20003}, None),
        (403, {"code": 70051}, None),
    ],
)
async def test_the_region_is_told_or_not_known(status: int, answer: object, region: str | None) -> None:
    """A refusal is no failure of anything: routing may be no business of these credentials."""
    async with serving(answering(status, answer)) as peer:
        account = region_at(peer.url)
        assert await account.voice_region(CALLER_ID) == region
        await account.close()
    (request,) = peer.requests
    assert (request.method, request.path) == ("GET", f"/v2/PhoneNumbers/{CALLER_ID}")


@pytest.mark.parametrize("status", [429, 503])
async def test_what_may_pass_is_no_answer(status: int) -> None:
    """Else a busy Twilio would read as one that tells nothing."""
    async with serving(answering(status, {"code": 20429})) as peer:
        account = region_at(peer.url)
        with pytest.raises(CarrierError):
            await account.voice_region(CALLER_ID)
        await account.close()
