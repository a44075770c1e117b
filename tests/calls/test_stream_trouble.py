"""Media streams that break, stall or come late between the carrier and us."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.telephony.outcomes import Outcome, Voice
from tests.calls.interference import StreamTrouble, TroubledBridge
from tests.calls.rehearsed import Rehearsed, message_of, rehearsed

LIMIT_S = 60


def troubled(rehearsal: Rehearsed, trouble: StreamTrouble, **delays: float) -> TroubledBridge:
    return TroubledBridge(rehearsal.line.ports.bridge, trouble, **delays)


class Blocked(StreamTrouble):
    """After the first messages the connection takes no more."""

    def __init__(self) -> None:
        self._sent = 0

    async def before_send(self, text: str) -> None:
        self._sent += 1
        if self._sent > 3:
            await asyncio.Event().wait()


async def test_a_connection_that_takes_nothing_is_given_up() -> None:
    """And closed, so that the carrier's voice speaks."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Blocked()))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1


class Loses(StreamTrouble):
    """From a moment after the stream's start on, nothing of the carrier's arrives; nor does its end."""

    def __init__(self, rehearsal: Rehearsed, after_s: float, *, only: str = "") -> None:
        self._clock = rehearsal.line.ports.clock
        self._after_s = after_s
        self._only = only
        self._began_at_s: float | None = None

    def loses(self, text: str) -> bool:
        if self._began_at_s is None:
            self._began_at_s = self._clock.now_s()
        return self._only in text and self._clock.now_s() > self._began_at_s + self._after_s

    async def after_last(self) -> None:
        await self._clock.sleep(30)


async def test_a_dead_connection_in_mid_message_brings_the_carriers_voice() -> None:
    """The stream is closed for it to speak; it is not waited for while the line is silent."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Loses(rehearsal, 1.0)))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1


@pytest.mark.parametrize("only", ["", '"stop"'], ids=["everything", "the stop"])
async def test_a_lost_stop_does_not_make_a_message_heard(only: str) -> None:
    """The callee left in the middle, and the stream never said so: the callback did."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@2s", message=message_of(60)) as rehearsal,
    ):
        result = await rehearsal.run(bridge=troubled(rehearsal, Loses(rehearsal, 1.0, only=only)))
        assert result.outcome is Outcome.HUNG_UP_EARLY
        assert result.heard_ms is not None
        assert result.heard_ms <= 2300


class Late(StreamTrouble):
    """The stream is there, but its first message takes its time."""

    def __init__(self, rehearsal: Rehearsed, after_s: float) -> None:
        self._clock = rehearsal.line.ports.clock
        self._after_s = after_s

    async def before_first(self) -> None:
        await self._clock.sleep(self._after_s)


async def test_a_stream_after_its_time_out_finds_the_door_closed() -> None:
    """Two voices never take turns: the late stream is closed, the carrier's voice says it all, once."""
    async with asyncio.timeout(LIMIT_S), rehearsed(stream_timeout="1s") as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Late(rehearsal, 3.0)))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert rehearsal.simulated.stream_audio == b""
        assert len(rehearsal.simulated.said_by_carrier) == 1
