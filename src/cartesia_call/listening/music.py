"""Is it music that is heard? By loudness alone: speech falls silent between its syllables, music does not.

That speech has more quiet frames than music, by which radio programmes are told apart, is due to Saunders
(ICASSP 1996) and Scheirer and Slaney (ICASSP 1997). The thresholds are our own, found on the five pieces of
hold music that Asterisk ships and on its prompts in six languages: none of 3,900 prompts passes for music,
and of the music's windows of 40 s all but two that are hardly more than single plucked notes.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from cartesia_call.audio.mulaw import FRAME_MS
from cartesia_call.listening.levels import SOUND_RMS

MUSIC_TOLD_AFTER_S = 4.0  # assumes: music-is-hold
"""Speech does without a pause for half as long, and may be a machine's greeting meanwhile."""
_WINDOW_FRAMES = round(MUSIC_TOLD_AFTER_S * 1000) // FRAME_MS
_EVERY_FRAMES = 10
_LOOKS = 3
"""So many looks in a row: a greeting that was put together of prompts without a pause passed one of them."""
_GOES_ON_FRAMES = 100
"""2 s without a pause: somebody who speaks has paused by then, noise and music have not."""
_QUIETEST = 20
"""One frame in so many is quieter than what is called the quietest here."""
_LEAST_QUIETEST = 0.2
_MOST_QUIETEST = 0.85
"""Of the mean level. Speech in a quiet place has 0.05, music 0.4 to 0.6; noise, or a single tone, has 0.9."""
_MOST_LOW = 0.2
"""The share of frames below half of the mean level: of prompts a third, of music a tenth."""
_LEAST_VARIES = 1.2
"""From the quietest to the first quarter: where most of it is noise, they are equal."""
_STEADY_WITHIN = 1.45
_LONGEST_STEADY_FRAMES = 8
"""160 ms at the lowest level: then it is the noise of the line that is heard between two words."""
_SILENT_FRAMES = 10
"""200 ms below anything that is sound, and what was music has paused."""
_LASTS_FRAMES = 500
"""10 s: passages that pass for speech are shorter than that in most music."""


class MusicWatch:
    """Follows the loudness. `is_playing`: music was heard, and it has not paused since."""

    def __init__(self) -> None:
        self._levels_rms: deque[int] = deque(maxlen=_WINDOW_FRAMES)
        self._frames = 0
        self._looks = 0
        self._told_at_frame: int | None = None
        self._silent_frames = self._sounding_frames = 0

    @property
    def goes_on(self) -> bool:
        """Whether it has not been silent for long: it may be music, and not be told from noise yet."""
        return self._sounding_frames >= _GOES_ON_FRAMES

    @property
    def is_playing(self) -> bool:
        """Whether what sounds now belongs to music that was heard."""
        return self._told_at_frame is not None

    def receive_level(self, level_rms: int) -> bool:
        """One more frame of 20 ms; True if music plays now, which is told five times a second."""
        self._levels_rms.append(level_rms)
        self._frames += 1
        self._silent_frames = self._silent_frames + 1 if level_rms < SOUND_RMS else 0
        self._sounding_frames = 0 if self._silent_frames >= _SILENT_FRAMES else self._sounding_frames + 1
        if self._silent_frames >= _SILENT_FRAMES or self._is_long_ago:
            self._told_at_frame = None
        if self._frames % _EVERY_FRAMES:
            return False
        is_whole = self._silent_frames == 0 and len(self._levels_rms) == _WINDOW_FRAMES
        self._looks = self._looks + 1 if is_whole and is_music(self._levels_rms) else 0
        if self._looks >= _LOOKS:
            self._told_at_frame = self._frames
        return self.is_playing

    @property
    def _is_long_ago(self) -> bool:
        return self._told_at_frame is not None and self._frames - self._told_at_frame > _LASTS_FRAMES


def is_music(levels_rms: Sequence[int]) -> bool:
    """Whether frames as loud as these, some seconds of them, are music."""
    mean = sum(levels_rms) / len(levels_rms)
    if mean < SOUND_RMS:
        return False
    ordered = sorted(levels_rms)
    quietest = ordered[len(ordered) // _QUIETEST]
    if not _LEAST_QUIETEST * mean <= quietest <= _MOST_QUIETEST * mean:
        return False
    low = sum(level < mean / 2 for level in levels_rms)
    return (
        low <= _MOST_LOW * len(ordered)
        and ordered[len(ordered) // 4] >= _LEAST_VARIES * quietest
        and _longest_run_below(levels_rms, _STEADY_WITHIN * ordered[2]) <= _LONGEST_STEADY_FRAMES
    )


def _longest_run_below(levels_rms: Sequence[int], level: float) -> int:
    longest = run = 0
    for one in levels_rms:
        run = run + 1 if one <= level else 0
        longest = max(longest, run)
    return longest
