"""Media Streams messages from the carrier's side."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cartesia_simulator.carrier import wire

SID = "MZ" + "1" * 32
MEDIA: dict[str, Any] = {"event": "media", "streamSid": SID, "media": {"payload": "AQID"}}
MARK: dict[str, Any] = {"event": "mark", "streamSid": SID, "mark": {"name": "end"}}
CLEAR: dict[str, Any] = {"event": "clear", "streamSid": SID}


def test_the_three_documented_messages_are_read() -> None:
    """Exactly as documented, in any order of keys."""
    assert wire.read_message(json.dumps(MEDIA), SID) == wire.Media(b"\x01\x02\x03")
    assert wire.read_message(json.dumps(MARK), SID) == wire.Mark("end")
    assert wire.read_message(json.dumps(CLEAR), SID) == wire.Clear()


@pytest.mark.parametrize(
    "wrong",
    [
        {**MEDIA, "sequenceNumber": "1"},
        {**MEDIA, "media": {"payload": "AQID", "track": "outbound"}},
        {**MEDIA, "media": {}},
        {**MEDIA, "media": {"payload": "not base64!"}},
        {**MEDIA, "media": {"payload": "AQI"}},
        {**MEDIA, "media": {"payload": [1, 2]}},
        {**MEDIA, "media": "AQID"},
        {**MEDIA, "streamSid": "MZ" + "2" * 32},
        {**MARK, "mark": {"name": 1}},
        {**MARK, "mark": {"name": "end", "id": "1"}},
        {**CLEAR, "clear": {}},
        {"event": "clear"},
        {"event": "dtmf", "streamSid": SID, "dtmf": {"digit": "1"}},
        {"streamSid": SID},
        [CLEAR],
        "clear",
        None,
    ],
)
def test_anything_else_is_invalid(wrong: object) -> None:
    """Missing and extra fields, wrong types, another stream, unknown events."""
    with pytest.raises(wire.InvalidMessage):
        wire.read_message(json.dumps(wrong), SID)


@pytest.mark.parametrize("text", ["", "{", "media", "[" * 5_000])
def test_what_is_not_json_is_invalid(text: str) -> None:
    """And never raises anything else."""
    with pytest.raises(wire.InvalidMessage):
        wire.read_message(text, SID)


def test_messages_to_the_customer_have_the_documented_shape() -> None:
    """Numbers outside mediaFormat are strings; the track of a key differs from that of audio."""
    assert json.loads(wire.connected()) == {"event": "connected", "protocol": "Call", "version": "1.0.0"}
    start = json.loads(wire.start(1, SID, account_sid="AC1", call_sid="CA1", parameters={"t": "x"}))
    assert start == {
        "event": "start",
        "sequenceNumber": "1",
        "streamSid": SID,
        "start": {
            "accountSid": "AC1",
            "callSid": "CA1",
            "streamSid": SID,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": {"t": "x"},
        },
    }
    assert json.loads(wire.media(4, SID, chunk=2, timestamp_ms=20, audio=b"\x01\x02\x03")) == {
        "event": "media",
        "sequenceNumber": "4",
        "media": {"track": "inbound", "chunk": "2", "timestamp": "20", "payload": "AQID"},
        "streamSid": SID,
    }
    assert json.loads(wire.dtmf(5, SID, digit="#")) == {
        "event": "dtmf",
        "streamSid": SID,
        "sequenceNumber": "5",
        "dtmf": {"track": "inbound_track", "digit": "#"},
    }
    assert json.loads(wire.mark(6, SID, name='a"b')) == {
        "event": "mark",
        "sequenceNumber": "6",
        "streamSid": SID,
        "mark": {"name": 'a"b'},
    }
    assert json.loads(wire.stop(7, SID, account_sid="AC1", call_sid="CA1")) == {
        "event": "stop",
        "sequenceNumber": "7",
        "stop": {"accountSid": "AC1", "callSid": "CA1"},
        "streamSid": SID,
    }
