"""Twilio Media Streams on the wire, as in twilio.com/docs/voice/media-streams/websocket-messages.

Only what an outbound call uses. Unknown events and fields are ignored on the way in; on the way out exactly
the documented keys are sent, for an extra one makes Twilio drop the message (warning 31951).
"""

from __future__ import annotations

import binascii
import json
import re
from typing import Any

from cartesia_call.audio.mulaw import BYTES_PER_MS, silence
from cartesia_call.errors import PeerProtocolError
from cartesia_call.records import dataclass

BEGINS_MEDIA = '{"event":"media",'
"""How the carrier writes a frame of the callee's audio; written otherwise it is read like the rest."""

_USUAL_MEDIA = re.compile(
    r'\{"event":"media","sequenceNumber":"[0-9]{1,15}","media":\{"track":"inbound","chunk":"[0-9]{1,15}",'
    r'"timestamp":"([0-9]{1,15})","payload":"([A-Za-z0-9+/]*={0,2})"\},"streamSid":"[0-9A-Za-z]{1,64}"\}'
)
"""Such a frame to the letter as it is documented: fifty times a second, reading JSON is several times as
dear."""

MAX_SILENT_GAP_MS = 60_000
"""A jump of the callee's time stamps beyond this is nonsense and not recorded."""

_SID = re.compile(r"[0-9A-Za-z]{1,64}")
"""Two letters and 32 hexadecimal digits, as documented; no more is asked than that one can be shown."""

_KEYS = frozenset("0123456789*#ABCD")


@dataclass(frozen=True)
class Start:
    """The stream is open. `encoding` and `sample_rate_hz` are always audio/x-mulaw and 8000 today."""

    account_sid: str
    call_sid: str
    stream_sid: str
    encoding: str
    sample_rate_hz: int


@dataclass(frozen=True)
class Media:
    """Audio from the callee, `timestamp_ms` after the stream's start; base64 as it came."""

    timestamp_ms: int
    payload: str

    def audio(self) -> bytes:
        """The mu-law bytes; PeerProtocolError if the payload is not base64."""
        try:
            return binascii.a2b_base64(self.payload, strict_mode=True)
        except ValueError:
            raise PeerProtocolError("a media message's payload is not base64") from None


@dataclass(frozen=True)
class Digit:
    """A key that the callee pressed: 0-9, *, #, A-D."""

    digit: str


@dataclass(frozen=True)
class MarkEcho:
    """Playback passed our mark of this name, or the queue was cleared, or nothing was queued."""

    name: str


@dataclass(frozen=True)
class Stop:
    """The stream ended because the call did."""


@dataclass(frozen=True)
class Ignored:
    """`connected` and whatever the protocol may add."""

    event: str


Message = Start | Media | Digit | MarkEcho | Stop | Ignored


def parse_message(text: str) -> Message:  # assumes: stream-fields
    """One text from the carrier; PeerProtocolError if it is not a message of the protocol."""
    usual = _USUAL_MEDIA.fullmatch(text)
    return Media(int(usual[1]), usual[2]) if usual is not None else _parse_json(text)


def _parse_json(text: str) -> Message:
    try:
        fields: Any = json.loads(text)  # assumes: order-means-nothing
        event = _text(fields["event"])
        match event:
            case "media":
                media = fields["media"]
                return Media(int(media.get("timestamp", 0)), _text(media["payload"]))
            case "mark":
                return MarkEcho(_text(fields["mark"]["name"]))
            case "dtmf":
                return Digit(_key(fields["dtmf"]["digit"]))
            case "start":
                return _parse_start(fields["start"])
            case "stop":
                return Stop()  # assumes: stop-names-the-call
    except (ValueError, OverflowError, KeyError, TypeError, AttributeError, RecursionError):
        raise PeerProtocolError("the peer sent a message that Media Streams does not define") from None
    return Ignored(event)  # assumes: unknown-fields-come


def _parse_start(start: Any) -> Start:
    return Start(
        account_sid=_sid(start["accountSid"]),
        call_sid=_sid(start["callSid"]),
        stream_sid=_sid(start["streamSid"]),
        encoding=_text(start["mediaFormat"]["encoding"]),
        sample_rate_hz=int(start["mediaFormat"]["sampleRate"]),
    )


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("expected a string")
    return value


def _sid(value: Any) -> str:
    if not _SID.fullmatch(_text(value)):
        raise ValueError("expected a SID")
    return str(value)


def _key(value: Any) -> str:
    if _text(value) not in _KEYS:
        raise ValueError("expected a key of a telephone")
    return str(value)


def media_text(stream_sid: str, payload: str) -> str:
    """`payload` (mu-law of any size, base64) to be played after everything sent before."""
    return f'{{"event":"media","streamSid":{json.dumps(stream_sid)},"media":{{"payload":"{payload}"}}}}'


def mark_text(stream_sid: str, name: str) -> str:
    """A mark to be echoed when everything sent before it has been played."""
    return json.dumps({"event": "mark", "streamSid": stream_sid, "mark": {"name": name}})


def clear_text(stream_sid: str) -> str:
    """Drop everything that was sent and not played yet; outstanding marks are echoed at once."""
    return json.dumps({"event": "clear", "streamSid": stream_sid})


def record(media: Media, recording: bytearray) -> None:
    """Lay `media` into `recording` at its time stamp, silence where nothing came."""
    audio = media.audio()
    gap_ms = media.timestamp_ms - len(recording) // BYTES_PER_MS
    if media.timestamp_ms < 0 or gap_ms > MAX_SILENT_GAP_MS:
        return
    if gap_ms > 0:
        recording += silence(gap_ms)
    offset = media.timestamp_ms * BYTES_PER_MS
    recording[offset : offset + len(audio)] = audio
