"""From what is known of a leg to the result that is printed and kept."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from cartesia_call.audio.mulaw import BYTES_PER_MS, duration_ms
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.speech import Speech
from cartesia_call.conversation.dialogue import Dialogue
from cartesia_call.errors import (
    CallRefused,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    MediaStreamError,
    PlacementUnknown,
    SpeechError,
    TunnelError,
    Unauthorized,
)
from cartesia_call.ports import CarrierNote
from cartesia_call.quoting import quotable
from cartesia_call.speech.script import without_tags
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Outcome, Voice

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


def explained(ending: Ending, notes: Sequence[CarrierNote]) -> Ending:
    """`ending` of a stream that failed, with what the carrier noted about it, if it did."""
    error = ending.error
    cause = next((note for note in notes if note.ended_stream), None)
    if cause is None or not isinstance(error, MediaStreamError):
        return ending
    sentence = f"{error.message}; the carrier noted {cause.code}: {cause.sentence}"
    noted = type(error)(sentence, code=cause.code, hint=cause.hint)
    return replace(ending, detail=sentence, error=noted)


def error_report(error: CartesiaCallError) -> ErrorReport:
    """The facts of `error`, the vendor's code as text."""
    code = getattr(error, "code", None)
    return ErrorReport(
        kind=type(error).__name__,
        code=None if code is None else str(code),
        message=error.message,
        hint=error.hint,
    )


def bug_report(error: BaseException, secrets: Iterable[str] = ()) -> ErrorReport:
    """A fault of ours, by its class and words; a library's may quote a request, so without `secrets`."""
    message = quotable(str(error), secrets=secrets)
    return ErrorReport(kind=type(error).__name__, code=None, message=message, hint=None)


def build_result(
    plan: DialPlan,
    leg: Leg,
    speech: Speech,
    ending: Ending,
    *,
    started_at: datetime,
    ended_at: datetime,
    interrupted_by: int | None,
    bug: BaseException | None = None,
) -> AttemptResult:
    """The attempt as far as it is known now, with this `ending`."""
    session = leg.stream.session if leg.stream else None
    dialogue = leg.stream.talk.dialogue if leg.stream else None
    utterance = leg.utterance
    progress = leg.progress
    heard_ms: int | None = session.heard_ms(leg.clock.now_s()) if session else 0
    voice = utterance.voice_at(heard_ms or 0)
    if leg.carrier_spoke:
        voice, heard_ms = Voice.CARRIER, leg.carrier_heard_ms
    return AttemptResult(
        id=plan.id,
        to=plan.to,
        caller_id=plan.caller_id,
        outcome=ending.outcome,
        detail=ending.detail,
        started_at=started_at,
        ended_at=ended_at,
        call_sid=leg.call_sid,
        stream_sid=session.stream_sid if session else None,
        carrier_status=progress.status.value if progress.status else None,
        voice=voice,
        evidence=ending.evidence,
        message_ms=int(duration_ms(utterance.length_bytes)) if utterance.is_complete else None,
        heard_ms=heard_ms,
        heard_text=None if leg.carrier_spoke else _heard_text(plan, leg, heard_ms or 0),
        digits=dialogue.digits if dialogue else "",
        acknowledged=_acknowledged(plan, dialogue),
        answered_by=_answered_by(leg, dialogue),
        answered_by_source=_answered_by_source(leg, dialogue),
        screened=dialogue.screened if dialogue else False,
        rehearsal=plan.rehearsal,
        timing=_timing(leg, speech),
        characters=speech.characters - speech.characters_told,
        attempts=plan.attempt,
        price=progress.price,
        price_unit=progress.price_unit,
        error=error_report(ending.error) if ending.error else bug_report(bug, plan.secrets) if bug else None,
        interrupted_by=interrupted_by,
    )


def _heard_text(plan: DialPlan, leg: Leg, heard_ms: int) -> str | None:
    """The message, to the last word that was played to its end; None where that is not known."""
    utterance, text = leg.utterance, "".join(plan.sentences)
    if utterance.is_complete and heard_ms >= int(duration_ms(utterance.length_bytes)):
        return without_tags(text)
    if utterance.voice_at(heard_ms) not in {None, Voice.CARTESIA, Voice.CACHE}:
        return None  # whose words nobody has counted
    if heard_ms and not utterance.word_ends:
        return None
    heard_bytes = heard_ms * BYTES_PER_MS
    words = [end.characters for end in utterance.word_ends if end.audio_bytes <= heard_bytes]
    return without_tags(text[: max(words, default=0)])


def _acknowledged(plan: DialPlan, dialogue: Dialogue | None) -> bool | None:
    if plan.conversation.ack_key is None:
        return None
    return dialogue is not None and bool(dialogue.acknowledged)


def _answered_by(leg: Leg, dialogue: Dialogue | None) -> str | None:
    if dialogue is not None:
        return dialogue.answered_by
    return leg.verdicts[-1].answerer if leg.verdicts else None


def _answered_by_source(leg: Leg, dialogue: Dialogue | None) -> str | None:
    if dialogue is not None:
        return dialogue.answered_by_source
    return leg.verdicts[-1].judge if leg.verdicts else None


def _timing(leg: Leg, speech: Speech) -> Timing:
    first_audio_at_s = leg.stream.first_audio_at_s if leg.stream else None
    last_word_at_s = leg.stream.session.last_word_at_s if leg.stream else None
    return Timing(
        placed_after=_between_ms(leg.began_at_s, leg.placed_at_s),
        ring=_between_ms(leg.progress.ringing_at_s or leg.placed_at_s, leg.progress.answered_at_s),
        speech_first_chunk=_between_ms(speech.asked_at_s, speech.first_chunk_at_s),
        answer_to_first_audio=_between_ms(leg.progress.answered_at_s, first_audio_at_s),
        stream_start_to_first_audio=_between_ms(leg.stream_started_at_s, first_audio_at_s),
        last_word_to_hangup=_between_ms(last_word_at_s, leg.hang_up_asked_at_s),
    )


def _between_ms(from_s: float | None, to_s: float | None) -> float | None:
    if from_s is None or to_s is None or to_s < from_s:
        return None  # the second moment did not follow from the first in this call
    return round((to_s - from_s) * 1000, 3)
