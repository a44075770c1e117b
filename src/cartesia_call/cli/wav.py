"""A call as a two-channel WAV file: left what the callee heard, right what they said."""

from __future__ import annotations

import io
import wave
from array import array
from pathlib import Path

from cartesia_call.audio.mulaw import BYTES_PER_S, SAMPLE_RATE_HZ, SILENCE_BYTE, to_pcm16
from cartesia_call.cli.output_files import replacing

_SAMPLE_BYTES = 2
_CHANNELS = 2
_BLOCK_BYTES = 10 * BYTES_PER_S
"""How much mu-law is converted at once, so that a long call needs no second copy of itself in memory."""


def write_wav(path: Path, heard: bytes, said: bytes) -> None:
    """Write two mu-law strings as the channels of one 16-bit WAV at 8000 Hz, mode 0600.

    Both start at the same moment; the shorter one is followed by silence. A file that is there already is
    replaced only once the new one is whole. OSError if it cannot be written.
    """
    with replacing(path) as file, wave.open(file, "wb") as wav:
        wav.setnchannels(_CHANNELS)
        wav.setsampwidth(_SAMPLE_BYTES)
        wav.setframerate(SAMPLE_RATE_HZ)
        length_bytes = max(len(heard), len(said))
        for start in range(0, length_bytes, _BLOCK_BYTES):
            end = min(start + _BLOCK_BYTES, length_bytes)
            wav.writeframesraw(_interleaved(heard[start:end], said[start:end], end - start))


def mono_wav(audio: bytes) -> bytes:
    """One mu-law string as a 16-bit WAV at 8000 Hz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as wav:
        wav.setnchannels(1)
        wav.setsampwidth(_SAMPLE_BYTES)
        wav.setframerate(SAMPLE_RATE_HZ)
        wav.writeframesraw(_samples(audio, len(audio)).tobytes())
    return file.getvalue()


def _interleaved(left: bytes, right: bytes, length_bytes: int) -> bytes:
    samples = array("h", bytes(length_bytes * _CHANNELS * _SAMPLE_BYTES))
    samples[0::2] = _samples(left, length_bytes)
    samples[1::2] = _samples(right, length_bytes)
    return samples.tobytes()


def _samples(mulaw: bytes, length_bytes: int) -> array[int]:
    return array("h", to_pcm16(mulaw.ljust(length_bytes, bytes([SILENCE_BYTE]))))
