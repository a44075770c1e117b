"""Cartesia's record of credentials and numbers: what is sent, and what each answer means."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import pytest

from cartesia_call.errors import (
    CartesiaCallError,
    ChangeUnknown,
    InputError,
    NumbersUnreachable,
    ServiceRefused,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.region_ports import ApiKey, HeldNumber, Provider
from cartesia_call.vendors.cartesia_http import CartesiaApi
from cartesia_call.vendors.cartesia_telephony import CartesiaTelephony
from tests.vendors.access import access_to
from tests.vendors.carriers import ACCOUNT_SID, API_KEY_SECRET, API_KEY_SID
from tests.vendors.http_peers import Behaviour, Peer, ReceivedRequest, answering, read_request, serving

KEY = ApiKey(account_sid=ACCOUNT_SID, sid=API_KEY_SID, secret=API_KEY_SECRET)
NUMBER = "+12025550100"
PROVIDER = {
    "type": "twilio",
    "id": "ata_1",
    "account_sid": ACCOUNT_SID,
    "api_key_sid": "SK11****1111",
    "region": "ie1",
    "label": "Ireland",
}
HELD = {
    "id": "ap_1",
    "number": NUMBER,
    "label": "Alerts",
    "agent": {"id": "agent_1", "name": "Anna"},
    "provider": {"type": "twilio", "id": "ata_1"},
    "created_at": "2026-11-21T03:15:00Z",
    "updated_at": None,
}
Work = Callable[[CartesiaTelephony], Awaitable[object]]


def answering_in_turn(*answers: tuple[int, object]) -> Behaviour:
    """Answers the first request with the first, and so on; each connection serves one."""
    left = list(answers)

    async def behave(peer: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peer.requests.append(await read_request(reader))
        status, body = left.pop(0)
        text = "" if body is None else json.dumps(body)
        head = f"HTTP/1.1 {status} -\r\nContent-Length: {len(text)}\r\nConnection: close\r\n\r\n"
        writer.write((head + text).encode())
        await writer.drain()

    return behave


@contextlib.asynccontextmanager
async def record_at(behaviour: Behaviour) -> AsyncIterator[tuple[CartesiaTelephony, list[ReceivedRequest]]]:
    async with (
        serving(behaviour) as peer,
        CartesiaApi(access_to(peer.url, timeout_s=10)) as api,
    ):
        yield CartesiaTelephony(api), peer.requests


async def sent(work: Work, status: int, answer: object) -> tuple[str, str, object]:
    """Method, path and JSON body of the one request that `work` sends."""
    async with record_at(answering_in_turn((status, answer))) as (record, requests):
        await work(record)
    (request,) = requests
    return request.method, request.path, json.loads(request.body) if request.body else None


async def failure(work: Work, status: int, answer: object) -> CartesiaCallError:
    async with record_at(answering(status, answer)) as (record, _):
        with pytest.raises(CartesiaCallError) as raised:
            await work(record)
    assert API_KEY_SECRET not in f"{raised.value} {raised.value.hint}"
    return raised.value


def refusal(**fields: object) -> dict[str, object]:
    return {"title": "Refused", "message": "It cannot be.", "request_id": "0f1e", **fields}


@pytest.mark.parametrize("wrapped", [False, True])
async def test_providers_are_a_list_bare_or_wrapped(wrapped: bool) -> None:
    """The specification says bare; somebody reads it wrapped."""
    answer = {"data": [PROVIDER]} if wrapped else [PROVIDER]
    async with record_at(answering(200, answer)) as (record, _):
        (provider,) = await record.providers()
    assert provider == Provider(
        id="ata_1",
        type="twilio",
        account_sid=ACCOUNT_SID,
        api_key_sid="SK11****1111",
        region="ie1",
        label="Ireland",
    )


async def test_numbers_are_read_page_by_page() -> None:
    """Each page starts after the last number of the one before, and `has_more` says whether there is one."""
    second = {**HELD, "id": "ap_2", "agent": None, "provider": {"type": "cartesia"}}
    pages = ((200, {"data": [HELD], "has_more": True}), (200, {"data": [second], "has_more": False}))
    async with record_at(answering_in_turn(*pages)) as (record, requests):
        first, other = await record.numbers()
    assert first == HeldNumber(
        id="ap_1",
        number=NUMBER,
        label="Alerts",
        agent_id="agent_1",
        agent_name="Anna",
        provider=Provider(id="ata_1", type="twilio"),
        created_at="2026-11-21T03:15:00Z",
    )
    assert (other.agent_id, other.provider) == (None, Provider(id="", type="cartesia"))
    assert [request.query for request in requests] == [
        {"limit": ["100"]},
        {"limit": ["100"], "starting_after": ["ap_1"]},
    ]


@pytest.mark.parametrize("data", [[HELD], []])
async def test_a_list_that_never_ends_is_given_up(data: list[object]) -> None:
    """Whoever answers the same page for ever, or an empty one that is not the last."""
    error = await failure(lambda record: record.numbers(), 200, {"data": data, "has_more": True})
    assert isinstance(error, SpeechUnavailable)
    assert "does not end" in str(error)


@pytest.mark.parametrize(
    ("work", "answer", "expected"),
    [
        (
            lambda record: record.update_provider("ata_1", KEY, region=None),
            (200, PROVIDER),
            (
                "PATCH",
                "/agents/phone-numbers/providers/ata_1",
                {"type": "twilio", "api_key_sid": API_KEY_SID, "api_key_secret": API_KEY_SECRET},
            ),
        ),
        (
            lambda record: record.import_number(
                NUMBER, provider_id="ata_1", label="Alerts", agent_id="agent_1"
            ),
            (201, HELD),
            (
                "POST",
                "/agents/phone-numbers",
                {"label": "Alerts", "number": NUMBER, "provider": {"id": "ata_1"}, "agent_id": "agent_1"},
            ),
        ),
        (
            lambda record: record.import_number(NUMBER, provider_id="ata_1", label="Alerts", agent_id=None),
            (201, HELD),
            (
                "POST",
                "/agents/phone-numbers",
                {"label": "Alerts", "number": NUMBER, "provider": {"id": "ata_1"}},
            ),
        ),
        (
            lambda record: record.move_number("ap_1", provider_id="ata_2"),
            (200, HELD),
            ("PATCH", "/agents/phone-numbers/ap_1", {"provider": {"id": "ata_2"}}),
        ),
        (
            lambda record: record.assign_number("ap_1", agent_id=None),
            (200, HELD),
            ("PATCH", "/agents/phone-numbers/ap_1", {"agent_id": None}),
        ),
        (
            lambda record: record.remove_number("ap_1"),
            (204, None),
            ("DELETE", "/agents/phone-numbers/ap_1", None),
        ),
        (
            lambda record: record.remove_provider("a/../b"),
            (204, None),
            ("DELETE", "/agents/phone-numbers/providers/a%2F..%2Fb", None),
        ),
    ],
)
async def test_changes_are_sent_as_documented(
    work: Work, answer: tuple[int, object], expected: tuple[str, str, object]
) -> None:
    """Method, path and body; an id never leaves its place in the path."""
    assert await sent(work, *answer) == expected


@pytest.mark.parametrize("place", ["top", "detail", "objects"])
async def test_numbers_that_would_become_unreachable_are_facts(place: str) -> None:
    """Wherever in the answer the list stands, and as texts or as objects."""
    numbers: list[object] = [NUMBER] if place != "objects" else [{"id": "ap_1", "number": NUMBER}]
    listed = {"unreachable_numbers": numbers}
    answer = refusal(error=listed) if place == "detail" else refusal(**listed)
    error = await failure(lambda record: record.update_provider("ata_1", KEY, region=None), 400, answer)
    assert isinstance(error, NumbersUnreachable)
    assert error.numbers == (NUMBER,)


@pytest.mark.parametrize("is_new", [False, True])
async def test_a_key_that_twilio_refuses_is_unauthorized(is_new: bool) -> None:
    """Cartesia tries it first, and answers 400; its sentence is quoted."""

    async def work(record: CartesiaTelephony) -> object:
        if is_new:
            return await record.add_provider(KEY, region="ie1", label=None)
        return await record.update_provider("ata_1", KEY, region=None)

    error = await failure(work, 400, refusal(message=f"Twilio refused {API_KEY_SECRET}."))
    assert isinstance(error, Unauthorized)
    assert f"does not take the key {API_KEY_SID}" in str(error)


@pytest.mark.parametrize(
    ("work", "what"),
    [
        (lambda record: record.provider("ata_9"), "provider ata_9"),
        (lambda record: record.number("ap_9"), "number ap_9"),
        (lambda record: record.move_number("ap_9", provider_id="ata_9"), "number ap_9, or no provider ata_9"),
        (lambda record: record.assign_number("ap_9", agent_id="a"), "number ap_9, or no agent a"),
    ],
)
async def test_what_is_not_there_is_wrong_usage(work: Work, what: str) -> None:
    """404 says that something is not there, and the path which; of two things Cartesia's words tell."""
    error = await failure(work, 404, refusal(message="No such thing."))
    assert isinstance(error, InputError)
    said = ": No such thing." if ", or" in what else ""
    assert str(error) == f"Cartesia's record holds no {what}{said}"


