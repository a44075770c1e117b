"""Everything that is changed on purpose: messages, their order, times and signatures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from tests.simulator.comparing.answers import answer_mutations, speech_mutations
from tests.simulator.comparing.mutations import (
    Line,
    Mutation,
    callback,
    delay,
    drop,
    event,
    handshake,
    hang_up,
    put,
    rename,
    repeat,
    set_parameter,
    verdict,
)

ELSEWHERE = "voicemail"
"""The scene with detection and more than two seconds of the callee's voice."""


def mutations() -> Iterator[Mutation]:
    """All of them."""
    yield from _fields()
    yield from _marks()
    yield from _frames()
    yield from _ends()
    yield from _signatures()
    yield from _callbacks()
    yield from answer_mutations()
    yield from speech_mutations()


def _fields() -> Iterator[Mutation]:
    stream, unknown = "stream-fields", "unknown-fields-come"
    yield Mutation(
        "streamSid is renamed", stream, lambda x: rename(event(x, "start")["content"], "streamSid", "sid")
    )
    yield Mutation(
        "start has no mediaFormat", stream, lambda x: event(x, "start")["content"]["start"].pop("mediaFormat")
    )
    yield Mutation(
        "a time stamp is a number",
        stream,
        lambda x: put(event(x, "media")["content"]["media"], "timestamp", 0),
    )
    yield Mutation(
        "a mark has a label",
        stream,
        lambda x: rename(event(x, "mark")["content"]["mark"], "name", "label"),
    )
    yield Mutation(
        "stop has no callSid", stream, lambda x: event(x, "stop")["content"]["stop"].pop("callSid")
    )
    yield Mutation(
        "a rate is text",
        stream,
        lambda x: put(event(x, "start")["content"]["start"]["mediaFormat"], "sampleRate", "8000"),
    )
    yield Mutation(
        "the callee's audio has another rate",
        stream,
        lambda x: put(event(x, "start")["content"]["start"]["mediaFormat"], "sampleRate", 16000),
    )
    yield Mutation(
        "both tracks come",
        stream,
        lambda x: put(event(x, "start")["content"]["start"], "tracks", ["inbound", "outbound"]),
    )
    yield Mutation(
        "the protocol is newer", stream, lambda x: put(event(x, "connected")["content"], "version", "2.0.0")
    )
    yield Mutation(
        "connected has a number",
        unknown,
        lambda x: put(event(x, "connected")["content"], "sequenceNumber", "0"),
    )
    yield Mutation(
        "callbacks have another source",
        "callback-fields",
        lambda x: set_parameter(callback(x, "ringing"), "CallbackSource", "other"),
    )
    yield Mutation(
        "start has a field more", unknown, lambda x: put(event(x, "start")["content"], "region", "us1")
    )
    yield Mutation(
        "an event is new", unknown, lambda x: put(event(x, "dtmf")["content"], "event", "heartbeat")
    )
    yield Mutation(
        "the fields of a mark are turned round",
        "order-means-nothing",
        lambda x: put(event(x, "mark"), "content", dict(reversed(event(x, "mark")["content"].items()))),
    )


