"""`dial --dry-run`: what would be sent, with nothing sent."""

from __future__ import annotations

from cartesia_call.cli import terminal
from cartesia_call.conversation.keys import outcome_of
from cartesia_call.conversation.parts import Part
from cartesia_call.policy.retry import EscalationPlan
from cartesia_call.quoting import one_line
from cartesia_call.settings.model import Settings
from cartesia_call.speech.message_text import Message
from cartesia_call.telephony.estimates import longest_call_s, time_limit_s
from cartesia_call.telephony.numbers import mask_number
from cartesia_call.wiring.plan import fit_fallback, preview_twiml, voicing


def describe(settings: Settings, turns: EscalationPlan, message: Message) -> str:
    """The plan as text, or with `--json` as one object. The stream's token is masked: none exists yet."""
    fallback = fit_fallback(settings, message)
    fallback_text, is_cut = (fallback.text, fallback.is_cut) if fallback else (None, False)
    voice = voicing(settings)
    first, *others = turns.people
    conversation, texts, fences = settings.answering.conversation, _texts(settings), settings.fences
    fields: dict[str, object] = {
        "to": first,
        "from": settings.caller_id,
        "then": others,
        "attempts": turns.attempts,
        "ring_twice_after_s": turns.ring_twice_after_s,
        "twiml": preview_twiml(settings, fallback_text),
        "fallback_is_cut": is_cut,
        "time_limit_s": min(
            longest_call_s(settings.limits.max_duration_s), time_limit_s(message.text, fallback_text)
        ),
        "ring_timeout_s": settings.limits.ring_timeout_s,
        "send_digits": settings.answering.send_digits,
        "ack": conversation.ack_key,
        "reject": conversation.reject_key,
        "keys": [_key(digit, word) for digit, word in conversation.answers.items()],
        "voicemail": conversation.voicemail,
        **texts,
        "not_after": f"{settings.guard.not_after:%H:%M}" if settings.guard.not_after else None,
        "window": str(settings.guard.window) if settings.guard.window else None,
        "countries": None if fences.countries is None else sorted(fences.countries),
        "budget": ", ".join(map(str, fences.guard.budgets)) if fences.guard else None,
        "model": voice.model_id,
        "voice": voice.voice_id,
        "language": voice.language,
        "say_voice": settings.say_voice.name if settings.say_voice and fallback else None,
        "characters": len(message.text) + sum(len(text) for text in texts.values() if text),
        "carrier_url": settings.twilio.base_url if settings.twilio else "the built-in telephone network",
        "speech_url": settings.cartesia.base_url if settings.cartesia else "the built-in speech service",
    }
    if settings.json:
        return terminal.json_line({"schema": 1, "dry_run": True, **fields})
    return _for_people(fields, shows_numbers=settings.show_numbers)


def _key(digit: str, word: str) -> str:
    """`1=confirmed (0)`: the key, its word, and the exit status when it is pressed."""
    return f"{digit}={word} ({outcome_of(word).means.status})"


def _texts(settings: Settings) -> dict[str, str | None]:
    """What is said besides the message, by what it is for."""
    texts = settings.answering.texts
    return {
        "prompt": texts.get(Part.PROMPT),
        "confirmation": texts.get(Part.CONFIRMATION),
        "voicemail_message": texts.get(Part.VOICEMAIL),
        "identify": texts.get(Part.IDENTITY),
    }


def _for_people(fields: dict[str, object], *, shows_numbers: bool) -> str:
    width = max(map(len, fields))
    lines = ["dry run: nothing was sent"]
    for name, value in fields.items():
        if name in {"to", "from", "then"}:
            numbers = list(map(str, value if isinstance(value, list) else filter(None, [value])))
            shown = ", ".join(numbers if shows_numbers else map(mask_number, numbers))
        elif isinstance(value, list):
            shown = ", ".join(map(str, value))
        elif isinstance(value, bool):
            shown = "yes" if value else "no"
        else:
            shown = "" if value is None else one_line(str(value))
        lines.append(f"{name:<{width}}  {shown or '-'}")
    return "\n".join(lines)
