"""Whole calls against the built-in network, over real sockets. What each fault comes to: `tests/faults`."""

from __future__ import annotations

import asyncio
import signal

import pytest
from aiohttp import ClientSession

from cartesia_call.audio.mulaw import SILENCE_BYTE
from cartesia_call.records import dataclass
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.rehearsed import SECOND, message_of, rehearsed
from tests.faults.table import placing_requests

LIMIT_S = 1200
"""Real seconds: a bound against hanging, not a measurement."""


async def test_a_delivered_message_is_heard_byte_for_byte() -> None:
    """What the callee heard is what was synthesised, in order, once, then only silence; and it is proven."""
    # All of it is made while it rings: the pause of a busy machine is none of the message.
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:10s") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.MARK)
        assert result.voice is Voice.CARTESIA
        heard = bytes(rehearsal.simulated.heard)
        start = heard.index(rehearsal.synthesised[:800])
        end = start + len(rehearsal.synthesised)
        assert heard[start:end] == rehearsal.synthesised
        assert set(heard[:start] + heard[end:]) <= {SILENCE_BYTE}
        assert result.message_ms == result.heard_ms == len(rehearsal.synthesised) // 8
        assert rehearsal.simulated.ended_by == "api"
        assert rehearsal.requests("POST") == 1
        assert not rehearsal.simulated.warnings


@pytest.mark.parametrize(
    ("callee", "outcome"),
    [
        ("busy", Outcome.BUSY),
        ("no-answer", Outcome.NO_ANSWER),
        ("declines,ring:1s", Outcome.DECLINED),
        ("blocked", Outcome.BLOCKED),
        ("unreachable", Outcome.UNREACHABLE),
    ],
)
async def test_who_does_not_answer_is_told_apart(callee: str, outcome: Outcome) -> None:
    """Four ways of not being reached, each with its own outcome, one POST, and nothing heard."""
    async with asyncio.timeout(LIMIT_S), rehearsed(callee, ring_timeout="5s") as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is outcome
        assert (result.voice, result.evidence, result.heard_ms) == (None, Evidence.NONE, 0)
        assert rehearsal.requests("POST") == 1


async def test_nothing_is_left_to_be_written_when_the_callee_answers() -> None:
    """What a class costs at its first object would stand before the first word."""

    @dataclass(frozen=True)
    class Late:
        """As one that only a stream needs."""

        words: str

    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:10s") as rehearsal:
        await rehearsal.run()
    assert Late.__init__.__qualname__ == f"{Late.__qualname__}.__init__"


async def test_who_leaves_early_is_told_how_far_they_got() -> None:
    """`heard_ms` is within 100 ms of what the carrier's own record says was played."""
    long_message = " ".join(["This is a rather long message about a database."] * 6)
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@3s", message=long_message) as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.HUNG_UP_EARLY
        assert result.heard_ms is not None
        assert result.message_ms is None or result.heard_ms < result.message_ms
        assert abs(result.heard_ms - len(rehearsal.simulated.stream_audio) / 8) <= 100
        assert rehearsal.synthesised.startswith(rehearsal.simulated.stream_audio)


async def test_a_refused_placing_has_a_reason_and_no_call() -> None:
    """The carrier's own, as an error."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers", "geo-21215") as rehearsal:
        result = await rehearsal.run()
        assert result.error is not None
        assert result.call_sid is None


async def test_the_carriers_voice_in_place_of_ours_is_warned_of() -> None:
    """And nobody knows how much of it was heard."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "speech-refused") as rehearsal:
        result = await rehearsal.run()
        assert (result.voice, result.heard_ms) == (Voice.CARRIER, None)
        assert rehearsal.call.warnings


async def test_a_call_whose_answer_was_lost_is_told_by_its_sid() -> None:
    """The carrier placed the call and lost the answer; callback and stream prove which one it is."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "place-500") as rehearsal:
        result = await rehearsal.run()
        assert result.call_sid == rehearsal.simulated.sid


async def test_a_hang_up_that_nothing_confirms_is_told() -> None:
    """Exit 31: which call; what is known of the message stays known."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "hangup-ignored", hangup_timeout="5s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED
        assert result.call_sid is not None
        assert result.call_sid in result.detail
        assert result.evidence is Evidence.MARK
        # The call that may be up is in a network that ends with the program: nobody can hang it up later.
        assert result.error is not None
        assert result.error.hint is None


async def test_a_maximum_duration_cuts_the_call_short() -> None:
    """Counted from the answer; the line is put down."""
    async with asyncio.timeout(LIMIT_S), rehearsed(max_duration="1s") as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.CUT_SHORT
        assert rehearsal.simulated.ended_by == "api"


@pytest.mark.parametrize("phase", ["connecting", "ringing", "speaking"])
async def test_an_interruption_hangs_up_first(phase: str) -> None:
    """In any phase: what was placed is ended by us, what was not placed is never placed."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:4s") as rehearsal:
        running = asyncio.create_task(rehearsal.run())
        carrier = rehearsal.network.carrier
        while phase != "connecting" and not carrier.calls:
            await asyncio.sleep(0.01)
        while phase == "speaking" and not rehearsal.simulated.stream_audio:
            await asyncio.sleep(0.01)
        rehearsal.interruption.raise_signal(signal.SIGTERM)
        result = await running
        assert result.outcome is Outcome.INTERRUPTED
        assert result.interrupted_by == signal.SIGTERM
        if phase == "connecting":
            assert rehearsal.requests("POST") == 0
        else:
            assert rehearsal.simulated.ended_by == "api"


async def test_the_bridge_forgets_whose_call_is_over() -> None:
    """While the next person is on the line, the first one's secrets are a stranger's: 404, not 403."""
    async with rehearsed("busy;answers,ring:1s", then=SECOND, message=message_of(300)) as rehearsal:
        running = asyncio.create_task(rehearsal.run())
        while not any(call.stream_audio for call in rehearsal.network.carrier.calls.values()):
            await asyncio.sleep(0.01)
        urls = [request.parameters["StatusCallback"] for request in placing_requests(rehearsal)]
        async with ClientSession() as stranger:  # nothing of this is signed
            answers = [(await stranger.get(url)).status for url in urls]
        assert answers == [404, 403]
        await running
