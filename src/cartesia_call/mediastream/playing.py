"""One part of a conversation while it is played on a stream: how far it was sent, heard and proven."""

from __future__ import annotations

import base64

from cartesia_call.audio.mulaw import BYTES_PER_MS, BYTES_PER_S, duration_s, silence
from cartesia_call.mediastream.events import Played, SpeechBroke
from cartesia_call.speech.utterance import Utterance


class Playout:
    """How far the carrier has played what it was sent, as well as its sender can know.

    The expected end of playing is kept per chunk: `end = max(end, now) + length`. Network delay makes real
    playing later, never earlier, than this reckoning.
    """

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


CHUNK_MS = 200
"""Audio in one media message. Twilio takes any size; 200 ms is ten frames, about 2.2 kB of JSON."""

TAIL_MS = 400
"""Silence behind the last word, so that what the last hop may swallow after the mark is silence."""

_TAIL = base64.b64encode(silence(TAIL_MS)).decode("ascii")


class Playing:
    """`utterance` from its first byte, then the silent tail, then one mark, whose name is nobody else's.

    `is_settled` once it is known what came of it: played, dropped, broken, or stopped by us.
    """

    def __init__(self, name: str, mark_name: str, utterance: Utterance, playout: Playout) -> None:
        self.name = name
        self.mark_name = mark_name
        self.utterance = utterance
        self.mark_sent = False
        self.is_settled = False
        self.was_dropped = False
        self.last_word_at_s: float | None = None
        self._playout = playout
        self._first_byte = playout.sent_bytes
        self._position_bytes = 0
        self._heard_bytes: int | None = None

    @property
    def has_more(self) -> bool:
        """Whether audio exists that was not sent yet."""
        return self.utterance.length_bytes > self._position_bytes

    def next_payload(self, now_s: float) -> str:
        """The next chunk to send now, base64: of the utterance, then its tail; empty if there is none yet."""
        payload, size_bytes = self.utterance.payload(self._position_bytes, CHUNK_MS * BYTES_PER_MS)
        self._position_bytes += size_bytes
        if not size_bytes and self.utterance.has_ended and self.last_word_at_s is None:
            self.last_word_at_s = max(now_s, self._playout.ends_at_s)
            payload, size_bytes = _TAIL, TAIL_MS * BYTES_PER_MS
        if size_bytes:
            self._playout.sent(size_bytes, now_s)
        return payload

    def stop(self, now_s: float) -> None:
        """Nothing more of it is played from now on."""
        self._heard_bytes = self.played_bytes(now_s)
        self.is_settled = True

    def result(self, *, by_mark: bool) -> Played | SpeechBroke:
        """What is told of it once its end was played; `by_mark`: as its mark shows."""
        kind = Played if self.utterance.is_complete else SpeechBroke
        return kind(by_mark=by_mark, name=self.name)

    def played_bytes(self, now_s: float) -> int:
        """How much of the utterance was played by `now_s`, its tail not counted."""
        if self.was_dropped:
            return 0
        if self._heard_bytes is not None:
            return self._heard_bytes
        return max(0, min(self._position_bytes, self._playout.played_bytes(now_s) - self._first_byte))

    def played_all(self, now_s: float) -> bool:
        """True once every word was played, tail and mark aside."""
        return self.utterance.is_complete and self.played_bytes(now_s) >= self.utterance.length_bytes
