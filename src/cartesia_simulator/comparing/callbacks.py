"""What the carrier sends on its own: callbacks and handshakes, how they come and how they are signed."""

from __future__ import annotations

from collections.abc import Iterator

from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.findings import Finding, confirms, differs, refutes
from cartesia_simulator.comparing.requests import FINAL_STATUSES, exchanges

COMPLETED_WITHIN_MS = 2_000
STREAM_WITHIN_MS = 3_000
VERDICT_WITHIN_MS = 40_000
"""Twilio's own limit is 30 s by default."""

TOLD_WITHIN_MS = 5_000
_STAGES = {"queued": 0, "initiated": 0, "ringing": 1, "in-progress": 2}
_LAST = 3
_UNSIGNED = ("no signatures", "none")


def callback_findings(trace: Trace) -> Iterator[Finding]:
    """What requests to us say of the beliefs about them."""
    callbacks = trace.of("twilio", "request", sent=False)
    wants_verdict = any(
        exchange.request.told("AsyncAmdStatusCallbackMethod") == "GET" for exchange in exchanges(trace)
    )
    others = any(record.method == "GET" for record in callbacks)
    for record in callbacks:
        yield from _method(record, wants_verdict=wants_verdict and others)
    for record in trace.records:
        if not record.sent and record.peer in {"twilio", "stranger"} and record.facts:
            yield from _signature(trace, record)
    yield from _none_comes(trace, callbacks)
    yield from _shared_key(trace)
    told = [record for record in callbacks if record.parameters]
    if len(told) == len(callbacks):  # else a number may stand in a body that was not read
        yield from _sequence([record for record in told if "SequenceNumber" in record.parameters])
    yield from _last_words(trace, told)
    yield from _detection(trace, told)
    yield from _stream_follows(trace, told)


def _shared_key(trace: Trace) -> Iterator[Finding]:
    """Whether it signs streams as it signs callbacks."""
    signed = [record for record in trace.records if record.facts.get("key") == "SharedKey"]
    doors = {str(record.facts.get("door")): record for record in reversed(signed)}
    streams = [record for record in trace.records if record.facts.get("door") == "media"]
    if "media" in doors:
        yield confirms("shared-key-signs-streams", "the stream has its signature", doors["media"])
    elif "status" in doors and streams:
        yield refutes("shared-key-signs-streams", "it signs callbacks, and not the stream", streams[0])


def _none_comes(trace: Trace, callbacks: list[Record]) -> Iterator[Finding]:
    """Though they were asked for, and the call is placed."""
    for exchange in exchanges(trace):
        if not exchange.places or exchange.status != 201 or exchange.answer is None or callbacks:
            continue
        since_ms = trace.records[-1].at_ms - exchange.answer.at_ms
        if exchange.request.told("StatusCallback") and since_ms > TOLD_WITHIN_MS:
            sentence = "none of the callbacks comes that were asked for"
            yield refutes("callbacks-come-by-get", sentence, exchange.answer)


def _method(record: Record, *, wants_verdict: bool) -> Iterator[Finding]:
    is_verdict = "AnsweredBy" in record.parameters and "SequenceNumber" not in record.parameters
    if record.method != "GET":
        # Of some of them the parameters are not known.
        is_verdict = is_verdict or (not record.parameters and wants_verdict)
        belief = "verdicts-come-by-get" if is_verdict else "callbacks-come-by-get"
        what = "the verdict" if is_verdict else "a callback"
        yield refutes(belief, f"{what} comes by {record.method}", record)
    elif is_verdict:
        yield confirms("verdicts-come-by-get", "the verdict comes by GET", record)
    elif record.parameters:
        yield confirms(
            "callbacks-come-by-get", "a callback comes by GET, its parameters in the query", record
        )
    else:
        yield refutes("callbacks-come-by-get", "a callback comes without parameters", record)


def _signature(trace: Trace, record: Record) -> Iterator[Finding]:
    signed, door = str(record.facts.get("signed", "")), str(record.facts.get("door", ""))
    if record.peer == "stranger":
        if door in {"media", "status"} and signed == "unchecked":
            sentence = f"a signed request comes to an address at /{door}/ that was never given away"
            yield refutes("one-stream-a-call", sentence, record)
        return
    if door in {"media", "status"} and record.method == "GET":
        yield from _address(record, door)
    if signed in {"", "unchecked"} or door not in {"media", "status"} or record.method != "GET":
        return
    belief = "stream-is-signed" if door == "media" else "callbacks-are-signed"
    accepted = {"with :443", "without port"} | (
        {"with a slash", "with :443, with a slash"} if door == "media" else set()
    )
    if signed == "as written":
        yield confirms(belief, "signed over the address as it was written", record)
        region = trace.header.get("region")
        if region not in (None, "us1"):
            yield confirms("region-signs-with-its-token", f"a request of {region} verifies", record)
    elif signed in accepted:
        yield differs(
            "port-and-slash-vary", f"a request at /{door}/ is signed over the address {signed}", record
        )
        yield confirms(belief, f"signed over the address {signed}", record)
    else:
        how = f"has {signed}" if "signatures" in signed else f"is signed over {_form(signed)}"
        yield refutes(belief, f"a request at /{door}/ {how}", record)


def _address(record: Record, door: str) -> Iterator[Finding]:
    """Whether it comes to the address as it was written."""
    if (record.path or "").endswith("/"):
        sentence = f"a request at /{door}/ comes with a slash at its end"
        if door == "media":
            yield differs("port-and-slash-vary", sentence, record)
        else:
            yield refutes("one-stream-a-call", sentence, record)
    if door == "media" and record.query:
        yield refutes("one-stream-a-call", "the stream's address comes with a query", record)


