"""Audio formats and chunk sizes of the speech service."""

from __future__ import annotations

import struct
from itertools import pairwise

import pytest

from cartesia_call.audio import mulaw
from cartesia_simulator.speech.encoding import SAMPLE_BYTES, encode
from cartesia_simulator.tones import ToneVoice

AUDIO = b"".join(ToneVoice().speak("The database is down. Please call.", language="en"))


def encoded(encoding: str, sample_rate_hz: int = 8000) -> list[bytes]:
    steps = [AUDIO[start : start + 1234] for start in range(0, len(AUDIO), 1234)]
    return list(encode(steps, encoding, sample_rate_hz))


def test_mulaw_is_what_the_voice_made() -> None:
    """Cutting changes no byte."""
    assert b"".join(encoded("pcm_mulaw")) == AUDIO


def test_chunks_are_uneven() -> None:
    """No chunk is a whole number of frames, and neighbours differ in size."""
    sizes = [len(chunk) for chunk in encoded("pcm_mulaw")]
    assert all(size % mulaw.FRAME_BYTES for size in sizes[:-1])
    assert all(one != other for one, other in pairwise(sizes))


@pytest.mark.parametrize("encoding", sorted(SAMPLE_BYTES))
@pytest.mark.parametrize("sample_rate_hz", [8000, 22050, 44100])
def test_every_format_lasts_as_long(encoding: str, sample_rate_hz: int) -> None:
    """The format changes neither the duration nor whether chunks hold whole samples."""
    chunks = encoded(encoding, sample_rate_hz)
    assert all(len(chunk) % SAMPLE_BYTES[encoding] == 0 for chunk in chunks)
    samples = sum(map(len, chunks)) / SAMPLE_BYTES[encoding]
    assert samples / sample_rate_hz == pytest.approx(mulaw.duration_s(len(AUDIO)), abs=0.001)


def test_pcm_is_the_same_sound() -> None:
    """16-bit and float samples are the decoded mu-law."""
    pcm = mulaw.to_pcm16(AUDIO)
    assert b"".join(encoded("pcm_s16le")) == pcm
    floats = b"".join(encoded("pcm_f32le"))
    assert struct.unpack_from("<f", floats, 4000)[0] == struct.unpack_from("<h", pcm, 2000)[0] / 32768
