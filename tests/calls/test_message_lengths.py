"""From a word to twenty minutes: the same promises for every length."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.audio.mulaw import SILENCE_BYTE
from cartesia_call.mediastream.session import LEAD_S
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.calls.rehearsed import message_of, rehearsed


@pytest.mark.parametrize(("length", "time_scale"), [(10, 20), (60, 20), (300, 20), (1_500, 20), (20_000, 50)])
async def test_every_byte_is_heard_once_in_order_then_silence(length: int, time_scale: float) -> None:
    """Byte for byte what was synthesised; proven by the mark; the carrier's queue stays about our lead."""
    async with (
        asyncio.timeout(120),
        rehearsed(message=message_of(length), time_scale=time_scale) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.MARK)
        assert result.characters == length
        heard, synthesised = rehearsal.simulated.heard, rehearsal.synthesised
        start = heard.index(synthesised)
        assert set(heard[:start] + heard[start + len(synthesised) :]) <= {SILENCE_BYTE}
        assert rehearsal.simulated.max_queued_ms < 2 * LEAD_S * 1000
        assert not rehearsal.simulated.warnings


async def test_the_hang_up_follows_the_marks_echo() -> None:
    """The request leaves within 50 ms of the echo (here with a generous bound: the machine may be busy)."""
    async with asyncio.timeout(60), rehearsed(time_scale=1, message="Hello.") as rehearsal:
        await rehearsal.run()
        (_, echoed_at_s) = rehearsal.simulated.marks_echoed[-1]
        asked_at_s = next(
            request.at_s for request in rehearsal.network.carrier.requests if "Status" in request.parameters
        )
        assert 0 <= asked_at_s - echoed_at_s < 1
