"""Parsers of the settings about the voice and what is kept of it, as `parsers` describes them."""

from __future__ import annotations

import re

from cartesia_call.audio.durations import parse_age_s
from cartesia_call.patterns import regex
from cartesia_call.telephony.say_voices import find_say_voices, similar_say_voices

_SIZE = regex(r"(\d{1,12}(?:\.\d{1,3})?)\s*(B|kB|MB|GB)?", re.ASCII | re.IGNORECASE)
_UNIT_BYTES = {"b": 1, "kb": 1000, "mb": 1000**2, "gb": 1000**3, None: 1}


def say_voice(value: str) -> str:
    """The name of a voice of the carrier's, as the carrier writes it. What is none names what it may be."""
    voices = find_say_voices(value)
    if voices:
        return voices[0].name
    meant = " or ".join(similar_say_voices(value, "en"))
    raise ValueError(
        f"{value!r} is none of the voices that Twilio lists for <Say>; perhaps {meant}? They are at "
        "twilio.com/docs/voice/twiml/say/text-speech, and are written with their provider: "
        "Polly.Joanna-Neural, Google.en-US-Neural2-F, man, woman"
    )


def size_bytes(value: str) -> int:
    """A size with a decimal unit, in bytes, at least one of them."""
    match = _SIZE.fullmatch(value)
    if match is None:
        raise ValueError(f"{value!r} is not a size; write one such as 256MB, with B, kB, MB or GB")
    size = round(float(match[1]) * _UNIT_BYTES[match[2] and match[2].lower()])
    if size < 1:
        raise ValueError(f"{value!r} is no room at all; to keep nothing, write --no-cache")
    return size


def age(value: str) -> float:
    """How long ago, in seconds; more than nothing."""
    age_s = parse_age_s(value)
    if age_s <= 0:
        raise ValueError(f"{value!r} is no time at all; to keep nothing, write --no-cache")
    return age_s
