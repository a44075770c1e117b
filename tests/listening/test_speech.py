"""Utterances from stretches of sound."""

from __future__ import annotations

from collections.abc import Sequence

from cartesia_call.listening.speech import UTTERANCE_END_FRAMES, SpeechWatch, Utterance

SYLLABLE = (900, 3000, 5000, 4000, 2000, 1000)


def heard(levels_rms: Sequence[int]) -> list[tuple[str, Utterance]]:
    """What is told of frames of these levels; 0 is silence."""
    watch, told = SpeechWatch(), []
    for frame, level_rms in enumerate(levels_rms):
        watch.receive_level(level_rms, frame)
        began = watch.receive_sound(frame, frame + 1) if level_rms else None
        if began is not None:
            told.append(("began", began))
        ended = watch.receive_silence(frame)
        if ended is not None:
            told.append(("ended", ended))
    return told


def test_a_syllable_is_an_utterance() -> None:
    """It begins with its first frame, and its end is told after 0.8 s of silence."""
    told = heard([0, 0, *SYLLABLE, *[0] * UTTERANCE_END_FRAMES])
    assert [(what, utterance.began) for what, utterance in told] == [("began", 2), ("ended", 2)]
    assert told[-1][1].ended == 8
    assert len(heard([0, 0, *SYLLABLE, *[0] * (UTTERANCE_END_FRAMES - 1)])) == 1


def test_pauses_between_words_do_not_end_it() -> None:
    """0.7 s of silence is a pause."""
    told = heard([*SYLLABLE, *[0] * 35, *SYLLABLE, *[0] * 60])
    assert told[-1] == ("ended", Utterance(0, 47))


def test_a_click_is_none() -> None:
    """80 ms of sound are no word, again and again."""
    assert heard([4000, 9000, 4000, 500, *[0] * 20] * 10) == []


def test_a_click_does_not_prolong_one() -> None:
    """40 ms of sound, long after the last word, belong to nothing."""
    told = heard([*SYLLABLE, *[0] * 30, 4000, 900, *[0] * 60])
    assert told[-1] == ("ended", Utterance(0, 6))


def test_steady_sound_is_none() -> None:
    """Noise that sets in neither swells nor fades."""
    assert heard([0, *[2000, 2300, 1900, 2100] * 15, *[0] * 60]) == []


def test_sound_told_late_is_taken_from_its_beginning() -> None:
    """A tone that was held back and is none after all counts from where it began."""
    watch = SpeechWatch()
    for frame, level_rms in enumerate(SYLLABLE * 10):
        watch.receive_level(level_rms, frame)
    assert watch.receive_sound(0, 60) == Utterance(0, 60)
    assert watch.ends_with_frame == 60 + UTTERANCE_END_FRAMES - 1
    assert watch.close() == Utterance(0, 60)
    assert watch.ends_with_frame is None