def _form(signed: str) -> str:
    return "no form of the address that is known" if signed in _UNSIGNED else f"the address {signed}"


def _sequence(callbacks: list[Record]) -> Iterator[Finding]:
    by_call: dict[str | None, list[Record]] = {}
    calls = {record.told("CallSid") for record in callbacks} - {None}
    only_call = next(iter(calls)) if len(calls) == 1 else None
    for record in callbacks:
        by_call.setdefault(record.told("CallSid") or only_call, []).append(record)
    for told in by_call.values():
        numbers = [str(record.parameters.get("SequenceNumber")) for record in told]
        if numbers != [str(number) for number in range(len(numbers))]:
            yield refutes("callbacks-in-sequence", f"sequence numbers come as {', '.join(numbers)}", told[0])
            continue
        stages = [stage for stage in map(_stage, told) if stage is not None]
        if stages != sorted(stages):
            states = ", ".join(str(record.parameters.get("CallStatus")) for record in told)
            yield refutes("callbacks-in-sequence", f"states come as {states}", told[0])
        else:
            yield confirms("callbacks-in-sequence", "numbers and states go up one by one", told[-1])
            if stages[-1:] == [_LAST] and 2 in stages and 1 not in stages:
                yield differs("callbacks-in-sequence", "no callback tells that it rings", told[-1])


def _stage(record: Record) -> int | None:
    """How far the call has come; None for a status that is not known."""
    status = str(record.parameters.get("CallStatus"))
    return _LAST if status in FINAL_STATUSES else _STAGES.get(status)


def _last_words(trace: Trace, callbacks: list[Record]) -> Iterator[Finding]:
    finals = [
        record for record in callbacks if "SequenceNumber" in record.parameters and _stage(record) == _LAST
    ]
    for record in finals:
        code = record.parameters.get("SipResponseCode")
        if code is None:
            yield refutes("sip-code-is-told", "the last callback has no SipResponseCode", record)
        else:
            status = record.parameters.get("CallStatus")
            yield confirms("sip-code-is-told", f"{status} with {code}", record)
    hung_up = [(each.request, each.answer) for each in exchanges(trace) if each.ends and each.status == 200]
    for request, answer in hung_up[-1:]:
        if answer is None:
            continue
        asked_ms, answered_ms = request.at_ms, answer.at_ms
        after = [record.at_ms - answered_ms for record in finals if record.at_ms >= asked_ms]
        if after and after[0] <= COMPLETED_WITHIN_MS:
            yield confirms("completed-is-told-soon", f"{max(0.0, after[0]):.0f} ms after it", answer)
        elif after:
            yield refutes("completed-is-told-soon", f"{after[0] / 1000:.1f} s after the hang-up", answer)
        elif not finals and callbacks and trace.records[-1].at_ms - answered_ms >= COMPLETED_WITHIN_MS:
            yield refutes("completed-is-told-soon", "the last callback never comes", answer)


def _detection(trace: Trace, callbacks: list[Record]) -> Iterator[Finding]:
    asked = any(each.request.parameters.get("AsyncAmd") == "true" for each in exchanges(trace))
    streams = [record for record in trace.records if record.event == "start"]
    verdicts = [record for record in callbacks if "AnsweredBy" in record.parameters]
    verdicts += [each.answer for each in exchanges(trace) if each.answer and each.fields.get("answered_by")]
    if asked and streams and not verdicts and trace.records[-1].at_ms - streams[0].at_ms > VERDICT_WITHIN_MS:
        yield refutes("detection-beside-stream", "beside the stream no verdict ever comes")
    if asked and streams and verdicts:
        yield confirms("detection-beside-stream", "there are a verdict and a stream", verdicts[0])


def _stream_follows(trace: Trace, callbacks: list[Record]) -> Iterator[Finding]:
    """For each call that is answered: its stream, or its end before there can be one."""
    if not _asks_for_stream(trace):
        return
    starts = {
        _call_of(record): record for record in trace.records if record.event == "start" and not record.sent
    }
    answered = [record for record in callbacks if record.told("CallStatus") == "in-progress"]
    ended_ms = {record.told("CallSid"): record.at_ms for record in callbacks if _stage(record) == _LAST}
    for record in answered:
        sid, last = record.told("CallSid"), trace.records[-1]
        start = starts.get(sid or "")
        until_ms = min(last.at_ms, ended_ms.get(sid, last.at_ms))
        if start is None and until_ms - record.at_ms > STREAM_WITHIN_MS:
            yield refutes("stream-follows-answer", "no stream comes after the answer", record)
        elif start is not None:
            yield from _after(record, start)
    tunnel = trace.header.get("tunnel") == "tunnel" and not trace.is_rehearsal
    if tunnel and starts:
        sentence = "the carrier's stream comes through the tunnel"
        yield confirms("tunnel-lets-carrier-in", sentence, next(iter(starts.values())))


def _after(answered: Record, start: Record) -> Iterator[Finding]:
    gap_ms = start.at_ms - answered.at_ms
    if gap_ms <= STREAM_WITHIN_MS:
        yield confirms("stream-follows-answer", f"{gap_ms:.0f} ms after the answer was told", start)
    else:
        yield refutes("stream-follows-answer", f"{gap_ms / 1000:.1f} s after the answer", start)


def _call_of(start: Record) -> str:
    fields = start.fields.get("start")
    return str(fields.get("callSid")) if isinstance(fields, dict) else ""


def _asks_for_stream(trace: Trace) -> bool:
    documents = [each.request.parameters.get("Twiml") for each in exchanges(trace) if each.places]
    verbs = [verb for document in documents if isinstance(document, list) for verb in document]
    return any(isinstance(verb, dict) and verb.get("verb") == "Stream" for verb in verbs)
