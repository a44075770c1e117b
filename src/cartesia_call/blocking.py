"""Calls that block, run so that they can never hold up the end of the program."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import os
import queue
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import Context
from typing import Any, TypeVar, TypeVarTuple, Unpack

T = TypeVar("T")
Arguments = TypeVarTuple("Arguments")


SPARE_FOR_S = 10.0
"""A thread that has done its work waits so long for more. To start one, the loop waits until the system lets
it run: on a busy machine for longer than a frame of audio lasts."""


class _SpareThread(threading.Thread):
    """Does one thing at a time that somebody waits for; among `_spare` in between, and gone after a while."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self._work: queue.SimpleQueue[Callable[[], None]] = queue.SimpleQueue()

    def do(self, work: Callable[[], None], name: str) -> None:
        self.name = name
        self._work.put(work)

    def run(self) -> None:
        while True:
            try:
                work = self._work.get(timeout=SPARE_FOR_S)
            except queue.Empty:
                try:
                    _spare.remove(self)
                except ValueError:  # it has just been taken, and is about to be told what to do
                    continue
                return
            work()
            del work  # and whatever it holds
            _spare.append(self)


_spare: list[_SpareThread] = []
"""Whoever takes a thread off it, in one operation, is the only one to have it."""
os.register_at_fork(after_in_child=_spare.clear)


def _do_beside(work: Callable[[], None], name: str) -> None:
    """Have `work` done in a thread that does nothing else."""
    try:
        _spare.pop().do(work, name)
    except IndexError:
        thread = _SpareThread()
        thread.do(work, name)
        thread.start()


async def in_daemon_thread(call: Callable[[], T]) -> T:
    """Run `call` in a thread that does nothing else, and wait for it.

    A daemon thread, not the loop's executor: the executor is joined when the loop closes, so one hung
    library call would keep the process alive after its call is over. Cancelling the wait leaves the thread
    to itself and drops what it returns.
    """
    done, work = _handed_over(call)
    _do_beside(work, _name(call))
    return await done


class DaemonWorker:
    """One daemon thread that runs calls in the order in which they come, inside `around()`.

    As with `in_daemon_thread`, nobody waits for it at the end of the program.
    """

    def __init__(self, around: Callable[[], AbstractContextManager[object]], *, name: str) -> None:
        self._around = around
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._serve, name=name, daemon=True)
        self._thread.start()

    def run(self, call: Callable[[], T]) -> asyncio.Future[T]:
        """What `call` returns once its turn has come; cancelling the wait does not take it back. It is handed
        over at once: a successor takes what is there, and what came to a thread that ends would be lost."""
        done, work = _handed_over(call)
        self._work.put(work)
        return done

    def end(self, successor: DaemonWorker | None = None) -> None:
        """End behind the last call; or behind the one that runs now, if the `successor` does the others."""
        while successor is not None:
            try:
                successor._work.put(self._work.get_nowait())
            except queue.Empty:
                break
        self._work.put(None)

    def join(self, limit_s: float) -> None:
        """Block until the thread has ended, or for so many seconds."""
        self._thread.join(limit_s)

    def _serve(self) -> None:
        with self._around():
            for work in iter(self._work.get, None):
                work()


def _handed_over(call: Callable[[], T]) -> tuple[asyncio.Future[T], Callable[[], None]]:
    """What a thread is to do, and where the running loop finds what `call` returned or raised."""
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
    return done, work


def _name(call: Callable[[], object]) -> str:
    return getattr(call, "__name__", "blocking")


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

    thread = threading.Thread(target=work, name=_name(call), daemon=True)
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


LATE_S = 0.1
"""A timer that rings so much later than it was set for was kept from it: by a machine that had no processor
for this process, or was asleep."""

LOOKS = 20
"""Of the loop at what has arrived, before such a timer rings: enough for an answer to get from its socket to
whoever waits for it."""


class PatientLoop(DaemonThreadLoop):
    """Whose timers let be heard first what arrived while the process did not get the processor: a machine's
    pause is not the peer's silence.

    By itself asyncio looks at sockets and timers in one turn, and a time-out ends the wait for an answer that
    lies there.
    """

    def call_at(
        self,
        when: float,
        callback: Callable[[Unpack[Arguments]], object],
        *args: *Arguments,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        late = _MaybeLate(self, when, functools.partial(callback, *args), context)
        late.timer = super().call_at(when, late.ring, LOOKS, context=context)
        return late.timer

    def is_late(self, when: float) -> bool:
        """Whether what was set for this moment has been kept from it."""
        return self.time() - when > LATE_S


class _MaybeLate:
    """What a timer of such a loop calls. It holds the timer until that rings, no longer: neither is left to
    a search for cycles then, nor what they call."""

    def __init__(
        self, loop: PatientLoop, when: float, call: Callable[[], object], context: Context | None
    ) -> None:
        self.timer: asyncio.TimerHandle | None = None
        self._loop = loop
        self._when = when
        self._call = call
        self._context = context

    def ring(self, looks_left: int) -> None:
        if self.timer is None or self.timer.cancelled():
            return
        if looks_left and self._loop.is_late(self._when):
            self._loop.call_soon(self.ring, looks_left - 1, context=self._context)
        else:
            self.timer = None
            self._call()
