"""The world around legs: what they ask for is done, what happens is fed to them, and no fault stops that."""

from __future__ import annotations

import asyncio
import functools
import gc
import threading
import weakref
from typing import Any

import pytest

from cartesia_call.calls.legs import FEW_MOMENTS, Legs, RunningLeg
from cartesia_call.clock import SystemClock
from cartesia_call.leg.machine import Leg
from cartesia_call.leg.states import State
from cartesia_call.ports import CallStage
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.wiring.line import open_ledger
from tests.calls.interference import Interfering, StreamTrouble, TroubledBridge
from tests.calls.rehearsed import SECOND, Rehearsed, message_of, rehearsed
from tests.leg.given import call_plan

LIMIT_S = 1200


class BrokenObserver:
    """A bug sits in it, in these stages."""

    def __init__(self, *stages: str) -> None:
        self._stages = stages
        self.shown: list[str] = []

    def show(self, phase: CallStage) -> None:
        self.shown.append(phase.kind)
        if phase.kind in self._stages:
            raise RuntimeError("a bug in the observer")


ALL_STAGES = ("connecting", "ringing", "answered", "speaking", "hanging-up")


def ledger() -> SqliteLedger:
    return open_ledger(rehearsal=True)


async def row_is_closed() -> bool:
    (row,) = await ledger().recent(1)
    return row.ended_at is not None


# --- faults of ours ---


async def test_a_bug_before_the_placing_places_nothing() -> None:
    """It is a result all the same."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        result = await rehearsal.run(observer=BrokenObserver("connecting"))
        assert (result.outcome, result.error and result.error.kind) == (None, "RuntimeError")
        assert rehearsal.requests("POST") == 0


@pytest.mark.parametrize("stage", ["ringing", "answered", "speaking"])
async def test_a_bug_during_the_call_puts_the_line_down(stage: str) -> None:
    """Whoever watches it met it; the row is closed."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        result = await rehearsal.run(observer=BrokenObserver(stage))
        assert (result.outcome, result.error and result.error.kind) == (None, "RuntimeError")
        assert rehearsal.simulated.ended_by == "api"
        assert await row_is_closed()


async def test_a_bug_when_the_hang_up_is_shown_does_not_delay_it() -> None:
    """What else the leg asked for at that moment is done, and the message was delivered."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        result = await rehearsal.run(observer=BrokenObserver("hanging-up"))
        assert result.outcome is Outcome.DELIVERED
        assert rehearsal.simulated.ended_by == "api"
        last_mark_at_s, ended_at_s = rehearsal.simulated.marks_echoed[-1][1], rehearsal.simulated.ended_at_s
        assert ended_at_s is not None
        assert ended_at_s - last_mark_at_s < 1.0


async def test_a_leg_that_is_broken_twice_is_hung_up_all_the_same() -> None:
    """The second bug comes while the line is put down for the first one: the result tells of a bug."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        result = await rehearsal.run(observer=BrokenObserver("speaking", "hanging-up"))
        assert (result.outcome, result.error and result.error.kind) == (None, "RuntimeError")
        assert rehearsal.simulated.ended_by == "api"
        assert await row_is_closed()


async def test_an_observer_that_is_always_broken_ends_in_a_result() -> None:
    """Nothing is placed, nothing hangs."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        result = await rehearsal.run(observer=BrokenObserver(*ALL_STAGES))
        assert result.outcome is None
        assert rehearsal.requests("POST") == 0


async def test_a_bug_in_the_placing_request_is_searched_for() -> None:
    """It came behind the first byte: the call is there, is found by its proof, and is heard."""

    async def place(own: Any, request: Any) -> CallSnapshot:
        await own(request)
        raise RuntimeError("a bug")

    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        carrier = Interfering(rehearsal.line.ports.carrier, place=place)
        result = await rehearsal.run(carrier=carrier)
        assert result.outcome is Outcome.DELIVERED
        assert rehearsal.requests("POST") == 1


async def test_a_bug_in_any_other_request_costs_only_that_one() -> None:
    """The call is looked at again."""

    async def fetch(own: Any, call_sid: str) -> CallSnapshot:
        raise RuntimeError("a bug")

    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:12s") as rehearsal:
        carrier = Interfering(rehearsal.line.ports.carrier, fetch=fetch)
        result = await rehearsal.run(carrier=carrier)
        assert (result.outcome, result.error) == (Outcome.DELIVERED, None)


class BrokenSending(StreamTrouble):
    """A bug in what sends to the stream."""

    def before_send_s(self, text: str) -> float:
        raise RuntimeError("a bug in the socket")


async def test_a_bug_on_the_stream_brings_the_carriers_voice() -> None:
    """The stream is over; the call is not, and its message is said."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(300)) as rehearsal:
        bridge = TroubledBridge(rehearsal.line.ports.bridge, BrokenSending())
        result = await rehearsal.run(bridge=bridge)
        assert result.outcome is Outcome.DELIVERED
        assert len(rehearsal.simulated.said_by_carrier) == 1


