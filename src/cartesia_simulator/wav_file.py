"""A WAV file as what a telephone would carry of it: 8 kHz mu-law."""

from __future__ import annotations

import audioop
import math
import struct
from array import array
from dataclasses import dataclass
from pathlib import Path

from cartesia_call.audio.mulaw import SAMPLE_RATE_HZ, from_pcm16
from cartesia_call.errors import InputError
from cartesia_call.offline_voice.resampling import TelephoneResampler

LARGEST_BYTES = 200_000_000
"""An hour of 16-bit stereo at 24 kHz, and more; what is larger was hardly meant."""

_PCM, _FLOAT, _A_LAW, _MU_LAW, _EXTENSIBLE = 1, 3, 6, 7, 0xFFFE
"""Formats of RIFF WAVE (RFC 2361); the extensible one names another further on."""
_FORMAT_BYTES = 16
_SUBFORMAT_AT = 24
_RATES_HZ = range(4000, 192_001)
_MOST_CHANNELS = 2
_BLOCK_S = 1


@dataclass(frozen=True, kw_only=True)
class _Format:
    code: int
    channels: int
    rate_hz: int
    sample_bytes: int


def read_wav(path: Path) -> bytes:
    """Mu-law of the file at `path`: PCM of 8 to 32 bits, 32-bit float, mu-law or A-law, mono or stereo (which
    is mixed), at any usual rate. InputError with what is wrong with it.
    """
    data = _read(path)
    chunks = _chunks(data)
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE" or b"fmt " not in chunks:
        raise _unreadable(path, "it is not a WAV file")
    form = _format(chunks[b"fmt "], path)
    if not chunks.get(b"data"):
        raise _unreadable(path, "it holds no audio")
    return from_pcm16(_at_8_khz(_mono(_pcm16(chunks[b"data"], form), form.channels), form.rate_hz))


def _read(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise _unreadable(path, "there is no such file" if not path.exists() else "it is not a file")
        if path.stat().st_size > LARGEST_BYTES:
            raise _unreadable(path, f"it is larger than {LARGEST_BYTES // 1_000_000} MB")
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise _unreadable(path, getattr(error, "strerror", None) or str(error)) from error


def _unreadable(path: Path, reason: str) -> InputError:
    return InputError(f"--callee: cannot play {path}: {reason}", hint="name a WAV file, such as sox writes")


def _chunks(data: bytes) -> dict[bytes, bytes]:
    """The chunks by name. The last may be shorter than it says, as a stream's is."""
    chunks: dict[bytes, bytes] = {}
    position = 12
    while position + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, position)
        chunks.setdefault(name, data[position + 8 : position + 8 + size])
        position += 8 + size + size % 2
    return chunks


def _format(chunk: bytes, path: Path) -> _Format:
    if len(chunk) < _FORMAT_BYTES:
        raise _unreadable(path, "it is not a WAV file")
    code, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", chunk)
    if code == _EXTENSIBLE and len(chunk) >= _SUBFORMAT_AT + 2:
        (code,) = struct.unpack_from("<H", chunk, _SUBFORMAT_AT)
    usual_bits = {_PCM: (8, 16, 24, 32), _FLOAT: (32,), _A_LAW: (8,), _MU_LAW: (8,)}
    if bits not in usual_bits.get(code, ()):
        raise _unreadable(path, f"format {code} with {bits} bits is not known; write 16-bit PCM")
    if not 1 <= channels <= _MOST_CHANNELS:
        raise _unreadable(path, f"it has {channels} channels; mix it down to one or two")
    if rate_hz not in _RATES_HZ:
        raise _unreadable(path, f"it has {rate_hz} samples a second, which is no usual rate")
    return _Format(code=code, channels=channels, rate_hz=rate_hz, sample_bytes=bits // 8)


def _pcm16(data: bytes, form: _Format) -> bytes:
    data = data[: len(data) - len(data) % (form.sample_bytes * form.channels)]
    if form.code == _MU_LAW:
        return audioop.ulaw2lin(data, 2)
    if form.code == _A_LAW:
        return audioop.alaw2lin(data, 2)
    if form.code == _FLOAT:
        values = struct.unpack(f"<{len(data) // 4}f", data)
        samples = (0 if math.isnan(value) else round(32767 * max(-1.0, min(1.0, value))) for value in values)
        return array("h", samples).tobytes()
    if form.sample_bytes == 1:
        data = audioop.bias(data, 1, -128)
    return data if form.sample_bytes == 2 else audioop.lin2lin(data, form.sample_bytes, 2)


def _mono(pcm: bytes, channels: int) -> bytes:
    return audioop.tomono(pcm, 2, 0.5, 0.5) if channels == _MOST_CHANNELS else pcm


def _at_8_khz(pcm: bytes, rate_hz: int) -> bytes:
    if rate_hz == SAMPLE_RATE_HZ:
        return pcm
    if rate_hz < 2 * SAMPLE_RATE_HZ:  # little or nothing lies above the telephone's band
        converted, _ = audioop.ratecv(pcm, 2, 1, rate_hz, SAMPLE_RATE_HZ, None)
        return converted
    resampler = TelephoneResampler(rate_hz)
    block_bytes = 2 * _BLOCK_S * rate_hz
    blocks = (pcm[start : start + block_bytes] for start in range(0, len(pcm), block_bytes))
    return b"".join(resampler.convert(block) for block in blocks)
