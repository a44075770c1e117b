"""What a simulated callee's side sounds like: speech, beeps, fax tones, music; the same every time."""

from __future__ import annotations

import math
from array import array
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from cartesia_call.audio.mulaw import BYTES_PER_S, SAMPLE_RATE_HZ, SILENCE_BYTE, from_pcm16, silence
from cartesia_simulator.carrier.callee_course import Sound, SoundKind
from cartesia_simulator.voice import Voice

_SYLLABLES_PER_S = 4
_HARMONICS_HZ = ((140, 0.5), (420, 0.3), (980, 0.2))
"""Frequencies that fit whole periods into a second, so that seconds can be repeated without a click."""
_PEAK = 9000

_SENTENCE_PAUSE_MS = 300

_CHORDS_HZ = ((262, 330, 392), (220, 262, 330), (294, 349, 440), (247, 294, 392))
"""C, A minor, D minor, G: one a second, in whole hertz for the same reason."""
_MELODY_HZ = (523, 659, 587, 440, 698, 587, 494, 392)
_BEATS_PER_S = 2
_LONE_NOTES_HZ = (262, 330, 349, 294, 392, 330, 262, 349)
"""Every fourth bar is a voice alone, note by note with rests: steady tones around the lowest of beeps (340
Hz), the hardest of what hold music has."""
_NOTE_S, _EDGE_S = 0.32, 0.01
_BARS_BEFORE_LONE_NOTES = 3


def performed(sounds: Iterable[Sound], voice: Voice) -> Iterator[bytes]:
    """Mu-law of `sounds`, with the silence before and between them. May block between chunks.

    Speech is `voice`'s where that speaks, else babble.
    """
    position = 0
    for sound in sounds:
        begins, ends = round(sound.begins_s * BYTES_PER_S), round(sound.ends_s * BYTES_PER_S)
        yield bytes([SILENCE_BYTE]) * (begins - position)
        yield _audio_of(sound, ends - begins, voice)
        position = ends


def babble(duration_s: float) -> bytes:
    """Mu-law of somebody speaking for `duration_s`; nothing random in it."""
    return _repeated(_one_second_of_babble(), round(duration_s * BYTES_PER_S))


def _audio_of(sound: Sound, size: int, voice: Voice) -> bytes:
    match sound.kind:
        case SoundKind.SPEECH:
            return _speech(sound.words, size, voice)
        case SoundKind.MUSIC:
            return _repeated(_bars_of_music(), size)
        case SoundKind.RECORDING:
            return sound.mulaw[:size]
        case SoundKind.BEEP | SoundKind.FAX_TONE | SoundKind.NETWORK_TONE:
            return _repeated(_one_second_of_tone(sound.frequency_hz, sound.second_hz), size)


def _speech(words: str, size: int, voice: Voice) -> bytes:
    once = b""
    if voice.is_speech:
        once = b"".join(voice.speak(words, language="en")).strip(bytes([SILENCE_BYTE]))
    if not once:
        return babble(size / BYTES_PER_S)
    # Cut at the beginning, as those who are slow to listen hear it, so that the words come to their end.
    return _repeated(silence(_SENTENCE_PAUSE_MS) + once, size, ends_whole=True)


def _repeated(tile: bytes, size: int, *, ends_whole: bool = False) -> bytes:
    audio = tile * (size // len(tile) + 1)
    return audio[len(audio) - size :] if ends_whole else audio[:size]


@lru_cache(maxsize=1)
def _one_second_of_babble() -> bytes:
    samples = array("h")
    for n in range(SAMPLE_RATE_HZ):
        t = n / SAMPLE_RATE_HZ
        loudness = math.sin(math.pi * _SYLLABLES_PER_S * t) ** 2
        wave = sum(share * math.sin(2 * math.pi * hz * t) for hz, share in _HARMONICS_HZ)
        samples.append(int(_PEAK * loudness * wave))
    return from_pcm16(samples.tobytes())


@lru_cache(maxsize=4)
def _one_second_of_tone(frequency_hz: int, second_hz: int) -> bytes:
    steps = [2 * math.pi * hz / SAMPLE_RATE_HZ for hz in (frequency_hz, second_hz) if hz]
    waves = (sum(math.sin(step * n) for step in steps) for n in range(SAMPLE_RATE_HZ))
    return from_pcm16(array("h", (int(_PEAK * wave / len(steps)) for wave in waves)).tobytes())


@lru_cache(maxsize=1)
def _bars_of_music() -> bytes:
    """Three times four chords under a melody, then a lone voice; and again."""
    samples = array("h")
    for _ in range(_BARS_BEFORE_LONE_NOTES):
        for number, chord in enumerate(_CHORDS_HZ):
            samples.extend(_chord(chord, _MELODY_HZ[2 * number : 2 * number + 2]))
    for frequency_hz in _LONE_NOTES_HZ:
        samples.extend(_lone_note(frequency_hz))
    return from_pcm16(samples.tobytes())


def _chord(chord_hz: Sequence[int], melody_hz: Sequence[int]) -> Iterator[int]:
    """A second of it: every note is plucked and fades until the next beat, under a melody of as many."""
    for n in range(SAMPLE_RATE_HZ):
        t = n / SAMPLE_RATE_HZ
        loudness = 1 - 0.7 * (t * _BEATS_PER_S % 1)
        sung_hz = melody_hz[int(t * _BEATS_PER_S)]
        wave = sum(math.sin(2 * math.pi * hz * t) for hz in chord_hz) / len(chord_hz)
        tune = math.sin(2 * math.pi * sung_hz * t) + 0.5 * math.sin(4 * math.pi * sung_hz * t)
        yield int(_PEAK * loudness * (0.7 * wave + 0.2 * tune))


def _lone_note(frequency_hz: int) -> Iterator[int]:
    """Half a second: a steady note, and a rest."""
    for n in range(SAMPLE_RATE_HZ // _BEATS_PER_S):
        t = n / SAMPLE_RATE_HZ
        edge = max(0.0, min(1.0, t / _EDGE_S, (_NOTE_S - t) / _EDGE_S))
        yield int(_PEAK * 0.6 * edge * math.sin(2 * math.pi * frequency_hz * t))
