"""One media stream of one call, from `start` to its end: what to send when, and what it proves.

Sans I/O. **Feed** `receive_text`, `connection_lost`; **ask** `events`, `next_text`, `next_deadline_s`;
**act** `speak`, `clear`. Time is an argument, in call seconds.
"""

from __future__ import annotations

from collections import deque

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.errors import PeerProtocolError
from cartesia_call.mediastream.events import (
    MESSAGE,
    AudioDropped,
    Ended,
    Event,
    Pressed,
    Refused,
    Started,
    Starved,
)
from cartesia_call.mediastream.messages import (
    BEGINS_MEDIA,
    Digit,
    MarkEcho,
    Media,
    Message,
    Start,
    Stop,
    clear_text,
    mark_text,
    media_text,
    parse_message,
    record,
)
from cartesia_call.mediastream.playing import CHUNK_MS, Playing, Playout
from cartesia_call.speech.utterance import Utterance

LEAD_S = 30.0
"""How far ahead of playing we send. Twilio takes ten minutes (error 31931); less keeps a hang-up quick and
memory small, and 30 s outlive any pause of a busy machine."""

TOP_UP_S = 5.0
"""The lead is filled up again when so much of it was played: each time costs a call the same, however much is
sent."""

WATCHDOG_S = 3.0  # assumes: mark-comes-promptly
"""How long after the expected end of playing a missing mark is given up."""

STARVED_S = 1.5  # assumes: audio-outruns-playing
"""So long a pause may last in the middle of a message; a longer one sounds like its end or a dead line."""

SILENT_PEER_S = 10.0  # assumes: frames-of-20-ms
"""The carrier sends the callee's audio 50 times a second, silence included. If nothing came for this long,
the connection is dead."""

EARLY_MARK_S = 0.25  # assumes: mark-means-played
"""A mark this much earlier than the audio before it can have been played proves that it was not played."""


