"""A wish from outside that calls shall end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Interruption:
    """A signal to stop, raised from outside at most once."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._raised = asyncio.Event()
        self._listeners: list[Callable[[int], None]] = []

    def raise_signal(self, signal_number: int) -> None:
        """Stop the calls in an orderly way; later signals do not change the first one's number."""
        if self.signal_number is not None:
            return
        self.signal_number = signal_number
        self._raised.set()
        for listener in tuple(self._listeners):
            listener(signal_number)

    def subscribe(self, listener: Callable[[int], None]) -> Callable[[], None]:
        """Call `listener` with the signal's number, also if it has come; the returned function ends that."""
        self._listeners.append(listener)
        if self.signal_number is not None:
            listener(self.signal_number)
        return lambda: self._listeners.remove(listener)

    async def wait(self) -> None:
        """Until somebody raised it."""
        await self._raised.wait()
