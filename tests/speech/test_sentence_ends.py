"""Counting whole sentences from what Cartesia says between its chunks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.speech.messages import Chunk, FlushDone
from cartesia_call.speech.sentence_ends import SentenceEnds
from cartesia_call.speech.utterance import Utterance


def audio(flush_id: int | None = None) -> Chunk:
    return Chunk("c", b"audio", flush_id)


def end(flush_id: int | None = None) -> FlushDone:
    return FlushDone("c", flush_id)


def counted(*messages: Chunk | FlushDone, sentences: int = 3) -> int:
    """How many sentences are known to be whole after `messages`."""
    utterance = Utterance()
    ends = SentenceEnds(utterance, sentences)
    for message in messages:
        if isinstance(message, Chunk):
            ends.append(message)
        else:
            ends.flush_done(message)
    return utterance.whole_sentences


@pytest.mark.parametrize("numbers", [(1, 2), (None, None)])
def test_each_flush_done_ends_a_sentence(numbers: tuple[int | None, int | None]) -> None:
    """Numbered or not."""
    first, second = numbers
    assert counted(audio(first), audio(first), end(first)) == 1
    assert counted(audio(first), end(first), audio(second)) == 1
    assert counted(audio(first), end(first), audio(second), end(second)) == 2


def test_a_higher_flush_id_ends_the_sentence_before_it() -> None:
    """Also without any `flush_done`."""
    assert counted(audio(1), audio(1), audio(2)) == 1
    assert counted(audio(1), audio(2), audio(3)) == 2


def test_both_signs_of_one_end_count_once() -> None:
    """`flush_done` and the next chunk's number, in either order."""
    assert counted(audio(1), end(1), audio(2)) == 1
    assert counted(audio(1), audio(2), end(1), audio(2)) == 1


def test_without_a_sign_nothing_is_counted() -> None:
    """Nobody promised any."""
    assert counted(audio(), audio(), audio()) == 0
    assert counted(audio(1), audio(1), audio(1)) == 0
    assert counted(end(), end()) == 0


@pytest.mark.parametrize("sentences", [1, 2, 3])
def test_the_last_sentence_is_whole_at_done_only(sentences: int) -> None:
    """However many flushes there are: only `done` says that nothing is missing at the end."""
    flushes: list[Chunk | FlushDone] = [audio(), end()]
    assert counted(*flushes * 5, sentences=sentences) == sentences - 1
    utterance = Utterance()
    ends = SentenceEnds(utterance, 1)
    ends.append(audio())
    ends.done()
    assert utterance.whole_sentences == 1


def test_what_is_in_the_utterance_already_is_not_counted_anew() -> None:
    """The limit is that of this context's own sentences."""
    utterance = Utterance()
    utterance.append(b"before")
    utterance.end_sentence()
    ends = SentenceEnds(utterance, 2)
    for _ in range(3):
        ends.append(audio())
        ends.flush_done(end())
    assert utterance.whole_sentences == 2


_NUMBERS = st.none() | st.integers(0, 4)


@given(
    st.lists(st.builds(audio, _NUMBERS) | st.builds(end, _NUMBERS), max_size=30),
    st.integers(1, 4),
)
def test_never_more_than_were_sent(messages: list[Chunk | FlushDone], sentences: int) -> None:
    """Whatever the service says; and no audio is lost."""
    assert counted(*messages, sentences=sentences) < sentences
