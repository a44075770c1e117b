"""Sentences, tags, and what fits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.message_text import Message
from cartesia_call.speech.script import (
    MAX_SENTENCE_CHARACTERS,
    says_nothing,
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
    assert list(Message.of(text).sentences) == sentences


@given(st.text(alphabet=st.sampled_from('aB1 .!?\n"<>/。') | st.characters(), max_size=400))
def test_sentences_joined_are_the_text(text: str) -> None:
    """Cartesia joins transcripts verbatim: nothing may be lost, added or moved."""
    assert "".join(Message.of(text).sentences) == text


def test_an_endless_sentence_is_cut_at_white_space() -> None:
    """No single input is longer than what is known to work."""
    pieces = Message.of("word " * 1000).sentences
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
