"""The listener: audio in any pieces, at any time, and sounds out."""

from __future__ import annotations

import audioop
from collections.abc import Iterator
from functools import cache

import pytest

from cartesia_call.audio import mulaw
from cartesia_call.listening.detector import MISSING_AFTER_S, Listener
from cartesia_call.listening.sounds import Beep, FaxTone, Sound, SpeechBegan, SpeechEnded
from tests.listening.play import frames, lossy, play
from tests.listening.synthesis import chime, quiet, speech, tone

BEEP_MS = 400


@cache
def greeting() -> bytes:
    """About two seconds of speech, as PCM."""
    return speech(2000, seed=4)


@cache
def mailbox() -> bytes:
    """The greeting and a beep, as mu-law."""
    return mulaw.from_pcm16(quiet(500) + greeting() + quiet(600) + tone((1000,), BEEP_MS) + quiet(1000))


def greeting_s() -> float:
    return len(greeting()) / 16000


def beep_ends_s() -> float:
    return 0.5 + greeting_s() + 0.6 + BEEP_MS / 1000


def heard(coming: Iterator[tuple[bytes, float]]) -> list[Sound]:
    listener, sounds = Listener(), []
    for audio, at_s in coming:
        listener.receive_audio(audio, at_s)
        sounds += listener.sounds()
    return sounds


def assert_mailbox(sounds: list[Sound], *, from_s: float = 0.0, within_s: float = 0.03) -> None:
    began, ended, beep = sounds
    assert isinstance(began, SpeechBegan)
    assert isinstance(ended, SpeechEnded)
    assert isinstance(beep, Beep)
    assert began.at_s - from_s == pytest.approx(0.5, abs=within_s)
    assert ended.at_s - from_s == pytest.approx(0.5 + greeting_s(), abs=within_s)
    assert ended.length_s == pytest.approx(greeting_s(), abs=2 * within_s)
    assert beep.at_s - from_s == pytest.approx(beep_ends_s(), abs=within_s)
    assert beep.length_s == pytest.approx(BEEP_MS / 1000, abs=2 * within_s)
    assert beep.frequency_hz == pytest.approx(1000, abs=5)


@pytest.mark.parametrize("frame_bytes", [1, 80, 160, 333, 8000])
def test_pieces_may_have_any_size(frame_bytes: int) -> None:
    """The sounds and their times are the same."""
    assert_mailbox(heard(frames(mailbox(), frame_bytes=frame_bytes)))


def test_times_are_those_of_the_callers_clock() -> None:
    """The first audio may come at any time."""
    assert_mailbox(heard((audio, at_s + 1234.5) for audio, at_s in frames(mailbox())), from_s=1234.5)


def test_jitter_moves_nothing() -> None:
    """Frames that come up to 0.15 s late, several at once, keep their places."""
    late = ((audio, at_s + (0.15, 0.0, 0.1, 0.05)[int(at_s * 10) % 4]) for audio, at_s in frames(mailbox()))
    assert_mailbox(heard(late), within_s=0.18)


def test_a_late_burst_catches_up() -> None:
    """The path stalls for a second and then delivers everything: later times are right again."""
    stalled = (
        (audio, max(at_s, 0.4) if at_s < 0.1 or at_s > 0.4 else 0.4) for audio, at_s in frames(mailbox())
    )
    assert_mailbox(heard(stalled), within_s=0.05)


def test_missing_frames_are_silence() -> None:
    """With 3 % of the frames lost the same is heard."""
    assert [type(sound) for sound in heard(lossy(mailbox(), 0.03))] == [SpeechBegan, SpeechEnded, Beep]


def test_a_gap_is_silence_and_later_times_hold() -> None:
    """1.5 s of the silence around the beep never come: the clock goes on."""
    gap_from_s = 0.5 + greeting_s() + 0.1
    gap = ((audio, at_s if at_s <= gap_from_s else at_s + 1.5) for audio, at_s in frames(mailbox()))
    beep = heard(gap)[-1]
    assert isinstance(beep, Beep)
    assert beep.at_s == pytest.approx(beep_ends_s() + 1.5, abs=0.03)


