"""16-bit PCM at a synthesiser's rate down to the telephone's 8 kHz, block by block."""

from __future__ import annotations

import audioop
import math
from functools import lru_cache

from cartesia_call.audio import mulaw

_WIDE_HZ = 2 * mulaw.SAMPLE_RATE_HZ
_TAPS = 16
"""Even, for samples are taken in pairs. At 16 kHz a Kaiser window of 16 makes the step from passing to
stopping about 2.3 kHz wide: what still folds back lies above 3 kHz."""
_KAISER_BETA = 3.0
"""For some 37 dB (Kaiser 1974). Mu-law itself has 38 dB between a tone and its noise."""
_CUTOFF_HZ = 3600
_SMOOTHED = 3
"""How often each sample is averaged with the one before. What lies near the synthesiser's upper end would be
mirrored into the telephone's band by interpolating; the filter makes up for what this takes from the band."""
_BANDS = 144
"""Of 25 Hz each, from which the filter's weights are added up."""

_SAMPLE_BYTES = 2
_PAIR_BYTES = 2 * _SAMPLE_BYTES


class TelephoneResampler:
    """Mono 16-bit PCM at `rate_hz` (some 20 kHz) in, mono 16-bit PCM at 8 kHz out, low-pass filtered.

    Smoothed and interpolated to 16 kHz; then of the filtered audio every second sample is computed. Keeps
    the state of all, so blocks join without a seam. Made of `audioop` passes over a whole block each: a loop
    over samples would take longer than the speech lasts.
    """

    def __init__(self, rate_hz: int) -> None:
        self._rate_hz = rate_hz
        self._pairs = _low_pass(rate_hz)
        self._earlier = bytes(_SAMPLE_BYTES * _SMOOTHED)
        self._ratecv_state: tuple[int, tuple[tuple[int, int], ...]] | None = None
        self._unfiltered = bytes(_SAMPLE_BYTES * (_TAPS - 2))

    def convert(self, pcm: bytes) -> bytes:
        """The next block; best a second or less, since each pass holds the interpreter."""
        smooth = self._earlier + pcm
        self._earlier = smooth[-len(self._earlier) :]
        # Made small once and then added, where each average would be a pass more. What is lost of the sample
        # is no more than the least step of mu-law.
        smooth = audioop.mul(smooth, _SAMPLE_BYTES, 0.5**_SMOOTHED)
        for _ in range(_SMOOTHED):
            smooth = audioop.add(smooth[_SAMPLE_BYTES:], smooth[:-_SAMPLE_BYTES], _SAMPLE_BYTES)
        wide, self._ratecv_state = audioop.ratecv(
            smooth, _SAMPLE_BYTES, 1, self._rate_hz, _WIDE_HZ, self._ratecv_state
        )
        return self._filter(self._unfiltered + wide)

    def _filter(self, wide: bytes) -> bytes:
        kept_bytes = _SAMPLE_BYTES * (_TAPS - 2)
        size_bytes = max(0, (len(wide) - kept_bytes) // _PAIR_BYTES * _PAIR_BYTES)
        self._unfiltered = wide[size_bytes:]
        filtered = bytes(size_bytes // 2)
        for start, left, right in self._pairs:
            # To mix two channels down is to weigh two taps, at every second sample.
            taps = audioop.tomono(wide[start : start + size_bytes], _SAMPLE_BYTES, left, right)
            filtered = audioop.add(filtered, taps, _SAMPLE_BYTES)
        return filtered


@lru_cache(maxsize=2)
def _low_pass(rate_hz: int) -> tuple[tuple[int, float, float], ...]:
    """A symmetric filter at 16 kHz as pairs of weights, each with the byte at which it begins.

    What lowers the sum comes first, so that no sum on the way is larger than the last.
    """
    middle = (_TAPS - 1) / 2
    width_hz = _CUTOFF_HZ / _BANDS
    bands_hz = [width_hz * (band + 0.5) for band in range(_BANDS)]
    weights = []
    for tap in range(_TAPS):
        turn = 2 * math.pi * (tap - middle) / _WIDE_HZ
        weight = sum(math.cos(turn * hz) / _passes(hz, rate_hz) for hz in bands_hz)
        weights.append(weight * _kaiser((tap - middle) / middle))
    total = sum(weights)
    pairs = (
        (_SAMPLE_BYTES * tap, weights[tap] / total, weights[tap + 1] / total) for tap in range(0, _TAPS, 2)
    )
    return tuple(sorted(pairs, key=lambda pair: pair[1] + pair[2]))


def _kaiser(position: float) -> float:
    """The window at a place from -1 to 1; 1.0 in its middle."""
    return _bessel_i0(_KAISER_BETA * math.sqrt(1 - position**2)) / _bessel_i0(_KAISER_BETA)


def _bessel_i0(x: float) -> float:
    return sum((x / 2) ** (2 * n) / math.factorial(n) ** 2 for n in range(20))


def _passes(frequency_hz: float, rate_hz: int) -> float:
    """How much of a tone smoothing and linear interpolation leave."""
    turn = math.pi * frequency_hz / rate_hz
    return float(math.cos(turn) ** _SMOOTHED * (math.sin(turn) / turn) ** 2)
