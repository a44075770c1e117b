"""Steady tones in 20 ms."""

from __future__ import annotations

from itertools import pairwise

import pytest

from cartesia_call.listening.tones import Tone, find_tone, is_key
from tests.listening.synthesis import at_level, chords, in_noise, noise, quiet, rms_of, speech, square, tone

FRAME = slice(1600, 1920)


@pytest.mark.parametrize("hz", range(350, 2101, 50))
def test_a_sine_is_a_tone(hz: int) -> None:
    """At any frequency of the telephone's beeps, within 5 Hz."""
    found = find_tone(tone((hz,), 200)[FRAME], 0)
    assert found is not None
    assert found.second_hz is None
    assert abs(found.frequency_hz - hz) <= 5


@pytest.mark.parametrize("hz", [403, 777, 1234, 1991])
def test_a_sine_between_two_steps_is_a_tone(hz: int) -> None:
    """No frequency falls between the steps of the search."""
    found = find_tone(tone((hz,), 200)[FRAME], 0)
    assert found is not None
    assert abs(found.frequency_hz - hz) <= 5


def test_noise_is_allowed_for_as_far_as_it_is_known() -> None:
    """A tone 4 dB above the noise is one if the noise is known, and none if it belongs to the sound."""
    noisy = in_noise(tone((1000,), 200), -19)[FRAME]
    assert find_tone(noisy, rms_of(-19)) is not None
    assert find_tone(noisy, 0) is None


def test_a_square_wave_is_a_tone() -> None:
    """Its harmonics hold a fifth of the power."""
    found = find_tone(square(440, 200)[FRAME], 0)
    assert found is not None
    assert abs(found.frequency_hz - 440) <= 5


@pytest.mark.parametrize("pair_hz", [(440, 480), (400, 450)])
def test_ringing_of_two_close_pitches_is_told(pair_hz: tuple[int, int]) -> None:
    """Wherever they stand to each other; a single one between them is single."""
    ringing = in_noise(tone(pair_hz, 400), -40)
    found = {find_tone(ringing[n : n + 320], rms_of(-40)) for n in range(320, len(ringing) - 640, 50)}
    assert found == {Tone(*pair_hz)}
    assert Tone(*pair_hz).is_ringing_pair
    between = find_tone(tone((pair_hz[0] + 20,), 200)[FRAME], 0)
    assert between is not None
    assert not between.is_ringing_pair


def test_two_sines_are_a_tone() -> None:
    """Both frequencies are told, the order does not matter."""
    found = find_tone(tone((800, 1200), 200)[FRAME], 0)
    assert found is not None
    assert found.is_like(Tone(1200, 800))


@pytest.mark.parametrize("row_hz", [697, 770, 852, 941])
@pytest.mark.parametrize("column_hz", [1209, 1336, 1477, 1633])
def test_a_telephone_key_is_no_tone(row_hz: int, column_hz: int) -> None:
    """Keys are pressed by people."""
    assert is_key(column_hz, row_hz)
    assert find_tone(tone((row_hz, column_hz), 200)[FRAME], 0) is None


@pytest.mark.parametrize("pitch_hz", [90, 140, 220])
def test_speech_is_no_tone(pitch_hz: int) -> None:
    """Hardly a frame of 10 s of syllables is, and never two in a row."""
    said = speech(10_000, seed=3, pitch_hz=pitch_hz)
    tonal = [find_tone(said[n : n + 320], 0) is not None for n in range(0, len(said) - 320, 320)]
    assert sum(tonal) <= 5
    assert not any(one and other for one, other in pairwise(tonal))


def test_noise_and_chords_are_no_tone() -> None:
    """Neither has one frequency, known noise included."""
    hiss, music = at_level(noise(), -30), chords(4000)
    assert not any(find_tone(hiss[n : n + 320], rms_of(-30)) for n in range(0, len(hiss), 320))
    assert not any(find_tone(music[n : n + 320], 0) for n in range(0, len(music), 320))


def test_silence_is_no_tone() -> None:
    """Nothing is in nothing."""
    assert find_tone(quiet(20), 0) is None


def test_pitches_are_compared_as_far_as_they_are_known() -> None:
    """15 Hz or 1.5 % apart is the same; one tone is unlike two."""
    assert Tone(1000).is_like(Tone(1015))
    assert not Tone(1000).is_like(Tone(1030))
    assert not Tone(1000).is_like(Tone(1000, 1400))
