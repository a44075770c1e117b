"""Twilio's words for who answered."""

from __future__ import annotations

import pytest

from cartesia_call.conversation.answered_by import carrier_verdict
from cartesia_call.conversation.parts import Answerer, Judge, Verdict
from cartesia_simulator.callee import VERDICTS


@pytest.mark.parametrize(
    ("word", "answerer", "may_record", "heard_beep"),
    [
        ("human", Answerer.HUMAN, False, False),
        ("machine_start", Answerer.MACHINE, False, False),
        ("machine_end_beep", Answerer.MACHINE, True, True),
        ("machine_end_silence", Answerer.MACHINE, True, False),
        ("machine_end_other", Answerer.MACHINE, True, False),
        ("fax", Answerer.FAX, False, False),
        ("unknown", Answerer.UNKNOWN, False, False),
    ],
)
def test_words(word: str, answerer: Answerer, may_record: bool, heard_beep: bool) -> None:
    """Only behind the end of its greeting does a machine record; only one word tells of a beep."""
    verdict = Verdict(answerer=answerer, judge=Judge.CARRIER, may_record=may_record, heard_beep=heard_beep)
    assert carrier_verdict(word) == verdict


def test_all_that_the_network_says_is_understood() -> None:
    """Each word that the built-in carrier knows."""
    assert [word for word in VERDICTS if carrier_verdict(word) is None] == []


@pytest.mark.parametrize("word", ["", "HUMAN", "machine", "robot", "machine_end_beep "])
def test_an_unknown_word_is_no_verdict(word: str) -> None:
    """Nothing is guessed from it."""
    assert carrier_verdict(word) is None
