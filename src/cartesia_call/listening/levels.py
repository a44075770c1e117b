"""How loud is sound, and how loud the noise of the line?"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

SOUND_RMS = 320
"""Nothing below is sound: -40 dB below full scale. Asterisk's `silence_threshold` is 256, as the mean of the
samples' magnitudes; of noise-like audio the root mean square is a quarter larger. An echo of our own voice
(some -20 dB) that the network damped by 20 dB or more stays below."""
_ABOVE_NOISE = 2.5
"""8 dB. Frames of white noise stay within 1.4 times their quietest one."""
_MEAN_TO_LEAST = 1.15
"""White noise: the mean level of frames to the least of 75."""
_BLOCK_FRAMES = 15
_KNOWN_FRAMES = 25
"""0.5 s: the beats of music are as far apart, and few mailboxes beep sooner."""
_BLOCKS = 5
"""Together 1.5 s: speech has a gap or a stop consonant in that time, noise has none."""


SILENT_BELOW = 0.3
"""10 dB below a tone, what follows it is silence, however loud."""
_QUIETER_BELOW = 0.75
"""A tone that stands 3 dB above the line's noise: what follows has 0.58 of its level, and noise varies."""
_NOISE_VARIES = 1.4
_STEADY_WITHIN = 1.5
"""3.5 dB between the loudest and the quietest frame of a tone in noise; a note that fades has more."""
_EDGE_FRAMES = 2


def is_alone(tone_rms: Sequence[int], behind_rms: Sequence[int], noise_rms: float) -> bool:
    """Whether a tone stands for itself, by the levels of its frames and of those behind it.

    Either it is silent behind it, or the line's noise is, and the tone was steady. What follows a note of
    music is music, which may pass for noise that is known.
    """
    inner, behind = tone_rms[1:-1] or tone_rms, behind_rms[_EDGE_FRAMES:] or behind_rms
    if not inner or not behind:
        return True
    tone, rest = sum(inner) / len(inner), sum(behind) / len(behind)
    if rest <= SILENT_BELOW * tone:
        return True
    is_noise = rest <= min(_NOISE_VARIES * noise_rms, _QUIETER_BELOW * tone)
    return is_noise and max(inner) <= _STEADY_WITHIN * min(inner)


class NoiseFloor:
    """Follows the noise of the line: the quietest of the last 75 frames (1.5 s)."""

    def __init__(self) -> None:
        self._least_of_blocks: deque[int] = deque(maxlen=_BLOCKS)
        self._frames = 0

    def update(self, level_rms: int) -> None:
        """Hear one more frame of 20 ms."""
        if self._frames % _BLOCK_FRAMES == 0:
            self._least_of_blocks.append(level_rms)
        else:
            self._least_of_blocks[-1] = min(self._least_of_blocks[-1], level_rms)
        self._frames += 1

    @property
    def is_known(self) -> bool:
        """Enough was heard to tell noise from music that plays from the first frame on."""
        return self._frames >= _KNOWN_FRAMES

    @property
    def noise_rms(self) -> float:
        """The mean level of the noise; 0 before anything was heard."""
        return _MEAN_TO_LEAST * self._least if self._least_of_blocks else 0.0

    @property
    def threshold_rms(self) -> float:
        """From here on a frame is sound."""
        return max(SOUND_RMS, _ABOVE_NOISE * self._least) if self._least_of_blocks else SOUND_RMS

    @property
    def _least(self) -> int:
        return min(self._least_of_blocks)
