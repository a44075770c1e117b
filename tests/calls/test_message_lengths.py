"""From a word to more than the carrier's own voice would be given: the same promises for every length.

Twenty minutes: `benchmarks.message_lengths`.
"""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.audio.mulaw import SILENCE_BYTE
from cartesia_call.mediastream.session import LEAD_S
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.calls.rehearsed import message_of, rehearsed
from tests.calls.side_by_side import play_all

LIMIT_S = 3600
LENGTHS = (10, 300, 4_200)
CALLEE = "answers,ring:1s"


async def broken_promises(length: int) -> list[str]:
    """What is not kept in a call with a message of so many characters."""
    async with rehearsed(CALLEE, message=message_of(length), cache="0") as rehearsal:
        result = await rehearsal.run()
        call, synthesised = rehearsal.simulated, rehearsal.synthesised
        before, whole, behind = call.heard.partition(synthesised)
        promises = {
            f"proven by the mark: {result}": (result.outcome, result.evidence)
            == (Outcome.DELIVERED, Evidence.MARK),
            "every character counted": result.characters == length,
            "heard byte for byte as it was synthesised": whole == synthesised != b"",
            "heard once, then silence": set(before + behind) <= {SILENCE_BYTE},
            "the carrier's queue stays about our lead": call.max_queued_ms < 2 * LEAD_S * 1000,
            f"no warning of the carrier's: {call.warnings}": not call.warnings,
        }
        return [f"{length} characters: {promise}" for promise, is_kept in promises.items() if not is_kept]


@pytest.mark.long
async def test_every_byte_is_heard_once_in_order_then_silence() -> None:
    """Byte for byte what was synthesised; proven by the mark; the carrier's queue stays about our lead."""
    async with asyncio.timeout(LIMIT_S):
        broken = await play_all(broken_promises, LENGTHS)
    assert not any(broken), broken


async def test_the_hang_up_follows_the_marks_echo() -> None:
    """The request leaves in the moment of the echo."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message="Hello.") as rehearsal:
        await rehearsal.run()
        (_, echoed_at_s) = rehearsal.simulated.marks_echoed[-1]
        asked_at_s = next(
            request.at_s for request in rehearsal.network.carrier.requests if "Status" in request.parameters
        )
        assert asked_at_s == echoed_at_s