def test_the_deadline_ends_speech_where_no_audio_comes() -> None:
    """Nothing comes behind the last word: `check` at the deadline tells the end, and then there is none."""
    listener = Listener()
    for audio, at_s in frames(mulaw.from_pcm16(greeting())):
        listener.receive_audio(audio, at_s)
    deadline_s = listener.next_deadline_s()
    assert deadline_s is not None
    assert deadline_s == pytest.approx(greeting_s() + 0.8, abs=0.1)
    listener.check(deadline_s - 0.1)
    assert [type(sound) for sound in listener.sounds()] == [SpeechBegan]
    listener.check(listener.next_deadline_s() or 0.0)
    assert [type(sound) for sound in listener.sounds()] == [SpeechEnded]
    assert listener.next_deadline_s() is None


def test_the_deadline_tells_a_beep_where_no_audio_comes() -> None:
    """A carrier that stops sending behind the beep does not keep it from being told."""
    played = play(frames(mulaw.from_pcm16(quiet(300) + tone((750,), 400))), until_s=3)
    assert len(played.beeps) == 1
    assert played.sounds[0][0] <= 0.7 + MISSING_AFTER_S + 0.1


def test_early_checks_are_harmless() -> None:
    """Asking every 5 ms between frames changes nothing."""
    listener, sounds = Listener(), []
    for audio, at_s in frames(mailbox()):
        for step in range(4):
            listener.check(at_s - 0.02 + 0.005 * step)
        listener.receive_audio(audio, at_s)
        sounds += listener.sounds()
    assert_mailbox(sounds)


def test_an_hour_without_audio_takes_no_time() -> None:
    """A gap of any length is gone through once."""
    listener = Listener()
    listener.receive_audio(mulaw.silence(20), 0.02)
    listener.receive_audio(mulaw.silence(20), 3600.0)
    assert listener.sounds() == []


@pytest.mark.parametrize("byte", [0xFF, 0x7F])
def test_both_silences_of_mu_law_are_silent(byte: int) -> None:
    """Positive and negative zero."""
    assert heard(frames(bytes([byte]) * 40_000)) == []


def test_notes_from_the_first_sample_on_are_no_beeps() -> None:
    """There was no silence yet to tell the noise from, and the edges of the notes are no noise."""
    assert not any(isinstance(sound, Beep) for sound in heard(frames(mulaw.from_pcm16(chime(6000, 250)))))


def test_speech_ends_where_a_beep_follows_at_once() -> None:
    """The end of speech is told before the beep, and lies before it."""
    said = mulaw.from_pcm16(quiet(300) + speech(1500, seed=6) + tone((850,), 500) + quiet(500))
    began, ended, beep = heard(frames(said))
    assert isinstance(began, SpeechBegan)
    assert isinstance(ended, SpeechEnded)
    assert isinstance(beep, Beep)
    assert ended.at_s <= beep.at_s - beep.length_s + 0.05


def test_a_fax_is_told_once() -> None:
    """CED for three seconds, with its turns of phase."""
    ced = tone((2100,), 450) * 7
    assert [type(sound) for sound in heard(frames(mulaw.from_pcm16(quiet(300) + ced + quiet(800))))] == [
        FaxTone
    ]


@pytest.mark.parametrize("offset", [600, -3694])
def test_a_constant_offset_is_not_heard(offset: int) -> None:
    """Quiet speech on it is heard as without, and the silence behind it is silence."""
    said = speech(1000, seed=5, dbfs=-34)
    plain = quiet(500) + said + quiet(1500)
    moved = audioop.bias(plain, 2, offset)
    with_offset, without = (heard(frames(mulaw.from_pcm16(pcm))) for pcm in (moved, plain))
    assert [type(sound) for sound in with_offset] == [SpeechBegan, SpeechEnded]
    assert [sound.at_s for sound in with_offset] == pytest.approx([sound.at_s for sound in without], abs=0.05)
