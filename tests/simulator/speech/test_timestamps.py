"""Estimated timestamps."""

from __future__ import annotations

from cartesia_simulator.speech.timestamps import (
    WORDS_PER_MESSAGE,
    phoneme_timestamps,
    word_timestamps,
)


def test_words_share_the_time_by_their_letters() -> None:
    """A word of twice the letters takes twice the time, and together they fill it."""
    assert list(word_timestamps("ab  abcd", 1.0, 2.5)) == [
        {"words": ["ab", "abcd"], "start": [1.0, 1.5], "end": [1.5, 2.5]}
    ]


def test_a_pause_belongs_to_no_word() -> None:
    """The word before it ends where it begins."""
    (timestamps,) = word_timestamps('ab<break time="2s"/> cd', 0, 3.0)
    assert timestamps == {"words": ["ab", "cd"], "start": [0, 2.5], "end": [0.5, 3.0]}


def test_many_words_come_in_pieces() -> None:
    """Of few words each, one behind the other."""
    pieces = list(word_timestamps("word " * (2 * WORDS_PER_MESSAGE + 1), 0, 17))
    assert [len(piece["words"]) for piece in pieces] == [WORDS_PER_MESSAGE, WORDS_PER_MESSAGE, 1]
    ends_s = [end_s for piece in pieces for end_s in piece["end"]]
    assert ends_s == list(range(1, 18))


def test_letters_stand_for_phonemes() -> None:
    """Only letters count."""
    assert phoneme_timestamps("Hi!", 0, 1)["phonemes"] == ["h", "i"]


def test_no_words_no_times() -> None:
    """A text of tags alone has none."""
    assert list(word_timestamps('<break time="1s"/>', 0, 1)) == []
