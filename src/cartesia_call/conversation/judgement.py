"""Who answered, when the judges disagree: which verdict holds, and when no other can change it."""

from __future__ import annotations

from enum import IntEnum

from cartesia_call.conversation.parts import Answerer, Judge, Verdict


class _Weight(IntEnum):
    """The heavier evidence holds, and of equal evidence the later, for it heard more."""

    NOTHING = 0
    UNDECIDED = 1
    GUESS = 2
    CARRIER = 3
    PERSON = 4
    """A key, which no machine presses, or somebody who came after the screening robot had its answer."""


class Judgement:
    """The verdict that holds.

    Our guess yields to the carrier's verdict, and "unknown" to either. Who was once held for a person by the
    carrier, or by a second thought, stays one against evidence of that weight: speaking to a machine does
    less harm than falling silent on a person. So verdicts change the course of a call a few times at most.
    `carrier_judges`: a verdict of the carrier is to be expected. `needs_proof`: of a machine one wants to be
    sure.
    """

    def __init__(self, *, carrier_judges: bool, needs_proof: bool = False) -> None:
        self._carrier_judges, self._needs_proof = carrier_judges, needs_proof
        self._verdict: Verdict | None = None
        self._weight = _Weight.NOTHING
        self._person_weight = _Weight.NOTHING
        self._carrier_has_spoken = False

    def add(self, verdict: Verdict) -> bool:
        """Weigh `verdict`; True if it is the one that holds now."""
        self._carrier_has_spoken |= verdict.judge is Judge.CARRIER
        weight = _weight(verdict)
        if weight < self._weight or weight <= self._person_weight:
            return False
        is_human = verdict.answerer is Answerer.HUMAN
        if is_human and (verdict.judge is Judge.CARRIER or self.is_machine):
            self._person_weight = weight
        self._verdict, self._weight = verdict, weight
        return True

    def key_pressed(self) -> None:
        """A person is there, whatever was said before."""
        self._verdict = Verdict(answerer=Answerer.HUMAN, judge=Judge.LOCAL)
        self.person_came()

    def person_came(self) -> None:
        """A person is there now, whoever answered."""
        self._weight = self._person_weight = _Weight.PERSON

    def hello_came(self) -> None:
        """Somebody said hello behind music: a person, until somebody knows better who guesses no longer."""
        self._verdict = Verdict(answerer=Answerer.HUMAN, judge=Judge.LOCAL)
        self._weight = self._person_weight = _Weight.GUESS

    @property
    def is_proven(self) -> bool:
        """A person is there for sure."""
        return self._weight is _Weight.PERSON

    @property
    def is_sure_of_person(self) -> bool:
        """A person is there, and not by our guess alone."""
        return self.is_person and self._weight >= _Weight.CARRIER

    @property
    def answerer(self) -> Answerer | None:
        """What the verdict that holds says, or None."""
        return None if self._verdict is None else self._verdict.answerer

    @property
    def judge(self) -> Judge | None:
        """Whose verdict holds, or None."""
        return None if self._verdict is None else self._verdict.judge

    @property
    def is_person(self) -> bool:
        """The callee is a person, as far as anybody found out."""
        return self.answerer is Answerer.HUMAN or self._weight is _Weight.PERSON

    @property
    def is_machine(self) -> bool:
        """The callee is to be treated as a machine or a fax."""
        return not self.is_person and self.answerer in {Answerer.MACHINE, Answerer.FAX}

    @property
    def is_fax(self) -> bool:
        """The machine is one that nothing can be left on."""
        return self.is_machine and self.answerer is Answerer.FAX

    @property
    def may_record(self) -> bool:
        """A machine's greeting is over, somebody said."""
        return self.is_machine and self._verdict is not None and self._verdict.may_record

    @property
    def is_settled(self) -> bool:
        """Nobody is expected to know better."""
        if self._weight is _Weight.PERSON or self._carrier_has_spoken:
            return True
        if self._carrier_judges or self._verdict is None:
            return False
        return self._verdict.is_sure or not (self._needs_proof and self.is_machine)


def _weight(verdict: Verdict) -> _Weight:
    if verdict.answerer is Answerer.UNKNOWN:
        return _Weight.UNDECIDED
    return _Weight.CARRIER if verdict.judge is Judge.CARRIER else _Weight.GUESS


def _said(answerer: Answerer, *, may_record: bool = False, heard_beep: bool = False) -> Verdict:
    return Verdict(answerer=answerer, judge=Judge.CARRIER, may_record=may_record, heard_beep=heard_beep)


_VERDICTS = {
    "human": _said(Answerer.HUMAN),
    "machine_start": _said(Answerer.MACHINE),
    "machine_end_beep": _said(Answerer.MACHINE, may_record=True, heard_beep=True),
    "machine_end_silence": _said(Answerer.MACHINE, may_record=True),
    "machine_end_other": _said(Answerer.MACHINE, may_record=True),
    "fax": _said(Answerer.FAX),
    "unknown": _said(Answerer.UNKNOWN),
}
"""`AnsweredBy` (docs, "Answering Machine Detection")."""


def carrier_verdict(answered_by: str) -> Verdict | None:
    """What the carrier found out; None for a word that it does not document."""
    return _VERDICTS.get(answered_by)
