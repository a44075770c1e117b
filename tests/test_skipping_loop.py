"""Time that skips: never past anybody's work, never back, and the same every time."""

from __future__ import annotations

import asyncio
import contextlib
import math
import os
import signal
import socket
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import pytest

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.skipping_loop import STANDS_STILL_S, SkippingLoop
from cartesia_simulator.voice import in_thread

T = TypeVar("T")
HOUR_S = 3600
WORK_S = 0.05
"""Real seconds of a thread's work: longer than any look at the sockets."""


def run(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=SkippingLoop) as runner:
        return runner.run(main)


def works() -> bool:
    """For a while, in real time."""
    return not threading.Event().wait(WORK_S)


def test_an_hour_passes_at_once() -> None:
    """And the loop's time is exactly that hour later."""

    async def sleep() -> float:
        await asyncio.sleep(HOUR_S)
        return asyncio.get_running_loop().time()

    began_s = time.monotonic()
    assert run(sleep()) == HOUR_S
    assert time.monotonic() - began_s < 30


def test_a_sleep_without_end_ends_with_its_limit() -> None:
    """As on asyncio's own loops: a timer may be set for never."""

    async def give_up() -> float:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.sleep(math.inf)
        return asyncio.get_running_loop().time()

    assert run(give_up()) == 30


def test_between_jumps_time_stands_still() -> None:
    """Whatever a busy machine does meanwhile."""

    async def times() -> tuple[float, float]:
        loop = asyncio.get_running_loop()
        before_s, until_s = loop.time(), time.monotonic() + WORK_S
        while time.monotonic() < until_s:
            await asyncio.sleep(0)
        return before_s, loop.time()

    before_s, after_s = run(times())
    assert after_s - before_s < 0.01  # it creeps on, a tick for a round


async def _in_daemon_thread() -> bool:
    return await in_daemon_thread(works)


async def _in_default_executor() -> bool:
    return await asyncio.to_thread(works)


async def _in_own_executor() -> bool:
    with ThreadPoolExecutor() as pool:
        return await asyncio.get_running_loop().run_in_executor(pool, works)


async def _as_the_voice_speaks() -> bool:
    return [chunk async for chunk in in_thread(iter([b"x"] if works() else []))] == [b"x"]


@pytest.mark.parametrize(
    "work", [_in_daemon_thread, _in_default_executor, _in_own_executor, _as_the_voice_speaks]
)
def test_no_jump_passes_a_working_thread(work: Any) -> None:
    """Whichever way it was started: a limit of a millisecond is long enough for it."""

    async def limited() -> tuple[bool, float]:
        async with asyncio.timeout(0.001):
            done = await work()
        return done, asyncio.get_running_loop().time()

    assert run(limited()) == (True, 0.0)


def test_a_thread_that_hangs_does_not_freeze_the_clock() -> None:
    """After a second of real time the limit of whoever waits for it runs at the speed of life; then the rest
    of the time skips again."""
    release = threading.Event()

    async def give_up() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await in_daemon_thread(release.wait)
        await asyncio.sleep(HOUR_S)
        return asyncio.get_running_loop().time()

    began_s = time.monotonic()
    assert HOUR_S + 0.2 <= run(give_up()) < HOUR_S + 1
    assert STANDS_STILL_S + 0.2 <= time.monotonic() - began_s < 60
    release.set()


def test_a_thread_that_works_holds_the_clock_for_longer() -> None:
    """An import on a busy machine takes seconds; it has the processor now and then."""

    def calculate() -> None:
        until_s = time.monotonic() + 2 * STANDS_STILL_S
        while time.monotonic() < until_s:
            pass

    async def limited() -> float:
        async with asyncio.timeout(0.001):
            await in_daemon_thread(calculate)
        return asyncio.get_running_loop().time()

    assert run(limited()) == 0


def test_what_is_sent_on_loopback_arrives_before_time_goes_on() -> None:
    """A thousand messages there and back within no time, each beside a timer of a millisecond."""

    async def there_and_back() -> float:
        loop = asyncio.get_running_loop()
        with socket.create_server(("127.0.0.1", 0)) as server, socket.socket() as here:
            here.connect(server.getsockname())
            there, _ = server.accept()
            with there:
                here.setblocking(False)
                there.setblocking(False)
                for _ in range(1000):
                    async with asyncio.timeout(0.001):
                        reading = asyncio.create_task(loop.sock_recv(there, 100))
                        await loop.sock_sendall(here, b"hello")
                        await loop.sock_sendall(there, await reading)
                        assert await loop.sock_recv(here, 100) == b"hello"
        return loop.time()

    assert run(there_and_back()) < 0.001


def test_without_a_timer_a_signal_wakes_it() -> None:
    """As every loop."""

    async def wait() -> str:
        got = asyncio.Event()
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGUSR1, got.set)
        sender = threading.Timer(WORK_S, os.kill, (os.getpid(), signal.SIGUSR1))
        sender.start()
        await got.wait()
        sender.join()
        loop.remove_signal_handler(signal.SIGUSR1)
        return "woken"

    assert run(wait()) == "woken"


def test_timers_go_off_in_order_and_never_early() -> None:
    """Also where the moments are sums that binary cannot hold, and differ by nothing but rounding."""

    async def wait() -> list[tuple[float, float]]:
        loop = asyncio.get_running_loop()
        gone: list[tuple[float, float]] = []
        due_s = [sum([0.1] * n) for n in range(1, 100)] + [4.3477500000000004]

        def note(at_s: float) -> None:
            gone.append((at_s, loop.time()))

        for at_s in due_s:
            loop.call_at(at_s, note, at_s)
        await asyncio.sleep(HOUR_S)
        return gone

    gone = run(wait())
    assert len(gone) == 100
    assert all(0 <= now_s - at_s < 2e-6 for at_s, now_s in gone)
    assert [now_s for _, now_s in gone] == sorted(now_s for _, now_s in gone)


def test_who_waits_for_a_moment_sees_it_come() -> None:
    """Though the rest of the wait is less than the clock shows, or than asyncio's timers wait for."""

    async def wait() -> int:
        loop, rounds = asyncio.get_running_loop(), 0
        await asyncio.sleep(1000 * HOUR_S)  # the larger the time, the coarser its floating-point numbers
        for left_s in (0.0, 1e-10, 3e-9):
            due_s = loop.time() + left_s
            while loop.time() <= due_s:
                rounds += 1
                woken = asyncio.Event()
                loop.call_at(due_s, woken.set)
                await woken.wait()
        return rounds

    assert run(wait()) < 10_000
