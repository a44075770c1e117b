"""What decides when several things apply: 31, 30, the signal, then the call's own outcome."""

from __future__ import annotations

from cartesia_call.errors import HangUpNotConfirmed
from cartesia_call.leg.endings import Ending, blocked, ending_by_key, explained
from cartesia_call.leg.hang_up import how_to_end, not_confirmed
from cartesia_call.leg.known import Known
from cartesia_call.telephony.outcomes import Evidence, Outcome, Played

MAY_BE_PLACED = Outcome.UNKNOWN.means.sentence

_A_FAULT = Ending(outcome=None, detail="a fault of ours, please report it")


def decide(
    known: Known,
    own: Ending | None,
    *,
    unconfirmed: HangUpNotConfirmed | None,
    is_heard: bool,
    is_interrupted: bool,
    is_fault: bool,
) -> Ending:
    """The ending of a leg that is over. `own` is what the call itself came to; None: it was put down before,
    or nobody answered. `is_heard`: the callee heard some of the message. `is_interrupted`: a signal or a
    cancellation came. `is_fault`: a fault of ours is why it came to nothing.
    """
    come_to = _A_FAULT if is_fault else _as_far_as_written(known, own or _unanswered(known))
    if unconfirmed is not None:
        ending = _unconfirmed(known, unconfirmed, come_to, is_heard=is_heard)
    elif known.facts.is_unknown:
        is_unknown = come_to is not None and come_to.outcome is Outcome.UNKNOWN
        ending = come_to if come_to and is_unknown else Ending(outcome=Outcome.UNKNOWN, detail=MAY_BE_PLACED)
    elif is_interrupted:
        evidence = come_to.evidence if come_to else Evidence.NONE
        ending = Ending(outcome=Outcome.INTERRUPTED, detail=_interrupted(known), evidence=evidence)
    else:
        ending = _by_key(known, come_to) or come_to or _A_FAULT
    return _with_notes(known, ending)


def _by_key(known: Known, own: Ending | None) -> Ending | None:
    """The key was pressed while something else ended the call."""
    decided = ending_by_key(known.streams.talk) if known.streams.talk is not None else None
    is_told = decided is not None and own is not None and own.outcome is decided.outcome
    return None if is_told else decided


def leaving_now(known: Known, *, is_heard: bool, is_fault: bool) -> Ending:
    """The ending, if the program had to leave at this moment."""
    facts = known.facts
    if facts.call_sid is not None and not facts.is_down:
        return _unconfirmed(known, not_confirmed(facts.call_sid, None), None, is_heard=is_heard)
    if facts.is_unknown:
        return Ending(outcome=Outcome.UNKNOWN, detail=MAY_BE_PLACED)
    return _A_FAULT if is_fault else Ending(outcome=Outcome.INTERRUPTED, detail=_interrupted(known))


def _unanswered(known: Known) -> Ending | None:
    outcome = known.facts.progress.unanswered_outcome()
    if outcome is None:
        return None
    return blocked(Ending(outcome=outcome, detail=outcome.means.sentence), known.notes)


def _as_far_as_written(known: Known, own: Ending | None) -> Ending | None:
    """A message whose end never came was played no further than that."""
    text = known.text
    is_whole = own is not None and own.outcome is not None and own.outcome.means.played is Played.WHOLE
    if own is None or text.error is None or not is_whole:
        return own
    detail = f"{text.error}; what was written before was played"
    return Ending(outcome=Outcome.CUT_SHORT, detail=detail, evidence=own.evidence, error=text.error)


def _unconfirmed(known: Known, error: HangUpNotConfirmed, own: Ending | None, *, is_heard: bool) -> Ending:
    """31: what is known of the message stays known, and what may happen on the line is said."""
    plan, detail = known.plan, str(error)
    if plan.has_fallback:
        verb = "repeat" if is_heard else "say"
        detail += f", and the carrier's voice may now {verb} the message"
    # None for a call in a network that ends with this program.
    hint = None if plan.rehearsal else how_to_end(error.call_sid, plan.region)
    return Ending(
        outcome=Outcome.HANGUP_UNCONFIRMED,
        detail=detail,
        evidence=own.evidence if own else Evidence.NONE,
        error=HangUpNotConfirmed(error.call_sid, error.message, hint=hint),
    )


def _interrupted(known: Known) -> str:
    is_placed = known.facts.is_placed
    return "interrupted; the call was hung up" if is_placed else "interrupted; nothing was dialled"


def _with_notes(known: Known, own: Ending) -> Ending:
    """A stream that failed, with what the carrier noted about it; beside another ending a warning tells."""
    if own.outcome is Outcome.STREAM_FAILED:
        return explained(own, known.notes)
    for note in known.notes:
        if note.ended_stream:
            known.warn(f"the carrier noted {note.code}: {note.sentence}")
    return own
