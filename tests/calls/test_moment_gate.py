"""Calls that are ready pass in their order, each at a moment of its own; what was missed is given back."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest

from cartesia_call.calls.moment_gate import AHEAD_S, LATE_S, MomentGate
from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError, QueueUnreachable
from cartesia_call.fleet_ports import Begun, Moment, QueuedRow
from cartesia_call.policy.request_times import RequestTimes
from tests.fleet.workers import list_row

GAP_S = 0.5


class SteadyMoments:
    """Implements `Moments`: one each `GAP_S`, unless the queue cannot be reached."""

    def __init__(self, clock: SystemClock) -> None:
        self._clock = clock
        self._due_s = clock.now_s()
        self.given_s: list[float] = []
        self.asked: list[int] = []
        self.returned: list[float] = []
        self.begun: list[Begun] = []
        self.error: LedgerError | None = None

    async def moment(self, row: QueuedRow, *, longest_s: float) -> Moment:
        if self.error is not None:
            raise self.error
        self.asked.append(row.number)
        at_s = max(self._due_s, self._clock.now_s())
        is_given = at_s - self._clock.now_s() <= longest_s
        if is_given:
            self.given_s.append(at_s)
            self._due_s = at_s + GAP_S
        return Moment(at_s=at_s, key=at_s, is_given=is_given)

    async def tell_moments(self, list_id: str, *, missed: Sequence[float], begun: Sequence[Begun]) -> None:
        assert list_id == "a"
        self.returned += missed
        self.begun += begun


class SleepyClock(SystemClock):
    """Sleeps longer than it was told, once."""

    too_long_s = 0.0

    async def sleep(self, seconds: float) -> None:
        late_s, self.too_long_s = self.too_long_s, 0.0
        await super().sleep(seconds + late_s)


def _gate(clock: SystemClock, moments: SteadyMoments) -> MomentGate:
    return MomentGate(clock, moments, "a", RequestTimes())


def _row(number: int) -> QueuedRow:
    return QueuedRow(job_id=number, list_id="a", row=list_row(number))


async def test_each_passes_at_its_moment_in_its_order() -> None:
    """And no moment is asked for earlier than it has to be."""
    clock = SystemClock()
    moments = SteadyMoments(clock)
    gate, passed = _gate(clock, moments), list[tuple[int, float]]()

    async def call(number: int) -> None:
        await gate.passed(_row(number))
        passed.append((number, clock.now_s()))

    began_s = clock.now_s()
    await asyncio.gather(*(call(number) for number in range(1, 5)))
    assert [number for number, _ in passed] == [1, 2, 3, 4]
    assert [at_s - began_s for _, at_s in passed] == pytest.approx([0, 0.5, 1, 1.5], abs=0.005)
    assert [at_s for _, at_s in passed] == pytest.approx(moments.given_s, abs=0.005)


async def test_who_misses_a_moment_takes_another_and_gives_it_back() -> None:
    clock = SleepyClock()
    moments = SteadyMoments(clock)
    gate = _gate(clock, moments)
    began_s = clock.now_s()
    clock.too_long_s = 2 * LATE_S
    await gate.passed(_row(1))
    assert moments.returned == moments.given_s[:1]
    assert clock.now_s() - began_s == pytest.approx(GAP_S, abs=0.005)


async def test_it_is_told_when_a_call_has_begun() -> None:
    """With its answer at the latest, at once, and although others wait for moments; what was not sent goes
    back."""
    clock = SystemClock()
    moments = SteadyMoments(clock)
    gate = _gate(clock, moments)
    passage = await gate.passed(_row(1))
    waiting = asyncio.create_task(gate.passed(_row(2)))
    await asyncio.sleep(0.01)
    gate.answered(passage)
    await asyncio.sleep(0.005)
    (begun,) = moments.begun
    assert begun.key == passage.key
    assert begun.latest_s == pytest.approx(passage.at_s + 0.01, abs=0.005)
    gate.gave_up(await waiting)
    await asyncio.sleep(0.005)
    assert moments.returned == moments.given_s[1:]


async def test_the_moment_of_whoever_is_stopped_is_the_next_ones() -> None:
    """Nothing is lost by a call that is given up while it waits."""
    clock = SystemClock()
    moments = SteadyMoments(clock)
    gate = _gate(clock, moments)
    await gate.passed(_row(1))
    stopped, next_one = (asyncio.create_task(gate.passed(_row(number))) for number in (2, 3))
    await asyncio.sleep(AHEAD_S / 4)
    stopped.cancel()
    await next_one
    assert clock.now_s() == pytest.approx(moments.given_s[0] + GAP_S, abs=0.005)
    assert len(moments.given_s) == 2


async def test_without_a_queue_nobody_passes() -> None:
    """Each of those who wait is told, and once it answers the next ones pass."""
    clock = SystemClock()
    moments = SteadyMoments(clock)
    gate = _gate(clock, moments)
    moments.error = QueueUnreachable("The queue cannot be reached.")
    told = await asyncio.gather(*(gate.passed(_row(number)) for number in (1, 2)), return_exceptions=True)
    assert told == [moments.error] * 2
    moments.error = None
    await gate.passed(_row(3))
    assert len(moments.given_s) == 1
