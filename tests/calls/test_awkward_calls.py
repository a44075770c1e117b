"""Calls on which something goes wrong between the carrier and us, at the worst moment."""

from __future__ import annotations

import asyncio
import dataclasses
import signal
from typing import Any

import pytest

from cartesia_call.ports import CallStage
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice
from cartesia_call.wiring.line import open_ledger
from tests.calls.interference import Interfering, TroubledBridge
from tests.calls.rehearsed import message_of, rehearsed

LIMIT_S = 1200
STRANGER = "CA" + "9" * 32


class Shocked:
    """An observer in whose place a bug sits."""

    def show(self, phase: CallStage) -> None:
        if phase.kind == "speaking":
            raise RuntimeError("a bug")


async def test_a_bug_hangs_up_and_closes_the_row() -> None:
    """Without an outcome, with the error named, and nothing left open in the ledger."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        result = await rehearsal.run(observer=Shocked())
        assert result.outcome is None
        assert result.error is not None
        assert result.error.kind == "RuntimeError"
        assert rehearsal.simulated.ended_by == "api"
        (row,) = await open_ledger(rehearsal=True).recent(1)
        assert row.ended_at is not None


async def test_a_call_that_may_be_up_goes_before_a_bug() -> None:
    """31 says which call; the bug is in the log."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers", "hangup-ignored", hangup_timeout="3s") as rehearsal,
    ):
        result = await rehearsal.run(observer=Shocked())
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED
        assert rehearsal.simulated.sid in result.detail


async def test_a_hang_up_that_fails_by_our_own_fault_takes_the_other_way() -> None:
    """Whatever exception a request meets, the next one is tried."""

    async def no_thread(own: Any, call_sid: str) -> CallSnapshot:
        raise RuntimeError("can't start new thread")

    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        carrier = Interfering(rehearsal.line.ports.carrier, end=no_thread)
        result = await rehearsal.run(carrier=carrier)
        assert result.outcome is Outcome.DELIVERED
        assert rehearsal.simulated.ended_by == "twiml"
        assert rehearsal.simulated.said_by_carrier == []


async def test_a_slow_carrier_does_not_stretch_the_hang_up_time_out() -> None:
    """Requests under way at the end of the limit are given up."""

    async def slow(own: Any, call_sid: str) -> CallSnapshot:
        await asyncio.Event().wait()
        raise AssertionError

    async with asyncio.timeout(LIMIT_S), rehearsed(hangup_timeout="3s") as rehearsal:
        clock = rehearsal.line.ports.clock
        carrier = Interfering(rehearsal.line.ports.carrier, end=slow, fetch=slow)
        result = await rehearsal.run(carrier=carrier)
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED
        asked_at_s = rehearsal.simulated.marks_echoed[-1][1]
        assert clock.now_s() - asked_at_s < 3 + 20 * 6  # 6 real seconds for tear-down on a busy machine


@pytest.mark.parametrize("turns", range(8))
async def test_a_signal_just_before_the_request_keeps_it_from_being_sent(turns: int) -> None:
    """However the signal falls between the last preparation and the POST, nobody is rung to the end."""
    async with asyncio.timeout(LIMIT_S), rehearsed(fallback="none") as rehearsal:
        loop = asyncio.get_running_loop()

        def later(turns_left: int) -> None:
            if turns_left == 0:
                rehearsal.interruption.raise_signal(signal.SIGTERM)
            else:
                loop.call_soon(later, turns_left - 1)

        async def prove(own: Any, public_url: str, **limits: Any) -> float:
            round_trip_ms: float = await own(public_url, **limits)
            # By now the speech is ready: this was the last thing to wait for.
            await asyncio.sleep(0.3)
            loop.call_soon(later, turns)
            return round_trip_ms

        result = await rehearsal.run(bridge=Interfering(rehearsal.line.ports.bridge, prove=prove))
        assert result.outcome is Outcome.INTERRUPTED
        if rehearsal.network.carrier.calls:
            assert rehearsal.simulated.ended_by == "api"
            assert result.heard_ms == 0


async def test_a_strangers_call_is_not_ours() -> None:
    """The list shows one that fits; ours proves itself: the other is never touched nor noted."""
    touched: list[str] = []

    async def find(own: Any, **query: Any) -> list[CallSnapshot]:
        mine = await own(**query)
        return [dataclasses.replace(mine[0], call_sid=STRANGER)]

    async def fetch(own: Any, call_sid: str) -> CallSnapshot:
        if call_sid != STRANGER:
            return await own(call_sid)  # type: ignore[no-any-return]
        return CallSnapshot(call_sid=STRANGER, status="in-progress", to="", caller_id="")  # type: ignore[arg-type]

    async def end(own: Any, call_sid: str) -> CallSnapshot:
        touched.append(call_sid)
        return await own(call_sid)  # type: ignore[no-any-return]

    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:8s", "place-500") as rehearsal:
        carrier = Interfering(rehearsal.line.ports.carrier, find=find, fetch=fetch, end=end)
        bridge = TroubledBridge(rehearsal.line.ports.bridge, callback_delay_s=5)
        result = await rehearsal.run(carrier=carrier, bridge=bridge)
        ours = rehearsal.simulated.sid
        assert (result.outcome, result.call_sid) == (Outcome.DELIVERED, ours)
        assert set(touched) == {ours}
        (row,) = await open_ledger(rehearsal=True).recent(1)
        assert row.call_sid == ours


