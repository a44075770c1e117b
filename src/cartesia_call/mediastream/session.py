"""One media stream of one call, from `start` to its end: what to send when, and what it proves.

Sans I/O. **Feed** `receive_text`, `connection_lost`; **ask** `events`, `next_text`, `next_deadline_s`;
**act** `speak`. Time is an argument, in call seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_call.audio.mulaw import BYTES_PER_MS, duration_ms, silence
from cartesia_call.errors import PeerProtocolError
from cartesia_call.mediastream.messages import (
    Digit,
    MarkEcho,
    Media,
    Message,
    Start,
    Stop,
    mark_text,
    media_text,
    parse_message,
)
from cartesia_call.mediastream.playout import Playout
from cartesia_call.speech.utterance import Utterance

LEAD_S = 30.0
"""How far ahead of playing we send. Twilio takes ten minutes (error 31931); less keeps a hang-up quick and
memory small, and 30 s outlive any pause of a busy machine."""

CHUNK_MS = 200
"""Audio in one media message. Twilio takes any size; 200 ms is ten frames, about 2.2 kB of JSON."""

TAIL_MS = 400
"""Silence behind the last word, so that what the last hop may swallow after the mark is silence."""

WATCHDOG_S = 3.0
"""How long after the expected end of playing a missing mark is given up."""

SILENT_PEER_S = 10.0
"""The carrier sends the callee's audio 50 times a second, silence included. If nothing came for this long,
the connection is dead."""

EARLY_MARK_S = 0.25
"""A mark this much earlier than the audio before it can have been played proves that it was not played."""

MARK_NAME = "message-end-1"
"""The one mark, behind the tail. The number is the generation: an echo of another one proves nothing."""

MAX_SILENT_GAP_MS = 60_000
"""A jump of the callee's time stamps beyond this is nonsense and not recorded."""


@dataclass(frozen=True)
class Started:
    """The stream is open and belongs to this call."""

    stream_sid: str
    call_sid: str


@dataclass(frozen=True)
class Refused:
    """The stream or its peer is not what this call expects; close it."""

    reason: str


@dataclass(frozen=True)
class Played:
    """The whole message was played. `by_mark`: its mark says so; else the time for it is over."""

    by_mark: bool


@dataclass(frozen=True)
class AudioDropped:
    """The mark came back before the audio can have been played: the carrier dropped it."""


@dataclass(frozen=True)
class SpeechBroke:
    """All audio that exists was sent, and the rest of the message will never come."""


@dataclass(frozen=True)
class Pressed:
    """The callee pressed a key."""

    digit: str


@dataclass(frozen=True)
class Ended:
    """No more can be played: `by_carrier` says that `stop` came, else the connection was lost."""

    by_carrier: bool


Event = Started | Refused | Played | AudioDropped | SpeechBroke | Pressed | Ended