class MediaSession:
    """The protocol state of one stream.

    `account_sid` and `call_sid` are what `start` must name; a `call_sid` of None accepts any, for the
    stream may arrive before the carrier's answer to the placing request. A peer that sends nothing for
    `silent_peer_s` is gone; a mark that is `watchdog_s` late is not waited for; a callee who hears nothing
    for `starved_s` in the middle is told of. With `record_inbound` the callee's audio is kept, aligned to the
    stream's start; with `reports_audio` it is to be taken behind each text.
    """

    def __init__(
        self,
        *,
        account_sid: str,
        call_sid: str | None,
        silent_peer_s: float = SILENT_PEER_S,
        starved_s: float = STARVED_S,
        watchdog_s: float = WATCHDOG_S,
        record_inbound: bool = False,
        reports_audio: bool = False,
    ) -> None:
        self._account_sid = account_sid
        self._call_sid = call_sid
        self._silent_peer_s = silent_peer_s
        self._starved_s = starved_s
        self._watchdog_s = watchdog_s
        self._stream_sid: str | None = None
        self._events: list[Event] = []
        self.playout = Playout()
        self._playing: Playing | None = None
        self._parts: list[Playing] = []
        self._to_send: deque[str] = deque()
        self._is_muted = False
        self.is_sending = False
        """A text that was handed out is not sent yet, and the next one is not wanted before."""
        self._is_starved = False
        self._reports_audio = reports_audio
        self._audio: bytes | None = None
        self._ended_at_s: float | None = None
        self._last_received_at_s = 0.0
        self._inbound: bytearray | None = bytearray() if record_inbound else None

    # --- feed ---

    def receive_text(self, text: str, now_s: float) -> bool:
        """One text message from the carrier. False: it tells nothing but that the peer is still there, and
        what the callee says (`take_audio`).

        That moves deadlines later and makes no new one, unless it is the first since the playing ended.
        """
        if self._ended_at_s is not None:
            return False
        is_news = self.heard(now_s)
        try:
            if self.reads_audio or not text.startswith(BEGINS_MEDIA):
                self._receive(parse_message(text), now_s)
        except PeerProtocolError as error:
            # A message we cannot read, on a stream that plays, is no reason to stop speaking.
            if self._stream_sid is None:
                self._end(now_s, Refused(error.message))
        return bool(self._events) or is_news

    def heard(self, now_s: float) -> bool:
        """Something came that is left unread. True: it is the first since the playing ended."""
        heard_from_at_s, self._last_received_at_s = self._last_received_at_s, now_s
        return heard_from_at_s < self.playout.ends_at_s <= now_s

    def take_audio(self) -> bytes | None:
        """The callee's mu-law that the last text brought, once; None: it brought none, or nobody listens."""
        audio, self._audio = self._audio, None
        return audio

    @property
    def reads_audio(self) -> bool:
        """False: nobody listens to or keeps what begins as `BEGINS_MEDIA`: it need not be read."""
        return self._reports_audio or self._inbound is not None or self._stream_sid is None

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
                    record(message, self._inbound)
                if self._reports_audio:
                    self._audio = message.audio()
            case MarkEcho(name=name):
                self._receive_mark(name, now_s)
            case Digit(digit=digit):
                self._events.append(Pressed(digit))
            case Stop():  # assumes: no-marks-after-the-end
                self._end(now_s, Ended(by_carrier=True))

    def _receive_start(self, start: Start, now_s: float) -> None:
        if self._stream_sid is not None:
            return
        if start.account_sid != self._account_sid:
            self._end(now_s, Refused("the stream belongs to another account"))
        elif self._call_sid is not None and start.call_sid != self._call_sid:
            self._end(now_s, Refused("the stream belongs to another call"))
        elif (start.encoding, start.sample_rate_hz) != ("audio/x-mulaw", 8000):
            self._end(now_s, Refused("the stream's audio is not mu-law at 8000 Hz"))
        else:
            self._stream_sid = start.stream_sid
            self._events.append(Started(start.stream_sid, start.call_sid))

    def _end(self, now_s: float, event: Event) -> None:
        self._ended_at_s = now_s
        self._events.append(event)

    def _receive_mark(self, name: str, now_s: float) -> None:
        """An echo of another part's mark, or of one that was cleared, proves nothing."""
        playing = self._playing
        if playing is None or playing.is_settled or not playing.mark_sent or name != playing.mark_name:
            return
        playing.is_settled = True
        playing.was_dropped = now_s < self.playout.ends_at_s - EARLY_MARK_S
        self._events.append(AudioDropped() if playing.was_dropped else playing.result(by_mark=True))

    # --- act ---

    def speak(self, utterance: Utterance, name: str = MESSAGE) -> None:
        """Play `utterance` from its first byte, then the silent tail and a mark.

        Only when what was played before is settled or was cleared.
        """
        if self._playing is not None and not self._playing.is_settled:
            raise ValueError("a session plays one part at a time")
        mark_name = f"{name}-end-{len(self._parts) + 1}"  # assumes: mark-returns-its-name
        self._playing = Playing(name, mark_name, utterance, self.playout)
        self._parts.append(self._playing)

    def clear(self, now_s: float) -> None:
        """Stop what is being played, and have the carrier drop what it has not played yet."""
        if self._playing is not None and not self._playing.is_settled:
            self._playing.stop(now_s)
        if self._stream_sid is not None and self.playout.queued_s(now_s) > 0:
            self.playout.clear(now_s)
            self._to_send.append(clear_text(self._stream_sid))

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
        stream_sid, playing = self._stream_sid, self._playing
        if stream_sid is None or self._ended_at_s is not None or self._is_muted:
            return None
        if self._to_send:
            return self._to_send.popleft()
        if playing is None or playing.is_settled or playing.mark_sent:
            return None
        return self._next_of(playing, stream_sid, now_s)

    def _next_of(self, playing: Playing, stream_sid: str, now_s: float) -> str | None:
        if now_s < self._next_chunk_at_s:
            return None
        payload = playing.next_payload(now_s)
        if payload:
            return media_text(stream_sid, payload)
        if not playing.utterance.has_ended:
            return None
        playing.mark_sent = True  # behind broken speech too: whether it was heard must be known
        return mark_text(stream_sid, playing.mark_name)

    def check(self, now_s: float) -> None:
        """Notice that a deadline has passed.

        The watchdog proves something only if the peer was alive when the playing ended.
        """
        if self._stream_sid is None or self._ended_at_s is not None:
            return
        playing = self._awaited_by_mark
        if playing is not None and now_s >= self.playout.ends_at_s + self._watchdog_s:
            playing.is_settled = True
            self._events.append(playing.result(by_mark=False))
        elif now_s >= self._last_received_at_s + self._silent_peer_s:
            self.connection_lost(now_s)
        elif not self._awaits_audio or now_s < self.playout.ends_at_s + self._starved_s:
            self._is_starved = False
        elif not self._is_starved:
            self._is_starved = True
            self._events.append(Starved())

    @property
    def _awaits_audio(self) -> bool:
        """Part of something was sent, and the rest does not exist yet."""
        return self.playout.sent_bytes > 0 and self.silent_since_s is not None

    @property
    def silent_since_s(self) -> float | None:
        """Since when, at the earliest, nothing is heard of what is being said, for no more of it exists yet.
        None: there is more, or nothing is being said.
        """
        playing = self._playing
        if playing is None or playing.is_settled or playing.has_more or playing.utterance.has_ended:
            return None
        return self.playout.ends_at_s

    def next_deadline_s(self) -> float | None:
        """When to `check` and to ask `next_text` again although nothing was received, or None.

        0 while there is something to send at once.
        """
        if self._stream_sid is None or self._ended_at_s is not None:
            return None
        if self._to_send and not self._is_muted:
            return 0.0
        deadline_s = self._last_received_at_s + self._silent_peer_s
        playing = self._playing
        if self._awaited_by_mark is not None:
            return min(deadline_s, self.playout.ends_at_s + self._watchdog_s)
        is_busy = self._is_muted or self.is_sending
        if playing is None or playing.is_settled or playing.mark_sent or is_busy:
            return deadline_s
        if self._awaits_audio and not self._is_starved:
            return min(deadline_s, self.playout.ends_at_s + self._starved_s)
        if playing.has_more or playing.utterance.has_ended:
            deadline_s = min(deadline_s, self.playout.ends_at_s + TOP_UP_S - LEAD_S)
        return deadline_s

    @property
    def _next_chunk_at_s(self) -> float:
        """When another chunk fits into the lead."""
        return self.playout.ends_at_s + CHUNK_MS / 1000 - LEAD_S

    @property
    def _awaited_by_mark(self) -> Playing | None:
        """The part of which all was sent, if the peer was alive when its playing ended."""
        playing = self._playing
        was_alive = self._last_received_at_s >= self.playout.ends_at_s
        is_awaited = was_alive and playing is not None and playing.mark_sent and not playing.is_settled
        return playing if is_awaited else None

    @property
    def stream_sid(self) -> str | None:
        """The stream's id, once it has started."""
        return self._stream_sid

    @property
    def inbound_audio(self) -> bytes:
        """What the callee said since the stream's start; empty unless it was asked to be recorded."""
        return bytes(self._inbound or b"")

    @property
    def last_word_at_s(self) -> float | None:
        """When the playing of the last part's last word ends, once all of that part was sent."""
        return self._parts[-1].last_word_at_s if self._parts else None

    def played_ms(self, now_s: float, name: str = MESSAGE) -> int:
        """How much of the part `name`, tail aside, was played by `now_s` or by the stream's end.

        Of a part that was begun more than once, the most.
        """
        moment_s = self._moment_s(now_s)
        heard = [part.played_bytes(moment_s) for part in self._parts if part.name == name]
        return int(duration_ms(max(heard, default=0)))

    def played_all(self, now_s: float, name: str = MESSAGE) -> bool:
        """True once every word of the part `name` was played, tail and mark aside."""
        moment_s = self._moment_s(now_s)
        return any(part.played_all(moment_s) for part in self._parts if part.name == name)

    def played_latest(self, now_s: float) -> bool:
        """True once every word of the part that was begun last was played."""
        return bool(self._parts) and self._parts[-1].played_all(self._moment_s(now_s))

    def _moment_s(self, now_s: float) -> float:
        return now_s if self._ended_at_s is None else min(now_s, self._ended_at_s)
