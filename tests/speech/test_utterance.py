"""The growing buffer between synthesis and playing."""

from __future__ import annotations

import pytest

from cartesia_call.errors import SpeechUnavailable
from cartesia_call.speech.utterance import Utterance


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
