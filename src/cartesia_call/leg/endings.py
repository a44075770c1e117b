"""What a failure, a conversation or a broken stream means for its call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from cartesia_call.conversation.keys import sentence_of
from cartesia_call.conversation.parts import Manner
from cartesia_call.conversation.talk import Talk
from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    MediaStreamError,
    PlacementUnknown,
    SpeechError,
    SpeechUnavailable,
    TunnelError,
    Unauthorized,
)
from cartesia_call.records import dataclass
from cartesia_call.telephony.instructions import CarrierNote
from cartesia_call.telephony.outcomes import Evidence, Outcome, Played


@dataclass(frozen=True, kw_only=True)
class Ending:
    """How the call went, as far as it is known before the line is put down. `outcome` None: by a bug."""

    outcome: Outcome | None
    detail: str
    evidence: Evidence = Evidence.NONE
    error: CartesiaCallError | None = None


_OUTCOMES: tuple[tuple[type[CartesiaCallError], Outcome], ...] = (
    (Unauthorized, Outcome.UNAUTHORIZED),
    (CallRefused, Outcome.REFUSED),
    (CarrierUnavailable, Outcome.CARRIER_UNAVAILABLE),
    (PlacementUnknown, Outcome.UNKNOWN),
    # Anything else that the carrier's API may come to: then nothing is known for sure.
    (CarrierError, Outcome.UNKNOWN),
    (SpeechError, Outcome.SPEECH_FAILED),
    (TunnelError, Outcome.TUNNEL_FAILED),
    (MediaStreamError, Outcome.STREAM_FAILED),
)


def ending_of(error: CartesiaCallError) -> Ending:
    """What a failure means for the call. What means nothing for a call is no outcome: wrong settings."""
    for kind, outcome in _OUTCOMES:
        if isinstance(error, kind):
            return Ending(outcome=outcome, detail=str(error), error=error)
    return Ending(outcome=None, detail=str(error), error=error)


def stream_failed(sentence: str) -> Ending:
    """Nobody heard the message, for the stream did not do its work."""
    return ending_of(MediaStreamError(sentence))


def not_understood(language: str) -> Ending:
    """The carrier has no voice that speaks `language`, and read the message all the same, as far as is
    known."""
    error = SpeechUnavailable(
        f"the carrier has no voice that speaks {language}, and read the message in its account's default one",
        hint="--fallback local speaks for Cartesia on this machine, and --say-voice names a voice of a "
        "language that is near",
    )
    return replace(ending_of(error), evidence=Evidence.DURATION)


def explained(ending: Ending, notes: Sequence[CarrierNote]) -> Ending:
    """`ending` of a stream that failed, with what the carrier noted about it, if it did."""
    error = ending.error
    cause = next((note for note in notes if note.ended_stream), None)
    if cause is None or not isinstance(error, MediaStreamError):
        return ending
    sentence = f"{error.message}; the carrier noted {cause.code}: {cause.sentence}"
    noted = type(error)(sentence, code=cause.code, hint=cause.hint)
    return replace(ending, detail=sentence, error=noted)


def blocked(ending: Ending, notes: Sequence[CarrierNote]) -> Ending:
    """`ending` of a call that nobody answered, or what the carrier's notes prove in its place."""
    cause = next((note for note in notes if note.blocked_call), None)
    if cause is None:
        return ending
    sentence = f"blocked on the way: the carrier noted {cause.code}: {cause.sentence}"
    refused = CallRefused(sentence, code=cause.code, hint=cause.hint)
    return Ending(outcome=Outcome.BLOCKED, detail=sentence, error=refused)


# --- what a conversation came to ---


def ending_of_talk(
    outcome: Outcome, evidence: Evidence, *, key: str | None = None, manner: Manner | None = None
) -> Ending:
    """The conversation came to `outcome` in this `manner`, and `evidence` shows that what was said last was
    played. `key` is the word of the key that decided it, if one did."""
    detail = outcome.means.sentence if key is None else sentence_of(key)
    if outcome is Outcome.VOICEMAIL_LEFT and manner is Manner.WITHOUT_BEEP:
        detail += ", without a beep"
    elif manner is not None:
        detail = manner.value
    is_left = manner is not None and manner.is_left
    if outcome is Outcome.REJECTED or (outcome.means.played is Played.NOTHING and not is_left):
        return Ending(outcome=outcome, detail=detail)  # nothing had to be heard to its end
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
    decided = talk.dialogue.decided_by_key
    return None if decided is None else ending_of_talk(decided, Evidence.NONE, key=talk.dialogue.key)


def ending_of_dialogue(talk: Talk, outcome: Outcome, evidence: Evidence) -> Ending:
    """The same of this conversation, which knows the manner."""
    dialogue = talk.dialogue
    return ending_of_talk(outcome, evidence, key=dialogue.key, manner=dialogue.manner)


def ending_of_broken_talk(talk: Talk, now_s: float) -> Ending | None:
    """The stream ended before the conversation did: what it had come to by then, if that is an ending.

    What was said over a machine's greeting was not left on it.
    """
    by_key = ending_by_key(talk)
    if by_key is not None:
        return by_key
    is_heard = talk.session.played_latest if talk.dialogue.is_with_machine else talk.session.played_all
    if talk.dialogue.awaits_recorder or not is_heard(now_s):
        return None
    return ending_of_dialogue(talk, talk.dialogue.without_key, evidence_of(talk.played_by_mark()))


def ending_out_of_time(talk: Talk | None, now_s: float) -> Ending:
    """`--max-duration` is over: what the conversation had come to by then, if that is an ending."""
    come_to = ending_of_broken_talk(talk, now_s) if talk is not None else None
    if come_to is None:
        return Ending(outcome=Outcome.CUT_SHORT, detail="the call was ended at --max-duration")
    detail = f"{come_to.detail.partition(', to judge')[0]}; the call was ended at --max-duration"
    return replace(come_to, detail=detail)
