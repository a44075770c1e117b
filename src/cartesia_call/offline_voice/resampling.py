"""16-bit PCM at a synthesiser's rate down to the telephone's 8 kHz, block by block."""

from __future__ import annotations

import audioop
import math

from cartesia_call.audio import mulaw

_TAPS = 31
"""Odd. At 22,050 Hz a Hamming window of 31 makes the step from passing to stopping about 2.3 kHz wide: what
still folds back lies above 3 kHz, and the passes over the audio stay cheaper than synthesising it."""
_CUTOFF_HZ = 3600
_SAMPLE_BYTES = 2


class TelephoneResampler:
    """Mono 16-bit PCM at `rate_hz` in, mono 16-bit PCM at 8 kHz out, with a low-pass filter before.

    Keeps the filter's and the interpolation's state, so blocks join without a seam. The filter is made of
    `audioop` passes over a whole block each: a loop over samples would take longer than the speech lasts.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._weights = _low_pass(rate_hz)
        self._earlier = bytes(_SAMPLE_BYTES * (_TAPS - 1))
        self._ratecv_state: tuple[int, tuple[tuple[int, int], ...]] | None = None

    def convert(self, pcm: bytes) -> bytes:
        """The next block; best a second or less, since each pass holds the interpreter."""
        # Halved, so that the sum of two samples that share a weight cannot clip.
        padded = self._earlier + audioop.mul(pcm, _SAMPLE_BYTES, 0.5)
        self._earlier = padded[-len(self._earlier) :]
        size_bytes = len(pcm)
        middle = _SAMPLE_BYTES * (_TAPS // 2)
        filtered = audioop.mul(padded[middle : middle + size_bytes], _SAMPLE_BYTES, 2 * self._weights[-1])
        for tap, weight in enumerate(self._weights[:-1]):
            left = _SAMPLE_BYTES * tap
            right = _SAMPLE_BYTES * (_TAPS - 1 - tap)
            pair = audioop.add(
                padded[left : left + size_bytes], padded[right : right + size_bytes], _SAMPLE_BYTES
            )
            filtered = audioop.add(filtered, audioop.mul(pair, _SAMPLE_BYTES, 2 * weight), _SAMPLE_BYTES)
        converted, self._ratecv_state = audioop.ratecv(
            filtered, _SAMPLE_BYTES, 1, self._rate_hz, mulaw.SAMPLE_RATE_HZ, self._ratecv_state
        )
        return converted


def _low_pass(rate_hz: int) -> tuple[float, ...]:
    """The first half of a symmetric windowed-sinc filter, the middle weight last; all together sum to 1."""
    middle = _TAPS // 2
    turn = 2 * _CUTOFF_HZ / rate_hz
    weights = []
    for tap in range(middle + 1):
        x = math.pi * turn * (tap - middle)
        sinc = math.sin(x) / x if x else 1.0
        weights.append(sinc * (0.54 - 0.46 * math.cos(2 * math.pi * tap / (_TAPS - 1))))
    total = 2 * sum(weights[:-1]) + weights[-1]
    return tuple(weight / total for weight in weights)
