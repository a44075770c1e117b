"""Ending one call by itself, without a leg."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from cartesia_call.calls.hanging_up import hang_up
from cartesia_call.errors import CallNotFound, HangUpNotConfirmed
from cartesia_call.leg.facts import CallFacts
from cartesia_call.telephony.call_states import CallSnapshot
from tests.calls.interference import Interfering
from tests.calls.test_requests import Placed, placed
from tests.leg.given import STRANGERS


async def hung_up(call: Placed, *, within_s: float = 20.0, **carrier: Any) -> CallFacts:
    ports, facts = call.rehearsal.line.ports, CallFacts(call.sid)
    await hang_up(Interfering(ports.carrier, **carrier), ports.clock, facts, within_s=within_s)
    return facts


async def test_the_call_is_down_when_it_returns() -> None:
    """By one request, and nobody heard anything more."""
    async with placed() as call:
        await call.answered()
        facts = await hung_up(call)
        assert facts.is_down
        assert call.rehearsal.simulated.ended_by == "api"


async def test_a_call_that_is_over_is_not_asked_for() -> None:
    """Its facts say so."""
    async with placed() as call:
        ports = call.rehearsal.line.ports
        facts = await hung_up(call)
        before = len(call.rehearsal.network.carrier.requests)
        await hang_up(ports.carrier, ports.clock, facts, within_s=20)
        assert len(call.rehearsal.network.carrier.requests) == before


@pytest.mark.parametrize("fault", ["hangup-500", "hangup-404", "hangup-ignored"])
async def test_what_nothing_confirms_raises_within_the_limit(fault: str) -> None:
    """Which call it is, and how to end it."""
    async with placed(fault) as call:
        await call.answered()
        clock = call.rehearsal.line.ports.clock
        began_at_s = clock.now_s()
        with pytest.raises(HangUpNotConfirmed, match=call.sid):
            await hung_up(call, within_s=8)
        assert clock.now_s() - began_at_s == pytest.approx(8, abs=0.2)


async def test_a_carrier_that_does_not_answer_is_not_waited_for_longer() -> None:
    """Requests under way are given up."""

    async def silent(own: Any, *_: Any) -> CallSnapshot:
        await asyncio.Event().wait()
        raise AssertionError

    async with placed() as call:
        clock = call.rehearsal.line.ports.clock
        began_at_s = clock.now_s()
        with pytest.raises(HangUpNotConfirmed):
            await hung_up(call, within_s=3, end=silent, fetch=silent, redirect=silent)
        assert clock.now_s() - began_at_s == pytest.approx(3, abs=0.2)


async def test_a_young_call_may_be_unknown_for_a_moment() -> None:
    """404 is no proof: it is asked again."""
    tries = 0

    async def end(own: Any, call_sid: str) -> CallSnapshot:
        nonlocal tries
        tries += 1
        if tries == 1:
            raise CallNotFound("no such call", code=20404, http_status=404)
        snapshot: CallSnapshot = await own(call_sid)
        return snapshot

    async with placed() as call:
        facts = await hung_up(call, end=end)
        assert (facts.is_down, tries) == (True, 2)


async def test_a_fault_of_ours_takes_the_other_way() -> None:
    """Whatever a request meets, the next one is tried."""

    async def broken(own: Any, call_sid: str) -> CallSnapshot:
        raise RuntimeError("a bug")

    async with placed() as call:
        await call.answered()
        facts = await hung_up(call, end=broken)
        assert facts.is_down
        assert call.rehearsal.simulated.ended_by == "twiml"


async def test_whoever_is_cancelled_leaves_no_request_behind() -> None:
    """The caller decides what then."""
    began = asyncio.Event()

    async def silent(own: Any, *_: Any) -> CallSnapshot:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError

    async with placed() as call:
        before = asyncio.all_tasks()
        running = asyncio.create_task(hung_up(call, end=silent))
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert asyncio.all_tasks() <= before


async def test_a_call_nobody_knows_is_not_confirmed() -> None:
    """The carrier knows no such call, and may only not yet."""
    async with placed() as call:
        ports = call.rehearsal.line.ports
        with pytest.raises(HangUpNotConfirmed, match=STRANGERS):
            await hang_up(ports.carrier, ports.clock, CallFacts(STRANGERS), within_s=3)
