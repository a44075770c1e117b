"""Requests to the carrier's REST API and what came of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.findings import Finding, confirms, differs, refutes

YOUNG_MS = 10_000
"""So long after it was placed a call's 404 is not believed by the program."""

ENDED_WITHIN_MS = 5_000
LISTED_AFTER_MS = 2_000
NOTED_AFTER_MS = 3_000
_KINDS = (
    (re.compile(r".*/Calls\.json"), "calls"),
    (re.compile(r".*/Calls/[^/]+/Notifications\.json"), "notifications"),
    (re.compile(r".*/Calls/[^/]+\.json"), "call"),
    (re.compile(r".*/Accounts/[^/]+\.json"), "account"),
)
_STATUS_OF_CODE = {
    **dict.fromkeys(range(21200, 21300), 400),
    **{20003: 401, 20006: 403, 20008: 403, 20010: 403, 20403: 403, 20404: 404, 20409: 409, 20429: 429},
}
"""As documented; of other codes the status is nobody's belief."""
_STREAM_ERRORS = frozenset(map(str, range(31900, 32000)))
FINAL_STATUSES = frozenset(status.value for status in CallStatus if status.is_final)
_KNOWN_STATUSES = frozenset({"initiated", *(status.value for status in CallStatus)})


@dataclass(frozen=True)
class Exchange:
    """A request and its answer or failure. `what` it is about: `call`, `calls`, `notifications`, `account`,
    or empty. A call that is placed is `call`, though it is asked of `Calls.json`.
    """

    request: Record
    answer: Record | None
    what: str

    @property
    def status(self) -> int | None:
        """Of HTTP; None without an answer."""
        return None if self.answer is None else self.answer.status

    @property
    def places(self) -> bool:
        return self.request.method == "POST" and str(self.request.path).endswith("/Calls.json")

    @property
    def ends(self) -> bool:
        return self.request.parameters.get("Status") == "completed"

    @property
    def fields(self) -> Mapping[str, object]:
        return {} if self.answer is None else self.answer.fields


def exchanges(trace: Trace) -> list[Exchange]:
    """With the carrier's REST API, in the order of the requests."""
    answers = {record.link: record for record in trace.of("twilio", "answer", sent=False)}
    found = []
    for record in trace.of("twilio", "request", sent=True):
        what = next((name for form, name in _KINDS if form.fullmatch(record.path or "")), "")
        is_placing = what == "calls" and record.method == "POST"
        found.append(Exchange(record, answers.get(record.link), "call" if is_placing else what))
    return found


def request_findings(trace: Trace) -> Iterator[Finding]:
    """What answers say of the beliefs about the REST API."""
    made = exchanges(trace)
    yield from _errors(made)
    yield from _statuses(trace, made)
    yield from _young_404(made)
    yield from _hang_ups(trace, made)
    yield from _lost_calls(trace, made)
    yield from _notes(trace, made)


def _errors(made: list[Exchange]) -> Iterator[Finding]:
    for exchange in made:
        answer = exchange.answer
        if answer is None or answer.status is None or answer.status < 400:
            if exchange.places and answer is not None and answer.status != 201:
                yield refutes(
                    "errors-by-status", f"a call is placed with status {answer.status}, not 201", answer
                )
            continue
        code = answer.fields.get("code")
        if answer.status >= 500:
            yield refutes("errors-by-status", f"a request is answered with {answer.status}", answer)
        elif isinstance(code, int) and not isinstance(code, bool):
            expected = _STATUS_OF_CODE.get(code)
            if expected is not None and answer.status != expected:
                yield refutes(
                    "errors-by-status", f"code {code} comes with {answer.status}, not {expected}", answer
                )
            elif expected is not None:
                yield confirms("errors-by-status", f"code {code} comes with {answer.status}", answer)
            if answer.fields.get("status") != answer.status:
                yield refutes("error-fields", f"status in the body is not {answer.status}", answer)


def _statuses(trace: Trace, made: list[Exchange]) -> Iterator[Finding]:
    told = [(exchange.answer, exchange.fields.get("status")) for exchange in made if exchange.what == "call"]
    told += [(record, record.told("CallStatus")) for record in trace.records if not record.sent]
    known: Record | None = None
    for record, status in told:
        if record is None or not isinstance(status, str):
            continue
        if status not in _KNOWN_STATUSES:
            yield refutes("statuses-are-known", f"a call has the status {status!r}", record)
        else:
            known = record
    if known is not None:
        yield confirms("statuses-are-known", "statuses are those that are documented", known)
    for exchange in made:
        first = str(exchange.fields.get("status"))
        if exchange.places and exchange.status == 201 and first not in {"queued", "initiated", "ringing"}:
            yield differs("statuses-are-known", f"a call that was just placed is {first!r}", exchange.answer)


