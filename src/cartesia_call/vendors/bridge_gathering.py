"""Streams whose frames can wait are looked at now and then, and not at every frame.

The carrier sends each callee's audio fifty times a second. What a frame costs is hardly its bytes: it is
waking up for it. Where many streams are up, some frames wait for one another in the system's buffer. They are
then read without asking first whether there are any: to have asyncio look after the socket in between, and
not, takes two system calls and as long as the reading itself.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
import os
from collections.abc import Callable
from typing import Protocol

from cartesia_call.clock import running_s

S_PER_STREAM = 0.002
"""With few streams nothing has to be spared, and everything is seen at once."""

LEAST_S = 0.03
"""Less than two frames is not worth it."""

_TOGETHER_S = 0.005
"""Whoever is due within it is looked at in the same turn of the event loop."""

_MOST_TOGETHER = 16
"""In one turn: whoever comes between, as a stream that starts, does not wait for all of them."""


class Paused(Protocol):
    """A stream that is not read for a while."""

    def read_on(self) -> None:
        """Read again."""


class Gathering:
    """When streams are read again that were just read. `streams` are up whose frames can wait."""

    def __init__(self) -> None:
        self.streams = 0
        self._due: list[tuple[float, int, Paused]] = []
        self._order = itertools.count()
        self._timer: asyncio.TimerHandle | None = None

    def pause_s(self, longest_s: float) -> float:
        """How long a stream may be left alone now that could wait for so long; 0: not at all."""
        pause_s = min(longest_s, self.streams * S_PER_STREAM)
        return pause_s if pause_s >= LEAST_S else 0.0

    def read_later(self, stream: Paused, pause_s: float) -> None:
        """Have `stream` read again in `pause_s`."""
        heapq.heappush(self._due, (running_s() + pause_s, next(self._order), stream))
        if self._due[0][-1] is stream or self._timer is None:
            self._set_timer()

    def stop(self) -> None:
        self._due.clear()
        if self._timer is not None:
            self._timer.cancel()
        self._timer = None

    def _read_due(self) -> None:
        until_s = running_s() + _TOGETHER_S
        try:
            for _ in range(_MOST_TOGETHER):
                if not self._due or self._due[0][0] > until_s:
                    break
                heapq.heappop(self._due)[-1].read_on()
        finally:  # a fault in one of them is none of the others'
            self._set_timer()

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._timer = (
            asyncio.get_running_loop().call_at(self._due[0][0], self._read_due) if self._due else None
        )


class GatheredReading:
    """Reads what comes in on one connection now and then by itself, into `buffer`, and calls `take` with how
    many bytes; whenever it does not, asyncio reads.

    Whatever is no bytes, as an end or an error, is asyncio's to tell.
    """

    def __init__(
        self,
        gathering: Gathering,
        transport: asyncio.Transport,
        buffer: memoryview,
        take: Callable[[int], None],
    ) -> None:
        self.longest_s = 0.0
        """What comes may wait so long."""
        self._gathering = gathering
        self._transport = transport
        self._socket = transport.get_extra_info("socket")
        self._buffers = (buffer,)
        self._take = take
        self._is_paused = self._is_waiting = False
        gathering.streams += 1

    def end(self) -> None:
        self._gathering.streams -= 1

    def pause(self) -> None:
        """Let some more come before the next look, if that pays."""
        pause_s = self._gathering.pause_s(self.longest_s)
        if not pause_s or self._is_waiting:
            return
        self._is_waiting = True
        if not self._is_paused:
            self._is_paused = True
            self._transport.pause_reading()
        self._gathering.read_later(self, pause_s)

    def read_on(self) -> None:
        """Read what has come; asyncio goes on unless that pauses again."""
        self._is_waiting = False
        try:
            size = self._read()
            if size:
                self._take(size)
        except BaseException:
            self._transport.abort()
            raise
        if not self._is_waiting:
            self.hand_back()

    def _read(self) -> int:
        if not self._is_paused or self._transport.is_closing():
            return 0
        try:
            return os.readv(self._socket.fileno(), self._buffers)
        except OSError:  # nothing has come, or asyncio is told the same
            return 0

    def hand_back(self) -> None:
        if self._is_paused:
            self._is_paused = False
            self._transport.resume_reading()
