"""Sentences, tags, and what fits."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.script import (
    MAX_SENTENCE_CHARACTERS,
    fit_sentences,
    says_nothing,
    split_sentences,
    without_tags,
)


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two! Three? Four", ["One. ", "Two! ", "Three? ", "Four"]),
        ("Load is 10.5 now.", ["Load is 10.5 now."]),
        ("Dr. Smith is here. Go.", ["Dr. Smith is here. ", "Go."]),
        ('He said "stop." Then left.', ['He said "stop." ', "Then left."]),
        ("First line\nSecond line", ["First line\n", "Second line"]),
        ("データが停止。すぐに確認。", ["データが停止。", "すぐに確認。"]),
        ("<spell>A. B. C.</spell> Done.", ["<spell>A. B. C.</spell> Done."]),
        ('Wait <break time="1s"/> here. Go.', ['Wait <break time="1s"/> here. ', "Go."]),
        ("", []),
    ],
)
def test_sentences_end_where_a_reader_would_pause(text: str, sentences: list[str]) -> None:
    """Not inside a number, after a title, or inside one of Cartesia's tags."""
    assert list(split_sentences(text)) == sentences


@given(st.text(alphabet=st.sampled_from('aB1 .!?\n"<>/。') | st.characters(), max_size=400))
def test_sentences_joined_are_the_text(text: str) -> None:
    """Cartesia joins transcripts verbatim: nothing may be lost, added or moved."""
    assert "".join(split_sentences(text)) == text


def test_an_endless_sentence_is_cut_at_white_space() -> None:
    """No single input is longer than what is known to work."""
    pieces = split_sentences("word " * 1000)
    assert max(map(len, pieces)) <= MAX_SENTENCE_CHARACTERS
    assert all(piece.endswith(" ") for piece in pieces)


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Code <spell>AB12</spell> now", "Code AB12 now"),
        ('One<break time="1s"/>two', "One two"),
        ('<emotion value="angry"/>No.', "No."),
        ("a < b > c", "a < b > c"),
    ],
)
def test_tags_are_removed_for_other_voices(text: str, plain: str) -> None:
    """Their contents stay; what is no tag of Cartesia's is text."""
    assert without_tags(text) == plain


@pytest.mark.parametrize("text", ["", " \n", '<break time="1s"/>', "\u200b", "<spell></spell> \u202e"])
def test_silence_is_recognised(text: str) -> None:
    """Tags, white space and invisible characters make no sound."""
    assert says_nothing(text)
    assert not says_nothing(text + "!")


def at_most(characters: int) -> Callable[[str], bool]:
    return lambda text: len(text) <= characters


def test_what_fits_stays_whole() -> None:
    """A text within the budget is not touched."""
    assert fit_sentences("One. Two.", at_most(9)) == ("One. Two.", False)


def test_what_does_not_fit_is_cut_at_a_sentence_end() -> None:
    """Whole sentences, without trailing white space."""
    assert fit_sentences("One. Two. Three.", at_most(10)) == ("One. Two.", True)


def test_a_single_long_sentence_is_cut_at_a_word() -> None:
    """Better some words than none."""
    assert fit_sentences("alpha beta gamma delta", at_most(12)) == ("alpha beta", True)


@given(st.text(max_size=300), st.integers(min_value=0, max_value=200))
def test_the_budget_is_never_exceeded(text: str, budget: int) -> None:
    """Whatever the text, by the measure that counts."""

    def escaped(part: str) -> int:
        return sum(5 if character in "&<>" else 1 for character in part)

    kept, is_cut = fit_sentences(text, lambda part: escaped(part) <= budget)
    assert escaped(kept) <= budget
    assert is_cut or kept == text