async def test_other_refusals_keep_their_status() -> None:
    """Whoever knows more about the thing explains them."""
    error = await failure(lambda record: record.add_provider(KEY, region="ie1", label=None), 409, refusal())
    assert isinstance(error, ServiceRefused)
    assert error.http_status == 409


@pytest.mark.parametrize("answer", [None, [], {"data": 1}, {"data": [7]}, {"data": [{"id": "ap_1"}]}])
async def test_an_odd_list_is_not_taken_for_an_empty_one(answer: object) -> None:
    """What cannot be understood is said to be so."""
    error = await failure(lambda record: record.numbers(), 200, answer)
    assert isinstance(error, SpeechUnavailable)


async def test_an_odd_answer_to_a_change_leaves_it_open() -> None:
    """It was not refused, and what became of it is not known."""
    error = await failure(lambda record: record.move_number("ap_1", provider_id="ata_1"), 200, {"ok": True})
    assert isinstance(error, ChangeUnknown)


async def test_what_cartesia_says_cannot_steer_a_terminal() -> None:
    """Labels and names are one line of printable text."""
    async with record_at(answering(200, [{**PROVIDER, "label": "Ire\x1b[2Jland\n"}])) as (record, _):
        (provider,) = await record.providers()
    assert provider.label == "Ireland"
