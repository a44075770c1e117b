"""What the carrier shall do once somebody answers, written as TwiML."""

from __future__ import annotations

from dataclasses import replace

from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.telephony.say_limits import SayLimits, without_forbidden

MAX_TWIML_CHARACTERS = 4000
"""The most that `Twiml=` may hold, markup and escapes included (twilio.com/docs/voice/api/call-resource)."""

_SAY_LOCALES = {
    "ar": "ar-XA",
    "bg": "bg-BG",
    "bn": "bn-IN",
    "cs": "cs-CZ",
    "da": "da-DK",
    "de": "de-DE",
    "el": "el-GR",
    "en": "en-US",
    "es": "es-ES",
    "fi": "fi-FI",
    "fr": "fr-FR",
    "gu": "gu-IN",
    "he": "he-IL",
    "hi": "hi-IN",
    "hu": "hu-HU",
    "id": "id-ID",
    "it": "it-IT",
    "ja": "ja-JP",
    "kn": "kn-IN",
    "ko": "ko-KR",
    "ml": "ml-IN",
    "mr": "mr-IN",
    "ms": "ms-MY",
    "nl": "nl-NL",
    "no": "nb-NO",
    "pa": "pa-IN",
    "pl": "pl-PL",
    "pt": "pt-BR",
    "ro": "ro-RO",
    "ru": "ru-RU",
    "sk": "sk-SK",
    "sv": "sv-SE",
    "ta": "ta-IN",
    "te": "te-IN",
    "th": "th-TH",
    "tl": "fil-PH",
    "tr": "tr-TR",
    "uk": "uk-UA",
    "vi": "vi-VN",
    "zh": "cmn-CN",
}
"""Cartesia's language codes and the locale of `<Say language>` for each.

The locales are those of the voices that Twilio's libraries list (twilio-node, `VoiceResponse.ts`). Croatian
and Georgian, which Cartesia speaks too, have none.
"""

_OTHER_SAY_LOCALES = frozenset(
    {
        "cmn-TW",
        "de-AT",
        "en-AU",
        "en-GB",
        "en-IE",
        "en-IN",
        "en-NZ",
        "en-ZA",
        "es-MX",
        "es-US",
        "fr-BE",
        "fr-CA",
        "nl-BE",
        "pt-PT",
        "yue-HK",
    }
)
"""Further locales, for a tag that names its region; from the same list."""


MAX_SAY_BYTES = 4096
MAX_SAY_URL_ENCODED = 4500
"""What one `<Say>` takes (twilio.com/docs/api/errors/13521): UTF-8 bytes, or characters once URL-encoded,
depending on the voice. A text in another script than Latin meets these limits first."""


def render_twiml(instructions: CallInstructions) -> str:
    """`<Connect><Stream>`, then `<Say>`, then `<Hangup>`, without XML declaration.

    The parts that `instructions` leaves out are left out, a fallback without a speakable character too.
    No limit is applied here: see `say_limits`.
    """
    from twilio.twiml.voice_response import Connect, VoiceResponse

    response = VoiceResponse()
    if instructions.stream_url is not None:
        connect = Connect()
        connect.stream(url=instructions.stream_url)
        response.append(connect)
    text = without_forbidden(instructions.fallback_text or "")
    if text.strip():
        response.say(text, language=_say_locale(instructions.language))
    response.hangup()
    xml: str = response.to_xml(xml_declaration=False)
    return xml


def say_limits(instructions: CallInstructions) -> SayLimits:
    """How much Twilio speaks of a fallback text: all that leaves room for the rest of `instructions`, whose
    own text is ignored."""
    rest = len(render_twiml(replace(instructions, fallback_text="x"))) - 1
    return SayLimits(
        escaped_characters=MAX_TWIML_CHARACTERS - rest,
        utf8_bytes=MAX_SAY_BYTES,
        url_encoded_characters=MAX_SAY_URL_ENCODED,
    )


def _say_locale(language: str) -> str | None:
    """`<Say language>` for a BCP 47 tag; None (the attribute is left out) if Twilio has no such voice."""
    primary, _, region = language.replace("_", "-").partition("-")
    exact = f"{primary.lower()}-{region.upper()}"
    if exact in _OTHER_SAY_LOCALES or exact in _SAY_LOCALES.values():
        return exact
    return _SAY_LOCALES.get(primary.lower())
