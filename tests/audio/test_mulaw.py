"""Mu-law and its arithmetic."""

from __future__ import annotations

import struct

from cartesia_call.audio.mulaw import duration_ms, duration_s, from_pcm16, silence, to_pcm16


def test_eight_thousand_bytes_are_a_second() -> None:
    """One byte is one sample of 8 kHz."""
    assert duration_s(8000) == 1
    assert duration_ms(160) == 20
    assert len(silence(400)) == 3200


def test_silence_is_zero() -> None:
    """0xFF decodes to no deflection at all."""
    assert to_pcm16(silence(1)) == b"\0\0" * 8


def test_every_code_survives_the_round_trip() -> None:
    """Decoding and encoding again changes no byte but the second zero of G.711 (0x7F)."""
    codes = bytes(code for code in range(256) if code != 0x7F)
    assert from_pcm16(to_pcm16(codes)) == codes
    assert struct.unpack("<h", to_pcm16(b"\x7f")) == (0,)
