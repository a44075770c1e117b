"""What exactly is asked of Twilio, and how its answers are read."""

from __future__ import annotations

import asyncio
import base64
import dataclasses
import json
import logging
from datetime import UTC, datetime

import pytest

from cartesia_call.errors import CallNotFound, CarrierError
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus
from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.telephony.say_voices import SayVoice
from cartesia_call.vendors.twilio_calls import read_call
from cartesia_call.vendors.twiml import render_twiml
from tests.vendors.carriers import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    CALL_SID,
    CALLEE,
    CALLER_ID,
    REQUEST,
    carrier_at,
)
from tests.vendors.http_peers import Peer, ReceivedRequest, answering, read_request, serving

CALLS = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Calls"
CALL = {
    "sid": CALL_SID,
    "status": "completed",
    "to": CALLEE,
    "from": CALLER_ID,
    "date_created": "Fri, 20 Nov 2026 10:05:07 +0000",
    "duration": "12",
    "answered_by": "human",
    "price": "-0.01300",
    "price_unit": "USD",
}

GERMAN = SayVoice(name="Google.de-DE-Wavenet-G", locale="de-DE")
GO_ON = CallInstructions(stream_url=None, fallback_text="Go on.", voice=GERMAN)


def credentials(request: ReceivedRequest) -> str:
    scheme, _, encoded = request.headers["authorization"].partition(" ")
    assert scheme == "Basic"
    return base64.b64decode(encoded).decode()


def page(*calls: dict[str, str]) -> dict[str, object]:
    return {"calls": list(calls), "page": 0, "page_size": 100, "next_page_uri": None, "uri": f"{CALLS}.json"}


async def test_the_request_that_places_a_call() -> None:
    """Exactly these parameters, and nothing that was not asked for."""
    async with serving(answering(201, CALL)) as peer, carrier_at(peer.url) as carrier:
        await carrier.place(REQUEST)
    (request,) = peer.requests
    assert (request.method, request.path) == ("POST", f"{CALLS}.json")
    assert request.form == {
        "To": [CALLEE],
        "From": [CALLER_ID],
        "Twiml": [render_twiml(REQUEST.instructions)],
        "Timeout": ["30"],
        "TimeLimit": ["120"],
        "StatusCallback": ["https://calls.example.com/status/y"],
        "StatusCallbackMethod": ["GET"],
        "StatusCallbackEvent": ["initiated", "ringing", "answered", "completed"],
    }
    assert credentials(request) == f"{ACCOUNT_SID}:{AUTH_TOKEN}"


async def test_a_call_without_a_public_path_has_no_callbacks() -> None:
    instructions = CallInstructions(stream_url=None, fallback_text="Hello")
    plain = dataclasses.replace(REQUEST, status_callback_url=None, instructions=instructions)
    async with serving(answering(201, CALL)) as peer, carrier_at(peer.url) as carrier:
        await carrier.place(plain)
    assert set(peer.requests[0].form) == {"To", "From", "Twiml", "Timeout", "TimeLimit"}


async def test_an_api_key_is_used_where_there_is_one() -> None:
    async with serving(answering(200, CALL)) as peer, carrier_at(peer.url, api_key=True) as carrier:
        await carrier.fetch(CALL_SID)
    assert credentials(peer.requests[0]) == f"{API_KEY_SID}:{API_KEY_SECRET}"
    assert peer.requests[0].path == f"{CALLS}/{CALL_SID}.json"