async def test_a_call_that_nothing_proves_is_watched_and_left_alone() -> None:
    """30, with the SID in the sentence, and no request that would end it."""

    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("no-answer", "place-500", "callbacks-lost", ring_timeout="10s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.UNKNOWN
        assert result.call_sid is None
        assert rehearsal.simulated.sid in result.detail
        assert not any("Status" in request.parameters for request in rehearsal.network.carrier.requests)
        assert rehearsal.requests("POST") == 1


async def test_a_signal_does_not_wait_for_the_search() -> None:
    """The answer to the POST was lost: two seconds for a proof, then 30, for a call may be up."""

    async def none(own: Any, **query: Any) -> list[CallSnapshot]:
        return []

    async with asyncio.timeout(LIMIT_S), rehearsed("no-answer", "place-500", "callbacks-lost") as rehearsal:
        clock = rehearsal.line.ports.clock

        async def place(own: Any, request: object) -> CallSnapshot:
            rehearsal.interruption.raise_signal(signal.SIGTERM)
            return await own(request)  # type: ignore[no-any-return]

        began_at_s = clock.now_s()
        carrier = Interfering(rehearsal.line.ports.carrier, find=none, place=place)
        result = await rehearsal.run(carrier=carrier)
        assert result.outcome is Outcome.UNKNOWN
        assert clock.now_s() - began_at_s < 20 * 10


async def test_the_carriers_voice_is_not_believed_when_the_callee_left() -> None:
    """The stream broke, and the callee left unseen by callbacks: the carrier's own count of seconds tells."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@1.6s", "stream-drop@1s", "callbacks-lost") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.HUNG_UP_EARLY


async def test_speech_that_breaks_while_it_rings_ends_the_ringing() -> None:
    """Without a fallback nobody is to answer a message that cannot be completed."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(
            "answers,ring:20s", "speech-slow", "speech-close@3s", fallback="none", message=message_of(600)
        ) as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.SPEECH_FAILED
        if rehearsal.network.carrier.calls:
            assert rehearsal.simulated.answered_at_s is None


async def test_who_leaves_while_the_broken_speech_plays_left_early() -> None:
    """In our voice, with what they heard; nobody waits for what they will not hear."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@2s", "speech-close@20s", message=message_of(600)) as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.voice) == (Outcome.HUNG_UP_EARLY, Voice.CARTESIA)
        assert result.heard_ms is not None
        assert abs(result.heard_ms - len(rehearsal.simulated.stream_audio) / 8) < 300


async def test_declined_is_declined_though_a_poll_saw_the_end_first() -> None:
    """Only the callback has the SIP code, and it is given a moment."""
    async with asyncio.timeout(LIMIT_S), rehearsed("declines,ring:4.9s") as rehearsal:
        bridge = TroubledBridge(rehearsal.line.ports.bridge, callback_delay_s=1)
        result = await rehearsal.run(bridge=bridge)
        assert result.outcome is Outcome.DECLINED


async def test_a_maximum_duration_after_the_last_word_cuts_nothing() -> None:
    """The mark never comes, the limit ends the wait for it: all was heard."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "mark-never", max_duration="5s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert (result.outcome, result.evidence) == (Outcome.DELIVERED, Evidence.WATCHDOG)


async def test_a_proven_call_is_put_down_though_the_request_hangs() -> None:
    """Its callback and stream were faster than the answer, which never comes."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "place-timeout", connect_timeout="10s") as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.DELIVERED
        assert result.timing.last_word_to_hangup is not None
        assert result.timing.last_word_to_hangup < 20 * 1000


async def test_no_speech_is_paid_for_that_nobody_can_hear() -> None:
    """Without a public path the synthesis is broken off."""

    async def broken(own: Any, public_url: str, **limits: Any) -> float:
        from cartesia_call.errors import TunnelError

        raise TunnelError("nothing leads here")

    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", "speech-slow", message=message_of(600)) as rehearsal,
    ):
        bridge = Interfering(rehearsal.line.ports.bridge, prove=broken)
        result = await rehearsal.run(bridge=bridge)
        assert result.voice is Voice.CARRIER
        assert len(rehearsal.synthesised) < 8000 * 15  # of some forty seconds


async def test_after_a_signal_nothing_more_is_said() -> None:
    """The hang-up is ignored, the callee answers: the line stays silent, and nobody hears an alert half."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:4s", "hangup-ignored", hangup_timeout="8s") as rehearsal,
    ):
        running = asyncio.create_task(rehearsal.run())
        while not rehearsal.network.carrier.calls:
            await asyncio.sleep(0.01)
        rehearsal.interruption.raise_signal(signal.SIGTERM)
        result = await running
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED
        assert rehearsal.simulated.stream_audio == b""


@pytest.mark.parametrize("message", ["Disk full", "hi", "Server down"])
async def test_a_callee_who_leaves_at_once_heard_nothing(message: str) -> None:
    """However short the message: the carrier's voice is not believed to have said it in no time."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s,hangs-up@0s", "speech-refused", message=message) as rehearsal,
    ):
        result = await rehearsal.run()
        assert result.outcome is Outcome.HUNG_UP_EARLY
