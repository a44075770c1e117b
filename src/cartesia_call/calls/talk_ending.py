"""What a conversation came to, as the ending of its call."""

from __future__ import annotations

from cartesia_call.calls.plan import Ending
from cartesia_call.conversation.parts import Reason
from cartesia_call.conversation.talk import Talk
from cartesia_call.telephony.outcomes import Evidence, Outcome

_ENDINGS = {
    Reason.DELIVERED: (Outcome.DELIVERED, "the whole message was played"),
    Reason.ACKNOWLEDGED: (Outcome.ACKNOWLEDGED, "the callee acknowledged the message by its key"),
    Reason.REJECTED: (Outcome.REJECTED, "the callee pressed the reject key"),
    Reason.NOT_ACKNOWLEDGED: (Outcome.NOT_ACKNOWLEDGED, "the message was played, and the key not pressed"),
    Reason.VOICEMAIL_LEFT: (Outcome.VOICEMAIL_LEFT, "the whole message was left on a machine"),
    Reason.VOICEMAIL_SKIPPED: (Outcome.VOICEMAIL_SKIPPED, "a machine answered, and nothing was left on it"),
    Reason.FAX: (Outcome.UNREACHABLE, "a fax machine answered"),
}
_WITHOUT_EVIDENCE = frozenset({Reason.REJECTED, Reason.VOICEMAIL_SKIPPED, Reason.FAX})
"""Nothing had to be heard to its end."""


def ending_of_talk(reason: Reason, evidence: Evidence) -> Ending:
    """The conversation ended for `reason`, and `evidence` shows that what was said last was played."""
    outcome, detail = _ENDINGS[reason]
    if reason in _WITHOUT_EVIDENCE:
        return Ending(outcome=outcome, detail=detail)
    if evidence is Evidence.WATCHDOG:
        detail += ", to judge by the time (its mark did not come back)"
    return Ending(outcome=outcome, detail=detail, evidence=evidence)


def evidence_of(by_mark: bool | None) -> Evidence:
    """What shows that it was played."""
    if by_mark is None:
        return Evidence.NONE
    return Evidence.MARK if by_mark else Evidence.WATCHDOG


def ending_by_key(talk: Talk) -> Ending | None:
    """The key that the callee pressed decides, whatever else ended the call; None if none did."""
    decided = talk.dialogue.reason
    if decided not in {Reason.ACKNOWLEDGED, Reason.REJECTED}:
        return None
    outcome, detail = _ENDINGS[decided]
    return Ending(outcome=outcome, detail=detail)


def ending_of_broken_talk(talk: Talk, now_s: float) -> Ending | None:
    """The stream ended before the conversation did: what it had come to by then, if that is an ending.

    What was said over a machine's greeting was not left on it.
    """
    by_key = ending_by_key(talk)
    if by_key is not None:
        return by_key
    is_heard = talk.session.heard_latest if talk.dialogue.is_with_machine else talk.session.heard_all
    if talk.dialogue.awaits_recorder or not is_heard(now_s):
        return None
    return ending_of_talk(talk.dialogue.without_key, evidence_of(talk.played_by_mark()))
