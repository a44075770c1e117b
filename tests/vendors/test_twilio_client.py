"""The Twilio carrier against the strict simulated one, which answers wrong requests as Twilio would."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from websockets.asyncio.server import ServerConnection, serve

from cartesia_call.clock import SystemClock
from cartesia_call.errors import (
    CallNotFound,
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    PlacementUnknown,
    SettingsError,
    Unauthorized,
)
from cartesia_call.telephony.instructions import CallInstructions, CallRequest
from cartesia_call.vendors.twilio_client import TwilioCarrier
from cartesia_call.vendors.twiml import say_limits
from cartesia_simulator.callee import CalleeScript
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.service import SimulatedCarrier
from cartesia_simulator.faults import Fault, FaultPlan
from cartesia_simulator.tones import ToneVoice
from tests.vendors.carriers import (
    ACCOUNT_SID,
    API_KEY_SECRET,
    API_KEY_SID,
    AUTH_TOKEN,
    CALLEE,
    CALLER_ID,
    DIRECT,
    REQUEST,
    carrier_at,
)
from tests.vendors.http_peers import answering, serving

RINGS_FOR_LONG = CalleeScript(behaviour="no-answer")
ANSWERS = CalleeScript(ring_s=0.0)
SPOKEN = dataclasses.replace(
    REQUEST,
    instructions=CallInstructions(stream_url=None, fallback_text="word " * 200),
    status_callback_url=None,
)
UNKNOWN_SID = "CA" + "f" * 32
STREAM_SECRET = "a-secret-of-one-call-0123456789"


@contextlib.asynccontextmanager
async def simulated(
    *faults: str, callee: CalleeScript = RINGS_FOR_LONG
) -> AsyncIterator[tuple[SimulatedCarrier, str]]:
    network = SimulatedCarrier(
        SystemClock(),
        account_sid=ACCOUNT_SID,
        auth_token=AUTH_TOKEN,
        owned_numbers=frozenset({CALLER_ID}),
        callee=callee,
        faults=FaultPlan(Fault(name=name) for name in faults),
        voice=ToneVoice(),
        api_keys={API_KEY_SID: API_KEY_SECRET},
    )
    url = await network.start()
    try:
        yield network, url
    finally:
        await network.stop()


@pytest.mark.parametrize("api_key", [False, True])
async def test_a_call_is_placed_seen_and_ended(api_key: bool) -> None:
    async with simulated() as (network, url), carrier_at(url, api_key=api_key) as carrier:
        placed = await carrier.place(SPOKEN)
        assert list(network.calls) == [placed.call_sid]
        assert (placed.to, placed.caller_id) == (CALLEE, CALLER_ID)
        assert not placed.status.is_final
        assert (await carrier.fetch(placed.call_sid)).call_sid == placed.call_sid
        await carrier.set_time_limit(placed.call_sid, 600)
        ended = await carrier.end(placed.call_sid)
        assert ended.status.is_final
        with pytest.raises(CallNotFound) as failure:
            await carrier.end(placed.call_sid)
        assert failure.value.code == 21220


NOTHING = CallInstructions(stream_url=None, fallback_text=None)


@contextlib.asynccontextmanager
async def media_server() -> AsyncIterator[tuple[str, asyncio.Event, asyncio.Event]]:
    """Takes a media stream and says nothing: its address, and when a stream has started and has ended."""
    started, ended = asyncio.Event(), asyncio.Event()

    async def listen(connection: ServerConnection) -> None:
        async for message in connection:
            if json.loads(message)["event"] == "start":
                started.set()
        ended.set()

    async with serve(listen, "127.0.0.1", 0, close_timeout=0.2) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        yield f"ws://127.0.0.1:{port}/media/{STREAM_SECRET}", started, ended


def streaming_to(url: str) -> CallRequest:
    instructions = CallInstructions(stream_url=url, fallback_text="Behind the stream.")
    return dataclasses.replace(REQUEST, instructions=instructions, status_callback_url=None)


@contextlib.asynccontextmanager
async def streaming_call(*faults: str) -> AsyncIterator[tuple[SimulatedCall, TwilioCarrier, asyncio.Event]]:
    """An answered call whose media stream is up, and when that has ended."""
    async with (
        asyncio.timeout(10),
        media_server() as (url, started, ended),
        simulated(*faults, callee=ANSWERS) as (network, api_url),
        carrier_at(api_url) as carrier,
    ):
        placed = await carrier.place(streaming_to(url))
        await started.wait()
        yield network.calls[placed.call_sid], carrier, ended


async def until_over(carrier: TwilioCarrier, call_sid: str) -> None:
    while not (await carrier.fetch(call_sid)).status.is_final:
        pass


@pytest.mark.parametrize(("text", "said"), [("Go on.", ["Go on."]), (None, [])])
async def test_a_running_stream_is_replaced(text: str | None, said: list[str]) -> None:
    """The stream ends, what stood behind it is not spoken, the new text is, and the call ends by itself."""
    async with streaming_call() as (call, carrier, stream_ended):
        instructions = CallInstructions(stream_url=None, fallback_text=text)
        redirected = await carrier.redirect(call.sid, instructions)
        assert redirected.call_sid == call.sid
        await stream_ended.wait()
        await until_over(carrier, call.sid)
        assert call.said_by_carrier == said
        assert call.ended_by == "twiml"


async def test_a_replacement_of_the_right_length_is_spoken() -> None:
    """What `say_limits` allows is not refused."""
    text = "x" * say_limits(NOTHING).escaped_characters
    async with streaming_call() as (call, carrier, stream_ended):
        await carrier.redirect(call.sid, CallInstructions(stream_url=None, fallback_text=text))
        await stream_ended.wait()
        while not call.said_by_carrier:
            await carrier.fetch(call.sid)
        assert call.said_by_carrier == [text]


async def test_a_replacement_that_is_too_long_changes_nothing() -> None:
    """Cutting is for the caller; Twilio refuses more than 4000 characters and leaves the stream alone."""
    text = "x" * (say_limits(NOTHING).escaped_characters + 1)
    async with streaming_call() as (call, carrier, stream_ended):
        with pytest.raises(CarrierError) as failure:
            await carrier.redirect(call.sid, CallInstructions(stream_url=None, fallback_text=text))
        assert (type(failure.value), failure.value.code) == (CarrierError, 32018)
        assert (call.said_by_carrier, call.is_over, stream_ended.is_set()) == ([], False, False)


async def test_only_an_answered_call_can_be_redirected() -> None:
    """Before the answer and after the end Twilio says 21220 and does nothing."""
    async with simulated() as (network, url), carrier_at(url) as carrier:
        placed = await carrier.place(SPOKEN)
        for _ in range(2):
            with pytest.raises(CallNotFound) as failure:
                await carrier.redirect(placed.call_sid, NOTHING)
            assert failure.value.code == 21220
            assert not network.calls[placed.call_sid].said_by_carrier
            with contextlib.suppress(CallNotFound):
                await carrier.end(placed.call_sid)


@pytest.mark.parametrize(
    ("fault", "error"), [("hangup-404", CallNotFound), ("hangup-500", CarrierError), ("hangup-ignored", None)]
)
async def test_a_redirection_that_fails(fault: str, error: type[CarrierError] | None) -> None:
    """The stream goes on, also where the carrier claims that it did what was asked."""
    async with streaming_call(fault) as (call, carrier, stream_ended):
        with pytest.raises(error) if error else contextlib.nullcontext():
            await carrier.redirect(call.sid, CallInstructions(stream_url=None, fallback_text="Go on."))
        assert (call.said_by_carrier, call.is_over, stream_ended.is_set()) == ([], False, False)


async def test_the_notes_of_a_stream_that_could_not_be_opened() -> None:
    """Why, and that it is over; never the address's secret."""
    async with (
        simulated(callee=ANSWERS) as (_, url),
        carrier_at(url) as carrier,
        serving(answering(403, "no")) as stranger,
        asyncio.timeout(10),
    ):
        stream_url = stranger.url.replace("http", "ws", 1) + f"/media/{STREAM_SECRET}"
        placed = await carrier.place(streaming_to(stream_url))
        while not (notes := await carrier.notes(placed.call_sid)):
            pass
        await carrier.end(placed.call_sid)
    assert [(note.code, note.is_error, note.ended_stream) for note in notes] == [(31920, True, True)]
    assert "HTTP 403" in notes[0].sentence
    assert STREAM_SECRET not in f"{notes}"


