"""The growing buffer between synthesis and playing."""

from __future__ import annotations

import base64

import pytest

from cartesia_call.errors import SpeechUnavailable
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech.words import WordEnd
from cartesia_call.telephony.outcomes import Voice


def test_it_is_read_while_it_grows() -> None:
    """A reader sees what is there, from wherever it stands, and asks again later."""
    utterance = Utterance()
    assert utterance.read(0, 10) == b""
    utterance.append(b"abc")
    assert utterance.read(1, 10) == b"bc"
    utterance.append(b"def")
    assert utterance.read(3, 2) == b"de"
    assert utterance.length_bytes == 6


def test_it_ends_once() -> None:
    """Complete or broken, never both, and nothing is added afterwards."""
    utterance = Utterance()
    utterance.finish()
    assert utterance.is_complete
    assert utterance.has_ended
    with pytest.raises(ValueError, match="ended"):
        utterance.append(b"a")
    with pytest.raises(ValueError, match="once"):
        utterance.fail(SpeechUnavailable("late"))


def test_a_broken_one_is_not_complete() -> None:
    """Partial audio never passes for a whole message."""
    utterance = Utterance()
    utterance.append(b"a")
    error = SpeechUnavailable("broke off")
    utterance.fail(error)
    assert (utterance.is_complete, utterance.has_ended, utterance.error) == (False, True, error)


def test_listeners_hear_each_change_until_they_leave() -> None:
    """Append, end; an empty piece is no change."""
    utterance, heard = Utterance(), []
    leave = utterance.subscribe(lambda: heard.append(utterance.length_bytes))
    utterance.append(b"ab")
    utterance.append(b"")
    utterance.finish()
    leave()
    assert heard == [2, 2]


def with_audio(*sentences: bytes) -> Utterance:
    """An utterance that holds these whole sentences."""
    utterance = Utterance()
    for sentence in sentences:
        utterance.append(sentence)
        utterance.end_sentence()
    return utterance


def test_sentences_are_counted_when_they_are_whole() -> None:
    """Audio alone is no sentence: its end must be told."""
    utterance = with_audio(b"one", b"two")
    utterance.append(b"thr")
    assert utterance.whole_sentences == 2
    utterance.append(b"ee")
    utterance.end_sentence()
    assert utterance.whole_sentences == 3


def test_a_sentence_without_audio_counts_for_nothing() -> None:
    """Told twice, an end is one end; and there is none before the first audio."""
    utterance = with_audio(b"")
    assert utterance.whole_sentences == 0
    utterance.append(b"one")
    utterance.end_sentence()
    utterance.end_sentence()
    assert utterance.whole_sentences == 1


def test_a_broken_sentence_that_nobody_read_is_dropped() -> None:
    """The next voice begins it anew, right behind the last whole one."""
    utterance = with_audio(b"one")
    utterance.append(b"tw")
    utterance.drop_broken_sentence()
    utterance.append(b"TWO")
    assert utterance.read(0, 10) == b"oneTWO"


def test_what_was_read_of_a_broken_sentence_stays() -> None:
    """It may have been heard already, and whoever reads on must not find a hole."""
    utterance = with_audio(b"one")
    utterance.append(b"two")
    assert utterance.read(0, 4) == b"onet"
    assert utterance.read(0, 1) == b"o"
    utterance.drop_broken_sentence()
    utterance.append(b"TWO")
    assert utterance.read(4, 10) == b"TWO"


def test_whole_sentences_are_never_dropped() -> None:
    """Read or not."""
    utterance = with_audio(b"one", b"two")
    utterance.drop_broken_sentence()
    assert utterance.read(0, 10) == b"onetwo"
    assert utterance.whole_sentences == 2


def test_pieces_end_at_the_same_places_for_everybody() -> None:
    """Whoever begins while the audio still grows reads the same pieces from the next such place on."""
    utterance = Utterance()
    utterance.append(b"a" * 6)
    assert utterance.payload(0, 4) == (base64.b64encode(b"aaaa").decode(), 4)
    assert utterance.payload(4, 4) == (base64.b64encode(b"aa").decode(), 2)
    utterance.append(b"b" * 6)
    assert utterance.payload(6, 4) == (base64.b64encode(b"bb").decode(), 2)
    assert utterance.payload(8, 4) == (base64.b64encode(b"bbbb").decode(), 4)


def test_words_count_from_where_their_voice_began() -> None:
    """The second voice's first word ends behind the first voice's last."""
    utterance = Utterance()
    utterance.append(b"a" * 10)
    utterance.end_words([WordEnd(9, 8), WordEnd(4, 5)])
    utterance.begin_voice(Voice.LOCAL, 11)
    utterance.append(b"b" * 10)
    utterance.end_words([WordEnd(3, 6)])
    assert utterance.word_ends == (WordEnd(4, 5), WordEnd(9, 8), WordEnd(14, 16))


def test_sentences_whose_ends_are_not_told_are_whole_when_their_voice_is_done() -> None:
    """No more than there are."""
    utterance = Utterance()
    utterance.append(b"a" * 10)
    utterance.end_sentence()
    utterance.append(b"b" * 10)
    utterance.end_sentences(3)
    utterance.end_sentences(2)
    assert utterance.whole_sentences == 3