def _marks() -> Iterator[Mutation]:
    yield Mutation(
        "a mark comes early",
        "mark-means-played",
        lambda x: put(event(x, "mark"), "ms", event(x, "mark")["ms"] - 400),
    )
    yield Mutation(
        "a mark comes a little early",
        "mark-means-played",
        lambda x: put(event(x, "mark"), "ms", event(x, "mark")["ms"] - 120),
    )
    yield Mutation(
        "a mark names another stream",
        "stream-fields",
        lambda x: put(event(x, "mark")["content"], "streamSid", "<MZ:9>"),
    )
    yield Mutation(
        "stop names another call",
        "stop-names-the-call",
        lambda x: put(event(x, "stop")["content"]["stop"], "callSid", "<CA:9>"),
    )
    yield Mutation("a mark comes late", "mark-comes-promptly", lambda x: delay(x, event(x, "mark"), 700))

    def never(lines: list[Line]) -> None:
        lost = event(lines, "mark")
        delay(lines, lost, 3500)
        lines.remove(lost)

    yield Mutation("a mark never comes", "mark-comes-promptly", never)
    yield Mutation(
        "a mark has another name",
        "mark-returns-its-name",
        lambda x: put(event(x, "mark")["content"]["mark"], "name", "<name:99>"),
    )
    yield Mutation(
        "a mark comes twice",
        "mark-returns-its-name",
        lambda x: repeat(x, event(x, "mark"), behind=event(x, "mark")),
    )
    yield Mutation(
        "a mark comes behind stop",
        "no-marks-after-the-end",
        lambda x: repeat(x, event(x, "mark"), behind=event(x, "stop")),
    )


def _frames() -> Iterator[Mutation]:
    frames = "frames-of-20-ms"

    def halve(lines: list[Line]) -> None:
        for number, line in enumerate(list(lines)):
            if number > 0 and line.get("content", {}) and "ms" in line and line["dir"] == "in":
                line["ms"] *= 2

    yield Mutation(
        "a frame has 40 ms",
        frames,
        lambda x: put(event(x, "media", 5)["content"]["media"]["payload"], "audio_bytes", 320),
    )
    yield Mutation("a frame is missing", frames, lambda x: x.remove(event(x, "media", 5)))
    yield Mutation("frames come at half the pace", frames, halve, ELSEWHERE)
    yield Mutation(
        "sequence numbers begin with 0",
        frames,
        lambda x: put(event(x, "start")["content"], "sequenceNumber", "0"),
    )
    yield Mutation(
        "a time stamp jumps",
        frames,
        lambda x: put(event(x, "media", 5)["content"]["media"], "timestamp", "400"),
    )
    first = "connected-then-start"
    yield Mutation("connected is missing", first, lambda x: x.remove(event(x, "connected")))
    yield Mutation("start comes late", first, lambda x: delay(x, event(x, "start"), 1500))
    yield Mutation("the stream comes late", "stream-follows-answer", lambda x: delay(x, handshake(x), 3500))
    yield Mutation(
        "the stream never comes",
        "stream-follows-answer",
        lambda x: drop(x, is_of_stream),
    )


def is_of_stream(line: Line) -> bool:
    """The media stream's handshake and its texts."""
    is_text = line.get("peer") == "twilio" and line["kind"] in {"text", "close"}
    return is_text or line.get("facts", {}).get("door") == "media"


def _ends() -> Iterator[Mutation]:
    stop = "stop-names-the-call"
    yield Mutation("stop is missing", stop, lambda x: x.remove(event(x, "stop")))
    yield Mutation(
        "audio comes behind stop", stop, lambda x: repeat(x, event(x, "media"), behind=event(x, "stop"))
    )
    yield Mutation(
        "the stream stays open behind stop",
        stop,
        lambda x: put(next(line for line in x if line.get("kind") == "close"), "dir", "out"),
    )

    def ends_later(lines: list[Line]) -> None:
        delay(lines, lines[lines.index(hang_up(lines)) + 1], 6000)
        put(hang_up(lines)["content"], "status", "in-progress")

    yield Mutation("the call goes on behind the hang-up", "completed-ends-the-call", ends_later)


