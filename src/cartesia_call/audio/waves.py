"""Sums over 16-bit mono PCM, done by `audioop` in C: a loop over samples would cost fifty times as much."""

from __future__ import annotations

import audioop
import struct
from collections.abc import Iterable


def rms(pcm: bytes) -> int:
    """Root mean square of the samples, 0 to 32768; a full-scale sine has 23170."""
    return audioop.rms(pcm, 2)


def share(pcm: bytes, reference: bytes) -> float:
    """How much of `reference`, of the same length, is in `pcm`: the factor of the least-squares fit."""
    return audioop.findfactor(pcm, reference)


def shares_of_power(pcm: bytes, waves: Iterable[tuple[bytes, bytes]]) -> list[float]:
    """How much of each of `waves`, a cosine and a sine of `pcm`'s length, is in it: the square of its factor.

    One call for all of them: calling once for each would cost more than the sums.
    """
    factor = audioop.findfactor
    found = []
    for cosine, sine in waves:
        of_cosine, of_sine = factor(pcm, cosine), factor(pcm, sine)
        found.append(of_cosine * of_cosine + of_sine * of_sine)
    return found


def without(pcm: bytes, reference: bytes, factor: float) -> bytes:
    """`pcm` less `factor` times `reference`, of the same length."""
    return audioop.add(pcm, audioop.mul(reference, 2, -factor), 2)


def without_mean(pcm: bytes) -> bytes:
    """`pcm` less its mean: a constant offset is heard by nobody."""
    mean = audioop.avg(pcm, 2)
    return audioop.add(pcm, struct.pack("<h", -mean) * (len(pcm) // 2), 2) if mean else pcm
