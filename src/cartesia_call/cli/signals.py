"""SIGINT, SIGTERM and SIGHUP: the first stops the call in an orderly way, the second stops the program."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Coroutine, Iterator
from typing import Any, TypeVar

T = TypeVar("T")

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A signal came while no call is under way: end, with `number` in the exit status."""

    def __init__(self, number: int) -> None:
        super().__init__(f"signal {number}")
        self.number = number


def stop_on_signals() -> None:
    """Raise `Stopped` for each signal, until a call has handlers of its own.

    A SIGHUP that was ignored from the start (`nohup`) stays ignored. SIGINT does not: a shell ignores it
    for jobs started with `&`, and a call must be hung up whoever asks.
    """

    def stop(number: int, _: object) -> None:
        for other in _ours():  # one is enough: a second would end the words about the first
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(number)

    for number in _ours():
        signal.signal(number, stop)


def _ours() -> list[signal.Signals]:
    return [n for n in HANDLED if n is not signal.SIGHUP or signal.getsignal(n) is not signal.SIG_IGN]


@contextlib.contextmanager
def handled(first: Callable[[int], None], second: Callable[[int], None]) -> Iterator[None]:
    """Within the running loop, call `first(number)` for the first signal and `second` for each later one.

    Afterwards they are ignored: what was to be stopped is over, and its exit status is known.
    """
    import asyncio

    loop = asyncio.get_running_loop()
    seen: list[int] = []

    def on_signal(number: int) -> None:
        seen.append(number)
        (first if len(seen) == 1 else second)(number)

    numbers = _ours()
    for number in numbers:
        loop.add_signal_handler(number, on_signal, int(number))
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            signal.signal(number, signal.SIG_IGN)


async def stoppable(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns; Stopped if a signal came, once `main` has cleaned up after its cancellation.

    Inside a loop no exception of a signal handler would come through.
    """
    import asyncio

    running = asyncio.ensure_future(main)
    numbers: list[int] = []

    def stop(number: int) -> None:
        numbers.append(number)
        running.cancel()

    with handled(stop, stop):
        await asyncio.wait({running})
        if numbers:
            raise Stopped(numbers[0])
    return running.result()
