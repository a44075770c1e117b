"""From a synthesiser's rate to the telephone's."""

from __future__ import annotations

import audioop
import math
import struct

import pytest

from cartesia_call.offline_voice.resampling import TelephoneResampler

RATE_HZ = 22050


def tone(frequency_hz: float, duration_s: float = 0.5) -> bytes:
    count = round(RATE_HZ * duration_s)
    return struct.pack(
        f"<{count}h",
        *(round(10000 * math.sin(2 * math.pi * frequency_hz * n / RATE_HZ)) for n in range(count)),
    )


def loudness(frequency_hz: float) -> float:
    """How much of a tone is left, 1.0 for all of it."""
    pcm = tone(frequency_hz)
    return audioop.rms(TelephoneResampler(RATE_HZ).convert(pcm), 2) / audioop.rms(pcm, 2)


@pytest.mark.parametrize("frequency_hz", [200, 500, 1000, 2000])
def test_speech_passes(frequency_hz: float) -> None:
    """What the telephone carries is kept, within 2 dB."""
    assert 0.8 < loudness(frequency_hz) < 1.05


@pytest.mark.parametrize("frequency_hz", [5000, 6000, 7500, 9000])
def test_what_would_fold_back_is_stopped(frequency_hz: float) -> None:
    """Above 5 kHz nothing is left that could be heard as something else: less than -26 dB."""
    assert loudness(frequency_hz) < 0.05


def test_blocks_join_without_a_seam() -> None:
    """Audio in blocks gives the same as audio in one."""
    pcm = tone(700)
    whole = TelephoneResampler(RATE_HZ).convert(pcm)
    blockwise = TelephoneResampler(RATE_HZ)
    assert (
        b"".join(blockwise.convert(pcm[start : start + 2000]) for start in range(0, len(pcm), 2000)) == whole
    )


def test_length_is_kept() -> None:
    """A second stays a second."""
    assert len(TelephoneResampler(RATE_HZ).convert(tone(500, 1.0))) == pytest.approx(2 * 8000, abs=4)


def test_loud_audio_does_not_clip() -> None:
    """Full-scale input comes out at the same level."""
    pcm = struct.pack("<2000h", *([32767] * 2000))
    settled = TelephoneResampler(RATE_HZ).convert(pcm)[200:]
    assert struct.unpack("<h", settled[:2])[0] == pytest.approx(32767, abs=100)
