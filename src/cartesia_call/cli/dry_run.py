"""`dial --dry-run`: what would be sent, with nothing sent."""

from __future__ import annotations

import json

from cartesia_call.settings.model import Settings
from cartesia_call.telephony.estimates import time_limit_s
from cartesia_call.telephony.numbers import mask_number
from cartesia_call.wiring.plan import fit_fallback, preview_twiml, speech_request


def describe(settings: Settings, to: str, message: str) -> str:
    """The plan as text, or with `--json` as one object. The stream's token is masked: none exists yet."""
    fallback = fit_fallback(settings, message)
    fallback_text, is_cut = (fallback.text, fallback.is_cut) if fallback else (None, False)
    twiml = preview_twiml(settings, fallback_text)
    request = speech_request(settings, message)
    fields: dict[str, object] = {
        "to": to,
        "from": settings.caller_id,
        "twiml": twiml,
        "fallback_is_cut": is_cut,
        "time_limit_s": time_limit_s(message, fallback_text),
        "ring_timeout_s": settings.limits.ring_timeout_s,
        "model": request.model_id,
        "voice": request.voice_id,
        "language": request.language,
        "characters": request.characters,
        "carrier_url": settings.twilio.base_url if settings.twilio else "the built-in telephone network",
        "speech_url": settings.cartesia.base_url if settings.cartesia else "the built-in speech service",
    }
    if settings.json:
        return json.dumps({"schema": 1, "dry_run": True, **fields}, ensure_ascii=False)
    if not settings.show_numbers:
        fields["to"] = mask_number(to)
        fields["from"] = mask_number(settings.caller_id) if settings.caller_id else None
    fields["fallback_is_cut"] = "yes" if is_cut else "no"
    width = max(map(len, fields))
    shown = {name: "-" if value is None else value for name, value in fields.items()}
    return "\n".join(
        ["dry run: nothing was sent", *(f"{name:<{width}}  {value}" for name, value in shown.items())]
    )