async def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither Twilio's own variables nor a proxy's reach the client, which knows its settings already."""
    for name in ("TWILIO_REGION", "TWILIO_EDGE", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"):
        monkeypatch.setenv(name, "sydney")
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with serving(answering(200, CALL)) as peer, carrier_at(peer.url) as carrier:
        await carrier.fetch(CALL_SID)
    assert credentials(peer.requests[0]) == f"{ACCOUNT_SID}:{AUTH_TOKEN}"


async def test_updates_of_a_live_call() -> None:
    async with serving(answering(200, CALL)) as peer, carrier_at(peer.url) as carrier:
        await carrier.end(CALL_SID)
        await carrier.redirect(CALL_SID, GO_ON)
        await carrier.set_time_limit(CALL_SID, 900)
    assert {request.path for request in peer.requests} == {f"{CALLS}/{CALL_SID}.json"}
    assert [request.form for request in peer.requests] == [
        {"Status": ["completed"]},
        {"Twiml": [render_twiml(GO_ON)]},
        {"TimeLimit": ["900"]},
    ]


async def test_a_snapshot_is_read() -> None:
    async with serving(answering(200, CALL)) as peer, carrier_at(peer.url) as carrier:
        assert await carrier.fetch(CALL_SID) == CallSnapshot(
            call_sid=CALL_SID,
            status=CallStatus.COMPLETED,
            to=CALLEE,
            caller_id=CALLER_ID,
            created_at=datetime(2026, 11, 20, 10, 5, 7, tzinfo=UTC),
            duration_s=12,
            answered_by="human",
            price="-0.01300",
            price_unit="USD",
        )


@pytest.mark.parametrize("nothing", [None, ""])
async def test_fields_that_are_not_filled_yet(nothing: str | None) -> None:
    fresh = dict.fromkeys(CALL, nothing) | {"sid": CALL_SID, "status": "queued"}
    async with serving(answering(200, fresh)) as peer, carrier_at(peer.url) as carrier:
        snapshot = await carrier.fetch(CALL_SID)
    assert snapshot == CallSnapshot(call_sid=CALL_SID, status=CallStatus.QUEUED, to="", caller_id="")


async def test_a_status_that_nobody_knows_is_not_final() -> None:
    async with (
        serving(answering(200, CALL | {"status": "bridging"})) as peer,
        carrier_at(peer.url) as carrier,
    ):
        assert not (await carrier.fetch(CALL_SID)).status.is_final


async def test_find_asks_by_numbers_and_compares_times_itself() -> None:
    """A `StartTime` filter would miss a queued call. Clocks may differ by two seconds."""
    since = datetime(2026, 11, 20, 10, 5, 9, tzinfo=UTC)
    second = "Fri, 20 Nov 2026 10:05:{} +0000"
    times = {"CA1": second.format("10"), "CA2": second.format("07"), "CA3": second.format("06"), "CA4": ""}
    calls = [CALL | {"sid": sid, "date_created": created} for sid, created in times.items()]
    async with serving(answering(200, page(*calls))) as peer, carrier_at(peer.url) as carrier:
        found = await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=since)
    assert [call.call_sid for call in found] == ["CA1", "CA2"]
    (request,) = peer.requests
    assert request.query == {"To": [CALLEE], "From": [CALLER_ID], "PageSize": ["100"]}


async def test_nothing_is_found() -> None:
    async with serving(answering(200, page())) as peer, carrier_at(peer.url) as carrier:
        since = datetime(2026, 11, 20, tzinfo=UTC)
        assert await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=since) == []


@pytest.mark.parametrize("body", ["{}", "[]", "<html>", '{"calls": [{}], "page": 0}'])
async def test_a_list_that_cannot_be_read(body: str) -> None:
    async with serving(answering(200, body)) as peer, carrier_at(peer.url) as carrier:
        with pytest.raises(CarrierError, match="cannot be understood"):
            await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=datetime(2026, 1, 1, tzinfo=UTC))


@pytest.mark.parametrize("sid", ["", "../Messages", "CA1.json?x=", "CA 1", "CA1/Notifications"])
async def test_what_is_no_sid_is_not_put_into_a_path(sid: str) -> None:
    async with serving(answering(200, CALL)) as peer, carrier_at(peer.url) as carrier:
        with pytest.raises(CallNotFound):
            await carrier.end(sid)
    assert peer.requests == []


def entry(code: int | str, second: int, **more: object) -> dict[str, object]:
    """A debugger's entry as the list shows it, noted at a second of one minute."""
    date = f"Fri, 20 Nov 2026 10:05:{second:02} +0000"
    words = {"message_text": "Msg=Something&LogLevel=ERROR", "more_info": "https://www.twilio.com/docs/x"}
    return {"error_code": str(code), "log": "0", "message_date": date, "date_created": date, **words, **more}


