"""SIGINT, SIGTERM and SIGHUP: the first stops the call in an orderly way, a second wish stops the program."""

from __future__ import annotations

import contextlib
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

if TYPE_CHECKING:
    import asyncio

T = TypeVar("T")

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

SAME_WISH_S = 0.3
"""Signals so soon after the first come from whoever sent that: systemd sends a child two SIGTERMs 2 to 5 ms
apart (one to the main process, one to the whole unit), a closing terminal two SIGHUPs 0.2 ms apart. Nobody
presses Ctrl-C twice as fast."""


_MOST_WAITING = 4096
"""Signals that are read at once: bytes that nobody looks at."""


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


class Wishes:
    """Whether a signal is a wish of its own. Times in the machine's seconds, as signals come."""

    def __init__(self) -> None:
        self._first_at_s: float | None = None
        self._numbers: set[int] = set()

    def is_new(self, number: int, at_s: float) -> bool:
        """True for the first signal, and for each one that is not the same wish once more.

        That a terminal is gone is told as often as somebody notices, so a repeated SIGHUP never is.
        """
        is_repeated_hangup = number == signal.SIGHUP and number in self._numbers
        self._numbers.add(number)
        if self._first_at_s is None:
            self._first_at_s = at_s
            return True
        return at_s - self._first_at_s > SAME_WISH_S and not is_repeated_hangup


def leave_at_once(status: int) -> NoReturn:
    """End the process with `status` now, for somebody who asked again. Faults of ours are told."""
    from cartesia_call.cli.logs import tell_faults

    tell_faults()
    os._exit(status)


def ignore_signals() -> None:
    """From here on the exit status is known, and nothing is left to stop."""
    for number in _ours():
        signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def handled(first: Callable[[int], None], second: Callable[[int], None]) -> Iterator[None]:
    """Within the running loop, call `first(number)` for the first wish to stop, `second` for each later one.

    Afterwards they are ignored: what was to be stopped is over, and its exit status is known.
    """
    import asyncio

    from cartesia_call.clock import machine_s

    loop = asyncio.get_running_loop()
    wishes = Wishes()
    seen: list[int] = []

    def obey(number: int, came_at_s: float) -> None:
        if wishes.is_new(number, came_at_s):
            seen.append(number)
            (first if len(seen) == 1 else second)(number)

    def on_signal(number: int, _: FrameType | None) -> None:
        # The moment counts in which it came, not the one in which a busy loop gets to it.
        loop.call_soon_threadsafe(obey, number, machine_s())

    numbers = _ours()
    with _waking(loop):
        for number in numbers:
            signal.signal(number, on_signal)
        try:
            yield
        finally:
            for number in numbers:
                signal.signal(number, signal.SIG_IGN)


@contextlib.contextmanager
def _waking(loop: asyncio.AbstractEventLoop) -> Iterator[None]:
    """Have every signal wake the loop, whichever thread it met: as `loop.add_signal_handler` does, which
    loads `inspect` to find out that a callback is no coroutine, and has no say in the handlers themselves."""
    with contextlib.ExitStack() as undone:
        reading, writing = os.pipe()
        for end in (reading, writing):
            undone.callback(os.close, end)
            os.set_blocking(end, False)
        loop.add_reader(reading, os.read, reading, _MOST_WAITING)
        undone.callback(loop.remove_reader, reading)
        undone.callback(signal.set_wakeup_fd, signal.set_wakeup_fd(writing, warn_on_full_buffer=False))
        yield


async def stoppable(main: Coroutine[Any, Any, T]) -> T:
    """What `main` returns; Stopped if a signal came, once `main` has cleaned up after its cancellation.

    Inside a loop no exception of a signal handler would come through. Behind it signals mean what they meant
    before: a command may have more to do.
    """
    import asyncio

    before = {number: signal.getsignal(number) for number in HANDLED}
    running = asyncio.ensure_future(main)
    numbers: list[int] = []

    def stop(number: int) -> None:
        numbers.append(number)
        running.cancel()

    with handled(stop, stop):
        await asyncio.wait({running})
        if numbers:
            raise Stopped(numbers[0])
    for number, handler in before.items():
        signal.signal(number, handler)
    return running.result()
