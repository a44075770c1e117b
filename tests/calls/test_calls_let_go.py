"""A call that is over is let go at once, with its audio: nothing of it waits for a search for cycles. A list
of any length then takes the memory of the calls that are up."""

from __future__ import annotations

import asyncio
import gc
from collections import Counter
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager

import pytest

from cartesia_call.calls.beginning import Beginning
from cartesia_call.calls.legs import RunningLeg
from cartesia_call.calls.outbound import OutboundCall
from cartesia_call.calls.reception import CallReception
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.leg.machine import Leg
from cartesia_simulator.carrier import leg as carrier_leg
from cartesia_simulator.carrier.callee_side import CalleeSide
from cartesia_simulator.carrier.stream import MediaStream
from tests.calls.listed import Listed, listed, row

LIMIT_S = 60

OF_CALLS_THAT_ARE_UP = (
    *(OutboundCall, Beginning, RunningLeg, Leg, CallReception, StreamDriver),
    *(carrier_leg.Leg, CalleeSide, MediaStream),
)

CALLEES = "answers;voicemail;busy;no-answer;answers,hangs-up@1s;answers,presses:1@1s;screens;unreachable"


@pytest.fixture(autouse=True)
def no_search_for_cycles() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def living() -> Counter[str]:
    """What there is of calls that are up, by the names of its classes."""
    return Counter(type(one).__name__ for one in gc.get_objects() if type(one) in OF_CALLS_THAT_ARE_UP)


def left_in_cycles() -> Counter[str]:
    """What of ours only a search for cycles finds, or hangs on what it finds, by its class."""
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        gc.collect()
        kinds = [type(one) for one in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
    return Counter(
        kind.__qualname__
        for kind in kinds
        if kind.__module__.startswith(("cartesia_call.", "cartesia_simulator."))
    )


async def call_everybody(opened: AbstractAsyncContextManager[Listed]) -> None:
    """Nothing of the calls is left behind their list, whose line is up still."""
    async with asyncio.timeout(LIMIT_S), opened as calls:
        gc.collect()
        await calls.run()
        assert calls.told
        assert not living()
        assert not left_in_cycles()


def people(count: int) -> list[ListRow]:
    """Each with a text of their own."""
    return [row(number, f"Hello number {number}.") for number in range(1, count + 1)]


async def test_whatever_became_of_the_call() -> None:
    await call_everybody(
        listed(people(8), CALLEES, recordings_kept=0, cps="10", cache=False, voicemail="leave", ack="1")
    )


@pytest.mark.parametrize("fault", ["place-timeout", "place-500", "stream-drop", "speech-refused"])
async def test_whatever_went_wrong(fault: str) -> None:
    """Errors that are kept to be told hold no frames."""
    await call_everybody(listed(people(4), "answers", fault, recordings_kept=0, cps="10", cache=False))
