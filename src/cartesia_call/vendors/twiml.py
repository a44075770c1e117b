"""What the carrier shall do once somebody answers, written as TwiML."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote_plus
from xml.sax.saxutils import escape

from cartesia_call.telephony.instructions import CallInstructions

MAX_TWIML_CHARACTERS = 4000
"""The most that `Twiml=` may hold, markup and escapes included (twilio.com/docs/voice/api/call-resource)."""

_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Everything that XML 1.0, section 2.2, allows in no document, escaped or not."""

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
    No limit is applied here: see `fallback_budget`.
    """
    from twilio.twiml.voice_response import Connect, VoiceResponse

    response = VoiceResponse()
    if instructions.stream_url is not None:
        connect = Connect()
        connect.stream(url=instructions.stream_url)
        response.append(connect)
    text = _without_forbidden(instructions.fallback_text or "")
    if text.strip():
        response.say(text, language=_say_locale(instructions.language))
    response.hangup()
    xml: str = response.to_xml(xml_declaration=False)
    return xml


def escaped_length(text: str) -> int:
    """Characters that `text` takes inside `<Say>`: `&`, `<` and `>` grow, forbidden characters vanish.

    Everything else, non-ASCII too, is one character, as the builder writes it raw.
    """
    return len(escape(_without_forbidden(text)))


def fallback_budget(instructions: CallInstructions) -> int:
    """How long, by `escaped_length`, the fallback text of `instructions` may be. Its own text is ignored."""
    with_one_character = replace(instructions, fallback_text="x")
    return MAX_TWIML_CHARACTERS - len(render_twiml(with_one_character)) + 1


def fits_into_say(text: str, budget: int) -> bool:
    """Whether Twilio speaks all of `text`: within `budget` (see there) and within the limits of `<Say>`."""
    spoken = _without_forbidden(text)
    return (
        escaped_length(text) <= budget
        and len(spoken.encode()) <= MAX_SAY_BYTES
        and len(quote_plus(spoken)) <= MAX_SAY_URL_ENCODED
    )


def _without_forbidden(text: str) -> str:
    return _NOT_IN_XML.sub("", text)


def _say_locale(language: str) -> str | None:
    """`<Say language>` for a BCP 47 tag; None (the attribute is left out) if Twilio has no such voice."""
    primary, _, region = language.replace("_", "-").partition("-")
    exact = f"{primary.lower()}-{region.upper()}"
    if exact in _OTHER_SAY_LOCALES or exact in _SAY_LOCALES.values():
        return exact
    return _SAY_LOCALES.get(primary.lower())
