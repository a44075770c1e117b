"""What the carrier shall do once somebody answers, written as TwiML."""

from __future__ import annotations

from dataclasses import replace

from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.telephony.say_limits import SayLimits, without_forbidden
from cartesia_call.telephony.say_voices import BASIC_BYTES

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
    from twilio.twiml.voice_response import Connect, VoiceResponse

    response = VoiceResponse()
    if instructions.stream_url is not None:
        connect = Connect()
        connect.stream(url=instructions.stream_url)
        response.append(connect)
    text = without_forbidden(instructions.fallback_text or "")
    if text.strip():
        voice = instructions.voice
        attributes = {} if voice is None else {"voice": voice.name, "language": voice.locale}
        response.say(text, **attributes)
    response.hangup()
    xml: str = response.to_xml(xml_declaration=False)
    return xml


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
