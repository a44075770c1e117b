"""Music is what does not fall silent between its notes; speech, noise and single tones are none."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.audio import mulaw
from cartesia_call.listening.greeting import Answered
from cartesia_call.listening.music import MUSIC_TOLD_AFTER_S, MusicWatch, is_music
from cartesia_call.listening.sounds import Beep, MusicHeard, SoundGoesOn, SpeechBegan, SpeechEnded
from cartesia_simulator.callee import parse_callee
from cartesia_simulator.carrier.callee_course import course_of
from cartesia_simulator.carrier.callee_voice import performed
from cartesia_simulator.tones import ToneVoice
from tests.listening.play import Heard, frames, play
from tests.listening.synthesis import chords, in_noise, melody, mixed, quiet, speech, tone


def music(duration_ms: int, beat_ms: int = 500) -> bytes:
    """Chords that ring on while the next are plucked."""
    ringing = quiet(beat_ms // 2) + chords(duration_ms, beat_ms)
    return mixed(chords(duration_ms, beat_ms), ringing)


def heard(pcm: bytes) -> Heard:
    return play(frames(mulaw.from_pcm16(pcm)))


def music_told_s(played: Heard) -> list[float]:
    return [told_s for told_s, sound in played.sounds if isinstance(sound, MusicHeard)]


@pytest.mark.parametrize(
    "made",
    [
        lambda: music(8000),
        lambda: music(8000, 400),
        lambda: mixed(music(8000), melody(8000, 400)),
    ],
    ids=["slow", "fast", "with a melody"],
)
def test_music_is_told_when_it_has_played_for_a_while(made: Callable[[], bytes]) -> None:
    """And as long as it plays; its judge takes it for a machine."""
    played = heard(made())
    told_s = music_told_s(played)
    assert MUSIC_TOLD_AFTER_S <= told_s[0] <= MUSIC_TOLD_AFTER_S + 1
    assert told_s[-1] >= 7.9
    assert played.verdict in {"machine", "none"}


@pytest.mark.parametrize("noise_dbfs", [None, -40, -30])
@pytest.mark.parametrize("length_ms", [1000, 12000])
def test_speech_in_noise_is_no_music(length_ms: int, noise_dbfs: float | None) -> None:
    """Noise fills the pauses, and is steady."""
    for seed in range(2):
        said = speech(length_ms, seed=seed, pitch_hz=(110, 210)[seed % 2])
        assert not music_told_s(heard(in_noise(quiet(500) + said + quiet(6000), noise_dbfs)))


def test_noise_and_tones_are_no_music() -> None:
    """They are as loud all the time; tones that come and go leave silence between them."""
    for pcm in (in_noise(quiet(8000), -20), tone((440,), 8000), (tone((425,), 1000) + quiet(4000)) * 2):
        assert not music_told_s(heard(pcm))


def test_nothing_is_no_music() -> None:
    """Silence, and what is hardly louder."""
    assert not is_music([0] * 200)
    assert not is_music([100, 150] * 100)


def test_who_speaks_behind_music_is_judged_anew() -> None:
    """Their hello is a person's, and the music's end was the end of nobody's speech."""
    played = heard(music(10000) + quiet(1200) + speech(900, seed=5, pitch_hz=200) + quiet(3000))
    ended = [sound for _, sound in played.sounds if isinstance(sound, SpeechEnded)]
    assert [round(sound.length_s, 1) for sound in ended] == [0.9]
    began = [sound.at_s for _, sound in played.sounds if isinstance(sound, SpeechBegan)]
    assert began[-1] == pytest.approx(11.2, abs=0.1)
    assert played.guesses[-1].kind is Answered.HUMAN


def test_a_pause_ends_the_music() -> None:
    """What sounds behind it is somebody's until it is known for music again."""
    watch = MusicWatch()
    for level in (2000, 1200, 900, 1500) * 60:
        watch.receive_level(level)
    assert watch.is_playing
    for _ in range(10):
        watch.receive_level(0)
    assert not watch.is_playing


def test_sound_that_goes_on_is_told_before_it_is_known() -> None:
    """Every second, from two seconds on; who speaks pauses."""
    noise = heard(in_noise(quiet(5500), -30))
    told_s = [told_s for told_s, sound in noise.sounds if isinstance(sound, SoundGoesOn)]
    assert told_s == pytest.approx([2.02, 3.02, 4.02, 5.02])
    said = heard(quiet(500) + speech(1800, seed=3) + quiet(2000))
    assert not [sound for _, sound in said.sounds if isinstance(sound, SoundGoesOn)]


@pytest.mark.long
def test_the_hold_music_of_a_rehearsal_is_music_without_a_beep() -> None:
    """Its lone notes are around the lowest of beeps, and pauses are between them."""
    course = course_of(parse_callee("hold-music,music:40s"))
    played = play(frames(b"".join(performed(course.sounds, ToneVoice()))))
    assert not [sound for _, sound in played.sounds if isinstance(sound, Beep)]
    assert music_told_s(played)[0] <= 5
