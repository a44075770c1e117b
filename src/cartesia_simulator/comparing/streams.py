"""A media stream, message by message: what was sent is played in the mind, as the carrier does it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cartesia_call.audio.mulaw import BYTES_PER_S, FRAME_BYTES, FRAME_MS
from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.findings import Finding, confirms, differs, refutes

EARLY_MS = 250.0
"""Earlier than that the program takes a mark's echo for a sign of dropped audio."""

TOLERANCE_MS = 500.0
"""Between the end of the audio and the echo: what networks and buffers may take."""

_EXACT_MS = 50.0
"""Earlier no echo can come, but for rounding: audio arrives later than it is sent."""

LOST_MS = 3_000.0
PINGED_MS = 25_000.0
_START_WITHIN_MS = 1_000.0
_RATE_TOLERANCE = 0.2
_RATE_FROM_MS = 2_000.0


def stream_findings(trace: Trace, *, tolerance_ms: float = TOLERANCE_MS) -> Iterator[Finding]:
    """About every media stream of the trace."""
    kinds = [record for record in trace.records if record.kind == "handshake"]
    shakes = [record for record in kinds if record.facts.get("door") == "media"]
    for records in _by_link(trace):
        before = [shake for shake in shakes if shake.at_ms <= records[0].at_ms]
        stream = _Stream(tolerance_ms=tolerance_ms, handshake=before[-1] if before else None)
        yield from stream.play(records)


def mark_delays_ms(trace: Trace) -> tuple[float | None, ...]:
    """Of each mark that we sent: how long behind the end of its audio the echo came; None: never."""
    found: list[float | None] = []
    for records in _by_link(trace):
        stream = _Stream(tolerance_ms=TOLERANCE_MS, handshake=None)
        sent: list[_Sent] = []
        echoed: dict[int, float] = {}
        for record in records:
            if record.kind != "text":
                continue
            if record.sent:
                before = len(stream.marks)
                stream.send(record)
                if len(stream.marks) > before:
                    sent.append(stream.marks[_name(record)])
            elif record.event == "mark" and (mark := stream.marks.pop(_name(record), None)) is not None:
                echoed[id(mark)] = record.at_ms - mark.due_ms
        found += [echoed.get(id(mark)) for mark in sent]
    return tuple(found)


def _by_link(trace: Trace) -> list[list[Record]]:
    found: dict[int, list[Record]] = {}
    for record in trace.of("twilio", "text", "close"):
        found.setdefault(record.link, []).append(record)
    return list(found.values())


@dataclass
class _Sent:
    """A mark of ours and when the audio before it ends, in the trace's milliseconds."""

    record: Record
    due_ms: float


