"""SIGINT, SIGTERM and SIGHUP: the first stops the call in an orderly way, the second stops the program."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Callable, Iterator

HANDLED = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextlib.contextmanager
def handled(first: Callable[[int], None], second: Callable[[int], None]) -> Iterator[None]:
    """Within the running loop, call `first(number)` for the first signal and `second` for each later one.

    A SIGHUP that was ignored from the start (`nohup`) stays ignored. SIGINT does not: a shell ignores it
    for jobs started with `&`, and a call must be hung up whoever asks.
    """
    loop = asyncio.get_running_loop()
    seen: list[int] = []

    def on_signal(number: int) -> None:
        seen.append(number)
        (first if len(seen) == 1 else second)(number)

    before = {number: signal.getsignal(number) for number in HANDLED}
    numbers = [n for n in HANDLED if n is not signal.SIGHUP or before[n] is not signal.SIG_IGN]
    for number in numbers:
        loop.add_signal_handler(number, on_signal, int(number))
    try:
        yield
    finally:
        for number in numbers:
            loop.remove_signal_handler(number)
            if before[number] is not None:
                signal.signal(number, before[number])
