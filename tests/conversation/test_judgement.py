"""Which verdict holds: every pair, and what settles the question.

Twilio's words for who answered.
"""

from __future__ import annotations

from dataclasses import replace

import pytest

from cartesia_call.conversation.judgement import Judgement, carrier_verdict
from cartesia_call.conversation.parts import Answerer, Judge, Verdict
from cartesia_simulator.callee import VERDICTS


def verdict(text: str) -> Verdict:
    judge, answerer = text.split()
    return Verdict(judge=Judge(judge), answerer=Answerer(answerer))


def judge_all(*texts: str, carrier_judges: bool = True) -> Judgement:
    judgement = Judgement(carrier_judges=carrier_judges)
    for text in texts:
        judgement.add(verdict(text))
    return judgement


def held_by(judgement: Judgement) -> str:
    return f"{judgement.judge} {judgement.answerer}"


@pytest.mark.parametrize(
    ("first", "second", "holds"),
    [
        ("local human", "local machine", "local machine"),
        ("local machine", "local human", "local human"),
        ("local machine", "carrier human", "carrier human"),
        ("local human", "carrier machine", "carrier machine"),
        ("local fax", "carrier machine", "carrier machine"),
        ("carrier machine", "local human", "carrier machine"),
        ("carrier machine", "carrier human", "carrier human"),
        ("carrier human", "carrier machine", "carrier human"),
        ("carrier human", "carrier fax", "carrier human"),
        ("local machine", "carrier unknown", "local machine"),
        ("carrier unknown", "local machine", "local machine"),
        ("carrier human", "carrier unknown", "carrier human"),
        ("local unknown", "carrier unknown", "carrier unknown"),
    ],
)
def test_two_verdicts(first: str, second: str, holds: str) -> None:
    """Ours yields to the carrier's, unknown to any; of the carrier's, a person stays one."""
    judgement = judge_all(first, second)
    assert held_by(judgement) == holds
    assert judgement.is_person is holds.endswith("human")
    assert judgement.is_machine is holds.endswith(("machine", "fax"))
    assert judgement.is_fax is holds.endswith("fax")


def test_a_guess_is_taken_back_once() -> None:
    """No flickering: after a second thought only the carrier is believed."""
    judgement = judge_all("local machine", "local human", "local machine")
    assert held_by(judgement) == "local human"
    assert judgement.add(verdict("carrier machine"))
    assert judgement.is_machine


def test_a_key_outweighs_everything() -> None:
    """No machine presses one; that is our own finding."""
    judgement = judge_all("carrier machine")
    judgement.key_pressed()
    assert not judgement.add(verdict("carrier machine"))
    assert held_by(judgement) == "local human"
    assert judgement.is_settled


def test_who_came_to_the_phone_is_not_who_answered() -> None:
    """The verdict on the robot that answered stands; the call goes on with a person."""
    judgement = judge_all("carrier machine")
    judgement.person_came()
    assert held_by(judgement) == "carrier machine"
    assert (judgement.is_person, judgement.is_machine) == (True, False)


@pytest.mark.parametrize(
    ("texts", "with_carrier", "without_carrier"),
    [
        ([], False, False),
        (["local human"], False, True),
        (["local machine"], False, True),
        (["carrier unknown"], True, True),
        (["local machine", "carrier unknown"], True, True),
        (["carrier machine"], True, True),
    ],
)
def test_when_it_is_settled(texts: list[str], with_carrier: bool, without_carrier: bool) -> None:
    """Once the carrier has spoken, or with our guess where the carrier is not asked."""
    assert judge_all(*texts).is_settled is with_carrier
    assert judge_all(*texts, carrier_judges=False).is_settled is without_carrier


def test_may_record_is_a_machines() -> None:
    """It falls with the verdict that it belongs to."""
    judgement = Judgement(carrier_judges=True)
    judgement.add(Verdict(answerer=Answerer.MACHINE, judge=Judge.LOCAL, may_record=True))
    assert judgement.may_record
    judgement.add(verdict("carrier human"))
    assert not judgement.may_record


def test_where_proof_is_wanted_a_guess_settles_nothing() -> None:
    """A machine that may be a person with much to say; a beep, the carrier, or a person's hello settle it."""
    judgement = Judgement(carrier_judges=False, needs_proof=True)
    guess = verdict("local machine")
    judgement.add(replace(guess, is_sure=False))
    assert judgement.is_machine
    assert not judgement.is_settled
    judgement.add(guess)
    assert judgement.is_settled
    for other in ("local human", "local unknown", "local fax", "carrier machine"):
        judgement = Judgement(carrier_judges=False, needs_proof=True)
        judgement.add(verdict(other))
        assert judgement.is_settled


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
