"""Sums over 16-bit PCM."""

from __future__ import annotations

import math
import struct

import pytest

from cartesia_call.audio.waves import rms, share, without, without_mean


def pcm(*samples: int) -> bytes:
    return struct.pack(f"<{len(samples)}h", *samples)


SINE = pcm(*(round(10_000 * math.sin(2 * math.pi * n / 16)) for n in range(160)))
COSINE = pcm(*(round(10_000 * math.cos(2 * math.pi * n / 16)) for n in range(160)))


def test_rms_of_a_sine() -> None:
    """Its peak divided by the square root of two."""
    assert rms(SINE) == pytest.approx(7071, abs=2)


def test_share_is_the_least_squares_factor() -> None:
    """Of itself one, of what stands at a right angle to it none."""
    assert share(SINE, SINE) == pytest.approx(1)
    assert share(SINE, COSINE) == pytest.approx(0, abs=0.001)


def test_without_takes_it_away() -> None:
    """Up to rounding nothing is left."""
    assert rms(without(SINE, SINE, 1.0)) == 0
    assert rms(without(SINE, SINE, 0.5)) == pytest.approx(3535, abs=2)


def test_the_mean_is_taken_out() -> None:
    """What would leave the range by it stays at its end."""
    assert without_mean(pcm(600, 610, 590)) == pcm(0, 10, -10)
    assert without_mean(pcm(32000, -32768, -32768)) == pcm(32767, -21589, -21589)
    assert without_mean(b"") == b""
