"""Sums over 16-bit mono PCM, done by `audioop` in C: a loop over samples would cost fifty times as much."""

from __future__ import annotations

import audioop
import struct


def rms(pcm: bytes) -> int:
    """Root mean square of the samples, 0 to 32768; a full-scale sine has 23170."""
    return audioop.rms(pcm, 2)


def share(pcm: bytes, reference: bytes) -> float:
    """How much of `reference`, of the same length, is in `pcm`: the factor of the least-squares fit."""
    return audioop.findfactor(pcm, reference)


def without(pcm: bytes, reference: bytes, factor: float) -> bytes:
    """`pcm` less `factor` times `reference`, of the same length."""
    return audioop.add(pcm, audioop.mul(reference, 2, -factor), 2)


def without_mean(pcm: bytes) -> bytes:
    """`pcm` less its mean: a constant offset is heard by nobody."""
    mean = audioop.avg(pcm, 2)
    return audioop.add(pcm, struct.pack("<h", -mean) * (len(pcm) // 2), 2) if mean else pcm