async def test_a_bug_in_one_persons_call_does_not_cost_the_next_theirs() -> None:
    """Whether anybody else is called is a matter of the rules alone."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("busy;answers,ring:1s", then=SECOND) as rehearsal,
    ):
        observer = BrokenObserver("answered")
        await rehearsal.run(observer=observer)
        assert [told.result.outcome for told in rehearsal.told] == [Outcome.BUSY, None]


# --- a cancellation from outside ---


async def cancelled_while_speaking(rehearsal: Rehearsed, *, times: int = 1) -> None:
    """Everything is cancelled in the middle of the message, perhaps more than once."""
    running = asyncio.create_task(rehearsal.run())
    calls = rehearsal.network.carrier.calls
    while not (calls and rehearsal.simulated.stream_audio):
        await asyncio.sleep(0.01)
    for _ in range(times):
        running.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await running


@pytest.mark.parametrize("times", [1, 3])
async def test_a_cancellation_hangs_up_first(times: int) -> None:
    """When it returns the line is down, the row closed and no task left; and nothing is heard again."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message=message_of(400)) as rehearsal:
        before = asyncio.all_tasks()
        await cancelled_while_speaking(rehearsal, times=times)
        assert rehearsal.simulated.ended_by == "api"
        assert await row_is_closed()
        left = {task.get_name() for task in asyncio.all_tasks() - before}
        assert not left & {
            "speech",
            "getting ready",
            "settling earlier calls",
            "media stream",
            "Fetch",
            "End",
        }
        await rehearsal.line.ports.clock.sleep(30)
        assert rehearsal.simulated.said_by_carrier == []


async def test_a_cancellation_before_the_placing_places_nothing() -> None:
    """And closes the row."""

    async def begin(own: Any, *intent: Any) -> Any:
        withheld = await own(*intent)
        running.cancel()
        return withheld

    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        interfering = Interfering(rehearsal.line.ports.ledger, begin=begin)
        running = asyncio.create_task(rehearsal.run(ledger=interfering))
        with pytest.raises(asyncio.CancelledError):
            await running
        assert rehearsal.requests("POST") == 0
        assert await row_is_closed()


async def test_a_cancellation_while_the_answer_is_awaited_hangs_up_what_it_names() -> None:
    """The placing request is on its way: only its answer knows the call."""
    began, clock = asyncio.Event(), SystemClock()

    async def place(own: Any, request: Any) -> CallSnapshot:
        began.set()
        await clock.sleep(2)
        snapshot: CallSnapshot = await own(request)
        return snapshot

    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:20s") as rehearsal:
        running = asyncio.create_task(
            rehearsal.run(carrier=Interfering(rehearsal.line.ports.carrier, place=place))
        )
        await began.wait()
        running.cancel()
        with pytest.raises(asyncio.CancelledError):
            await running
        assert rehearsal.simulated.ended_by == "api"


# --- many at once ---


def timers_of_legs() -> int:
    """Timer handles of the shell that are still to come."""
    loop: Any = asyncio.get_running_loop()
    return sum(
        not handle.cancelled() and getattr(handle._callback, "__func__", None) is Legs._wake_all
        for handle in loop._scheduled
    )


def begin(legs: Legs, prepare_s: float) -> RunningLeg:
    """A leg whose preparation may take so long."""
    leg = Leg(call_plan(prepare_s=prepare_s), legs.ports.clock.now_s())
    return RunningLeg(legs, leg, note_placed=lambda _: None, hurry_speech=lambda: None)


async def test_three_hundred_legs_share_one_timer() -> None:
    """And neither a thread nor a task each; every one is woken at its own deadline."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal, Legs(rehearsal.line.ports) as legs:
        threads, tasks = set(threading.enumerate()), asyncio.all_tasks()
        began_at_s = legs.ports.clock.now_s()
        running = [begin(legs, prepare_s=60 - number / 10) for number in range(300)]
        assert timers_of_legs() == 1
        # Threads and tasks of whatever ran before may end meanwhile; none comes anew.
        assert set(threading.enumerate()) <= threads
        assert asyncio.all_tasks() <= tasks
        for one in reversed(running):
            await one.over()
            assert timers_of_legs() <= 1
        assert all(one.leg.state is State.DOWN for one in running)
        assert legs.ports.clock.now_s() - began_at_s == pytest.approx(60, abs=0.1)


async def test_an_earlier_wish_is_kept_beside_a_later_one() -> None:
    """Whoever is woken first says anew when it wants to be woken."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal, Legs(rehearsal.line.ports) as legs:
        one = begin(legs, prepare_s=50)
        now_s = legs.ports.clock.now_s()
        legs.wake(one, now_s + 5)
        legs.wake(one, now_s + 90)
        assert one.wakes_at_s == now_s + 5
        await legs.ports.clock.sleep(6)
        assert one.wakes_at_s == pytest.approx(now_s + 50, abs=0.1)
        await one.over()


async def test_a_leg_that_is_over_is_not_woken_again() -> None:
    """It has no deadline any more."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal, Legs(rehearsal.line.ports) as legs:
        one = begin(legs, prepare_s=5)
        await one.over()
        await legs.ports.clock.sleep(60)
        assert timers_of_legs() == 0


async def test_legs_that_are_over_are_forgotten_before_their_deadlines() -> None:
    """A list makes thousands of calls within the longest of their limits."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal, Legs(rehearsal.line.ports) as legs:
        ended: list[weakref.ref[RunningLeg]] = []
        for _ in range(4 * FEW_MOMENTS):
            one = begin(legs, prepare_s=900)
            one.feed(functools.partial(one.leg.stop, None))
            await one.over()
            ended.append(weakref.ref(one))
        del one
        gc.collect()
        assert sum(running() is not None for running in ended) <= FEW_MOMENTS


async def test_work_that_fails_beside_the_calls_ends_nothing() -> None:
    """It is told in the log."""

    async def broken() -> None:
        raise RuntimeError("a bug")

    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal, Legs(rehearsal.line.ports) as legs:
        await asyncio.wait({legs.begin(broken, "broken")})
        one = begin(legs, prepare_s=5)
        await one.over()
        assert one.leg.is_over
