"""Sound made by arithmetic, the same every time: tones, noise, syllables, chords. 16-bit PCM at 8 kHz."""

from __future__ import annotations

import audioop
import math
import random
import struct
from collections.abc import Sequence
from functools import lru_cache
from operator import mul, truediv

from cartesia_call.audio.mulaw import SAMPLE_RATE_HZ

FULL_SCALE_RMS = 32767
_SAMPLES_PER_MS = SAMPLE_RATE_HZ // 1000
_EDGE_MS = 4


def rms_of(dbfs: float) -> float:
    """The root mean square of a level in dB below full scale."""
    return FULL_SCALE_RMS * math.pow(10, dbfs / 20)


def at_level(pcm: bytes, dbfs: float) -> bytes:
    """`pcm` made as loud as that on average."""
    rms = audioop.rms(pcm, 2)
    return audioop.mul(pcm, 2, rms_of(dbfs) / rms) if rms else pcm


def quiet(duration_ms: int) -> bytes:
    """Digital silence."""
    return bytes(2 * _SAMPLES_PER_MS * duration_ms)


def mixed(one: bytes, other: bytes) -> bytes:
    """Both at once, as long as the first; the other is repeated."""
    return audioop.add(one, (other * (len(one) // len(other) + 1))[: len(one)], 2)


@lru_cache(maxsize=4)
def noise(seed: int = 1) -> bytes:
    """4 s of white noise at -20 dB."""
    source = random.Random(seed)
    samples = [round(source.gauss(0, 3277)) for _ in range(4 * SAMPLE_RATE_HZ)]
    return struct.pack(f"<{len(samples)}h", *(max(-32768, min(32767, sample)) for sample in samples))


def in_noise(pcm: bytes, noise_dbfs: float | None) -> bytes:
    """`pcm` on a line with white noise of that level; None for none."""
    return pcm if noise_dbfs is None else mixed(pcm, at_level(noise(), noise_dbfs))


@lru_cache(maxsize=64)
def tone(frequencies_hz: tuple[float, ...], duration_ms: int, dbfs: float = -15) -> bytes:
    """Sines of equal loudness at once, faded in and out within 4 ms."""
    count = duration_ms * _SAMPLES_PER_MS
    edge = _EDGE_MS * _SAMPLES_PER_MS
    steps = [2 * math.pi * hz / SAMPLE_RATE_HZ for hz in frequencies_hz]
    peak = 16000 / len(steps)
    wave = [peak * sum(parts) for parts in zip(*(_sine(step, count) for step in steps), strict=True)]
    for n in (*range(edge), *range(count - edge, count)):
        wave[n] *= min((n + 1) / edge, (count - n) / edge)
    return at_level(struct.pack(f"<{count}h", *map(round, wave)), dbfs)


def _sine(step: float, count: int) -> list[float]:
    return list(map(math.sin, map(step.__mul__, range(count))))


def _sum_of_sines(angle: float, multiples: Sequence[float], gains: Sequence[float]) -> float:
    """Of the sines of `angle` times each, times the gains; without a generator, which would take as long as
    all else."""
    total: float = sum(map(mul, gains, map(math.sin, map(angle.__mul__, multiples))))
    return total


def square(frequency_hz: float, duration_ms: int, dbfs: float = -15) -> bytes:
    """The harshest beep: odd harmonics up to 4 kHz."""
    harmonics = [k for k in range(1, 40, 2) if k * frequency_hz < 3700]
    steps = [2 * math.pi * k * frequency_hz / SAMPLE_RATE_HZ for k in harmonics]
    samples = [
        round(9000 * sum(map(truediv, map(math.sin, map(float(n).__mul__, steps)), harmonics)))
        for n in range(duration_ms * _SAMPLES_PER_MS)
    ]
    return at_level(struct.pack(f"<{len(samples)}h", *samples), dbfs)


_VOWELS = ((730, 1090), (270, 2290), (300, 870), (530, 1840), (570, 840), (490, 1350))
"""First and second formant of a man's vowels (Peterson and Barney, 1952)."""


@lru_cache(maxsize=256)
def _syllable(number: int, pitch_hz: int) -> bytes:
    """A consonant's noise, then a vowel whose pitch falls, swelling and fading."""
    source = random.Random(f"{number} {pitch_hz}")
    first_hz, second_hz = _VOWELS[number % len(_VOWELS)]
    burst_ms, vowel_ms = source.choice((20, 40, 60)), source.choice((90, 120, 160, 200))
    burst = [source.gauss(0, 900) for _ in range(burst_ms * _SAMPLES_PER_MS)]
    begins_hz = pitch_hz * source.uniform(0.95, 1.15)
    falls_by = source.uniform(0.02, 0.15)
    count = vowel_ms * _SAMPLES_PER_MS
    harmonics = range(1, int(3400 / begins_hz) + 1)
    gains = []
    for k in harmonics:
        hz = k * begins_hz
        gain = 0.06 + sum(1 / (1 + ((hz - formant_hz) / 90) ** 2) for formant_hz in (first_hz, second_hz))
        gains.append(gain / math.sqrt(k))
    phase, vowel = 0.0, []
    for n in range(count):
        phase += 2 * math.pi * begins_hz * (1 - falls_by * n / count) / SAMPLE_RATE_HZ
        swell = math.sin(math.pi * (n + 1) / (count + 1)) ** 0.6
        vowel.append(swell * 5000 * _sum_of_sines(phase, harmonics, gains))
    samples = [max(-32768, min(32767, round(sample))) for sample in burst + vowel]
    return struct.pack(f"<{len(samples)}h", *samples)


def speech(
    duration_ms: int, *, seed: int, pitch_hz: int = 120, pause_ms: int = 350, dbfs: float = -22
) -> bytes:
    """Syllables in words, with a pause every few words, that begin and end with sound."""
    source = random.Random(seed)
    size = 2 * _SAMPLES_PER_MS * duration_ms
    said = bytearray()
    while len(said) < size:
        for _ in range(source.randint(2, 5)):
            for _ in range(source.randint(1, 3)):
                said += _syllable(source.randrange(18), pitch_hz)
            said += quiet(source.choice((0, 20, 40, 60)))
        said += quiet(round(pause_ms * source.uniform(0.6, 1.4)))
    while len(said) > size and not any(said[size - 320 : size]):
        size -= 320
    return at_level(bytes(said[:size]), dbfs)


_CHORDS = ((220, 277, 330, 440), (196, 247, 294, 392), (175, 220, 262, 349), (165, 208, 247, 330))


@lru_cache(maxsize=64)
def _plucked(frequencies_hz: tuple[int, ...], duration_ms: int) -> bytes:
    """Notes with four harmonics each that fade like strings."""
    notes = [(hz, k) for hz in frequencies_hz for k in (1, 2, 3, 4) if hz * k < 3600]
    steps = [2 * math.pi * hz * k / SAMPLE_RATE_HZ for hz, k in notes]
    gains = [1 / k for _, k in notes]
    count = duration_ms * _SAMPLES_PER_MS
    samples = [
        round(
            9000
            / len(frequencies_hz)
            * math.exp(-3 * n / count)
            * min(1, n / 40)
            * _sum_of_sines(float(n), steps, gains)
        )
        for n in range(count)
    ]
    return struct.pack(f"<{count}h", *(max(-32768, min(32767, sample)) for sample in samples))


def chords(duration_ms: int, beat_ms: int = 500) -> bytes:
    """Hold music: a plucked chord each beat."""
    beats = [_plucked(_CHORDS[n // 2 % len(_CHORDS)], beat_ms) for n in range(duration_ms // beat_ms)]
    return at_level(b"".join(beats), -22)


_MELODY_HZ = (523, 659, 784, 659, 698, 587, 523, 494)


def melody(duration_ms: int, beat_ms: int = 300) -> bytes:
    """Hold music: plucked single notes over a bass."""
    notes = [
        mixed(_plucked((_MELODY_HZ[n % 8],), beat_ms), _plucked((_MELODY_HZ[n // 4 % 8] // 4,), beat_ms))
        for n in range(duration_ms // beat_ms)
    ]
    return at_level(b"".join(notes), -22)


def chime(duration_ms: int, beat_ms: int = 300) -> bytes:
    """Hold music at its worst: pure sines, note after note."""
    notes = [tone((_MELODY_HZ[n % 8],), beat_ms) for n in range(duration_ms // beat_ms)]
    return at_level(b"".join(notes), -22)
