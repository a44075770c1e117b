"""What blocks never holds up the end."""

from __future__ import annotations

import asyncio
import socket
import threading

import pytest

from cartesia_call.blocking import DaemonThreadLoop, in_daemon_thread, within


async def test_the_result_or_the_exception_comes_back() -> None:
    """As if the call had been made here."""
    assert await in_daemon_thread(lambda: 7) == 7
    with pytest.raises(ZeroDivisionError):
        await in_daemon_thread(lambda: 1 // 0)


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
