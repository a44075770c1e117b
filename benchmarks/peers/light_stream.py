"""The carrier's end of a media stream that costs next to nothing: prepared frames, and reckoning."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol, cast
from urllib.parse import urlsplit

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS, SILENCE_BYTE
from cartesia_simulator.carrier import wire

STREAM_SID = "MZ" + "5" * 32
"""Of every stream: their frames are the same."""

PREPARED_S = 400
GAP_S = 0.02
"""The shortest silence in the middle that counts as audible: a frame's."""

_ACCEPTED = re.compile(rb"HTTP/1\.1 101 ")


@dataclass
class Heard:
    """What became of one call, in seconds; counted where the callee is."""

    start_to_media_s: float | None = None
    first_media_at_s: float | None = None
    late_s: list[float] = field(default_factory=list)
    """Of each message with audio behind the first: by how much it came too late to be played in time."""
    echo_to_hangup_s: float | None = None
    audio_s: float = 0.0
    is_marked: bool = False
    """The mark behind the audio was echoed before the call ended."""

    @property
    def gaps(self) -> int:
        return sum(late_s >= GAP_S for late_s in self.late_s)


def sign(auth_token: str, url: str) -> str:
    """`X-Twilio-Signature` of a request without parameters in its body."""
    digest = hmac.digest(auth_token.encode(), url.encode(), "sha1")
    return base64.b64encode(digest).decode()


