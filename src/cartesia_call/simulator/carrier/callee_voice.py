"""What a simulated callee's speech sounds like: syllables of a low voice, the same every time."""

from __future__ import annotations

import math
from array import array
from functools import lru_cache

from cartesia_call.audio.mulaw import BYTES_PER_S, SAMPLE_RATE_HZ, from_pcm16

_SYLLABLES_PER_S = 4
_HARMONICS_HZ = ((140, 0.5), (420, 0.3), (980, 0.2))
"""Frequencies that fit whole periods into a second, so that seconds can be repeated without a click."""
_PEAK = 9000


def babble(duration_s: float) -> bytes:
    """Mu-law of somebody speaking for `duration_s`; nothing random in it."""
    size = round(duration_s * BYTES_PER_S)
    return (_one_second() * (size // BYTES_PER_S + 1))[:size]


@lru_cache(maxsize=1)
def _one_second() -> bytes:
    samples = array("h")
    for n in range(SAMPLE_RATE_HZ):
        t = n / SAMPLE_RATE_HZ
        loudness = math.sin(math.pi * _SYLLABLES_PER_S * t) ** 2
        wave = sum(share * math.sin(2 * math.pi * hz * t) for hz, share in _HARMONICS_HZ)
        samples.append(int(_PEAK * loudness * wave))
    return from_pcm16(samples.tobytes())
