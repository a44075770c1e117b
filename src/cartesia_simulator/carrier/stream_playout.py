"""One media stream's share in a call's playout: its audio and marks, and the faults that lose or delay them.

Time is an argument, in seconds of the call's clock.
"""

from __future__ import annotations

from collections import deque

from cartesia_simulator.carrier.playout import Playout
from cartesia_simulator.faults import FaultPlan, Moment

MARKS_LATE_S = 2.0
"""How late the echoes of `mark-late` are, where it names no time."""


class StreamPlayout:
    """Plays what a stream sends and says which marks are to be echoed; `begin` comes first."""

    def __init__(self, playout: Playout, faults: FaultPlan) -> None:
        self._playout = playout
        self._faults = faults
        self._echoes: deque[tuple[float, str]] = deque()
        self._dropping_from_s = float("inf")
        self._has_dropped = False

    def begin(self, now_s: float) -> None:
        """The stream starts."""
        fault = self._faults.get("audio-dropped")
        if fault is not None:
            self._dropping_from_s = now_s + (fault.time_s or 0.0)

    def play(self, audio: bytes, now_s: float) -> bool:
        """Queue audio; False, and nothing done, beyond what the carrier queues."""
        if self._is_dropping(now_s):
            return True
        if not self._playout.play(audio, now_s, from_stream=True):
            return False
        if audio:
            self._faults.note(Moment.SPEECH)
        return True

    def mark(self, name: str, now_s: float) -> None:
        """Put a mark behind the audio so far."""
        self._is_dropping(now_s)
        self._playout.mark(name, now_s)

    def clear(self, now_s: float) -> None:
        """Drop what is still to be played; all outstanding marks are due at once."""
        self._playout.clear(now_s)

    def end(self, now_s: float) -> None:
        """The stream is over: what it has queued is not heard, and nobody hears of its marks."""
        self._playout.forget_marks()
        self._playout.clear(now_s)

    def take_echoes(self, now_s: float) -> list[str]:
        """Names of the marks to echo by now, in order."""
        self._is_dropping(now_s)
        passed = self._playout.take_due_marks(now_s)
        if not self._faults.has("mark-never"):
            self._echoes.extend((now_s + self._lateness_s(), name) for name in passed)
        due: list[str] = []
        while self._echoes and self._echoes[0][0] <= now_s:
            due.append(self._echoes.popleft()[1])
        return due

    def next_echo_at_s(self) -> float | None:
        """When something is to be done about a mark again, or None."""
        moments = [moment for moment, _ in self._echoes]
        mark_at_s = self._playout.next_mark_at_s()
        return min(moments if mark_at_s is None else [*moments, mark_at_s], default=None)

    def _lateness_s(self) -> float:
        fault = self._faults.get("mark-late")
        if fault is None:
            return 0.0
        return MARKS_LATE_S if fault.time_s is None else fault.time_s

    def _is_dropping(self, now_s: float) -> bool:
        """Whether audio is thrown away by now; when that begins, what is queued goes first."""
        if now_s < self._dropping_from_s:
            return False
        if not self._has_dropped:
            self._has_dropped = True
            self._playout.clear(self._dropping_from_s)
        return True