def masked(text: str) -> bytes:
    """One text message, as a client of websockets sends it."""
    payload, key = text.encode(), secrets.token_bytes(4)
    size = len(payload)
    head = bytes([0x81, 0x80 | size]) if size < 126 else bytes([0x81, 0xFE]) + size.to_bytes(2)
    mask = (key * (size // 4 + 1))[:size]
    return head + key + (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)


def prepared_frames() -> list[bytes]:
    """A callee who says nothing, from the stream's start on."""
    silence = bytes([SILENCE_BYTE]) * FRAME_BYTES
    return [
        masked(wire.media(n + 2, STREAM_SID, chunk=n + 1, timestamp_ms=n * FRAME_MS, audio=silence))
        for n in range(PREPARED_S * 1000 // FRAME_MS)
    ]


class Network(Protocol):
    """The carrier whose streams they are. `together` counts how often so many frames of one call were sent at
    once: above one, this process was late."""

    account_sid: str
    auth_token: str
    together: dict[int, int]

    def up(self, stream: StreamEnd) -> None: ...

    def down(self, stream: StreamEnd) -> None: ...

    def at(self, moment_s: float, do: Callable[[], None]) -> None: ...


class StreamEnd(asyncio.Protocol):
    """The carrier's end of one media stream."""

    def __init__(self, carrier: Network, call: Call, url: str) -> None:
        self.frames_sent = 0
        self.is_up = False
        self._carrier = carrier
        self._call = call
        self._url = url
        self._now_s = asyncio.get_running_loop().time
        self._received = b""
        self._ends_at_s: float | None = None
        self._started_at_s = 0.0
        self._transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        parts = urlsplit(self._url)
        key = base64.b64encode(secrets.token_bytes(16)).decode()
        lines = (
            f"GET {parts.path} HTTP/1.1",
            f"Host: {parts.netloc}",
            "Upgrade: websocket",
            "Connection: Upgrade",
            f"Sec-WebSocket-Key: {key}",
            "Sec-WebSocket-Version: 13",
            f"X-Twilio-Signature: {sign(self._carrier.auth_token, self._url)}",
        )
        self._transport.write(("\r\n".join(lines) + "\r\n\r\n").encode())

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self.is_up:
            head, found, rest = self._received.partition(b"\r\n\r\n")
            if not found:
                return
            if not _ACCEPTED.match(head):
                self._transport.abort()
                return
            self._received = rest
            self._start()
        self._read_frames()

    def connection_lost(self, exc: Exception | None) -> None:
        self.end()

    def _start(self) -> None:
        call = self._call
        self.is_up = True
        account = self._carrier.account_sid
        started = wire.start(1, STREAM_SID, account_sid=account, call_sid=call.sid, parameters={})
        self._transport.write(masked(wire.connected()) + masked(started))
        self._started_at_s = self._now_s()
        self._carrier.up(self)

    def _read_frames(self) -> None:
        received, start = self._received, 0
        while len(received) >= start + 2:
            length, begin = received[start + 1], start + 2
            if length >= 126:
                size_bytes = 2 if length == 126 else 8
                begin += size_bytes
                if len(received) < begin:
                    break
                length = int.from_bytes(received[begin - size_bytes : begin])
            if len(received) < begin + length:
                break
            self._take(received[start], received, begin, begin + length)
            start = begin + length
        self._received = received[start:]

    def _take(self, kind: int, data: bytes, begin: int, end: int) -> None:
        if kind == 0x88:
            self._transport.write(b"\x88\x80\0\0\0\0")
        if kind != 0x81:
            return
        head = data[begin : begin + 30].replace(b" ", b"")
        if head.startswith(b'{"event":"media"'):
            at = data.find(b'"payload"', begin, end)
            first, last = data.index(b'"', at + 9, end), data.rindex(b'"', at, end)
            chars = last - first - 1
            self._play((chars * 3 // 4 - data.count(b"=", last - 2, last)) / BYTES_PER_S)
        elif head.startswith(b'{"event":"mark"'):
            name = json.loads(data[begin:end])["mark"]["name"]
            self._carrier.at(max(self._ends_at_s or 0.0, self._now_s()), lambda: self._echo(name))
        elif head.startswith(b'{"event":"clear"'):
            self._ends_at_s = min(self._ends_at_s or 0.0, self._now_s())

    def _play(self, audio_s: float) -> None:
        now_s, heard = self._now_s(), self._call.heard
        if self._ends_at_s is None:
            heard.start_to_media_s = now_s - self._started_at_s
            heard.first_media_at_s = now_s
            self._ends_at_s = now_s
        else:
            heard.late_s.append(max(0.0, now_s - self._ends_at_s))
        heard.audio_s += audio_s
        self._ends_at_s = max(self._ends_at_s, now_s) + audio_s

    def _echo(self, name: str) -> None:
        if self.is_up:
            self._call.heard.is_marked = True
            self._call.echoed_at_s = self._now_s()
            self._transport.write(masked(wire.mark(self.frames_sent + 2, STREAM_SID, name=name)))

    def send_until(self, frames: list[bytes], count: int) -> None:
        """All frames before the `count`th that are not sent yet."""
        due = frames[self.frames_sent : count]
        self.frames_sent = count
        self._carrier.together[len(due)] = self._carrier.together.get(len(due), 0) + 1
        self._transport.write(due[0] if len(due) == 1 else b"".join(due))

    @property
    def frames_due(self) -> int:
        return int((self._now_s() - self._started_at_s) * 1000 / FRAME_MS)

    def end(self) -> None:
        """The call is over, or the connection."""
        if not self.is_up:
            return
        self.is_up = False
        account = self._carrier.account_sid
        farewell = wire.stop(self.frames_sent + 2, STREAM_SID, account_sid=account, call_sid=self._call.sid)
        self._transport.write(masked(farewell) + b"\x88\x82\0\0\0\0\x03\xe8")
        asyncio.get_running_loop().call_later(0.5, self._transport.abort)
        self._carrier.down(self)


@dataclass
class Call:
    sid: str
    form: Mapping[str, str]
    placed_at_s: float
    status: str = "queued"
    told: int = 0
    heard: Heard = field(default_factory=Heard)
    stream: StreamEnd | None = None
    echoed_at_s: float | None = None
    ended_at_s: float | None = None


def accept_value(key: str) -> str:
    """The answer to a `Sec-WebSocket-Key` (RFC 6455, section 4.2.2)."""
    guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    return base64.b64encode(hashlib.sha1((key + guid).encode()).digest()).decode()
