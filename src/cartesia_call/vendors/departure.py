"""Whether a request may have left this machine, known exactly, and the right to keep it here."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator


class CalledOff(Exception):
    """The request was given up before its first byte was sent, and is not sent any more."""


class Departure:
    """One request's moment of departure, shared by the thread that sends and the task that waits.

    The sending thread says `leave` between connecting and the first byte of the request. Whoever stops
    waiting says `call_off`. The one that comes first wins, so a request that nobody waits for any more
    (name resolution that hangs, a signal) cannot place a call behind everybody's back.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._left = False
        self._called_off = False

    @property
    def left(self) -> bool:
        """True once bytes of the request may have been sent."""
        with self._lock:
            return self._left

    def leave(self) -> None:
        """The next thing that happens is sending. CalledOff if nobody wants that any more."""
        with self._lock:
            if self._called_off:
                raise CalledOff
            self._left = True

    def call_off(self) -> bool:
        """Keep the request here if it still is; returns whether it had left."""
        with self._lock:
            self._called_off = True
            return self._left

    @contextlib.contextmanager
    def of_this_thread(self) -> Iterator[None]:
        """Within this block, connections used by the current thread report to this departure."""
        _thread.departure = self
        try:
            yield
        finally:
            del _thread.departure


_thread = threading.local()


def current_departure() -> Departure:
    """The departure that the current thread's connections report to."""
    departure: Departure = _thread.departure
    return departure
