"""What an answered call brings from the callee's side, and when."""

from __future__ import annotations

import pytest

from cartesia_simulator.callee import CalleeScript, Utterance, parse_callee
from cartesia_simulator.carrier.callee_course import (
    FAX_SILENCE_S,
    FAX_TONE_S,
    FAX_WAITS_S,
    GREETING_PAUSE_S,
    QUESTION_AFTER_S,
    Course,
    Sound,
    SoundKind,
    course_of,
)

Heard = list[tuple[SoundKind, float, float]]


def course(callee: str) -> Course:
    return course_of(parse_callee(callee))


def kinds(sounds: tuple[Sound, ...]) -> Heard:
    return [(sound.kind, round(sound.begins_s, 6), round(sound.ends_s, 6)) for sound in sounds]


@pytest.mark.parametrize("callee", ["busy", "no-answer", "declines", "blocked", "unreachable"])
def test_who_does_not_answer_is_not_heard(callee: str) -> None:
    """Nothing is planned for them."""
    assert course(callee) == Course()


def test_a_person_is_there_from_the_answer_on() -> None:
    """They speak when the script says so, and stay."""
    planned = course("answers,says:1s@0.5s,says:2s@4s")
    assert kinds(planned.sounds) == [(SoundKind.SPEECH, 0.5, 1.5), (SoundKind.SPEECH, 4.0, 6.0)]
    assert (planned.person_after_s, planned.hangs_up_after_s) == (0.0, None)
    assert course("answers").sounds == ()


def test_a_voicemail_greets_beeps_and_records() -> None:
    """It hangs up when the message has been as long as it may be."""
    planned = course("voicemail,greeting:5s,beep:440hz,beep-length:300ms,records:20s")
    beep_s = 5 + GREETING_PAUSE_S
    assert kinds(planned.sounds) == [
        (SoundKind.SPEECH, 0.0, 5.0),
        (SoundKind.BEEP, beep_s, beep_s + 0.3),
    ]
    assert planned.sounds[1].frequency_hz == 440
    assert planned.records_after_s == pytest.approx(beep_s + 0.3)
    assert planned.hangs_up_after_s == pytest.approx(beep_s + 20.3)
    assert planned.person_after_s is None


def test_a_voicemail_may_be_silent_or_without_a_beep() -> None:
    """It then records from where the beep would have been."""
    silent = course("voicemail-silent,silence:2s")
    assert kinds(silent.sounds) == [(SoundKind.BEEP, 2.0, 2.4)]
    assert silent.records_after_s == pytest.approx(2.4)
    nothing = course("voicemail-silent,silence:2s,beep:none")
    assert (nothing.sounds, nothing.records_after_s) == ((), 2.0)
    assert course("voicemail,greeting:2s,beep:none").records_after_s == 2 + GREETING_PAUSE_S


def test_a_fax_machine_plays_its_tone_and_gives_up() -> None:
    """2,100 Hz, after a silence."""
    planned = course("fax")
    assert kinds(planned.sounds) == [(SoundKind.FAX_TONE, FAX_SILENCE_S, FAX_SILENCE_S + FAX_TONE_S)]
    assert planned.sounds[0].frequency_hz == 2100
    assert planned.hangs_up_after_s == FAX_SILENCE_S + FAX_TONE_S + FAX_WAITS_S


def test_a_screening_robot_asks_and_the_person_says_hello_later() -> None:
    """When that is, only the call can tell."""
    planned = course("screens,greeting:4s")
    assert kinds(planned.sounds) == [(SoundKind.SPEECH, QUESTION_AFTER_S, QUESTION_AFTER_S + 4)]
    assert planned.asked_after_s == QUESTION_AFTER_S + 4
    assert planned.person_after_s is None
    assert kinds(planned.person_sounds) == [(SoundKind.SPEECH, 1.0, 2.0)]
    assert kinds(course("screens,says:2s@1s").person_sounds) == [(SoundKind.SPEECH, 1.0, 3.0)]


