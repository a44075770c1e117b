"""What went wrong then with the speech and the public path, as the faults of a rehearsal nearest to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cartesia_call.audio.mulaw import BYTES_PER_S
from cartesia_call.tracing.lines import Record, Trace

_REFUSES_KEY = frozenset({401, 402, 403})
_PASSING = frozenset({408, 429})
_SILENT_FROM_MS = 1_400.0
"""So long the program waits for more audio while it plays, and somewhat less: clocks and queues differ."""

_LATE_FROM_MS = 1_000.0
_NEVER_S = 3600
_TAKEN, _TAKEN_FAULT = "ERR_NGROK_334", "tunnel-334"


def faults_of(trace: Trace) -> tuple[str, ...]:
    """As `--fault` takes them. Speech that came to its end at last has none: only one call is played."""
    return (*_of_speech(trace), *_of_tunnel(trace))


@dataclass
class _Context:
    """A context that was asked for: how it ended, and how much audio came before."""

    last_ms: float
    audio_bytes: int = 0
    end: Record | None = None


def _of_speech(trace: Trace) -> Iterator[str]:
    records = trace.of("cartesia")
    contexts: dict[tuple[int, object], _Context] = {}
    for record in records:
        if record.kind == "text":
            _take(contexts, record)
        elif record.kind == "close":
            for (link, _), context in contexts.items():
                if link == record.link and context.end is None:
                    context.end = record
    if any(context.end is not None and context.end.event == "done" for context in contexts.values()):
        return
    broken = next(iter(contexts.values()), None)
    if broken is not None:
        yield from _of_context(broken)
        return
    refused = [record for record in records if record.kind == "answer" and (record.status or 0) >= 400]
    if refused:
        yield "speech-401" if refused[0].status in _REFUSES_KEY else "speech-refused"


def _take(contexts: dict[tuple[int, object], _Context], record: Record) -> None:
    named = record.link, str(record.fields.get("context_id"))
    if record.sent:
        if "transcript" in record.fields:
            contexts.setdefault(named, _Context(record.at_ms)).last_ms = record.at_ms
        return
    own = [context for (link, _), context in contexts.items() if link == record.link]
    context = contexts.get(named) or (own[0] if len(own) == 1 and record.event == "error" else None)
    if context is None:
        return
    context.last_ms = record.at_ms
    if record.event == "chunk":
        data = record.fields.get("data")
        size = data.get("audio_bytes") if isinstance(data, dict) else None
        context.audio_bytes += size if isinstance(size, int) and size > 0 else 0
    elif record.event in {"done", "error"}:
        context.end = record


def _of_context(context: _Context) -> Iterator[str]:
    end, after = context.end, f"@{context.audio_bytes / BYTES_PER_S:.3f}s"
    if end is None:
        return
    if end.event == "error":
        status = end.fields.get("status_code")
        is_refusal = isinstance(status, int) and 400 <= status < 500 and status not in _PASSING
        yield "speech-refused" if is_refusal and not context.audio_bytes else f"speech-429-partial{after}"
    elif not end.sent:
        yield f"speech-close{after}"
    elif end.at_ms - context.last_ms >= _SILENT_FROM_MS:
        yield f"speech-silent{after}"


def _of_tunnel(trace: Trace) -> Iterator[str]:
    if trace.header.get("tunnel") != "tunnel":
        return
    told = trace.of("ngrok", sent=False)
    opened = next((record for record in told if record.fields.get("public_url")), None)
    refused = next((record for record in told if record.fields.get("error")), None)
    if refused is not None and _TAKEN in str(refused.fields["error"]):
        yield _TAKEN_FAULT if opened is None else f"{_TAKEN_FAULT}@{_seconds_between(refused, opened)}"
    elif refused is not None and opened is None:
        yield "tunnel-refused"
    tries = trace.of("ourselves", "handshake", sent=True)
    through = [record for record in trace.of("ourselves", "answer") if record.status == 101]
    if not tries:
        return
    until = through[0] if through else tries[-1]
    if until.at_ms - tries[0].at_ms >= _LATE_FROM_MS:
        yield f"tunnel-late@{_seconds_between(tries[0], until) if through else f'{_NEVER_S}s'}"


def _seconds_between(first: Record, then: Record) -> str:
    return f"{(then.at_ms - first.at_ms) / 1000:.3f}s"
