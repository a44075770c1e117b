"""From settings and a message to the plan of one `dial`, and what it would send."""

from __future__ import annotations

import dataclasses
import math
import secrets
from datetime import datetime

from cartesia_call.leg.plan import CarrierText, DialPlan
from cartesia_call.policy.guard import GUARD
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.script import fit_sentences, split_sentences, without_tags
from cartesia_call.speech_ports import SpeechRequest
from cartesia_call.telephony.estimates import longest_call_s, time_limit_s
from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.wiring.conversation import longest_s
from cartesia_call.wiring.line import Line

LONGEST_STREAM_URL = "wss://" + "h" * 253 + ":65535/media/" + "s" * 43
"""The fallback's text is fitted before the public URL is known: a host name has at most 253 characters."""


SLOW_DISK_S = 30.0
"""Loading the carrier's client and writing the intent: seconds at the most, where a disk is alive."""


def new_attempt_id(now: datetime) -> str:
    """Sortable by time, unique: `20261121T031500Z-1f9c04b2`."""
    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def build_plan(settings: Settings, line: Line, *, attempt_id: str, to: str, text: MessageText) -> DialPlan:
    """The plan of one `dial`: the message as sentences, the fallback fitted into TwiML."""
    settings = dataclasses.replace(settings, voice_id=line.voice_id)
    speech = speech_request(settings, text.sentences)
    message = "".join(text.sentences)
    whole = fit_fallback(settings, message)
    is_written = text.is_whole

    def fallback_from(sentence: int) -> CarrierText | None:
        if is_written and not sentence:
            return whole
        found = fit_fallback(settings, "".join(text.sentences[sentence:]))
        # What is still being written is heard by nobody once the carrier speaks.
        return dataclasses.replace(found, is_cut=found.is_cut or not text.is_whole) if found else None

    return DialPlan(
        id=attempt_id,
        to=to,
        caller_id=line.caller_id,
        account_sid=line.account_sid,
        region=line.region,
        speech=speech,
        text=None if is_written else text,
        other_parts={
            part: speech_request(settings, split_sentences(said))
            for part, said in settings.answering.texts.items()
        },
        conversation=settings.answering.conversation,
        judges_by_ear=settings.answering.judges_by_ear,
        send_digits=settings.answering.send_digits,
        fallback_from=fallback_from,
        time_limit_s=call_time_limit_s(settings, message, whole, is_written=is_written),
        limits=settings.limits,
        prepare_s=_longest_preparation_s(settings, line),
        tunnel_timeout_s=settings.limits.tunnel_timeout_s,
        speech_timeout_s=settings.limits.speech_timeout_s,
        probe=settings.path.probe,
        record_callee=settings.record_callee,
        rehearsal=settings.rehearse,
        guard=None if settings.rehearse or settings.guard.no_guard_reason else GUARD,
        no_guard_reason=settings.guard.no_guard_reason,
        secrets=settings.secrets,
    )


def _longest_preparation_s(settings: Settings, line: Line) -> float:
    """Path and speech are made ready side by side, each within its own limit; a slow disk may come on top."""
    limits = settings.limits
    return SLOW_DISK_S + limits.tunnel_timeout_s + len(line.ports.voices) * limits.speech_timeout_s


def call_time_limit_s(
    settings: Settings, message: str, fallback: CarrierText | None, *, is_written: bool = True
) -> int:
    """`TimeLimit` of the call: of the message and its fallback, and of everything else that may be said.

    Nothing is said beyond `--max-duration`; how long a message gets that is still being written, only that
    knows.
    """
    most_s = longest_call_s(settings.limits.max_duration_s)
    if not is_written:
        return most_s
    plain_s = time_limit_s(message, fallback.text if fallback else None)
    return min(most_s, plain_s + math.ceil(longest_s(settings, message)))


def speech_request(settings: Settings, sentences: tuple[str, ...]) -> SpeechRequest:
    """What Cartesia is asked for."""
    return SpeechRequest(
        sentences=sentences,
        model_id=settings.model_id,
        voice_id=settings.voice_id,
        language=settings.language,
        delivery=settings.speech.delivery,
    )


def fit_fallback(settings: Settings, message: str) -> CarrierText | None:
    """What the carrier's voice may say of `message`; None: nothing."""
    if "say" not in settings.fallback:
        return None
    from cartesia_call.vendors.twiml import fallback_budget, fits_into_say

    longest = CallInstructions(stream_url=LONGEST_STREAM_URL, fallback_text=None, language=settings.language)
    budget = fallback_budget(longest)
    text, is_cut = fit_sentences(without_tags(message), lambda part: fits_into_say(part, budget))
    return CarrierText(text=text, is_cut=is_cut) if text else None


def preview_twiml(settings: Settings, fallback_text: str | None) -> str:
    """The TwiML that would be sent, its host perhaps not known yet, its secret masked: there is none."""
    from cartesia_call.vendors.twiml import render_twiml

    host = (settings.path.public_url or "https://PUBLIC-HOST").replace("http", "ws", 1)
    return render_twiml(
        CallInstructions(
            stream_url=f"{host}/media/***", fallback_text=fallback_text, language=settings.language
        )
    )