def test_a_person_comes_when_the_music_is_over() -> None:
    """What they say counts from there."""
    planned = course("hold-music,music:5s,says:1s@0.5s")
    assert kinds(planned.sounds) == [(SoundKind.MUSIC, 0.0, 5.0), (SoundKind.SPEECH, 5.5, 6.5)]
    assert planned.person_after_s == 5.0


@pytest.mark.parametrize("callee", ["answers", "voicemail", "voicemail-silent", "fax", "screens"])
def test_everybody_can_hang_up_early(callee: str) -> None:
    """Whatever comes first."""
    assert course(f"{callee},hangs-up@1s").hangs_up_after_s == 1.0


def test_a_machine_hangs_up_at_the_latest_when_it_is_full() -> None:
    """Even if the script would wait longer."""
    assert course("voicemail-silent,silence:1s,beep:none,records:5s,hangs-up@60s").hangs_up_after_s == 6.0


def test_the_networks_tones_are_those_of_e_180() -> None:
    """Equal tones at equal distances; somebody comes to the telephone when it has rung on."""
    busy, reorder = course("busy-tone"), course("reorder")
    assert kinds(busy.sounds)[:2] == [(SoundKind.NETWORK_TONE, 0.3, 0.8), (SoundKind.NETWORK_TONE, 1.3, 1.8)]
    assert kinds(reorder.sounds)[1] == (SoundKind.NETWORK_TONE, 0.8, 1.05)
    assert {(sound.frequency_hz, sound.second_hz) for sound in busy.sounds} == {(480, 620)}
    rings = course("rings-on,rings:6s")
    assert [kind for kind, _, _ in kinds(rings.sounds)] == [
        SoundKind.SPEECH,
        SoundKind.NETWORK_TONE,
        SoundKind.NETWORK_TONE,
        SoundKind.SPEECH,
    ]
    assert rings.person_after_s == pytest.approx(8.2)


def test_a_recorded_line_warns_every_13_seconds() -> None:
    """Behind the hello; nobody is talked over."""
    warned = course("recorded-line,says:1s,says:2s@5.5s")
    tones = [sound.begins_s for sound in warned.sounds if sound.kind is SoundKind.NETWORK_TONE]
    assert tones[:2] == [19.0, 32.0]
    assert course("recorded-line").person_after_s == 0


def test_a_robot_may_sound_a_tone_behind_its_question() -> None:
    """It listens from there on."""
    asked = course("screens,tone,greeting:4s")
    question_ends_s = QUESTION_AFTER_S + 4
    assert kinds(asked.sounds)[1] == (SoundKind.NETWORK_TONE, question_ends_s + 0.2, question_ends_s + 0.5)
    assert asked.asked_after_s == pytest.approx(question_ends_s + 0.5)


def test_an_announcement_follows_the_special_information_tones() -> None:
    """Or comes without them; then the network hangs up."""
    announced = course("announcement,greeting:5s")
    tones = announced.sounds[:3]
    assert [(sound.frequency_hz, round(sound.length_s, 2)) for sound in tones] == [
        (950, 0.33),
        (1400, 0.33),
        (1800, 0.33),
    ]
    words = announced.sounds[3]
    assert (words.kind, round(words.begins_s, 2), words.length_s) == (SoundKind.SPEECH, 1.49, 5.0)
    assert announced.hangs_up_after_s == words.ends_s + 20
    bare = course("announcement,sit:none")
    assert kinds(bare.sounds) == [(SoundKind.SPEECH, 0.3, 6.3)]
    assert announced.person_after_s is None


def test_a_file_is_heard_from_the_answer_on() -> None:
    """And what they say behind it."""
    planned = course_of(CalleeScript(plays=b"\x01" * 8000, utterances=(Utterance(length_s=1, begins_s=3),)))
    assert kinds(planned.sounds) == [(SoundKind.RECORDING, 0.0, 1.0), (SoundKind.SPEECH, 3.0, 4.0)]
    assert planned.person_after_s == 0.0
