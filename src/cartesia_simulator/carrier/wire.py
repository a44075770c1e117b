"""Media Streams messages from the carrier's side (twilio.com/docs/voice/media-streams/websocket-messages).

Written apart from the product's own reading of the protocol, so that a field that one of them gets wrong
does not fit on the other side.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass


class InvalidMessage(Exception):
    """A message that Twilio would ignore with warning 31951; the text says why."""


@dataclass(frozen=True)
class Media:
    """Audio to play, raw mu-law."""

    audio: bytes


@dataclass(frozen=True)
class Mark:
    """A wish to hear when the audio before it has been played."""

    name: str


@dataclass(frozen=True)
class Clear:
    """Drop what is still to be played."""


def read_message(text: str, stream_sid: str) -> Media | Mark | Clear:
    """What the other side sent. Exactly the documented fields are allowed, of the documented types."""
    try:
        message = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidMessage("not JSON") from None
    if not isinstance(message, dict):
        raise InvalidMessage("not a JSON object")
    event = message.get("event")
    match event:
        case "media":
            _require_fields(message, {"event", "streamSid", "media"}, "the message")
        case "mark":
            _require_fields(message, {"event", "streamSid", "mark"}, "the message")
        case "clear":
            _require_fields(message, {"event", "streamSid"}, "the message")
        case str():
            raise InvalidMessage(f"unknown event {event!r}")
        case _:
            raise InvalidMessage("event is not a string")
    if message["streamSid"] != stream_sid:
        raise InvalidMessage("streamSid is not this stream's")
    if event == "media":
        return Media(_decoded(_only_text(message["media"], "media", "payload")))
    if event == "mark":
        return Mark(_only_text(message["mark"], "mark", "name"))
    return Clear()


def connected() -> str:
    return '{"event":"connected","protocol":"Call","version":"1.0.0"}'


def start(
    sequence: int, stream_sid: str, *, account_sid: str, call_sid: str, parameters: Mapping[str, str]
) -> str:
    return _text(
        {
            "event": "start",
            "sequenceNumber": str(sequence),
            "start": {
                "accountSid": account_sid,
                "streamSid": stream_sid,
                "callSid": call_sid,
                "tracks": ["inbound"],
                "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
                "customParameters": dict(parameters),
            },
            "streamSid": stream_sid,
        }
    )


def media(sequence: int, stream_sid: str, *, chunk: int, timestamp_ms: int, audio: bytes) -> str:
    # Put together by hand: at a time scale of 50 there are 2500 of these a second.
    payload = base64.b64encode(audio).decode("ascii")
    return (
        f'{{"event":"media","sequenceNumber":"{sequence}","media":{{"track":"inbound","chunk":"{chunk}",'
        f'"timestamp":"{timestamp_ms}","payload":"{payload}"}},"streamSid":"{stream_sid}"}}'
    )


def dtmf(sequence: int, stream_sid: str, *, digit: str) -> str:
    return _text(
        {
            "event": "dtmf",
            "streamSid": stream_sid,
            "sequenceNumber": str(sequence),
            "dtmf": {"track": "inbound_track", "digit": digit},
        }
    )


def mark(sequence: int, stream_sid: str, *, name: str) -> str:
    return _text(
        {"event": "mark", "sequenceNumber": str(sequence), "streamSid": stream_sid, "mark": {"name": name}}
    )


def stop(sequence: int, stream_sid: str, *, account_sid: str, call_sid: str) -> str:
    return _text(
        {
            "event": "stop",
            "sequenceNumber": str(sequence),
            "stop": {"accountSid": account_sid, "callSid": call_sid},
            "streamSid": stream_sid,
        }
    )


def _text(message: Mapping[str, object]) -> str:
    return json.dumps(message, separators=(",", ":"))


def _require_fields(found: Mapping[str, object], wanted: set[str], where: str) -> None:
    if found.keys() != wanted:
        differing = ", ".join(sorted(found.keys() ^ wanted))
        raise InvalidMessage(f"missing or unexpected fields in {where}: {differing}")


def _only_text(inner: object, name: str, field: str) -> str:
    if not isinstance(inner, dict):
        raise InvalidMessage(f"{name} is not an object")
    _require_fields(inner, {field}, name)
    value = inner[field]
    if not isinstance(value, str):
        raise InvalidMessage(f"{name}.{field} is not a string")
    return value


def _decoded(payload: str) -> bytes:
    try:
        return base64.b64decode(payload, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidMessage("media.payload is not base64") from None
