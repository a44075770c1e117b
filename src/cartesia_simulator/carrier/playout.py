"""What a callee hears: the playout arithmetic of one answered call, with time as an argument.

Audio goes onto one timeline that starts at the answer. A byte is a sample (8000 a second), so a moment is
a byte position and nothing needs a queue of frames: audio is appended behind what is still to be played,
or at the present position if nothing is. Times are seconds of the call's clock.
A media stream has a share in it: its audio and marks, and the faults that lose or delay them.
"""

from __future__ import annotations

from collections import deque

from cartesia_call.audio.mulaw import BYTES_PER_S, SILENCE_BYTE, duration_ms, duration_s
from cartesia_simulator.faults import FaultPlan, Moment

MAX_QUEUED_BYTES = 10 * 60 * BYTES_PER_S
"""Ten minutes of audio; Twilio discards what comes beyond (error 31931)."""

_ROUNDING_BYTES = 1e-3
"""A moment computed from a byte position must lead back to it: absorbs the error of double arithmetic."""


class Playout:
    """One call's timeline of audio, from `answered_at_s` on.

    Silence fills the gaps. Until `end`, what lies in the future can still be cleared.
    """

    def __init__(self, answered_at_s: float) -> None:
        self.answered_at_s = answered_at_s
        self._timeline = bytearray()
        self._stream_spans: list[tuple[int, int]] = []
        self._marks: deque[tuple[int, str]] = deque()
        self._ended_at_bytes: int | None = None
        self.max_queued_ms = 0.0

    def play(self, audio: bytes, now_s: float, *, from_stream: bool) -> bool:
        """Queue `audio` behind what is still to be played; False, and nothing done, beyond ten minutes."""
        queued = self._queued_bytes(now_s)
        if queued + len(audio) > MAX_QUEUED_BYTES:
            return False
        if not audio:
            return True
        start = self._position(now_s) + queued
        self._timeline.extend(bytes([SILENCE_BYTE]) * (start - len(self._timeline)))
        self._timeline.extend(audio)
        if from_stream:
            self._note_stream_span(start, start + len(audio))
        self.max_queued_ms = max(self.max_queued_ms, duration_ms(queued + len(audio)))
        return True

    def mark(self, name: str, now_s: float) -> None:
        """Put a mark behind everything queued so far; with nothing queued it is due at once."""
        self._marks.append((self._position(now_s) + self._queued_bytes(now_s), name))

    def clear(self, now_s: float) -> None:
        """Drop what is still to be played; all outstanding marks are due at once."""
        position = self._position(now_s)
        del self._timeline[position:]
        self._stream_spans = [(a, min(b, position)) for a, b in self._stream_spans if a < position]
        self._marks = deque((min(at, position), name) for at, name in self._marks)

    def forget_marks(self) -> None:
        """Drop outstanding marks: nobody is left to hear of them."""
        self._marks.clear()

    def take_due_marks(self, now_s: float) -> list[str]:
        """Names of the marks that playback has passed since the last call, in order."""
        position = self._position(now_s)
        due: list[str] = []
        while self._marks and self._marks[0][0] <= position:
            due.append(self._marks.popleft()[1])
        return due

    def next_mark_at_s(self) -> float | None:
        return self._moment(self._marks[0][0]) if self._marks else None

    def queued_s(self, now_s: float) -> float:
        return duration_s(self._queued_bytes(now_s))

    def end(self, now_s: float) -> None:
        """The call is over: what was not played by now is never heard."""
        self.clear(now_s)
        self.forget_marks()
        self._ended_at_bytes = self._position(now_s)

    def heard(self, now_s: float) -> bytes:
        """Exactly what the callee heard from the answer until `now_s`, or until the end."""
        position = self._position(now_s)
        return bytes(self._timeline[:position]).ljust(position, bytes([SILENCE_BYTE]))

    def stream_audio(self, now_s: float) -> bytes:
        """What of it came from the media stream, in order, without the silence between."""
        position = self._position(now_s)
        return b"".join(self._timeline[a : min(b, position)] for a, b in self._stream_spans if a < position)

    def _position(self, now_s: float) -> int:
        if self._ended_at_bytes is not None:
            return self._ended_at_bytes
        return max(0, int((now_s - self.answered_at_s) * BYTES_PER_S + _ROUNDING_BYTES))

    def _moment(self, position: int) -> float:
        return self.answered_at_s + duration_s(position)

    def _queued_bytes(self, now_s: float) -> int:
        return max(0, len(self._timeline) - self._position(now_s))

    def _note_stream_span(self, start: int, end: int) -> None:
        if self._stream_spans and self._stream_spans[-1][1] == start:
            start = self._stream_spans.pop()[0]
        self._stream_spans.append((start, end))


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
        after_s = self._faults.time_s("audio-dropped", otherwise=0.0)
        if after_s is not None:
            self._dropping_from_s = now_s + after_s

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
            late_s = self._faults.time_s("mark-late", otherwise=MARKS_LATE_S) or 0.0
            self._echoes.extend((now_s + late_s, name) for name in passed)
        due: list[str] = []
        while self._echoes and self._echoes[0][0] <= now_s:
            due.append(self._echoes.popleft()[1])
        return due

    def next_echo_at_s(self) -> float | None:
        """When something is to be done about a mark again, or None."""
        moments = [moment for moment, _ in self._echoes]
        mark_at_s = self._playout.next_mark_at_s()
        return min(moments if mark_at_s is None else [*moments, mark_at_s], default=None)

    def _is_dropping(self, now_s: float) -> bool:
        """Whether audio is thrown away by now; when that begins, what is queued goes first."""
        if now_s < self._dropping_from_s:
            return False
        if not self._has_dropped:
            self._has_dropped = True
            self._playout.clear(self._dropping_from_s)
        return True
