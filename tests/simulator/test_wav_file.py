"""A WAV file as a telephone would carry it, and what is refused."""

from __future__ import annotations

import audioop
import math
import struct
from pathlib import Path

import pytest

from cartesia_call.audio.mulaw import from_pcm16, to_pcm16
from cartesia_call.errors import InputError
from cartesia_simulator.wav_file import LARGEST_BYTES, read_wav

PCM, FLOAT, A_LAW, MU_LAW, EXTENSIBLE = 1, 3, 6, 7, 0xFFFE


def wav(data: bytes, *, code: int = PCM, channels: int = 1, rate_hz: int = 8000, bits: int = 16) -> bytes:
    """A file with one chunk that nobody needs before the audio."""
    frame_bytes = channels * bits // 8
    form = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * frame_bytes, frame_bytes, bits)
    if code == EXTENSIBLE:
        form += struct.pack("<HHIH14x", 22, bits, 0, PCM)
    chunks = b"".join(
        struct.pack("<4sI", name, len(chunk)) + chunk + b"\0" * (len(chunk) % 2)
        for name, chunk in ((b"LIST", b"odd"), (b"fmt ", form), (b"data", data))
    )
    return struct.pack("<4sI4s", b"RIFF", 4 + len(chunks), b"WAVE") + chunks


def sine(rate_hz: int, hz: int, *, seconds: float = 1.0) -> list[float]:
    return [0.3 * math.sin(2 * math.pi * hz * n / rate_hz) for n in range(round(rate_hz * seconds))]


def pcm16(wave: list[float]) -> bytes:
    return struct.pack(f"<{len(wave)}h", *(round(32767 * value) for value in wave))


def read(folder: Path, content: bytes) -> bytes:
    path = folder / "callee.wav"
    path.write_bytes(content)
    return read_wav(path)


def test_what_the_telephone_carries_is_carried(tmp_path: Path) -> None:
    """Byte for byte; the other spellings of the same samples come to the same."""
    pcm = pcm16(sine(8000, 440))
    mulaw = from_pcm16(pcm)
    assert read(tmp_path, wav(pcm)) == mulaw
    assert read(tmp_path, wav(mulaw, code=MU_LAW, bits=8)) == mulaw
    assert read(tmp_path, wav(pcm, code=EXTENSIBLE)) == mulaw
    assert read(tmp_path, wav(audioop.lin2lin(pcm, 2, 4), bits=32)) == mulaw
    assert read(tmp_path, wav(audioop.lin2lin(pcm, 2, 3), bits=24)) == mulaw
    assert read(tmp_path, wav(audioop.tostereo(pcm, 2, 1, 1), channels=2))[:50] == mulaw[:50]
    for code, data, bits in (
        (PCM, audioop.bias(audioop.lin2lin(pcm, 2, 1), 1, 128), 8),
        (A_LAW, audioop.lin2alaw(pcm, 2), 8),
        (FLOAT, struct.pack("<8000f", *sine(8000, 440)), 32),
    ):
        other = to_pcm16(read(tmp_path, wav(data, code=code, bits=bits)))
        assert audioop.rms(audioop.add(other, audioop.mul(to_pcm16(mulaw), 2, -1), 2), 2) < 300


@pytest.mark.parametrize("rate_hz", [4000, 11025, 16000, 22050, 44100, 48000])
def test_other_rates_are_resampled(rate_hz: int, tmp_path: Path) -> None:
    """The tone keeps its pitch and its loudness, and lasts as long."""
    pcm = to_pcm16(read(tmp_path, wav(pcm16(sine(rate_hz, 500)), rate_hz=rate_hz)))
    assert len(pcm) / 16000 == pytest.approx(1.0, abs=0.01)
    assert audioop.rms(pcm, 2) == pytest.approx(0.3 * 32767 / math.sqrt(2), rel=0.1)
    crossings = audioop.cross(pcm, 2)
    assert crossings == pytest.approx(1000, abs=10)


def test_a_value_that_is_no_number_is_silence(tmp_path: Path) -> None:
    """And one that is too large the loudest."""
    data = struct.pack("<4f", float("nan"), 9.0, -9.0, 0.0)
    loudest = struct.pack("<4h", 0, 32767, -32767, 0)
    assert read(tmp_path, wav(data, code=FLOAT, bits=32)) == from_pcm16(loudest)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "it is not a WAV file"),
        (b"ID3 and so on, an MP3", "it is not a WAV file"),
        (wav(b"")[:30], "it is not a WAV file"),
        (wav(b""), "it holds no audio"),
        (wav(b"\0" * 64, code=2, bits=4), "format 2 with 4 bits is not known"),
        (wav(b"\0" * 96, channels=6), "it has 6 channels"),
        (wav(b"\0" * 96, rate_hz=0), "it has 0 samples a second"),
    ],
)
def test_what_cannot_be_played_is_refused(content: bytes, reason: str, tmp_path: Path) -> None:
    """One sentence says why, and of which file."""
    with pytest.raises(InputError, match=reason) as refused:
        read(tmp_path, content)
    assert "callee.wav" in str(refused.value)


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """It is missing, a folder, a device that never ends, not ours to read, or far too large."""
    for path, reason in (
        (tmp_path / "missing.wav", "there is no such file"),
        (tmp_path, "it is not a file"),
        (Path("/dev/zero"), "it is not a file"),
        (tmp_path / ("x" * 300), "too long"),
        (Path("a\0b"), "there is no such file"),
    ):
        with pytest.raises(InputError, match=reason):
            read_wav(path)
    large = tmp_path / "large.wav"
    with large.open("wb") as file:
        file.truncate(LARGEST_BYTES + 1)
    with pytest.raises(InputError, match="larger than 200 MB"):
        read_wav(large)


def test_a_file_that_is_cut_is_played_as_far_as_it_goes(tmp_path: Path) -> None:
    """As a recording that was stopped."""
    pcm = pcm16(sine(8000, 440))
    assert read(tmp_path, wav(pcm)[:-101])[:7900] == from_pcm16(pcm)[:7900]