async def test_a_call_without_trouble_has_no_notes() -> None:
    async with simulated() as (_, url), carrier_at(url) as carrier:
        placed = await carrier.place(SPOKEN)
        assert await carrier.notes(placed.call_sid) == []


async def test_only_recent_calls_between_the_two_numbers_are_found() -> None:
    clock = SystemClock()
    async with simulated() as (_, url), carrier_at(url) as carrier:
        before = clock.utc_now()
        placed = await carrier.place(SPOKEN)
        found = await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=before)
        assert [call.call_sid for call in found] == [placed.call_sid]
        later = before + timedelta(minutes=1)
        assert await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=later) == []
        assert await carrier.find(to="+12025550144", caller_id=CALLER_ID, created_since=before) == []


@pytest.mark.parametrize(
    ("fault", "error", "calls"),
    [
        ("geo-21215", CallRefused, 0),
        ("from-21210", CallRefused, 0),
        ("to-21211", CallRefused, 0),
        ("auth-401", Unauthorized, 0),
        ("place-429", CarrierUnavailable, 0),
        ("place-500", PlacementUnknown, 1),
    ],
)
async def test_faults_of_placing(fault: str, error: type[CarrierError], calls: int) -> None:
    async with simulated(fault) as (network, url), carrier_at(url) as carrier:
        with pytest.raises(CarrierError) as failure:
            await carrier.place(SPOKEN)
        assert type(failure.value) is error
        assert (failure.value.http_status == 429) == (fault == "place-429")
        assert len(network.calls) == calls
        assert len(network.requests) == 1


