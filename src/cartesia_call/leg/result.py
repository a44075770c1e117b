"""From what is known of a leg to the result that is printed and kept."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from cartesia_call.audio.mulaw import BYTES_PER_MS, duration_ms
from cartesia_call.conversation.dialogue import Dialogue
from cartesia_call.errors import CarrierError, CartesiaCallError
from cartesia_call.leg.endings import Ending
from cartesia_call.leg.known import Known
from cartesia_call.leg.machine import Leg
from cartesia_call.leg.plan import CallPlan
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass
from cartesia_call.speech.script import without_tags
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport, Timing
from cartesia_call.telephony.outcomes import Voice


@dataclass(frozen=True, kw_only=True)
class SpeechFigures:
    """What the speech of one attempt cost: billed characters, and when it was asked for and first came."""

    characters: int = 0
    asked_at_s: float | None = None
    first_chunk_at_s: float | None = None


def error_report(error: CartesiaCallError) -> ErrorReport:
    """The facts of `error`, the vendor's code as text."""
    code = getattr(error, "code", None)
    return ErrorReport(
        kind=type(error).__name__,
        code=None if code is None else str(code),
        message=error.message,
        hint=error.hint,
        account_wide=isinstance(error, CarrierError) and error.account_wide,
    )


def bug_report(error: BaseException, secrets: Iterable[str] = ()) -> ErrorReport:
    """A fault of ours, by its class and words; a library's may quote a request, so without `secrets`."""
    message = quotable(str(error), secrets=secrets)
    return ErrorReport(kind=type(error).__name__, code=None, message=message, hint=None)


def build_result(
    leg: Leg,
    ending: Ending,
    *,
    now_s: float,
    started_at: datetime,
    ended_at: datetime,
    speech: SpeechFigures,
    secrets: Iterable[str] = (),
) -> AttemptResult:
    """The attempt as far as it is known now, with this `ending`. No sentence quotes `secrets`."""
    plan, known = leg.plan, leg.known
    talk = known.streams.talk
    dialogue = talk.dialogue if talk is not None else None
    message, progress = known.message, known.facts.progress
    heard_ms: int | None = talk.session.played_ms(now_s) if talk is not None else 0
    voice = message.voice_at(heard_ms or 0)
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
        call_sid=known.facts.call_sid,
        stream_sid=talk.stream_sid if talk is not None else None,
        carrier_status=progress.status.value if progress.status else None,
        voice=voice,
        evidence=ending.evidence,
        message_ms=int(duration_ms(message.length_bytes)) if message.is_complete else None,
        heard_ms=heard_ms,
        heard_text=None if leg.carrier_spoke else _heard_text(known, heard_ms or 0),
        digits=dialogue.digits if dialogue else "",
        acknowledged=_acknowledged(plan, dialogue),
        answered_by=_answered_by(known, dialogue),
        answered_by_source=_answered_by_source(known, dialogue),
        beep=_beep(known, dialogue),
        screened=dialogue.screened if dialogue else False,
        key=dialogue.key if dialogue else None,
        joined=plan.joined,
        rehearsal=plan.rehearsal,
        carrier=plan.other_carrier,
        timing=_timing(leg, speech),
        characters=speech.characters,
        attempts=plan.attempt,
        price=progress.price,
        price_unit=progress.price_unit,
        error=_error(leg, ending, secrets),
        interrupted_by=leg.interrupted_by,
    )


def _error(leg: Leg, ending: Ending, secrets: Iterable[str]) -> ErrorReport | None:
    if ending.error is not None:
        return error_report(ending.error)
    return bug_report(leg.bug, secrets) if leg.bug is not None else None


def _heard_text(known: Known, heard_ms: int) -> str | None:
    """The message, to the last word that was played to its end; None where that is not known."""
    text, message = known.text.message.text, known.message
    if message.is_complete and heard_ms >= int(duration_ms(message.length_bytes)):
        return without_tags(text)
    if message.voice_at(heard_ms) not in {None, Voice.CARTESIA, Voice.CACHE}:
        return None  # whose words nobody has counted
    if heard_ms and not message.word_ends:
        return None
    heard_bytes = heard_ms * BYTES_PER_MS
    words = [end.characters for end in message.word_ends if end.audio_bytes <= heard_bytes]
    return without_tags(text[: max(words, default=0)])


def _acknowledged(plan: CallPlan, dialogue: Dialogue | None) -> bool | None:
    if not plan.conversation.asks_for_key:
        return None
    return dialogue is not None and bool(dialogue.acknowledged)


def _answered_by(known: Known, dialogue: Dialogue | None) -> str | None:
    if dialogue is not None:
        return dialogue.answered_by
    return known.verdicts[-1].answerer if known.verdicts else None


def _answered_by_source(known: Known, dialogue: Dialogue | None) -> str | None:
    if dialogue is not None:
        return dialogue.answered_by_source
    return known.verdicts[-1].judge if known.verdicts else None


def _beep(known: Known, dialogue: Dialogue | None) -> bool | None:
    if dialogue is not None:
        return dialogue.beep
    verdict = known.verdicts[-1] if known.verdicts else None
    return verdict.heard_beep if verdict is not None and verdict.may_record else None


def _timing(leg: Leg, speech: SpeechFigures) -> Timing:
    streams, progress = leg.known.streams, leg.known.facts.progress
    first_audio_at_s = streams.talk.first_text_at_s if streams.talk is not None else None
    last_word_at_s = streams.talk.session.last_word_at_s if streams.talk is not None else None
    return Timing(
        placed_after=_between_ms(leg.began_at_s, leg.placed_at_s),
        ring=_between_ms(progress.ringing_at_s or leg.placed_at_s, progress.answered_at_s),
        speech_first_chunk=_between_ms(speech.asked_at_s, speech.first_chunk_at_s),
        answer_to_first_audio=_between_ms(progress.answered_at_s, first_audio_at_s),
        stream_start_to_first_audio=_between_ms(streams.started_at_s, first_audio_at_s),
        last_word_to_hangup=_between_ms(last_word_at_s, leg.hang_up_asked_at_s),
    )


def _between_ms(from_s: float | None, to_s: float | None) -> float | None:
    if from_s is None or to_s is None or to_s < from_s:
        return None  # the second moment did not follow from the first in this call
    return round((to_s - from_s) * 1000, 3)