def _young_404(made: list[Exchange]) -> Iterator[Finding]:
    """By the age of the call and what comes behind it."""
    placed = {str(exchange.fields.get("sid")): exchange for exchange in made if exchange.places}
    for position, exchange in enumerate(made):
        sid = _sid_in(exchange.request)
        if exchange.status != 404 or exchange.answer is None or sid not in placed:
            continue
        age_ms = exchange.answer.at_ms - placed[sid].request.at_ms
        later = [each for each in made[position + 1 :] if _sid_in(each.request) == sid]
        healed = next((each for each in later if each.status is not None and each.status < 400), None)
        sentence = f"a call of {age_ms / 1000:.1f} s is answered with 404"
        if age_ms > YOUNG_MS and not exchange.ends:
            yield refutes("young-404-passes", f"{sentence}, though it is no longer young", exchange.answer)
        elif age_ms <= YOUNG_MS and healed is not None and healed.answer is not None:
            after_s = (healed.answer.at_ms - exchange.answer.at_ms) / 1000
            yield differs("young-404-passes", f"{sentence}, and found {after_s:.1f} s later", exchange.answer)
        elif age_ms <= YOUNG_MS:
            yield refutes("young-404-passes", f"{sentence}, and never found", exchange.answer)


def _hang_ups(trace: Trace, made: list[Exchange]) -> Iterator[Finding]:
    finals = _ends_by_call(trace, made)
    for exchange in made:
        answer, sid = exchange.answer, _sid_in(exchange.request)
        if not exchange.ends or answer is None or sid is None:
            continue
        ended = [record for record in finals.get(sid, []) if record is not answer]
        if answer.status is not None and answer.status >= 400:
            before = any(record.at_ms <= answer.at_ms for record in ended)
            code = answer.fields.get("code")
            if before and (code == 21220 or answer.status == 404):
                yield confirms("ended-call-is-refused", f"{answer.status} with {code}", answer)
            elif before and answer.status < 500 and answer.status not in {401, 429}:
                yield refutes("ended-call-is-refused", f"it is refused with {answer.status}, {code}", answer)
            continue
        after_ms = min((record.at_ms - answer.at_ms for record in ended), default=None)
        if after_ms is None or after_ms > ENDED_WITHIN_MS:
            last = trace.records[-1]
            if after_ms is not None or last.at_ms - answer.at_ms > ENDED_WITHIN_MS:
                yield refutes(
                    "completed-ends-the-call", "five seconds later nothing says that it is over", answer
                )
        else:
            yield confirms("completed-ends-the-call", f"over {max(0.0, after_ms):.0f} ms later", answer)


def _ends_by_call(trace: Trace, made: list[Exchange]) -> dict[str | None, list[Record]]:
    """What says that a call is over: callbacks, `stop`, answers to questions behind the hang-up."""
    found: dict[str | None, list[Record]] = {}
    for record in trace.records:
        if not record.sent and record.told("CallStatus") in FINAL_STATUSES:
            found.setdefault(record.told("CallSid"), []).append(record)
        elif not record.sent and record.event == "stop":
            stop = record.fields.get("stop")
            found.setdefault(str(stop.get("callSid")) if isinstance(stop, dict) else None, []).append(record)
    for exchange in made:
        is_final = str(exchange.fields.get("status")) in FINAL_STATUSES
        if exchange.what == "call" and exchange.answer is not None and is_final:
            found.setdefault(str(exchange.fields.get("sid")), []).append(exchange.answer)
    return found


def _lost_calls(trace: Trace, made: list[Exchange]) -> Iterator[Finding]:
    """A call that callbacks tell of, and whose placing request was never answered with its SID."""
    received = [record for record in trace.records if not record.sent]
    known = {record.told("CallSid") for record in received} - {None}
    starts = [record.fields.get("start") for record in received if record.event == "start"]
    known |= {str(start.get("callSid")) for start in starts if isinstance(start, dict)}
    for exchange in made:
        if not exchange.places or exchange.status == 201 or not known:
            continue
        lost_ms = exchange.answer.at_ms if exchange.answer is not None else exchange.request.at_ms
        for look in made:
            answer = look.answer
            if look.what != "calls" or answer is None or answer.at_ms < lost_ms + LISTED_AFTER_MS:
                continue
            calls = look.fields.get("calls")
            entries = calls if isinstance(calls, list) else []
            if known & {str(call.get("sid")) for call in entries if isinstance(call, dict)}:
                yield confirms("lost-call-is-listed", "the call is in the list", answer)
            else:
                sentence = "the list leaves out a call that its callbacks or stream prove"
                yield refutes("lost-call-is-listed", sentence, answer)


def _notes(trace: Trace, made: list[Exchange]) -> Iterator[Finding]:
    for exchange in made:
        notes = exchange.fields.get("notifications")
        if exchange.what != "notifications" or not isinstance(notes, list):
            continue
        codes = [str(note.get("error_code")) for note in notes if isinstance(note, dict)]
        about_stream = [code for code in codes if code in _STREAM_ERRORS]
        if about_stream:
            sentence = f"they have {', '.join(about_stream)}"
            yield confirms("notes-tell-stream-errors", sentence, exchange.answer)
        elif _stream_failed_before(trace, exchange.request):
            sentence = "a stream failed, and they have no error of 319xx"
            yield refutes("notes-tell-stream-errors", sentence, exchange.answer)


def _stream_failed_before(trace: Trace, asked: Record) -> bool:
    """Whether a stream of the carrier's was refused by us, longer ago than notes take."""
    shakes = {record.link for record in trace.records if record.facts.get("door") == "media"}
    return any(
        record.sent and record.link in shakes and (record.status or 0) >= 400
        for record in trace.records
        if record.kind == "answer" and record.at_ms < asked.at_ms - NOTED_AFTER_MS
    )


def _sid_in(request: Record) -> str | None:
    """Of the call that a request is about."""
    found = re.search(r"/Calls/(<CA:\d+>)", request.path or "")
    return found[1] if found else None
