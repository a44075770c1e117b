"""TwiML: what is rendered, how long it is, and that any text survives an XML parser."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from twilio.twiml.voice_response import Connect, VoiceResponse

from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.telephony.say_limits import escaped_length, without_forbidden
from cartesia_call.telephony.say_voices import SayVoice
from cartesia_call.vendors.twiml import (
    MAX_TWIML_CHARACTERS,
    render_twiml,
    say_limits,
)

WHOLE = CallInstructions(
    stream_url="wss://calls.example.com/media/x",
    fallback_text="Hello.",
    voice=SayVoice(name="Polly.Amy", locale="en-GB"),
)


def test_stream_then_fallback_then_hang_up() -> None:
    """A stream that ends lets the call fall through to the fallback, and that to the hang-up."""
    assert render_twiml(WHOLE) == (
        '<Response><Connect><Stream url="wss://calls.example.com/media/x" /></Connect>'
        '<Say language="en-GB" voice="Polly.Amy">Hello.</Say><Hangup /></Response>'
    )


def test_parts_may_be_left_out() -> None:
    assert "<Say" not in render_twiml(replace(WHOLE, fallback_text=None))
    assert "<Connect" not in render_twiml(replace(WHOLE, stream_url=None))
    bare = render_twiml(CallInstructions(stream_url=None, fallback_text=None))
    assert bare == "<Response><Hangup /></Response>"


@pytest.mark.parametrize("text", ["", " \n", "\x00\x07"])
def test_nothing_to_say_is_no_say(text: str) -> None:
    assert "<Say" not in render_twiml(replace(WHOLE, fallback_text=text))


def test_markup_in_the_url_is_escaped() -> None:
    """A raw ampersand would make the whole document unreadable."""
    url = 'wss://calls.example.com/media/"<&>'
    document = ET.fromstring(render_twiml(replace(WHOLE, stream_url=url)))
    assert document[0][0].get("url") == url


def test_without_a_voice_the_accounts_own_speaks() -> None:
    """Neither attribute is written; a wrong one would fail the verb."""
    assert "<Say>Hello.</Say>" in render_twiml(replace(WHOLE, voice=None))


@pytest.mark.parametrize(
    ("name", "limit_bytes"), [(None, 4096), ("Polly.Amy", 3000), ("Google.en-GB-Wavenet-N", 5000)]
)
def test_each_voice_has_its_limit(name: str | None, limit_bytes: int) -> None:
    """What one `<Say>` takes depends on whose voice it is (13521)."""
    voice = None if name is None else SayVoice(name=name, locale="en-GB")
    assert say_limits(replace(WHOLE, voice=voice)).utf8_bytes == limit_bytes


def by_twilios_library(instructions: CallInstructions) -> str:
    """The same, as Twilio's own library writes it."""
    response = VoiceResponse()
    if instructions.stream_url is not None:
        connect = Connect()
        connect.stream(url=instructions.stream_url)
        response.append(connect)
    text, voice = without_forbidden(instructions.fallback_text or ""), instructions.voice
    if text.strip():
        response.say(text, **({} if voice is None else {"voice": voice.name, "language": voice.locale}))
    response.hangup()
    return str(response.to_xml(xml_declaration=False))


_MARKUP = st.text("<>&\"'\r\n\t;]aé漢")


@given(url=st.none() | _MARKUP, text=st.none() | st.text() | _MARKUP, name=st.none() | _MARKUP)
def test_it_is_to_the_letter_what_twilios_library_writes(
    url: str | None, text: str | None, name: str | None
) -> None:
    voice = None if name is None else SayVoice(name=name, locale="en-GB")
    instructions = CallInstructions(stream_url=url, fallback_text=text, voice=voice)
    assert render_twiml(instructions) == by_twilios_library(instructions)


@given(st.text())
def test_length_is_what_the_builder_writes(text: str) -> None:
    """Whatever the text: the document is well-formed, says it, and is as long as `escaped_length` says."""
    rendered = render_twiml(replace(WHOLE, fallback_text=f"x{text}"))
    without = render_twiml(replace(WHOLE, fallback_text="x"))
    assert len(rendered) - len(without) == escaped_length(text)
    assert ET.fromstring(rendered)[1].text is not None


@pytest.mark.parametrize("instructions", [WHOLE, replace(WHOLE, stream_url=None), replace(WHOLE, voice=None)])
def test_the_budget_fills_the_document_exactly(instructions: CallInstructions) -> None:
    budget = say_limits(replace(instructions, fallback_text=None)).escaped_characters
    assert budget == say_limits(instructions).escaped_characters
    full = render_twiml(replace(instructions, fallback_text="a" * budget))
    assert len(full) == MAX_TWIML_CHARACTERS
