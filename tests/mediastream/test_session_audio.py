"""What the callee says is taken behind the text that brought it, once, however that is written."""

from __future__ import annotations

import base64
import json

import pytest

from cartesia_call.mediastream.session import MediaSession
from cartesia_simulator.carrier import wire
from tests.mediastream.test_session import start_text

AUDIO = bytes(range(160))
USUAL = wire.media(2, "MZ1", chunk=1, timestamp_ms=0, audio=AUDIO)
OTHERWISE = json.dumps({"media": {"payload": base64.b64encode(AUDIO).decode()}, "event": "media"}, indent=1)
BROKEN = USUAL.replace(base64.b64encode(AUDIO).decode(), "abc")


def session_of(*, listens: bool, records: bool = False) -> MediaSession:
    session = MediaSession(account_sid="AC1", call_sid="CA1", reports_audio=listens, record_inbound=records)
    session.receive_text(start_text(), 0.0)
    session.events()
    return session


@pytest.mark.parametrize("records", [False, True])
@pytest.mark.parametrize("text", [USUAL, OTHERWISE])
def test_audio_is_taken_once_and_is_no_event(text: str, records: bool) -> None:
    session = session_of(listens=True, records=records)
    assert not session.receive_text(text, 0.1)
    assert (session.take_audio(), session.take_audio()) == (AUDIO, None)
    assert session.events() == []
    assert session.inbound_audio == (AUDIO if records else b"")


@pytest.mark.parametrize("text", [BROKEN, wire.mark(3, "MZ1", name="other")])
def test_what_brings_no_audio_leaves_none(text: str) -> None:
    session = session_of(listens=True)
    session.receive_text(text, 0.1)
    assert session.take_audio() is None
    assert session.events() == []


def test_who_does_not_listen_takes_none() -> None:
    session = session_of(listens=False)
    session.receive_text(USUAL, 0.1)
    assert session.take_audio() is None
