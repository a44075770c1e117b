"""The speech socket, context by context: order, ends, sizes and pace of what Cartesia sends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.findings import Finding, confirms, differs, refutes

LARGEST_BYTES = 4 * 1024 * 1024
IDLE_MS = 5_000.0
OK_STATUS = 206
"""Of every published sample, `done` too."""

REFUSING_CODES = frozenset({1002, 1003, 1007, 1008, 1009, 1010})
_KNOWN_ERRORS = {
    "concurrency_limited": 429,
    "model_not_found": 400,
    "voice_not_found": 404,
}
"""Error codes with the status that a document or the changelog shows."""


@dataclass
class _Context:
    asked: int = 0
    flushed: int = 0
    done: Record | None = None
    failed: bool = False
    chunks: list[Record] = field(default_factory=list)


def speech_findings(trace: Trace) -> Iterator[Finding]:
    """About every context and connection of the trace."""
    by_link: dict[int, list[Record]] = {}
    for record in trace.of("cartesia"):
        by_link.setdefault(record.link, []).append(record)
    for records in by_link.values():
        yield from _connection(records)


def _connection(records: list[Record]) -> Iterator[Finding]:
    contexts: dict[str | None, _Context] = {}
    last: Record | None = None
    for record in records:
        if record.kind == "text" and record.sent:
            if last is not None and not any(_is_open(context) for context in contexts.values()):
                idle_ms = record.at_ms - last.at_ms
                if idle_ms > IDLE_MS:
                    sentence = f"a connection is used again after {idle_ms / 1000:.0f} s"
                    yield confirms("idle-socket-lives", sentence, record)
            contexts.setdefault(_named(record), _Context()).asked += 1
        elif record.kind == "text":
            yield from _event(record, contexts)
        elif record.kind == "close":
            yield from _close(record, contexts)
        elif record.kind == "answer" and (record.status or 0) >= 400:
            yield from _refusal(record)
        last = record
    for context in contexts.values():
        yield from _whole(context)


def _named(record: Record) -> str | None:
    named = record.fields.get("context_id")
    return None if named is None else str(named)


def _is_open(context: _Context) -> bool:
    return context.done is None and not context.failed


def _event(record: Record, contexts: dict[str | None, _Context]) -> Iterator[Finding]:
    named = _named(record)
    if record.size_bytes > LARGEST_BYTES:
        yield refutes("message-fits", f"a message of {record.size_bytes} bytes comes", record)
    if named is None and record.event != "error":
        yield refutes("context-is-named", f"{record.event or 'a message'} names no context", record)
        return
    if named not in contexts and record.event != "error":
        yield refutes("context-is-named", f"{record.event} names a context that was never asked for", record)
        return
    context = contexts.get(named, _Context())
    if context.done is not None:
        yield refutes("done-is-the-end", f"{record.event} comes behind `done`", record)
    status = record.fields.get("status_code")
    if record.event != "error" and isinstance(status, int) and status != OK_STATUS:
        yield differs("speech-fields", f"{record.event} has the status {status!r}, not {OK_STATUS}", record)
    match record.event:
        case "chunk":
            context.chunks.append(record)
            if record.fields.get("done") is True:
                yield refutes("done-is-the-end", "a chunk says that it is done", record)
        case "flush_done":
            context.flushed += 1
            if record.fields.get("flush_id") != context.flushed:
                sentence = f"flush_id is {record.fields.get('flush_id')!r} where {context.flushed} is due"
                yield refutes("flush-follows-sentence", sentence, record)
        case "done":
            context.done = record
            if not context.chunks:
                yield refutes("done-is-the-end", "`done` comes without any audio", record)
        case "error":
            context.failed = True
            yield from _error(record)


def _error(record: Record) -> Iterator[Finding]:
    code, status = record.fields.get("error_code"), record.fields.get("status_code")
    known = _KNOWN_ERRORS.get(str(code))
    if code is not None and known is None:
        yield differs("errors-of-speech-by-status", f"the code {code} comes with {status}", record)
    elif known is not None and known != status:
        yield refutes(
            "errors-of-speech-by-status", f"the code {code} comes with {status}, not {known}", record
        )
    else:
        yield confirms("errors-of-speech-by-status", f"{code} with {status}", record)


def _refusal(record: Record) -> Iterator[Finding]:
    is_known = record.status in {401, 402, 403, 404, 429} or (record.status or 0) >= 500
    finding = confirms if is_known else differs
    sentence = f"the handshake is refused with {record.status}"
    yield finding("errors-of-speech-by-status", sentence, record)


def _close(record: Record, contexts: dict[str | None, _Context]) -> Iterator[Finding]:
    if record.sent or not any(_is_open(context) for context in contexts.values()):
        return
    sentence = f"the connection is closed with {record.status} before `done`"
    finding = differs if record.status in REFUSING_CODES else refutes
    yield finding("close-codes-refuse", sentence, record)


def _whole(context: _Context) -> Iterator[Finding]:
    if context.done is None:
        return
    if not context.failed:
        yield confirms("done-is-the-end", "nothing comes behind `done`", context.done)
        yield confirms("context-is-named", "every message names it", context.done)
        yield confirms("message-fits", "no message is too large", context.done)
    if context.flushed == context.asked:
        yield confirms("flush-follows-sentence", f"{context.flushed} of {context.asked}", context.done)
    else:
        sentence = f"{context.flushed} `flush_done` come for {context.asked} transcripts"
        yield refutes("flush-follows-sentence", sentence, context.done)
    yield from _pace(context)


def _pace(context: _Context) -> Iterator[Finding]:
    """Whether a callee who hears the first chunk at once ever has to wait."""
    if not context.chunks:
        return
    ends_ms = context.chunks[0].at_ms
    longest_ms = 0.0
    for chunk in context.chunks:
        longest_ms = max(longest_ms, chunk.at_ms - ends_ms)
        ends_ms = max(ends_ms, chunk.at_ms) + _audio_bytes(chunk) / BYTES_PER_S * 1000
    if longest_ms > 0:
        sentence = f"the audio is late by up to {longest_ms:.0f} ms"
        yield refutes("audio-outruns-playing", sentence, context.chunks[-1])
    else:
        yield confirms("audio-outruns-playing", "audio is always ahead of playing", context.chunks[-1])


def _audio_bytes(record: Record) -> int:
    data = record.fields.get("data")
    size = data.get("audio_bytes") if isinstance(data, dict) else None
    return size if isinstance(size, int) else 0
