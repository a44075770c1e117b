"""Media streams that break, stall or come late between the carrier and us."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from tests.calls.interference import StreamTrouble, TroubledBridge
from tests.calls.rehearsed import Rehearsed, message_of, rehearsed

LIMIT_S = 1200


def troubled(rehearsal: Rehearsed, trouble: StreamTrouble, **delays: float) -> TroubledBridge:
    return TroubledBridge(rehearsal.line.ports.bridge, trouble, **delays)


class Blocked(StreamTrouble):
    """After the first messages the connection takes no more."""

    def __init__(self) -> None:
        self._sent = 0

    def before_send_s(self, text: str) -> float:
        self._sent += 1
        return float("inf") if self._sent > 3 else 0.0


async def test_a_connection_that_takes_nothing_is_given_up() -> None:
    """And closed, so that the carrier's voice speaks."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Blocked()))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1


class Loses(StreamTrouble):
    """From a moment after the stream's start on, nothing of the carrier's arrives; nor does its end."""

    after_last_s = 30.0

    def __init__(self, rehearsal: Rehearsed, after_s: float, *, only: str = "") -> None:
        self._clock = rehearsal.line.ports.clock
        self._after_s = after_s
        self._only = only
        self._began_at_s: float | None = None

    def loses(self, text: str) -> bool:
        if self._began_at_s is None:
            self._began_at_s = self._clock.now_s()
        return self._only in text and self._clock.now_s() > self._began_at_s + self._after_s


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
        rehearsed("answers,ring:1s,hangs-up@2s", message=message_of(300)) as rehearsal,
    ):
        result = await rehearsal.run(bridge=troubled(rehearsal, Loses(rehearsal, 1.0, only=only)))
        assert result.outcome is Outcome.HUNG_UP_EARLY
        assert result.heard_ms is not None
        assert result.heard_ms <= 5000  # of some twenty seconds; a busy machine is late with the callback


class Late(StreamTrouble):
    """The stream is there, but its first message takes its time."""

    before_first_s = 3.0


async def test_a_stream_after_its_time_out_finds_the_door_closed() -> None:
    """Two voices never take turns: the late stream is closed, the carrier's voice says it all, once."""
    async with asyncio.timeout(LIMIT_S), rehearsed(stream_timeout="1s") as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Late()))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert rehearsal.simulated.stream_audio == b""
        assert len(rehearsal.simulated.said_by_carrier) == 1


class Slow(StreamTrouble):
    """A thin link: each message takes three quarters of its playing time."""

    def before_send_s(self, text: str) -> float:
        return 0.15


async def test_a_slow_link_that_makes_progress_is_no_dead_one() -> None:
    """The message is heard to its end, though filling the lead takes longer than a silence may last."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Slow()))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARTESIA)
        assert rehearsal.simulated.said_by_carrier == []


async def test_who_leaves_on_a_slow_link_is_told_how_far_they_got() -> None:
    """We listen while we send: their end is noticed when it comes."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@6s", message=message_of(300)) as rehearsal,
    ):
        result = await rehearsal.run(bridge=troubled(rehearsal, Slow()))
        assert (result.outcome, result.voice) == (Outcome.HUNG_UP_EARLY, Voice.CARTESIA)
        assert result.heard_ms is not None
        assert abs(result.heard_ms - len(rehearsal.simulated.stream_audio) / 8) < 500


class Swallowed(StreamTrouble):
    """The `stop` is lost, the end of the connection is not."""

    def loses(self, text: str) -> bool:
        return '"stop"' in text


async def test_an_end_without_stop_is_the_callees_if_the_call_ended_with_it() -> None:
    """Our voice was heard last; the carrier's had no time to say anything."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@3s", message=message_of(300)) as rehearsal,
    ):
        result = await rehearsal.run(bridge=troubled(rehearsal, Swallowed()))
        assert (result.outcome, result.voice) == (Outcome.HUNG_UP_EARLY, Voice.CARTESIA)
        assert result.heard_ms is not None
        assert 2000 < result.heard_ms < 3500


class Stopped(StreamTrouble):
    """A `stop` that ends the stream and not the call, a second after its start or behind our mark."""

    def __init__(self, rehearsal: Rehearsed, *, at_the_mark: bool) -> None:
        self._clock = rehearsal.line.ports.clock
        self._at_the_mark = at_the_mark
        self._began_at_s: float | None = None
        self._is_marked = False

    def replaced(self, text: str) -> str:
        now_s = self._clock.now_s()
        self._began_at_s = now_s if self._began_at_s is None else self._began_at_s
        stops = self._is_marked if self._at_the_mark else now_s > self._began_at_s + 1
        self._is_marked = self._is_marked or '"mark"' in text
        return '{"event":"stop","streamSid":"MZ","stop":{}}' if stops else text


async def test_a_stop_of_the_stream_alone_is_not_the_callees_end() -> None:
    """The call is looked at: it is up, so the carrier's voice says the message."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Stopped(rehearsal, at_the_mark=False)))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1


async def test_a_stop_of_the_stream_alone_does_not_confirm_a_hang_up() -> None:
    """The hang-up was ignored; the call is looked at and is up: 31."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "hangup-ignored", hangup_timeout="8s") as rehearsal,
    ):
        result = await rehearsal.run(bridge=troubled(rehearsal, Stopped(rehearsal, at_the_mark=True)))
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED
        assert result.evidence is Evidence.MARK


class Faulty(StreamTrouble):
    """A bug in the middle of sending."""

    def __init__(self) -> None:
        self._sent = 0

    def before_send_s(self, text: str) -> float:
        self._sent += 1
        if self._sent == 5:
            raise RuntimeError("a bug")
        return 0.0


async def test_a_bug_while_sending_never_passes_for_a_whole_message() -> None:
    """A message with a hole is not delivered by our voice; the carrier's says it whole."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(bridge=troubled(rehearsal, Faulty()))
        assert (result.outcome, result.voice) == (Outcome.DELIVERED, Voice.CARRIER)
        assert len(rehearsal.simulated.said_by_carrier) == 1