async def test_a_lost_answer_is_unknown_and_the_call_is_found() -> None:
    """The call exists although the answer never came: asked for later, it is there."""
    async with (
        simulated("place-timeout") as (network, url),
        carrier_at(url, connect_timeout_s=0.3) as carrier,
    ):
        before = SystemClock().utc_now()
        with pytest.raises(PlacementUnknown):
            await carrier.place(SPOKEN)
        found = await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=before)
        assert [call.call_sid for call in found] == list(network.calls)


async def test_wrong_credentials() -> None:
    async with simulated() as (_, url), carrier_at(url, auth_token="not-the-token") as carrier:
        with pytest.raises(Unauthorized) as failure:
            await carrier.place(SPOKEN)
        assert failure.value.code == 20003
        with pytest.raises(Unauthorized):
            await carrier.fetch(UNKNOWN_SID)
        with pytest.raises(Unauthorized):
            await carrier.find(to=CALLEE, caller_id=CALLER_ID, created_since=SystemClock().utc_now())


async def test_no_credentials() -> None:
    """The package sends an unauthenticated request then; it is refused like any wrong one."""
    async with simulated() as (_, url), carrier_at(url, auth_token=None) as carrier:
        with pytest.raises(Unauthorized):
            await carrier.place(SPOKEN)


async def test_unknown_calls() -> None:
    async with simulated() as (_, url), carrier_at(url) as carrier:
        for ask in (carrier.fetch, carrier.end, carrier.notes):
            with pytest.raises(CallNotFound):
                await ask(UNKNOWN_SID)
        with pytest.raises(CallNotFound):
            await carrier.redirect(UNKNOWN_SID, NOTHING)
        with pytest.raises(CallNotFound):
            await carrier.set_time_limit(UNKNOWN_SID, 60)


async def test_a_hang_up_that_fails() -> None:
    async with simulated("hangup-500") as (_, url), carrier_at(url) as carrier:
        placed = await carrier.place(SPOKEN)
        with pytest.raises(CarrierError) as failure:
            await carrier.end(placed.call_sid)
        assert type(failure.value) is CarrierError
        assert failure.value.http_status == 500


async def test_a_ca_file_that_cannot_be_used_shows_at_loading() -> None:
    network = dataclasses.replace(DIRECT, ca_file="/nonexistent/ca.pem")
    with pytest.raises(SettingsError):
        async with carrier_at("https://api.twilio.com", network=network):
            pass


async def test_loading_sends_nothing() -> None:
    async with simulated() as (network, url), carrier_at(url) as carrier:
        await carrier.load()
        assert network.requests == []


def test_importing_the_module_imports_no_vendor_library() -> None:
    """`load` does, in a thread, while the tunnel opens."""
    program = (
        "import sys; import cartesia_call.vendors.twilio_client; "
        "print([name for name in ('twilio', 'aiohttp', 'requests', 'urllib3') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
