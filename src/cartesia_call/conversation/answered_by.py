"""Twilio's words for who answered, as verdicts."""

from __future__ import annotations

from cartesia_call.conversation.parts import Answerer, Judge, Verdict


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
