"""The Twilio carrier against the strict simulated one, which answers wrong requests as Twilio would."""

from __future__ import annotations

import contextlib
import dataclasses
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

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
from cartesia_call.ports import CallInstructions
from cartesia_call.simulator.callee import CalleeScript
from cartesia_call.simulator.carrier.service import SimulatedCarrier
from cartesia_call.simulator.faults import Fault, FaultPlan
from cartesia_call.simulator.tones import ToneVoice
from cartesia_call.telephony.call_states import CallStatus
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

RINGS_FOR_LONG = CalleeScript(behaviour="no-answer")
ANSWERS = CalleeScript(ring_s=0.0)
SPOKEN = dataclasses.replace(
    REQUEST,
    instructions=CallInstructions(stream_url=None, fallback_text="word " * 200),
    status_callback_url=None,
)
UNKNOWN_SID = "CA" + "f" * 32


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


async def test_an_answered_call_can_be_redirected_to_its_end() -> None:
    streaming = dataclasses.replace(REQUEST, status_callback_url=None)
    async with simulated("stream-never", callee=ANSWERS) as (_, url), carrier_at(url) as carrier:
        placed = await carrier.place(streaming)
        while (await carrier.fetch(placed.call_sid)).status is not CallStatus.IN_PROGRESS:
            pass
        await carrier.redirect_to_hang_up(placed.call_sid)
        while not (await carrier.fetch(placed.call_sid)).status.is_final:
            pass


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
        for ask in (carrier.fetch, carrier.end, carrier.redirect_to_hang_up):
            with pytest.raises(CallNotFound):
                await ask(UNKNOWN_SID)
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
        "print([name for name in ('twilio', 'requests', 'urllib3') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
