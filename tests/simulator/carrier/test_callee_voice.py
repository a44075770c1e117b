"""The sound of a callee."""

from __future__ import annotations

import audioop

from cartesia_call.audio.mulaw import BYTES_PER_S, to_pcm16
from cartesia_call.simulator.carrier.callee_voice import babble


def test_speech_has_the_length_asked_for() -> None:
    """To the byte."""
    assert len(babble(0)) == 0
    assert len(babble(1.5)) == 1.5 * BYTES_PER_S
    assert len(babble(0.02)) == 160


def test_speech_is_audible_and_always_the_same() -> None:
    """Loud enough to be told from silence, without clipping, and nothing random."""
    audio = babble(2.25)
    assert babble(2.25) == audio
    samples = to_pcm16(audio)
    assert audioop.rms(samples, 2) > 1000
    assert audioop.max(samples, 2) < 20000
    assert audio.startswith(babble(1))
