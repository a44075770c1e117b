"""What may stand in `<Say>`, and what Twilio writes into the debugger about the rest.

- An empty text is 13520, a `loop` that is no whole number 13510 (error dictionary).
- A voice that Twilio does not list is 13511 (errors/13511).
- A language that no voice speaks is 12200 here, and so is one that the named voice does not: Twilio
  documents no code for it. "An invalid combination of voice and language may result in error and `<Say>`
  instruction failure" (docs, TwiML `<Say>`), so such a sentence is not spoken: the worse of what may happen.
  The same for an unknown voice. Another locale of the voice's language is fine: Twilio's own example has
  Joanna, who is American, with `en-GB`.
- A text that is too long for its voice is 13521 (errors/13521 has the limits). What is then heard is
  documented nowhere, so all of it is spoken.

Lenient, for lack of a document: SSML that only some voices understand.
"""

from __future__ import annotations

from urllib.parse import quote_plus

from cartesia_call.telephony.say_voices import find_say_voices, listed_locales, say_voice_for
from cartesia_simulator.carrier.notifications import Problem

_RETIRED_VOICE = "alice"
"""Documented no more, and still in Twilio's own library, with whatever language."""
_LIMIT_BYTES = {"Polly": 3000, "Google": 5000}
_BASIC_LIMIT_BYTES = 4096
_LIMIT_URL_ENCODED = 4500
_LOCALES = """
af-ZA am-ET ar-AE ar-XA arb bg-BG bn-IN ca-ES cmn-CN cmn-TW cs-CZ cy-GB da-DK de-AT de-DE el-GR en-AU en-CA
en-GB en-GB-WLS en-IE en-IN en-NZ en-US en-ZA es-ES es-MX es-US fi-FI fil-PH fr-BE fr-CA fr-FR gu-IN he-IL
hi-IN hu-HU id-ID is-IS it-IT ja-JP kn-IN ko-KR lv-LV ml-IN mr-IN ms-MY nb-NO nl-BE nl-NL pa-IN pl-PL pt-BR
pt-PT ro-RO ru-RU sk-SK sr-RS sv-SE ta-IN te-IN th-TH tr-TR uk-UA vi-VN yue-HK zh-CN zh-HK zh-TW
"""
"""`SayLanguage` of Twilio's own library (twilio-node, `VoiceResponse.ts`)."""
_BASIC_LANGUAGES = "en en-gb en-UK es fr de it"
"""What the pages about `<Say>` name besides, for the basic voices."""
_LANGUAGES = frozenset(f"{_LOCALES} {_BASIC_LANGUAGES}".split())


def failure_of(voice: str, language: str) -> Problem | None:
    """Why a sentence is not spoken, or None. An empty voice or language is the default."""
    speaks = [known for known in find_say_voices(voice) if known.is_listed and known.name == voice]
    if voice and not speaks and voice != _RETIRED_VOICE:
        return Problem(13511, f"Say: Invalid voice value: {voice!r}")
    if language and language not in _LANGUAGES | listed_locales():
        return Problem(12200, f"Value {language!r} of attribute 'language' is not valid in element 'Say'")
    if language and speaks and say_voice_for(voice, language) is None:
        return Problem(12200, f"Say: voice {voice!r} does not speak {language!r}")
    return None


def excess_of(text: str, voice: str) -> Problem | None:
    """A note about a text that is longer than its voice takes, or None."""
    provider = voice.partition(".")[0]
    limit_bytes = _LIMIT_BYTES.get(provider, _BASIC_LIMIT_BYTES)
    if len(text.encode()) > limit_bytes:
        return Problem(13521, f"<Say> element character limits exceeded: more than {limit_bytes} bytes")
    if len(quote_plus(text)) > _LIMIT_URL_ENCODED:
        return Problem(
            13521, f"<Say> element character limits exceeded: more than {_LIMIT_URL_ENCODED}, URL-encoded"
        )
    return None