def notifications(*entries: dict[str, object]) -> dict[str, object]:
    uri = f"{CALLS}/{CALL_SID}/Notifications.json"
    return {"notifications": list(entries), "page": 0, "page_size": 50, "next_page_uri": None, "uri": uri}


async def test_notes_are_read_newest_first() -> None:
    """One bounded request; code, level and text of each entry."""
    entries = (entry(31930, 7, log="1"), entry(31903, 9), entry(99999, 8))
    async with serving(answering(200, notifications(*entries))) as peer, carrier_at(peer.url) as carrier:
        notes = await carrier.notes(CALL_SID)
    assert [(note.code, note.is_error, note.ended_stream) for note in notes] == [
        (31903, True, True),
        (99999, True, False),
        (31930, False, False),
    ]
    assert (notes[1].sentence, notes[1].hint) == ("Something", "See https://www.twilio.com/docs/x")
    (request,) = peer.requests
    assert (request.method, request.path) == ("GET", f"{CALLS}/{CALL_SID}/Notifications.json")
    assert request.query == {"PageSize": ["50"]}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"error_code": None, "message_text": "Msg=x&ErrorCode=31920"}, 31920),
        ({"error_code": None}, 0),
        ({"error_code": 31920, "log": 0}, 31920),
        ({"error_code": "", "message_text": None, "more_info": None, "message_date": None}, 0),
        ({"error_code": "x", "message_date": "soon", "date_created": None, "log": None}, 0),
    ],
)
async def test_an_entry_with_holes_is_still_a_note(fields: dict[str, object], code: int) -> None:
    page_of_notes = notifications(entry(1, 1) | fields)
    async with serving(answering(200, page_of_notes)) as peer, carrier_at(peer.url) as carrier:
        (note,) = await carrier.notes(CALL_SID)
    assert (note.code, note.is_error) == (code, True)
    assert note.sentence


async def test_no_notes_and_notes_that_cannot_be_read() -> None:
    async with serving(answering(200, notifications())) as peer, carrier_at(peer.url) as carrier:
        assert await carrier.notes(CALL_SID) == []
    async with serving(answering(200, {"notifications": "x"})) as peer, carrier_at(peer.url) as carrier:
        with pytest.raises(CarrierError, match="cannot be understood"):
            await carrier.notes(CALL_SID)


async def test_parallel_requests_get_their_own_answers() -> None:
    """Answers of requests that overlap are never mixed up."""
    together = asyncio.Barrier(5)

    async def echo_the_sid(_: Peer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        request = await read_request(reader)
        await together.wait()
        body = json.dumps(CALL | {"sid": request.path.rpartition("/")[2].removesuffix(".json")})
        writer.write(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())
        await writer.drain()

    sids = [f"CA{number}" for number in range(5)]
    async with asyncio.timeout(10), serving(echo_the_sid) as peer, carrier_at(peer.url) as carrier:
        snapshots = await asyncio.gather(*map(carrier.fetch, sids))
    assert [snapshot.call_sid for snapshot in snapshots] == sids


async def test_nothing_about_a_call_reaches_a_log(caplog: pytest.LogCaptureFixture) -> None:
    """The libraries' loggers would write numbers, account and callback addresses."""
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="twilio.http_client")
    async with serving(answering(200, page(CALL))) as peer, carrier_at(peer.url) as carrier:
        await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=datetime(2026, 1, 1, tzinfo=UTC))
    assert CALLEE.lstrip("+") not in caplog.text
    assert ACCOUNT_SID not in caplog.text


@pytest.mark.parametrize("call_sid", ["CA1; reboot", "CA1\nCA2", "", None, 7, "CA1/..", "C" * 65])
def test_a_sid_that_is_none_is_no_answer(call_sid: object) -> None:
    """It stands in addresses, and in commands that people paste."""
    with pytest.raises(ValueError, match="names no call"):
        read_call({**CALL, "sid": call_sid})
    assert read_call(CALL).call_sid == CALL_SID
