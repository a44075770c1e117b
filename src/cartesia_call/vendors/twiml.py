"""What the carrier shall do once somebody answers, written as TwiML."""

from __future__ import annotations

from dataclasses import replace

from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.telephony.say_limits import SayLimits, without_forbidden
from cartesia_call.telephony.say_voices import BASIC_BYTES, SayVoice

_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_IN_ATTRIBUTE = _IN_TEXT | str.maketrans({'"': "&quot;", "\r": "&#13;", "\n": "&#10;", "\t": "&#09;"})
"""As Twilio's own library escapes them, which brings a parser of XML."""

MAX_TWIML_CHARACTERS = 4000
"""The most that `Twiml=` may hold, markup and escapes included (twilio.com/docs/voice/api/call-resource)."""

MAX_SAY_URL_ENCODED = 4500
"""What one `<Say>` takes (twilio.com/docs/api/errors/13521): characters once URL-encoded, whatever the voice.
A text in another script than Latin meets this limit first."""


def render_twiml(instructions: CallInstructions) -> str:
    """`<Connect><Stream>`, then `<Say>`, then `<Hangup>`, without XML declaration.

    The parts that `instructions` leaves out are left out, a fallback without a speakable character too.
    No limit is applied here: see `say_limits`.
    """
    parts = ["<Response>"]
    if instructions.stream_url is not None:
        parts.append(f'<Connect><Stream url="{_attribute(instructions.stream_url)}" /></Connect>')
    text = without_forbidden(instructions.fallback_text or "")
    if text.strip():
        voice = instructions.voice
        attributes = "" if voice is None else _voice_attributes(voice)
        parts.append(f"<Say{attributes}>{text.translate(_IN_TEXT)}</Say>")
    parts.append("<Hangup /></Response>")
    return "".join(parts)


def _voice_attributes(voice: SayVoice) -> str:
    return f' language="{_attribute(voice.locale)}" voice="{_attribute(voice.name)}"'


def _attribute(value: str) -> str:
    return value.translate(_IN_ATTRIBUTE)


def say_limits(instructions: CallInstructions) -> SayLimits:
    """How much Twilio speaks of a fallback text: all that leaves room for the rest of `instructions`, whose
    own text is ignored."""
    rest = len(render_twiml(replace(instructions, fallback_text="x"))) - 1
    voice = instructions.voice
    return SayLimits(
        escaped_characters=MAX_TWIML_CHARACTERS - rest,
        utf8_bytes=BASIC_BYTES if voice is None else voice.most_bytes,
        url_encoded_characters=MAX_SAY_URL_ENCODED,
    )