@dataclass
class _Stream:
    tolerance_ms: float
    handshake: Record | None
    ends_ms: float = 0.0
    echoed_of_ms: float = 0.0
    marks: dict[str, _Sent] = field(default_factory=dict)
    frames: list[Record] = field(default_factory=list)
    received: list[Record] = field(default_factory=list)

    def play(self, records: list[Record]) -> Iterator[Finding]:
        stop: Record | None = None
        close: Record | None = None
        for record in records:
            if record.kind == "close":
                close = record
            elif record.sent:
                self.send(record)
            else:
                self.received.append(record)
                if record.event == "mark":
                    yield from self._echo(record, stopped=stop is not None)
                elif record.event == "media":
                    self.frames.append(record)
                elif record.event == "stop":
                    stop = record
        yield from self._first_messages()
        yield from self._names(stop)
        yield from self._frames()
        yield from self._end(records[-1], stop, close)

    # --- what we send

    def send(self, record: Record) -> None:
        if record.event == "media":
            length_ms = _audio_bytes(record) / BYTES_PER_S * 1000
            self.ends_ms = max(self.ends_ms, record.at_ms) + length_ms
        elif record.event == "mark":
            self.marks[_name(record)] = _Sent(record, max(self.ends_ms, record.at_ms))
        elif record.event == "clear":
            self.ends_ms = record.at_ms
            for mark in self.marks.values():
                mark.due_ms = min(mark.due_ms, record.at_ms)

    def _echo(self, record: Record, *, stopped: bool) -> Iterator[Finding]:
        sent = self.marks.pop(_name(record), None)
        if stopped:
            yield refutes("no-marks-after-the-end", "a mark is echoed behind `stop`", record)
        if sent is None:
            yield refutes(
                "mark-returns-its-name", "an echo has the name of no mark that is outstanding", record
            )
            return
        if sent.record.at_ms < self.echoed_of_ms:
            yield refutes("mark-returns-its-name", "an echo comes behind that of a later mark", record)
        else:
            yield confirms("mark-returns-its-name", "an echo has the name of the mark", record)
        self.echoed_of_ms = max(self.echoed_of_ms, sent.record.at_ms)
        late_ms = record.at_ms - sent.due_ms
        if late_ms < -EARLY_MS:
            before_s = -late_ms / 1000
            sentence = f"a mark is echoed {before_s:.2f} s before the audio before it can have been played"
            yield refutes("mark-means-played", sentence, record)
            return
        sentence = f"a mark is echoed {late_ms:+.0f} ms from the end of the audio"
        if late_ms < -_EXACT_MS:
            yield differs("mark-means-played", sentence, record)
        else:
            yield confirms("mark-means-played", sentence, record)
        if late_ms > self.tolerance_ms:
            yield refutes("mark-comes-promptly", f"a mark is echoed {late_ms / 1000:.2f} s late", record)
        else:
            yield confirms("mark-comes-promptly", f"{late_ms:+.0f} ms", record)

    # --- what they send

    def _first_messages(self) -> Iterator[Finding]:
        events = [record.event for record in self.received[:2]]
        if not self.received:
            return
        if events[:1] != ["connected"] or (len(events) == 2 and events[1] != "start"):
            yield refutes("connected-then-start", f"it begins with {', '.join(events)}", self.received[0])
        elif len(events) == 2:
            since = self.handshake or self.received[0]
            after_ms = self.received[1].at_ms - since.at_ms
            if after_ms > _START_WITHIN_MS:
                sentence = f"`start` comes {after_ms / 1000:.1f} s after the handshake"
                yield refutes("connected-then-start", sentence, self.received[1])
            else:
                yield confirms("connected-then-start", f"`start` after {after_ms:.0f} ms", self.received[1])
        later = [record for record in self.received if record.event != "connected"]
        numbered = [record for record in later if "sequenceNumber" in record.fields]
        for position, record in enumerate(numbered, start=1):
            number = record.fields.get("sequenceNumber")
            if str(number) != str(position):
                sentence = f"sequenceNumber is {number!r} where {position} is due"
                yield refutes("frames-of-20-ms", sentence, record)
                return

    def _names(self, stop: Record | None) -> Iterator[Finding]:
        """Whether every message is about the stream and the call that `start` names."""
        start = next((record for record in self.received if record.event == "start"), None)
        if start is None or "streamSid" not in start.fields:
            return
        mine, named = start.fields.get("streamSid"), start.fields.get("start")
        for record in self.received:
            if record.event != "connected" and record.fields.get("streamSid", mine) != mine:
                yield refutes("stream-fields", f"{record.event} names another stream than `start`", record)
                break
        ended = stop.fields.get("stop") if stop is not None else None
        if isinstance(named, dict) and isinstance(ended, dict):
            for name in ("accountSid", "callSid"):
                if name in ended and ended[name] != named.get(name):
                    yield refutes("stop-names-the-call", f"{name} of `stop` is not that of `start`", stop)

    def _frames(self) -> Iterator[Finding]:
        if not self.frames:
            return
        if not all(_holds_audio(frame) for frame in self.frames):
            return  # what stands in its place is told by its form
        odd = next((frame for frame in self.frames if _audio_bytes(frame) != FRAME_BYTES), None)
        if odd is not None:
            sentence = f"a frame of {_audio_bytes(odd)} bytes comes, not of {FRAME_BYTES}"
            yield refutes("frames-of-20-ms", sentence, odd)
            return
        for number, frame in enumerate(self.frames, start=1):
            chunk, at_ms = (_media(frame).get(name) for name in ("chunk", "timestamp"))
            if str(chunk) != str(number):
                yield refutes("frames-of-20-ms", f"chunk is {chunk!r} where {number} is due", frame)
                return
            first_ms = _number(_media(self.frames[0]).get("timestamp"))
            if first_ms is None or _number(at_ms) != first_ms + (number - 1) * FRAME_MS:
                yield refutes("frames-of-20-ms", f"the time stamp of frame {number} is {at_ms!r}", frame)
                return
        took_ms = self.frames[-1].at_ms - self.frames[0].at_ms
        held_ms = (len(self.frames) - 1) * FRAME_MS
        if took_ms > _RATE_FROM_MS and abs(held_ms - took_ms) > _RATE_TOLERANCE * took_ms:
            sentence = f"{held_ms / 1000:.1f} s of audio come in {took_ms / 1000:.1f} s"
            yield refutes("frames-of-20-ms", sentence, self.frames[-1])
        else:
            yield confirms(
                "frames-of-20-ms", f"{len(self.frames)} frames of {FRAME_BYTES} bytes", self.frames[-1]
            )

    def _end(self, last: Record, stop: Record | None, close: Record | None) -> Iterator[Finding]:
        lasted_ms = last.at_ms - self.received[0].at_ms if self.received else 0.0
        if lasted_ms > PINGED_MS:
            yield confirms("pings-may-stay-unanswered", f"a stream lives for {lasted_ms / 1000:.0f} s", last)
        if stop is not None:
            if self.received[-1] is not stop and self.received[-1].event != "mark":
                sentence = f"{self.received[-1].event} comes behind `stop`"
                yield refutes("stop-names-the-call", sentence, self.received[-1])
            elif close is not None and close.sent:
                yield refutes("stop-names-the-call", "the stream is not closed behind `stop`", close)
            else:
                yield confirms("stop-names-the-call", "`stop`, and the stream is closed", stop)
            if self.marks and all(mark.due_ms > stop.at_ms for mark in self.marks.values()):
                sentence = "a mark that was outstanding is not echoed"
                yield confirms("no-marks-after-the-end", sentence, stop)
        elif close is not None and not close.sent:
            yield refutes("stop-names-the-call", "the stream is closed without `stop`", close)
        end_ms = stop.at_ms if stop is not None else last.at_ms
        for mark in self.marks.values():
            if end_ms - mark.due_ms > LOST_MS - EARLY_MS:
                yield refutes("mark-comes-promptly", "a mark is not echoed within three seconds", mark.record)


def _media(record: Record) -> dict[str, object]:
    media = record.fields.get("media")
    return media if isinstance(media, dict) else {}


def _audio_bytes(record: Record) -> int:
    payload = _media(record).get("payload")
    size = payload.get("audio_bytes") if isinstance(payload, dict) else None
    return size if isinstance(size, int) else 0


def _holds_audio(record: Record) -> bool:
    return isinstance(_media(record).get("payload"), dict)


def _name(record: Record) -> str:
    mark = record.fields.get("mark")
    return str(mark.get("name")) if isinstance(mark, dict) else ""


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) < 12 else None