def _signatures() -> Iterator[Mutation]:
    stream, callbacks, varies = "stream-is-signed", "callbacks-are-signed", "port-and-slash-vary"
    for how in ("with https", "no signatures", "none", "2 signatures"):
        yield Mutation(f"the stream: {how}", stream, partial(_sign_stream, how))
    for how in ("with a slash", "with :443"):
        yield Mutation(f"the stream: {how}", varies, partial(_sign_stream, how))
    for how in ("without query", "with http", "none"):
        yield Mutation(f"a callback: {how}", callbacks, partial(_sign_callback, how))
    yield Mutation("a callback: with :443", varies, partial(_sign_callback, "with :443"))

    yield Mutation(
        "the stream's address has a query",
        "one-stream-a-call",
        lambda x: put(handshake(x), "query", [["a", "1"]]),
    )
    for name, line, belief in (
        ("the stream's", handshake, varies),
        ("a callback's", lambda x: callback(x, "ringing"), "one-stream-a-call"),
    ):
        yield Mutation(f"{name} address has a slash", belief, partial(_add_slash, line))

    def by_shared_key(lines: list[Line]) -> None:
        callback(lines, "ringing")["facts"]["key"] = "SharedKey"

    yield Mutation("a SharedKey signs callbacks alone", "shared-key-signs-streams", by_shared_key)

    def strange(lines: list[Line]) -> None:
        handshake(lines).update(peer="stranger", facts={"door": "media", "signed": "unchecked"})

    yield Mutation("the stream comes to another address", "one-stream-a-call", strange)


def _add_slash(find: Callable[[list[Line]], Line], lines: list[Line]) -> None:
    find(lines)["path"] += "/"


def _sign_stream(how: str, lines: list[Line]) -> None:
    handshake(lines)["facts"]["signed"] = how


def _sign_callback(how: str, lines: list[Line]) -> None:
    callback(lines, "ringing")["facts"]["signed"] = how


def _callbacks() -> Iterator[Mutation]:
    def by_post(line: Line) -> None:
        line["method"], line["query"] = "POST", []

    yield Mutation("callbacks by POST", "callbacks-come-by-get", lambda x: by_post(callback(x, "ringing")))
    yield Mutation(
        "no callback comes",
        "callbacks-come-by-get",
        lambda x: drop(x, lambda line: line.get("facts", {}).get("door") == "status"),
    )
    yield Mutation(
        "no verdict comes",
        "detection-beside-stream",
        _without_verdict,
        ELSEWHERE,
    )
    yield Mutation("verdict by POST", "verdicts-come-by-get", lambda x: by_post(verdict(x)), ELSEWHERE)
    fields = "callback-fields"
    yield Mutation(
        "CallSid is renamed",
        fields,
        lambda x: rename_parameter(callback(x, "ringing"), "CallSid", "CallId"),
    )
    yield Mutation(
        "a verdict without its time",
        fields,
        lambda x: set_parameter(verdict(x), "MachineDetectionDuration", None),
        ELSEWHERE,
    )
    yield Mutation(
        "a callback names a city",
        "unknown-fields-come",
        lambda x: set_parameter(callback(x, "ringing"), "CalledCity", "<text:99/6>"),
    )
    sequence = "callbacks-in-sequence"
    yield Mutation(
        "a number is left out",
        sequence,
        lambda x: set_parameter(callback(x, "ringing"), "SequenceNumber", "7"),
    )
    yield Mutation(
        "states come in another order",
        sequence,
        lambda x: set_parameter(callback(x, "initiated"), "CallStatus", "in-progress"),
    )
    yield Mutation(
        "the end is told late",
        "completed-is-told-soon",
        lambda x: delay(x, callback(x, "completed"), 2500),
    )
    yield Mutation(
        "the end has no SIP code",
        "sip-code-is-told",
        lambda x: set_parameter(callback(x, "completed"), "SipResponseCode", None),
    )
    yield Mutation(
        "a state is new",
        "statuses-are-known",
        lambda x: set_parameter(callback(x, "ringing"), "CallStatus", "alerting"),
    )


def _without_verdict(lines: list[Line]) -> None:
    delay(lines, event(lines, "stop"), 60_000)
    lines.remove(verdict(lines))
    for line in lines:
        if isinstance(line.get("content"), dict) and "answered_by" in line["content"]:
            line["content"]["answered_by"] = None


def rename_parameter(line: Line, old: str, new: str) -> None:
    """In its place."""
    line["query"] = [[new if name == old else name, value] for name, value in line["query"]]
