"""What is to be said to the callee besides the message, and what is wanted of the conversation."""

from __future__ import annotations

from cartesia_call.conversation.limits import MACHINE_LIMIT_S, PERSON_LIMIT_S
from cartesia_call.conversation.parts import ConversationPlan, Part, VoicemailMode
from cartesia_call.settings.model import Settings
from cartesia_call.telephony.estimates import slowest_reading_s


def texts_of_parts(settings: Settings) -> dict[Part, str]:
    """What else is spoken, by part; in the order in which it is wanted."""
    texts: dict[Part, str | None] = {Part.IDENTITY: settings.answer.identity}
    if settings.ack is not None:
        texts[Part.PROMPT] = settings.ack.prompt
        texts[Part.CONFIRMATION] = settings.ack.confirmation
    if settings.voicemail.mode == VoicemailMode.LEAVE:
        texts[Part.VOICEMAIL] = settings.voicemail.message
    return {part: text for part, text in texts.items() if text}


def conversation_plan(settings: Settings) -> ConversationPlan:
    """The settings, as the dialogue knows them."""
    ack, voicemail = settings.ack, settings.voicemail
    plan = ConversationPlan(
        parts=frozenset({Part.MESSAGE, *texts_of_parts(settings)}),
        waits_for_greeting=settings.answer.waits_for_greeting,
        voicemail=VoicemailMode(voicemail.mode),
        amd_timeout_s=voicemail.amd_timeout_s,
        carrier_judges=voicemail.detects_carrier and voicemail.mode != VoicemailMode.IGNORE,
    )
    if ack is None:
        return plan
    return ConversationPlan(
        **{
            **vars(plan),
            "ack_key": ack.key,
            "reject_key": ack.reject_key,
            "repeats": ack.repeats,
            "ack_timeout_s": ack.timeout_s,
        }
    )


def longest_s(settings: Settings, message: str) -> float:
    """How long the conversation may take at the most: everything read at the slowest, every wait in full."""
    plan = conversation_plan(settings)
    others_s = sum(slowest_reading_s(text) for text in texts_of_parts(settings).values())
    rounds = 1 + plan.repeats
    waits_s = plan.ack_timeout_s * rounds if plan.ack_key else 0.0
    if plan.voicemail is not VoicemailMode.IGNORE:
        waits_s += MACHINE_LIMIT_S + plan.amd_timeout_s
    if Part.IDENTITY in plan.parts or plan.waits_for_greeting:
        waits_s += PERSON_LIMIT_S
    return (rounds + 1) * (slowest_reading_s(message) + others_s) + waits_s
