"""Whether each message has the form of what the built-in network would have sent in its place."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.findings import Finding, confirms, differs, refutes
from cartesia_simulator.comparing.requests import FINAL_STATUSES, Exchange, exchanges
from cartesia_simulator.comparing.samples import answer_forms, callback_forms, speech_forms, stream_forms
from cartesia_simulator.comparing.shapes import Change, Form

_UNDER_WAY = {"queued": "initiated"} | {name: name for name in ("initiated", "ringing", "in-progress")}


def form_findings(trace: Trace) -> Iterator[Finding]:
    """Each difference once, at the first message that has it."""
    told: set[tuple[str, str]] = set()
    fine: dict[str, Record] = {}
    for record, family, name, form, value in _judged(trace):
        if form is None:
            found = [differs("unknown-fields-come", f"a message {name!r} comes, which is not known", record)]
        else:
            found = list(_differences(record, family, name, form, value))
        if form is not None and all(finding.holds for finding in found):
            fine.setdefault(family, record)
        for finding in found:
            if (name, finding.sentence) not in told:
                told.add((name, finding.sentence))
                yield finding
    for family, record in fine.items():
        yield confirms(family, "messages have the fields that the built-in network sends", record)


def _differences(
    record: Record, family: str, name: str, form: Form, value: Mapping[str, object]
) -> Iterator[Finding]:
    for difference in form.differences(value):
        sentence = f"{name} {difference.sentence}"
        if difference.change in {Change.EXTRA, Change.FILLED}:
            yield differs("unknown-fields-come", sentence, record)
        elif difference.change is Change.ORDER:
            yield differs("order-means-nothing", sentence, record)
        else:
            yield refutes(family, sentence, record)


def _judged(trace: Trace) -> Iterator[tuple[Record, str, str, Form | None, Mapping[str, object]]]:
    """Everything that the network sent: the belief about its form, what it is, its form, what it holds."""
    for record in trace.records:
        if record.sent:
            continue
        if record.kind == "text" and record.peer == "twilio":
            form = stream_forms().get(record.event)
            yield record, "stream-fields", record.event or "a text", form, record.fields
        elif record.kind == "text" and record.peer == "cartesia":
            form = speech_forms().get(record.event) if record.event else None
            yield record, "speech-fields", record.event or "a text", form, record.fields
        elif record.peer == "twilio" and record.kind == "request" and (name := callback_name(record)):
            form = callback_forms().get(name)
            yield record, "callback-fields", f"the callback {name!r}", form, record.parameters
    for exchange in exchanges(trace):
        if (judged := _answer(exchange)) is not None:
            yield judged


def callback_name(record: Record) -> str:
    """`verdict`, `stream`, `final`, or the state that it tells of, empty for one that is not known."""
    parameters = record.parameters
    if "StreamEvent" in parameters:
        return "stream"
    if "AnsweredBy" in parameters and "SequenceNumber" not in parameters:
        return "verdict"
    if parameters and "CallStatus" not in parameters:
        return "initiated"
    status = str(parameters.get("CallStatus"))
    return "final" if status in FINAL_STATUSES else _UNDER_WAY.get(status, "")


def _answer(exchange: Exchange) -> tuple[Record, str, str, Form | None, Mapping[str, object]] | None:
    answer = exchange.answer
    if answer is None or answer.status is None or not exchange.what:
        return None
    if answer.status >= 400:
        if not answer.fields and answer.status >= 500:
            return None  # a proxy's page
        return answer, "error-fields", f"the refusal {answer.status}", answer_forms()["error"], answer.fields
    form = answer_forms()[exchange.what]
    return answer, "call-fields", f"the answer about {exchange.what}", form, answer.fields
