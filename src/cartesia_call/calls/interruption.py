"""A wish from outside that a call shall end."""

from __future__ import annotations

import asyncio


class Interruption:
    """A signal to stop, raised from outside at most once."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._raised = asyncio.Event()

    def raise_signal(self, signal_number: int) -> None:
        """Stop the call in an orderly way; later signals do not change the first one's number."""
        self.signal_number = self.signal_number or signal_number
        self._raised.set()

    async def wait(self) -> None:
        """Until somebody raised it."""
        await self._raised.wait()
