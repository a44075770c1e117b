"""What a callee's side sounds like."""

from __future__ import annotations

import audioop
import math
from collections.abc import Iterator

import pytest

from cartesia_call.audio.mulaw import BYTES_PER_S, silence, to_pcm16
from cartesia_simulator.carrier.callee_course import Sound, SoundKind
from cartesia_simulator.carrier.callee_voice import babble, performed
from cartesia_simulator.tones import ToneVoice
from cartesia_simulator.voice import Voice


class Speaker:
    """A voice whose every word is a second of its first letter."""

    name = "speaker"
    is_speech = True

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        assert language == "en"
        yield silence(100)
        for word in text.split():
            yield word[:1].encode() * BYTES_PER_S


class Mute(Speaker):
    """A voice that has nothing to say."""

    def speak(self, text: str, *, language: str) -> Iterator[bytes]:
        yield silence(len(text))


def heard(*sounds: Sound, voice: Voice | None = None) -> bytes:
    return b"".join(performed(sounds, voice or ToneVoice()))


def sound(kind: SoundKind, begins_s: float, length_s: float, *, words: str = "", hz: int = 0) -> Sound:
    return Sound(kind=kind, begins_s=begins_s, length_s=length_s, words=words, frequency_hz=hz)


def strength(audio: bytes, frequency_hz: int) -> float:
    """How much of `audio` is this frequency: 1 for a pure tone (Goertzel's sum, written out)."""
    pcm = to_pcm16(audio)
    samples = [int.from_bytes(pcm[n : n + 2], "little", signed=True) for n in range(0, len(pcm), 2)]
    step = 2 * math.pi * frequency_hz / BYTES_PER_S
    inphase = sum(value * math.cos(step * n) for n, value in enumerate(samples))
    quadrature = sum(value * math.sin(step * n) for n, value in enumerate(samples))
    energy = sum(value * value for value in samples)
    return 2 * (inphase**2 + quadrature**2) / (energy * len(samples))


def test_babble_has_the_length_asked_for() -> None:
    """To the byte."""
    assert len(babble(0)) == 0
    assert len(babble(1.5)) == 1.5 * BYTES_PER_S
    assert len(babble(0.02)) == 160


@pytest.mark.parametrize(
    "one",
    [sound(SoundKind.SPEECH, 0, 2.25), sound(SoundKind.MUSIC, 0, 5), sound(SoundKind.BEEP, 0, 1, hz=440)],
)
def test_every_sound_is_audible_and_always_the_same(one: Sound) -> None:
    """Loud enough to be told from silence, without clipping, and nothing random."""
    audio = heard(one)
    assert heard(one) == audio
    assert len(audio) == one.length_s * BYTES_PER_S
    samples = to_pcm16(audio)
    assert audioop.rms(samples, 2) > 1000
    assert audioop.max(samples, 2) < 20000


def test_sounds_stand_where_the_course_has_them() -> None:
    """With silence before and between them, and none behind."""
    audio = heard(sound(SoundKind.SPEECH, 0.5, 1), sound(SoundKind.BEEP, 2, 0.4, hz=1000))
    assert len(audio) == round(2.4 * BYTES_PER_S)
    assert audio[: BYTES_PER_S // 2] == silence(500)
    assert audio[BYTES_PER_S // 2 : 3 * BYTES_PER_S // 2] == babble(1)
    assert audio[3 * BYTES_PER_S // 2 : 2 * BYTES_PER_S] == silence(500)


@pytest.mark.parametrize(
    ("kind", "hz"), [(SoundKind.BEEP, 350), (SoundKind.BEEP, 2000), (SoundKind.FAX_TONE, 2100)]
)
def test_a_tone_is_one_frequency(kind: SoundKind, hz: int) -> None:
    """The one asked for, without a break at the second."""
    audio = heard(sound(kind, 0, 1.5, hz=hz))
    assert strength(audio[4000:12000], hz) > 0.99
    assert strength(audio[4000:12000], hz + 100) < 0.01


def test_a_real_voice_says_the_words_to_their_end() -> None:
    """What is too long loses its beginning; what is too short is said again, with a pause between."""
    words = "one two"
    assert heard(sound(SoundKind.SPEECH, 0, 1.5, words=words), voice=Speaker()) == b"o" * 4000 + b"t" * 8000
    repeated = heard(sound(SoundKind.SPEECH, 0, 3.3, words=words), voice=Speaker())
    assert repeated == b"t" * 8000 + silence(300) + b"o" * 8000 + b"t" * 8000
    assert heard(sound(SoundKind.SPEECH, 0, 0, words=words), voice=Speaker()) == b""


def test_without_speech_somebody_babbles() -> None:
    """Where the network's voice is tones, or says nothing."""
    assert heard(sound(SoundKind.SPEECH, 0, 1, words="Hello"), voice=ToneVoice()) == babble(1)
    assert heard(sound(SoundKind.SPEECH, 0, 1, words="Hello"), voice=Mute()) == babble(1)


def test_a_recording_is_heard_as_it_is() -> None:
    """Byte for byte."""
    recorded = bytes(range(256)) * 40
    length_s = len(recorded) / BYTES_PER_S
    one = Sound(kind=SoundKind.RECORDING, begins_s=0.5, length_s=length_s, mulaw=recorded)
    assert heard(one) == silence(500) + recorded
