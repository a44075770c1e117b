"""How far the carrier has played what it was sent, as well as its sender can know.

The carrier plays in order, from the moment it receives. Network delay makes real playing later, never
earlier, than this reckoning.
"""

from __future__ import annotations

from cartesia_call.audio.mulaw import BYTES_PER_S, duration_s


class Playout:
    """The expected end of playing, kept per chunk: `end = max(end, now) + length`."""

    def __init__(self) -> None:
        self._sent_bytes = 0
        self._ends_at_s = 0.0

    @property
    def ends_at_s(self) -> float:
        """When everything sent so far has been played, at the earliest; 0 before the first chunk."""
        return self._ends_at_s

    @property
    def sent_bytes(self) -> int:
        """How much was handed over, without what was cleared before it was played."""
        return self._sent_bytes

    def clear(self, now_s: float) -> None:
        """The carrier drops what it has not played yet."""
        self._sent_bytes = self.played_bytes(now_s)
        self._ends_at_s = min(self._ends_at_s, now_s)

    def sent(self, size_bytes: int, now_s: float) -> None:
        """`size_bytes` more were handed over at `now_s`."""
        self._ends_at_s = max(self._ends_at_s, now_s) + duration_s(size_bytes)
        self._sent_bytes += size_bytes

    def queued_s(self, now_s: float) -> float:
        """Seconds of audio that are sent and not yet played: the lead."""
        return max(0.0, self._ends_at_s - now_s)

    def played_bytes(self, now_s: float) -> int:
        """How much of what was sent has been played by `now_s`, at the most."""
        return max(0, self._sent_bytes - round(self.queued_s(now_s) * BYTES_PER_S))
