"""An event loop whose time skips: a rehearsal takes as long as its work, and comes out the same every time.

In a rehearsal all parties live in this process. When no callback is ready, no socket is readable and no
thread works, nothing can happen before the next timer, so the loop's time jumps to it. Between jumps it
stands still: what a busy machine does meanwhile takes no time at all.
"""

from __future__ import annotations

import asyncio
import math
import selectors
import sys
import time
from collections.abc import Callable
from contextvars import Context
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVarTuple, Unpack

from cartesia_call.blocking import DaemonThreadLoop

Arguments = TypeVarTuple("Arguments")

STANDS_STILL_S = 1.0
"""Real seconds. A thread that takes longer and leaves the processor alone is taken to hang. It does not hold
the clock any more, which then runs at the speed of life: whoever waits for it still reaches their limits."""

STANDS_STILL_AT_MOST_S = 30.0
"""Real seconds, for a thread that works and never ends."""

_LOOKS_AT_THREADS_EVERY_S = 0.25
_WORKS_FOR = 0.05
"""The part of the time for which a working thread has the processor of a busy machine; polling takes less."""

LONG_JUMP_S = 0.25
"""A jump over more than this may pass a time-out, and is rare enough to look at the sockets a second time."""

TICKS_PER_S = 1_000_000
"""Timers go off at whole ticks, never before their moment. Else rounding might leave less to wait for than
asyncio waits for, whose timers may be a nanosecond early: who then asks whether the moment has come is told
no, for ever."""

ROUNDS_TO_A_LOOK = 16
"""What is ready runs first; in so many rounds of the loop the sockets get a look in between."""

ROUNDS_AT_A_MOMENT = 200
"""Rounds of the loop without a socket's doing at one moment of its time. Then the time creeps on, as that of
a busy machine does: whoever waits for rounding to pass relies on it."""

# On Linux, loopback delivers within the system call that sends: of 200,000 messages, half of them beside busy
# processes, none was missing from a look without waiting. Elsewhere a thread of the kernel delivers.
_DELIVERS_AT_ONCE = sys.platform == "linux"
_LOOK_S = 0.0003


def _at_tick(moment_s: float) -> float:
    if math.isinf(moment_s):
        return moment_s
    ticks = math.ceil(moment_s * TICKS_PER_S)
    at_s = ticks / TICKS_PER_S
    return at_s if at_s >= moment_s else (ticks + 1) / TICKS_PER_S


class SkippingLoop(DaemonThreadLoop):
    """Time begins at 0 and moves in jumps only.

    It does not jump while somebody waits for a thread; where that hangs it runs at the speed of life. Without
    any timer it waits, as every loop does, for a socket, a thread or a signal. Other processes live in real
    time: whoever waits for one uses another loop.
    """

    def __init__(self) -> None:
        self._time = _SkippingSelector()
        self._began_utc = datetime.now(UTC)
        super().__init__(self._time)

    def time(self) -> float:
        return self._time.now_s

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        return super().call_at(_at_tick(when), callback, *args, context=context)

    def utc_now(self) -> datetime:
        """The wall clock at the loop's beginning, and the loop's time since."""
        return self._began_utc + timedelta(seconds=self._time.now_s)

    def expect_thread(self, done: asyncio.Future[Any]) -> None:
        at_work = self._time.at_work
        at_work[done] = time.monotonic()
        done.add_done_callback(lambda _: at_work.pop(done))


class _SkippingSelector(selectors.DefaultSelector):
    """Where the loop waits. `at_work` says since when, in seconds, each thread has worked."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.at_work: dict[asyncio.Future[Any], float] = {}
        self._rounds = 0
        # Of the threads: when their processor time was looked at, what it was, when they last worked.
        self._looked_at_s = self._worked_s = self._last_work_at_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is readable or writable now, or else whatever comes first."""
        if timeout is not None and timeout <= 0:
            return self._look_in_between()
        self._rounds = 0
        ready = super().select(0)
        if ready:
            return ready
        if timeout is None:
            return super().select(None)
        if self.at_work:
            return self._wait_for_threads(timeout)
        if not _DELIVERS_AT_ONCE or timeout > LONG_JUMP_S:
            ready = super().select(_LOOK_S)
        if not ready:
            self.now_s = _at_tick(self.now_s + timeout)
        return ready

    def _look_in_between(self) -> list[tuple[selectors.SelectorKey, int]]:
        self._rounds += 1
        if self._rounds % ROUNDS_TO_A_LOOK:
            return []
        ready = super().select(0)
        if ready:
            self._rounds = 0
        elif self._rounds > ROUNDS_AT_A_MOMENT:
            self.now_s += 1 / TICKS_PER_S
        return ready

    def _wait_for_threads(self, timeout_s: float) -> list[tuple[selectors.SelectorKey, int]]:
        began_s = time.monotonic()
        holds_for_s = self._threads_hold_until_s(began_s) - began_s
        if holds_for_s > 0:
            return super().select(min(holds_for_s, _LOOKS_AT_THREADS_EVERY_S))
        ready = super().select(timeout_s)
        passed_s = min(timeout_s, time.monotonic() - began_s) if ready else timeout_s
        self.now_s = _at_tick(self.now_s + passed_s)
        return ready

    def _threads_hold_until_s(self, real_s: float) -> float:
        """Until when, in seconds, the time stands still for the thread that was started last."""
        youngest_s = next(reversed(self.at_work.values()))
        if real_s < min(youngest_s + STANDS_STILL_S, self._looked_at_s + _LOOKS_AT_THREADS_EVERY_S):
            return youngest_s + STANDS_STILL_S  # it holds, whatever the others do
        worked_s = time.process_time() - time.thread_time()
        if worked_s - self._worked_s >= _WORKS_FOR * (real_s - self._looked_at_s):
            self._last_work_at_s = real_s
        if real_s - self._looked_at_s >= _LOOKS_AT_THREADS_EVERY_S:
            self._looked_at_s, self._worked_s = real_s, worked_s
        hangs_at_s = max(youngest_s, self._last_work_at_s) + STANDS_STILL_S
        return min(hangs_at_s, youngest_s + STANDS_STILL_AT_MOST_S)
