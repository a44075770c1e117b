"""Twilio's wire shapes, in and out."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cartesia_call.errors import PeerProtocolError
from cartesia_call.mediastream.messages import (
    Digit,
    Ignored,
    MarkEcho,
    Media,
    Start,
    Stop,
    mark_text,
    media_text,
    parse_message,
)

START = {
    "event": "start",
    "sequenceNumber": "1",
    "start": {
        "accountSid": "AC1",
        "streamSid": "MZ1",
        "callSid": "CA1",
        "tracks": ["inbound"],
        "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
        "customParameters": {},
    },
    "streamSid": "MZ1",
}


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"event": "connected", "protocol": "Call", "version": "1.0.0"}, Ignored("connected")),
        (START, Start("AC1", "CA1", "MZ1", "audio/x-mulaw", 8000)),
        ({"event": "media", "media": {"timestamp": "5", "payload": "//8="}}, Media(5, "//8=")),
        ({"event": "media", "media": {"timestamp": 5, "payload": "//8="}}, Media(5, "//8=")),
        ({"event": "dtmf", "dtmf": {"track": "inbound_track", "digit": "#"}}, Digit("#")),
        ({"event": "mark", "mark": {"name": "end"}}, MarkEcho("end")),
        ({"event": "stop", "stop": {}}, Stop()),
        ({"event": "something-new", "field": 1}, Ignored("something-new")),
    ],
)
def test_documented_messages_are_understood(fields: dict[str, object], message: object) -> None:
    """Each documented event becomes its message; a number may come as text; new events are ignored."""
    assert parse_message(json.dumps(fields)) == message


AS_DOCUMENTED = (
    '{"event":"media","sequenceNumber":"4","media":{"track":"inbound","chunk":"2","timestamp":"5",'
    '"payload":"//8="},"streamSid":"MZ1"}'
)


@given(st.integers(0, len(AS_DOCUMENTED)), st.integers(0, 3), st.text('0"\\\\,:{}a=\u0660', max_size=3))
def test_a_frame_is_read_the_same_however_it_is_written(at: int, without: int, other: str) -> None:
    """To the letter as it is documented it takes a short cut, which leads to the same."""
    text = AS_DOCUMENTED[:at] + other + AS_DOCUMENTED[at + without :]
    read: list[object] = []
    for spelling in (text, " " + text):  # which no short cut takes
        try:
            read.append(parse_message(spelling))
        except PeerProtocolError:
            read.append(None)
    assert read[0] == read[1]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '"media"',
        "{}",
        '{"event":"media"}',
        '{"event":"media","media":{"payload":1}}',
        '{"event":"start","start":{}}',
        '{"event":"mark","mark":{"name":null}}',
        "[" * 100_000,
        '{"event":' + "[" * 990 + "]" * 990 + "}",
        '{"event":7}',
        '{"event":"media","media":{"timestamp":1e999,"payload":""}}',
        '{"event":"media","media":{"timestamp":NaN,"payload":""}}',
        '{"event":"dtmf","dtmf":{"digit":"12"}}',
        '{"event":"dtmf","dtmf":{"digit":"\\u001b"}}',
        json.dumps(START).replace("8000", "-Infinity"),
        json.dumps(START).replace("CA1", "CA1/../../Messages"),
        json.dumps(START).replace("MZ1", "\\ud800"),
        json.dumps(START).replace("AC1", "x" * 65),
    ],
)
def test_what_is_not_of_the_protocol_is_one_error(text: str) -> None:
    """Whatever a peer sends, the parser answers with PeerProtocolError and nothing else."""
    with pytest.raises(PeerProtocolError):
        parse_message(text)


@given(
    st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=20) | st.text()
)
def test_no_json_and_no_text_escapes_the_parser(value: object) -> None:
    """Any JSON value, bare or under a known event, is understood or refused."""
    events = ("media", "start", "mark", "dtmf", "stop")
    for candidate in (value, *({"event": event, event: value} for event in events)):
        try:
            parse_message(json.dumps(candidate))
        except PeerProtocolError:
            continue


def test_a_payload_that_is_not_base64_is_the_peers_fault() -> None:
    """Decoding is asked for later, and fails as the parser does."""
    with pytest.raises(PeerProtocolError):
        Media(0, "no base64!").audio()


def test_what_is_sent_has_exactly_the_documented_keys() -> None:
    """An extra key makes Twilio drop a message (31951)."""
    media = json.loads(media_text("MZ1", base64.b64encode(b"\x00\xff\x7f").decode()))
    assert media == {
        "event": "media",
        "streamSid": "MZ1",
        "media": {"payload": base64.b64encode(b"\x00\xff\x7f").decode()},
    }
    mark = json.loads(mark_text("MZ1", "end"))
    assert mark == {"event": "mark", "streamSid": "MZ1", "mark": {"name": "end"}}


def test_a_stream_sid_cannot_break_out_of_its_string() -> None:
    """The stream SID is the peer's; it is escaped like any text."""
    sid = 'MZ"},"x":{"'
    assert json.loads(media_text(sid, ""))["streamSid"] == sid