class MediaSession:
    """The protocol state of one stream.

    `account_sid` and `call_sid` are what `start` must name; a `call_sid` of None accepts any, for the
    stream may arrive before the carrier's answer to the placing request. A peer that sends nothing for
    `silent_peer_s` is gone. With `record_inbound` the callee's audio is kept, aligned to the stream's start.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        call_sid: str | None,
        silent_peer_s: float = SILENT_PEER_S,
        record_inbound: bool = False,
    ) -> None:
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._silent_peer_s = silent_peer_s
        self._stream_sid: str | None = None
        self._events: list[Event] = []
        self._playout = Playout()
        self._utterance: Utterance | None = None
        self._position_bytes = 0
        self._tail_sent = False
        self._mark_sent = False
        self._settled = False
        self._was_dropped = False
        self._is_muted = False
        self._ended_at_s: float | None = None
        self._last_received_at_s = 0.0
        self._inbound: bytearray | None = bytearray() if record_inbound else None

    # --- feed ---

    def receive_text(self, text: str, now_s: float) -> None:
        """One text message from the carrier."""
        if self._ended_at_s is not None:
            return
        self._last_received_at_s = now_s
        try:
            self._receive(parse_message(text), now_s)
        except PeerProtocolError as error:
            # A message we cannot read, on a stream that plays, is no reason to stop speaking.
            if self._stream_sid is None:
                self._end(now_s, Refused(error.message))

    def connection_lost(self, now_s: float) -> None:
        """The websocket is gone without a `stop`, whoever closed it, since `now_s` at the latest.

        It may have been dead for longer: what was played after the last message is not known.
        """
        if self._ended_at_s is None:
            self._end(min(now_s, self._last_received_at_s), Ended(by_carrier=False))

    def _receive(self, message: Message, now_s: float) -> None:
        match message:
            case Start():
                self._receive_start(message, now_s)
            case Media():
                if self._inbound is not None:
                    _record(message, self._inbound)
            case MarkEcho(name=name):
                if self._mark_sent and name == MARK_NAME and not self._settled:
                    self._settled = True
                    self._was_dropped = now_s < self._playout.ends_at_s - EARLY_MARK_S
                    self._events.append(AudioDropped() if self._was_dropped else Played(by_mark=True))
            case Digit(digit=digit):
                self._events.append(Pressed(digit))
            case Stop():
                self._end(now_s, Ended(by_carrier=True))

    def _receive_start(self, start: Start, now_s: float) -> None:
        if self._stream_sid is not None:
            return
        if start.account_sid != self._account_sid:
            self._end(now_s, Refused("the stream belongs to another account"))
        elif self._call_sid is not None and start.call_sid != self._call_sid:
            self._end(now_s, Refused("the stream belongs to another call"))
        elif (start.encoding, start.sample_rate_hz) != ("audio/x-mulaw", 8000):
            self._end(now_s, Refused(f"the stream wants {start.encoding} at {start.sample_rate_hz} Hz"))
        else:
            self._stream_sid = start.stream_sid
            self._events.append(Started(start.stream_sid, start.call_sid))

    def _end(self, now_s: float, event: Event) -> None:
        self._ended_at_s = now_s
        self._events.append(event)

    # --- act ---

    def speak(self, utterance: Utterance) -> None:
        """Play `utterance` from its first byte, then the silent tail and a mark. Once per session."""
        if self._utterance is not None:
            raise ValueError("a session speaks one utterance")
        self._utterance = utterance

    def mute(self) -> None:
        """Send nothing more; what was sent plays on."""
        self._is_muted = True

    # --- ask ---

    def events(self) -> list[Event]:
        """What happened since the last time somebody asked."""
        events, self._events = self._events, []
        return events

    def next_text(self, now_s: float) -> str | None:
        """The next message to send now, or None. Ask again until None; each call hands over one message."""
        stream_sid, utterance = self._stream_sid, self._utterance
        if stream_sid is None or utterance is None or self._mark_sent or self._ended_at_s is not None:
            return None
        if self._is_muted:
            return None
        if self._playout.queued_s(now_s) + CHUNK_MS / 1000 > LEAD_S:
            return None
        chunk = utterance.read(self._position_bytes, CHUNK_MS * BYTES_PER_MS)
        self._position_bytes += len(chunk)
        if not chunk and utterance.is_complete:
            if self._tail_sent:
                self._mark_sent = True
                return mark_text(stream_sid, MARK_NAME)
            self._tail_sent = True
            chunk = silence(TAIL_MS)
        elif not chunk and utterance.error is not None and not self._settled:
            self._settled = True
            self._events.append(SpeechBroke())
        if not chunk:
            return None
        self._playout.sent(len(chunk), now_s)
        return media_text(stream_sid, chunk)

    def check(self, now_s: float) -> None:
        """Notice that a deadline has passed.

        The watchdog proves something only if the peer was alive when the playing ended.
        """
        if self._stream_sid is None or self._ended_at_s is not None:
            return
        if self._awaits_only_mark and now_s >= self._playout.ends_at_s + WATCHDOG_S:
            self._settled = True
            self._events.append(Played(by_mark=False))
        elif now_s >= self._last_received_at_s + self._silent_peer_s:
            self.connection_lost(now_s)

    def next_deadline_s(self) -> float | None:
        """When to `check` and to ask `next_text` again although nothing was received, or None."""
        if self._stream_sid is None or self._ended_at_s is not None:
            return None
        deadline_s = self._last_received_at_s + self._silent_peer_s
        utterance = self._utterance
        if self._awaits_only_mark:
            deadline_s = min(deadline_s, self._playout.ends_at_s + WATCHDOG_S)
        elif utterance is not None and not self._mark_sent and not self._is_muted:
            waits = utterance.length_bytes > self._position_bytes
            if waits or (utterance.has_ended and not self._settled):
                deadline_s = min(deadline_s, self._playout.ends_at_s + CHUNK_MS / 1000 - LEAD_S)
        return deadline_s

    @property
    def _awaits_only_mark(self) -> bool:
        """All was sent, and the peer was alive when its playing ended."""
        was_alive = self._last_received_at_s >= self._playout.ends_at_s
        return was_alive and self._mark_sent and not self._settled

    @property
    def stream_sid(self) -> str | None:
        """The stream's id, once it has started."""
        return self._stream_sid

    @property
    def inbound_audio(self) -> bytes:
        """What the callee said since the stream's start; empty unless it was asked to be recorded."""
        return bytes(self._inbound or b"")

    def queued_s(self, now_s: float) -> float:
        """Seconds of audio that are sent and not yet played."""
        return self._playout.queued_s(now_s)

    @property
    def last_word_at_s(self) -> float | None:
        """When the last word's playing ends, once all of the message was sent."""
        tail_s = TAIL_MS / 1000
        return self._playout.ends_at_s - tail_s if self._tail_sent else None

    def heard_ms(self, now_s: float) -> int:
        """How much of the message, without its tail, was played by `now_s` or by the stream's end."""
        if self._was_dropped:
            return 0
        moment_s = now_s if self._ended_at_s is None else min(now_s, self._ended_at_s)
        return int(duration_ms(min(self._position_bytes, self._playout.played_bytes(moment_s))))

    def heard_all(self, now_s: float) -> bool:
        """True once every word was played, tail and mark aside."""
        if self._utterance is None or not self._utterance.is_complete:
            return False
        return self.heard_ms(now_s) >= int(duration_ms(self._utterance.length_bytes))


def _record(media: Media, recording: bytearray) -> None:
    """Lay `media` into `recording` at its time stamp, silence where nothing came."""
    audio = media.audio()
    gap_ms = media.timestamp_ms - len(recording) // BYTES_PER_MS
    if media.timestamp_ms < 0 or gap_ms > MAX_SILENT_GAP_MS:
        return
    if gap_ms > 0:
        recording += silence(gap_ms)
    offset = media.timestamp_ms * BYTES_PER_MS
    recording[offset : offset + len(audio)] = audio
