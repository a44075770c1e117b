"""The plan of a call, from settings and a message."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote_plus

import pytest

from cartesia_call.leg.carrier_text import CarrierText
from cartesia_call.settings.model import Settings
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message
from cartesia_call.telephony.instructions import CallInstructions
from cartesia_call.vendors.twiml import (
    MAX_SAY_URL_ENCODED,
    MAX_TWIML_CHARACTERS,
    render_twiml,
)
from cartesia_call.wiring.plan import LONGEST_STREAM_URL, fit_fallback, new_attempt_id, voicing
from tests.settings.machine import command_line


def settings(**options: object) -> Settings:
    return resolve(
        command_line(rehearse=True, **options), {}, working_directory=Path.cwd(), needs=frozenset()
    )


@pytest.mark.parametrize("message", ["word. " * 2000, "<&>" * 2000, "ä" * 20_000, "データが停止。" * 1000])
def test_the_fallback_always_fits_into_twiml(message: str) -> None:
    """Counted after escaping, with the longest host name there can be; and `<Say>` takes it whole."""
    fallback = fit_fallback(settings(), Message.of(message))
    assert fallback is not None
    text = fallback.text
    assert fallback.is_cut
    voice = settings().say_voice
    assert voice is not None
    twiml = render_twiml(CallInstructions(stream_url=LONGEST_STREAM_URL, fallback_text=text, voice=voice))
    assert len(twiml) <= MAX_TWIML_CHARACTERS
    assert len(text.encode()) <= voice.most_bytes
    assert len(quote_plus(text)) <= MAX_SAY_URL_ENCODED


def test_a_short_message_is_the_fallback_without_tags() -> None:
    """The carrier's voice would read them aloud."""
    message = Message.of('Code <spell>AB</spell>.<break time="1s"/>Bye.')
    assert fit_fallback(settings(), message) == CarrierText(text="Code AB. Bye.", is_cut=False)


def test_no_fallback_is_no_text() -> None:
    """`--fallback none`."""
    assert fit_fallback(settings(fallback="none"), Message.of("Hello")) is None


def test_speech_is_asked_for_with_the_chosen_voice() -> None:
    """Voice, model and language come from the settings; the voice by its ID, once that is known."""
    chosen = settings(language="de-AT")
    assert (voicing(chosen).language, voicing(chosen).base_language) == ("de-AT", "de")
    assert voicing(chosen).voice_id == chosen.voice_id
    assert voicing(chosen, voice_id="found") == dataclasses.replace(voicing(chosen), voice_id="found")


def test_attempt_ids_sort_by_time_and_differ() -> None:
    """Two in the same second are two."""
    now = datetime(2026, 11, 21, 3, 15, tzinfo=UTC)
    one, other = new_attempt_id(now), new_attempt_id(now)
    assert one != other
    assert one.startswith("20261121T031500Z-")
