"""Estimated timestamps."""

from __future__ import annotations

from cartesia_call.simulator.speech.timestamps import phoneme_timestamps, word_timestamps


def test_words_share_the_time_by_their_letters() -> None:
    """A word of twice the letters takes twice the time, and together they fill it."""
    assert word_timestamps("ab  abcd", 1.0, 2.5) == {
        "words": ["ab", "abcd"],
        "start": [1.0, 1.5],
        "end": [1.5, 2.5],
    }


def test_letters_stand_for_phonemes() -> None:
    """Only letters count."""
    assert phoneme_timestamps("Hi!", 0, 1)["phonemes"] == ["h", "i"]


def test_no_words_no_times() -> None:
    """A text of tags alone has none."""
    assert word_timestamps('<break time="1s"/>', 0, 1) == {"words": [], "start": [], "end": []}
