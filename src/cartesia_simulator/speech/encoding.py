"""The voice's mu-law as the audio format that a request asked for, in chunks of uneven size."""

from __future__ import annotations

import audioop
import struct
from collections.abc import Iterable, Iterator
from itertools import cycle

from cartesia_call.audio import mulaw

SAMPLE_BYTES = {"pcm_mulaw": 1, "pcm_alaw": 1, "pcm_s16le": 2, "pcm_f32le": 4}
"""Bytes of one sample in each encoding."""

_CHUNK_SAMPLES = (769, 3407, 1031, 2203, 4099, 557, 2909, 1627)
"""Samples per chunk, in turn: primes, so that no chunk is a whole number of 20 ms frames. Cartesia documents
no chunk size; these are 70 to 512 ms of mu-law at 8 kHz."""

_WAV_FORMATS = {"pcm_s16le": 1, "pcm_f32le": 3, "pcm_alaw": 6, "pcm_mulaw": 7}
"""Formats of RIFF WAVE (RFC 2361)."""
_UNKNOWN_SIZE = b"\xff" * 4


def encode(audio: Iterable[bytes], encoding: str, sample_rate_hz: int) -> Iterator[bytes]:
    """8 kHz mu-law as `encoding` at `sample_rate_hz`, cut into chunks of uneven, always equal, size."""
    sizes_bytes = cycle(samples * SAMPLE_BYTES[encoding] for samples in _CHUNK_SAMPLES)
    size_bytes = next(sizes_bytes)
    waiting = bytearray()
    for converted in _converted(audio, encoding, sample_rate_hz):
        waiting += converted
        while len(waiting) >= size_bytes:
            yield bytes(waiting[:size_bytes])
            del waiting[:size_bytes]
            size_bytes = next(sizes_bytes)
    if waiting:
        yield bytes(waiting)


def _converted(audio: Iterable[bytes], encoding: str, sample_rate_hz: int) -> Iterator[bytes]:
    if encoding == "pcm_mulaw" and sample_rate_hz == mulaw.SAMPLE_RATE_HZ:
        yield from audio
        return
    state = None
    for chunk in audio:
        pcm = mulaw.to_pcm16(chunk)
        if sample_rate_hz != mulaw.SAMPLE_RATE_HZ:
            pcm, state = audioop.ratecv(pcm, 2, 1, mulaw.SAMPLE_RATE_HZ, sample_rate_hz, state)
        yield _from_pcm16(pcm, encoding)


def _from_pcm16(pcm: bytes, encoding: str) -> bytes:
    match encoding:
        case "pcm_mulaw":
            return audioop.lin2ulaw(pcm, 2)
        case "pcm_alaw":
            return audioop.lin2alaw(pcm, 2)
        case "pcm_f32le":
            count = len(pcm) // 2
            samples = struct.unpack(f"<{count}h", pcm)
            return struct.pack(f"<{count}f", *(sample / 32768 for sample in samples))
        case _:
            return pcm


def wav_header(encoding: str, sample_rate_hz: int) -> bytes:
    """The header of a WAV file with one channel, whose length nobody knows yet: both sizes are all ones, as
    in any that is written to a pipe.
    """
    sample_bytes = SAMPLE_BYTES[encoding]
    form = struct.pack(
        "<HHIIHH",
        _WAV_FORMATS[encoding],
        1,
        sample_rate_hz,
        sample_rate_hz * sample_bytes,
        sample_bytes,
        8 * sample_bytes,
    )
    return b"".join(
        (
            b"RIFF" + _UNKNOWN_SIZE + b"WAVE",
            b"fmt " + struct.pack("<I", len(form)) + form,
            b"data" + _UNKNOWN_SIZE,
        )
    )
