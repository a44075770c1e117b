"""What blocks never holds up the end."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import gc
import socket
import threading
import weakref
from collections.abc import Iterator

import pytest

from cartesia_call.blocking import (
    LATE_S,
    DaemonThreadLoop,
    DaemonWorker,
    PatientLoop,
    in_daemon_thread,
    within,
)


async def test_the_result_or_the_exception_comes_back() -> None:
    """As if the call had been made here."""
    assert await in_daemon_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 // 0)


async def test_a_thread_that_is_done_is_used_again_and_one_that_hangs_is_not() -> None:
    """Starting one takes as long as a busy machine pleases. Nothing waits behind what hangs."""
    release, before = threading.Event(), set(threading.enumerate())
    hanging = asyncio.ensure_future(in_daemon_thread(lambda: (threading.current_thread(), release.wait(30))))
    await asyncio.sleep(0)  # it has a thread from now on
    used = [await in_daemon_thread(threading.current_thread) for _ in range(20)]
    release.set()
    hung, _ = await hanging
    assert len(set(used) - before) <= 2  # the first may not be ready yet when the second is wanted
    assert hung not in used


async def test_what_a_spare_thread_has_done_is_not_kept() -> None:
    """Neither what was called nor what it returned."""

    class Result:
        pass

    kept: weakref.WeakSet[Result] = weakref.WeakSet()

    def call() -> None:
        kept.add(Result())

    result = Result()
    kept.add(result)
    await in_daemon_thread(functools.partial(lambda one: call(), result))
    del result
    await in_daemon_thread(call)
    async with asyncio.timeout(5):
        while kept:
            gc.collect()
            await asyncio.sleep(0)


async def test_giving_up_does_not_wait_for_the_call() -> None:
    """A time-out is a time-out; the thread is a daemon and goes its own way."""
    release = threading.Event()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            await in_daemon_thread(release.wait)
    release.set()


def test_a_hung_library_call_does_not_outlive_the_loop() -> None:
    """The loop's own executor, which name look-ups use, does not join a thread that hangs."""
    release = threading.Event()

    async def leave_something_hanging() -> str:
        hanging = asyncio.ensure_future(asyncio.to_thread(release.wait))
        await asyncio.sleep(0.01)
        hanging.cancel()
        return "done"

    with asyncio.Runner(loop_factory=DaemonThreadLoop) as runner:
        assert runner.run(leave_something_hanging()) == "done"
    assert not release.is_set()
    release.set()


def test_names_are_resolved_as_ever() -> None:
    """`getaddrinfo` goes through the daemon threads and answers the same."""

    async def resolve() -> list[str]:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo("127.0.0.1", 80, type=socket.SOCK_STREAM)
        return [str(address[4][0]) for address in found]

    with asyncio.Runner(loop_factory=DaemonThreadLoop) as runner:
        assert runner.run(resolve()) == ["127.0.0.1"]


def test_within_a_limit_outside_of_a_loop() -> None:
    """What it returns or raises; a TimeoutError if it takes longer, and nobody waits for the thread."""
    release = threading.Event()
    assert within(5, lambda: None) is None
    with pytest.raises(ZeroDivisionError):
        within(5, lambda: 1 // 0)
    with pytest.raises(TimeoutError):
        within(0.05, release.wait)
    release.set()


class Thread:
    """What happens around a worker's work: `log` tells the beginning and the end of each thread."""

    def __init__(self) -> None:
        self.log: list[str] = []

    @contextlib.contextmanager
    def life(self) -> Iterator[None]:
        self.log.append("begins")
        yield
        self.log.append("ends")


async def test_a_worker_does_one_thing_after_the_other() -> None:
    """In one thread, in the order in which it was asked; what it returns or raises comes back."""
    thread = Thread()
    worker = DaemonWorker(thread.life, name="worker")
    asked = [worker.run(threading.get_ident), worker.run(lambda: 1 // 0), worker.run(threading.get_ident)]
    first, failed, last = await asyncio.gather(*asked, return_exceptions=True)
    assert first == last != threading.get_ident()
    assert isinstance(failed, ZeroDivisionError)
    assert thread.log == ["begins"]
    worker.end()
    worker.join(10)
    assert thread.log == ["begins", "ends"]


async def test_a_worker_that_hangs_leaves_the_rest_to_its_successor() -> None:
    """Once it goes on, it ends: nothing is done twice, and nothing is lost."""
    release, hangs, thread = threading.Event(), threading.Event(), Thread()

    def hang() -> bool:
        hangs.set()
        return release.wait(30)

    hung = DaemonWorker(thread.life, name="hung")
    hanging = asyncio.ensure_future(hung.run(hang))
    waiting = asyncio.ensure_future(hung.run(lambda: 7))
    await asyncio.to_thread(hangs.wait, 30)
    successor = DaemonWorker(thread.life, name="successor")
    last = asyncio.ensure_future(hung.run(lambda: 8))  # in the very moment
    hung.end(successor)
    async with asyncio.timeout(30):
        assert list(await asyncio.gather(waiting, last)) == [7, 8]
    assert not hanging.done()
    release.set()
    assert await hanging
    hung.join(10)
    successor.end()
    successor.join(10)
    assert thread.log == ["begins", "begins", "ends", "ends"]


def pause(seconds: float) -> None:
    """As on a machine that has no processor for this process."""
    threading.Event().wait(seconds)


def test_what_arrived_in_a_pause_of_the_machine_is_heard_before_a_time_out() -> None:
    """The answer lies there, and goes some way from the socket to whoever waits for it."""

    async def wait_for_an_answer() -> bytes:
        ours, theirs = socket.socketpair()
        reader, writer = await asyncio.open_connection(sock=ours)
        answers: asyncio.Queue[bytes] = asyncio.Queue()

        async def hand_on() -> None:
            await answers.put(await reader.readexactly(6))

        handing_on = asyncio.create_task(hand_on())
        try:
            async with asyncio.timeout(0.05):
                await asyncio.sleep(0)
                theirs.send(b"answer")
                pause(0.05 + 2 * LATE_S)
                return await answers.get()
        finally:
            await handing_on
            writer.close()
            theirs.close()

    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        assert runner.run(wait_for_an_answer()) == b"answer"


def test_a_pause_is_no_excuse_for_a_silent_peer() -> None:
    """Time-outs ring all the same, in their order; one that was cancelled meanwhile does not."""
    rung: list[str] = []

    async def wait() -> None:
        loop = asyncio.get_running_loop()
        loop.call_later(0.01, rung.append, "first")
        loop.call_later(0.02, rung.append, "second")
        cancelled = loop.call_later(0.01, rung.append, "cancelled")
        loop.call_later(0.005, cancelled.cancel)
        pause(0.02 + 2 * LATE_S)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await loop.create_future()

    with asyncio.Runner(loop_factory=PatientLoop) as runner:
        runner.run(wait())
    assert rung == ["first", "second"]


def test_a_timer_that_has_rung_is_freed_at_once() -> None:
    """And whatever it called, without a search for cycles: a call sets thousands of them."""

    class Called:
        def __init__(self) -> None:
            self.rung = asyncio.Event()

    async def ring() -> weakref.ref[Called]:
        called = Called()
        asyncio.get_running_loop().call_later(0.0, called.rung.set)
        held = weakref.ref(called)
        await called.rung.wait()
        asyncio.get_running_loop().call_later(0.0, lambda kept: None, called)
        del called
        await asyncio.sleep(0.001)
        return held

    gc.disable()
    try:
        with asyncio.Runner(loop_factory=PatientLoop) as runner:
            assert runner.run(ring())() is None
    finally:
        gc.enable()
