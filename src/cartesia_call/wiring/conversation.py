"""How long what is said besides the message may take."""

from __future__ import annotations

from cartesia_call.conversation.limits import (
    HOLD_LIMIT_S,
    MACHINE_LIMIT_S,
    PERSON_LIMIT_S,
    TONE_PERSON_S,
)
from cartesia_call.conversation.parts import Part, VoicemailMode
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.estimates import slowest_reading_s


def longest_s(settings: Settings, message: str) -> float:
    """How long the conversation may take at the most: everything read at the slowest, every wait in full."""
    plan = settings.answering.conversation
    others_s = sum(slowest_reading_s(text) for text in settings.answering.texts.values())
    rounds = 1 + plan.repeats
    waits_s = plan.ack_timeout_s * rounds if plan.answers else 0.0
    if plan.voicemail is not VoicemailMode.IGNORE:
        waits_s += HOLD_LIMIT_S + MACHINE_LIMIT_S + TONE_PERSON_S + plan.amd_timeout_s
    if Part.IDENTITY in plan.parts or plan.waits_for_greeting:
        waits_s += PERSON_LIMIT_S
    return (rounds + 1) * (slowest_reading_s(message) + others_s) + waits_s
