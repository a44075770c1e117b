"""Whole calls against the built-in network, over real sockets."""

from __future__ import annotations

import asyncio
import signal

import pytest
from aiohttp import ClientSession

from cartesia_call.audio.mulaw import SILENCE_BYTE
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


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("auth-401", Outcome.UNAUTHORIZED),
        ("geo-21215", Outcome.REFUSED),
        ("from-21210", Outcome.REFUSED),
        ("to-21211", Outcome.REFUSED),
    ],
)
async def test_a_refused_placing_names_its_reason(fault: str, outcome: Outcome) -> None:
    """The carrier's own code is in the error, and the request is not repeated."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers", fault) as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is outcome
        assert result.error is not None
        assert result.call_sid is None
        assert rehearsal.requests("POST") == 1


@pytest.mark.parametrize("fault", ["speech-refused", "speech-401"])
async def test_no_phone_rings_before_speech_exists(fault: str) -> None:
    """A speech service that refuses is known before anybody is dialled: no POST reaches the carrier."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers", fault, fallback="none") as rehearsal:
        result = await rehearsal.run()
        expected = Outcome.UNAUTHORIZED if fault == "speech-401" else Outcome.SPEECH_FAILED
        assert result.outcome is expected
        assert rehearsal.requests("POST") == 0


async def test_without_speech_the_carriers_voice_says_the_message() -> None:
    """With the default fallback the same call is placed with `<Say>` alone, and the result says so."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "speech-refused") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert result.evidence is Evidence.DURATION
        assert result.heard_ms is None
        assert rehearsal.simulated.said_by_carrier == ["The database is down. Please call the operator."]
        assert rehearsal.call.warnings


async def test_a_stream_that_breaks_leaves_the_carriers_voice() -> None:
    """The trailing `<Say>` speaks the whole message; the line is not put down meanwhile."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "stream-drop@1s") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1


async def test_a_stream_that_breaks_without_fallback_is_a_failure() -> None:
    """And the line is put down."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "stream-drop@1s", fallback="none") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.STREAM_FAILED
        assert rehearsal.simulated.ended_at_s is not None


async def test_a_lost_mark_is_covered_by_the_watchdog() -> None:
    """Delivered, and the evidence says by what."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "mark-never") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.WATCHDOG)


async def test_without_callbacks_the_call_is_polled() -> None:
    """No callback arrives; the outcome is found all the same."""
    async with asyncio.timeout(LIMIT_S), rehearsed("busy", "callbacks-lost") as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.BUSY


async def test_a_lost_answer_is_found_and_never_placed_again() -> None:
    """The carrier placed the call and lost the answer; callback and stream prove it."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "place-500") as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.DELIVERED
        assert result.call_sid == rehearsal.simulated.sid
        assert rehearsal.requests("POST") == 1


async def test_an_answer_that_never_comes_is_found_too() -> None:
    """The POST times out, the call exists, its callback or stream proves it."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:40s", "place-timeout", connect_timeout="1s", ring_timeout="60s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.DELIVERED
        assert rehearsal.requests("POST") == 1


async def test_dropped_audio_is_said_by_the_carriers_voice() -> None:
    """A mark that comes back at once proves that nothing was played."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "audio-dropped") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1


async def test_a_stream_that_never_comes_is_a_failure_without_fallback() -> None:
    """Given up at the stream time-out, and the line is put down."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "stream-never", fallback="none", stream_timeout="5s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.STREAM_FAILED
        assert rehearsal.simulated.ended_by == "api"


async def test_a_trial_account_hears_the_carriers_voice() -> None:
    """Twilio strips the stream from its TwiML; the trailing `<Say>` still brings the message."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", "trial") as rehearsal:
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert "The database is down. Please call the operator." in rehearsal.simulated.said_by_carrier


@pytest.mark.parametrize("fault", ["speech-429-partial", "speech-close"])
async def test_partial_speech_never_passes_for_a_whole_message(fault: str) -> None:
    """What was made is heard, then the carrier's voice says the message; without it, `speech-failed`."""
    long_message = " ".join(["The database is down, and somebody should look at it."] * 3)
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", fault, message=long_message) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert result.evidence is Evidence.DURATION
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", fault, message=long_message, fallback="none") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.SPEECH_FAILED


@pytest.mark.parametrize("fault", ["hangup-500", "hangup-404"])
async def test_a_hang_up_request_that_fails_is_not_taken_for_success(fault: str) -> None:
    """Asked again, then by the other way; what is not proven is 31."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", fault, hangup_timeout="10s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED


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
