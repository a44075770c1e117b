"""Calls that block, run so that they can never hold up the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import threading
from collections.abc import Callable
from typing import Any, TypeVar

T = TypeVar("T")


async def in_daemon_thread(call: Callable[[], T]) -> T:
    """Run `call` in a thread of its own and wait for it.

    A daemon thread, not the loop's executor: the executor is joined when the loop closes, so one hung
    library call would keep the process alive after its call is over. Cancelling the wait leaves the thread
    to itself and drops what it returns.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is not None:
            done.set_exception(error)
        else:
            done.set_result(result)  # type: ignore[arg-type]  # no error means a T, which may be None

    def work() -> None:
        result: T | None = None
        error: BaseException | None = None
        try:
            result = call()
        except BaseException as caught:  # handed over whole: the waiter decides what it means
            error = caught
        with contextlib.suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(settle, result, error)

    if isinstance(loop, DaemonThreadLoop):
        loop.expect_thread(done)
    threading.Thread(target=work, name=getattr(call, "__name__", "blocking"), daemon=True).start()
    return await done


def within(limit_s: float, call: Callable[[], T]) -> T:
    """What `call` returns or raises, outside of any loop; TimeoutError after so many real seconds.

    The thread is left to itself then. A signal's handler runs meanwhile.
    """
    returned: list[T] = []
    raised: list[BaseException] = []

    def work() -> None:
        try:
            returned.append(call())
        except BaseException as error:  # handed over whole: the waiter decides what it means
            raised.append(error)

    thread = threading.Thread(target=work, name=getattr(call, "__name__", "blocking"), daemon=True)
    thread.start()
    thread.join(limit_s)
    if raised:
        raise raised[0]
    if not returned:
        raise TimeoutError
    return returned[0]


class DaemonThreadLoop(asyncio.SelectorEventLoop):
    """An event loop whose default executor is `in_daemon_thread`.

    Libraries resolve names through the loop's executor; a dead name server would otherwise keep the program
    alive, for its threads are joined when the loop closes.
    """

    def run_in_executor(  # type: ignore[override]  # typeshed's form needs TypeVarTuple machinery of its own
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> asyncio.Future[T]:
        if executor is None:
            return asyncio.ensure_future(in_daemon_thread(functools.partial(func, *args)), loop=self)
        done = super().run_in_executor(executor, func, *args)
        self.expect_thread(done)
        return done

    def expect_thread(self, done: asyncio.Future[Any]) -> None:
        """A thread works for somebody who waits for `done`. Here time passes meanwhile."""
