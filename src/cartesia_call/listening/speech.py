"""When does somebody begin to speak, and when have they ended?

Sound is speech if there is enough of it and it swells and fades, as syllables do: noise that sets in is
steady.
"""

from __future__ import annotations

from collections import deque

from cartesia_call.audio.mulaw import FRAME_MS
from cartesia_call.records import dataclass

UTTERANCE_END_S = 0.8
"""Silence that ends an utterance: `after_greeting_silence` of Asterisk's amd.conf. Pauses between words are
shorter."""
UTTERANCE_END_FRAMES = round(UTTERANCE_END_S * 1000) // FRAME_MS
_LEAST_FRAMES = 5
"""100 ms, `min_word_length` of Asterisk's amd.conf; less is a click."""
_LEAST_MORE_FRAMES = 3
"""60 ms of sound apart from the rest belong to an utterance that has begun; less is a click, or a beep's
edge."""
_APART_FRAMES = 10
"""200 ms: sound that is as far from other sound stands for itself."""
_LEAST_SWING = 2.0
"""6 dB between the loudest and the quietest frame: noise stays within 1.4, a syllable swings by 10."""
_LEVELS_KEPT = 110
"""2.2 s: a tone of 1.8 s may be held back until 240 ms of silence follow."""


@dataclass(frozen=True)
class Utterance:
    """Frames `began` to `ended` (excluded)."""

    began: int
    ended: int


class SpeechWatch:
    """Makes utterances of stretches of sound. Frames are numbered from 0, without gaps."""

    def __init__(self) -> None:
        self._levels: deque[int] = deque(maxlen=_LEVELS_KEPT)
        self._next_frame = 0
        self._cluster = Utterance(0, 0)
        self._cluster_frames = 0
        self._loudest, self._quietest = 0, 0
        self._open: Utterance | None = None

    @property
    def is_open(self) -> bool:
        return self._open is not None

    @property
    def ends_with_frame(self) -> int | None:
        """The frame with which silence would end the utterance; None if nobody speaks."""
        return None if self._open is None else self._open.ended + UTTERANCE_END_FRAMES - 1

    def receive_level(self, level_rms: int, frame: int) -> None:
        """How loud a frame is, before it is known whether it is sound."""
        self._levels.append(level_rms)
        self._next_frame = frame + 1

    def receive_sound(self, began: int, ended: int) -> Utterance | None:
        """These frames are sound; the utterance, if one has now begun by it."""
        if self._cluster_frames == 0 or began - self._cluster.ended > _APART_FRAMES:
            self._cluster = Utterance(began, began)
            self._cluster_frames = self._loudest = self._quietest = 0
        for level_rms in self.levels_of(max(began, self._cluster.began + 1), ended):
            self._loudest = max(self._loudest, level_rms)
            self._quietest = min(self._quietest or level_rms, level_rms)
        self._cluster = Utterance(self._cluster.began, ended)
        self._cluster_frames += ended - began
        if self._open is not None:
            if self._cluster_frames >= _LEAST_MORE_FRAMES:
                self._open = Utterance(self._open.began, ended)
            return None
        if self._cluster_frames < _LEAST_FRAMES or self._loudest < _LEAST_SWING * self._quietest:
            return None
        self._open = self._cluster
        return self._open

    def receive_silence(self, frame: int) -> Utterance | None:
        """No sound is known of up to this frame; the utterance, if that has ended it."""
        ends_with = self.ends_with_frame
        return self.close() if ends_with is not None and frame >= ends_with else None

    def close(self) -> Utterance | None:
        """Something else is heard than speech; the utterance that this ends, if there was one."""
        ended, self._open = self._open, None
        self._cluster_frames = 0
        return ended

    def levels_of(self, began: int, ended: int) -> list[int]:
        """The levels of these frames, as far as they are kept."""
        first = self._next_frame - len(self._levels)
        return [self._levels[frame - first] for frame in range(max(began, first), ended)]
