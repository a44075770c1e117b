"""8 kHz mu-law, the only audio format of the telephone network (ITU-T G.711), and its arithmetic.

One byte is one sample, so bytes, milliseconds and seconds convert without rounding errors that matter:
8000 bytes a second, 8 bytes a millisecond, 160 bytes a frame of 20 ms.
"""

from __future__ import annotations

import warnings

with warnings.catch_warnings():
    # The standard library's own goes with Python 3.13; audioop-lts takes its place there.
    warnings.simplefilter("ignore", DeprecationWarning)
    import audioop

SAMPLE_RATE_HZ = 8000
BYTES_PER_S = SAMPLE_RATE_HZ
BYTES_PER_MS = 8
FRAME_MS = 20
FRAME_BYTES = FRAME_MS * BYTES_PER_MS
SILENCE_BYTE = 0xFF
"""Positive zero in G.711 mu-law, what Twilio and Cartesia use for silence."""


def silence(duration_ms: int) -> bytes:
    """Mu-law silence of `duration_ms`."""
    return bytes([SILENCE_BYTE]) * (duration_ms * BYTES_PER_MS)


def duration_ms(size_bytes: int) -> float:
    """How long `size_bytes` of mu-law take to play, in milliseconds."""
    return size_bytes / BYTES_PER_MS


def duration_s(size_bytes: int) -> float:
    """How long `size_bytes` of mu-law take to play, in seconds."""
    return size_bytes / BYTES_PER_S


def from_pcm16(pcm: bytes) -> bytes:
    """Signed 16-bit little-endian mono PCM at 8 kHz to mu-law."""
    return audioop.lin2ulaw(pcm, 2)


def to_pcm16(mulaw: bytes) -> bytes:
    """Mu-law to signed 16-bit little-endian mono PCM at 8 kHz."""
    return audioop.ulaw2lin(mulaw, 2)
