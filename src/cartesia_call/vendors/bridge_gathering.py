"""Streams that bring nothing to read are looked at now and then, and not at every frame.

The carrier sends each callee's audio fifty times a second. What a frame costs is hardly its bytes: it is
waking up for it. Where many streams are up and nobody listens, some frames wait for one another in the
system's buffer.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import Protocol

from cartesia_call.clock import running_s

LONGEST_S = 0.1
"""So much later a key, a mark's echo or an end may be seen: less than anybody notices. Five frames; more of
them hardly make one cheaper."""

S_PER_STREAM = 0.002
"""With few streams nothing has to be spared, and everything is seen at once."""

LEAST_S = 0.04
"""Two frames."""

_TOGETHER_S = 0.005
"""Whoever is due within it is looked at in the same turn of the event loop."""

_MOST_TOGETHER = 32
"""In one turn: whoever comes between, as a stream that starts, does not wait for all of them."""


class Paused(Protocol):
    """A stream that is not read for a while."""

    def read_on(self) -> None:
        """Read again."""


class Gathering:
    """When streams are read again that were just read. `streams` are up of which nothing is read."""

    def __init__(self) -> None:
        self.streams = 0
        self._loop = asyncio.get_running_loop()
        self._due: deque[tuple[float, Paused]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    @property
    def pause_s(self) -> float:
        """How long a stream may be left alone now; 0: not at all."""
        pause_s = min(LONGEST_S, self.streams * S_PER_STREAM)
        return pause_s if pause_s >= LEAST_S else 0.0

    def read_later(self, stream: Paused, pause_s: float) -> None:
        """Have `stream` read again in `pause_s`, or earlier where others before it wait for longer."""
        self._due.append((running_s() + pause_s, stream))
        if self._timer is None:
            self._timer = self._loop.call_at(self._due[0][0], self._read_due)

    def stop(self) -> None:
        """Let go of everybody."""
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _read_due(self) -> None:
        until_s = running_s() + _TOGETHER_S
        for _ in range(_MOST_TOGETHER):
            if not self._due or self._due[0][0] > until_s:
                break
            self._due.popleft()[1].read_on()
        self._timer = self._loop.call_at(self._due[0][0], self._read_due) if self._due else None
