"""From settings and a message to the plan of one `dial`, and what it would send."""

from __future__ import annotations

import math
from datetime import datetime
from typing import TYPE_CHECKING

from cartesia_call.leg.carrier_text import CarrierText, carrier_text
from cartesia_call.leg.plan import CallPlan
from cartesia_call.settings.model import Settings
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.telephony.estimates import longest_call_s, time_limit_s
from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.telephony.say_limits import SayLimits

if TYPE_CHECKING:
    from cartesia_call.wiring.line import Line

LONGEST_STREAM_URL = "wss://" + "h" * 253 + ":65535/media/" + "n" * 17 + "s" * 43
"""The fallback's text is fitted before the public URL is known: a host name has at most 253 characters."""


SLOW_DISK_S = 30.0
"""Loading the carrier's client and writing the intent: seconds at the most, where a disk is alive."""


def new_attempt_id(now: datetime) -> str:
    """Sortable by time, unique: `20261121T031500Z-1f9c04b2`."""
    import secrets

    return f"{now:%Y%m%dT%H%M%SZ}-{secrets.token_hex(4)}"


def build_plan(settings: Settings, line: Line, *, attempt_id: str, to: str, text: MessageText) -> CallPlan:
    """The plan of one `dial`. It holds the message if all of it is known."""
    return CallPlan(
        id=attempt_id,
        to=to,
        caller_id=line.caller_id,
        account_sid=line.account_sid,
        region=line.region,
        message=text.message if text.is_whole else None,
        other_texts={
            part: Message.of(said, settings.language) for part, said in settings.answering.texts.items()
        },
        voicing=voicing(settings, voice_id=line.voice_id),
        conversation=settings.answering.conversation,
        send_digits=settings.answering.send_digits,
        say_limits=say_limits(settings),
        say_voice=settings.say_voice,
        time_limit_s=call_time_limit_s(settings, text),
        limits=settings.limits,
        prepare_s=_longest_preparation_s(settings, line),
        proves_callbacks=line.proves_callbacks,
        record_callee=settings.record_callee,
        rehearsal=settings.rehearse,
        other_carrier=line.other_carrier,
        guard=None if settings.rehearse else settings.fences.guard,
        no_guard_reason=settings.guard.no_guard_reason,
    )


def _longest_preparation_s(settings: Settings, line: Line) -> float:
    """Path and speech are made ready side by side, each within its own limit; a slow disk may come on top."""
    limits = settings.limits
    return SLOW_DISK_S + limits.tunnel_timeout_s + len(line.ports.voices) * limits.speech_timeout_s


def call_time_limit_s(settings: Settings, text: MessageText) -> int:
    """`TimeLimit` of the call: of the message and its fallback, and of everything else that may be said.

    Nothing is said beyond `--max-duration`; how long a message gets that is still being written, only that
    knows.
    """
    most_s = longest_call_s(settings.limits.max_duration_s)
    if not text.is_whole:
        return most_s
    from cartesia_call.wiring.conversation import longest_s

    fallback = fit_fallback(settings, text.message)
    plain_s = time_limit_s(text.message.text, fallback.text if fallback else None)
    return min(most_s, plain_s + math.ceil(longest_s(settings, text.message.text)))


def voicing(settings: Settings, *, voice_id: str | None = None) -> Voicing:
    """Whose voice is asked for; `voice_id` once it is known for whom a name stands."""
    return Voicing(
        model_id=settings.model_id,
        voice_id=voice_id or settings.voice_id,
        language=settings.language,
        delivery=settings.speech.delivery,
    )


def say_limits(settings: Settings) -> SayLimits | None:
    """How much the carrier's voice says behind a stream; None: nothing."""
    if "say" not in settings.fallback:
        return None
    from cartesia_call.vendors import twiml

    return twiml.say_limits(
        CallInstructions(stream_url=LONGEST_STREAM_URL, fallback_text=None, voice=settings.say_voice)
    )


def fit_fallback(settings: Settings, message: Message) -> CarrierText | None:
    """What the carrier's voice may say of `message`; None: nothing."""
    limits = say_limits(settings)
    return None if limits is None else carrier_text(message, limits)


def preview_twiml(settings: Settings, fallback_text: str | None) -> str:
    """The TwiML that would be sent, its host perhaps not known yet, its secret masked: there is none."""
    from cartesia_call.vendors.twiml import render_twiml

    host = (settings.path.public_url or "https://PUBLIC-HOST").replace("http", "ws", 1)
    return render_twiml(
        CallInstructions(
            stream_url=f"{host}/media/***", fallback_text=fallback_text, voice=settings.say_voice
        )
    )
