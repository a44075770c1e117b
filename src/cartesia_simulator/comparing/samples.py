"""Samples of everything that the built-in network sends, by its own builders, scrubbed as a trace is."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cache
from urllib.parse import urlencode

from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.tracing.pseudonyms import Pseudonyms
from cartesia_call.tracing.scrubbing import Scrubber
from cartesia_simulator.carrier import api_errors, resources, wire
from cartesia_simulator.carrier.call import SimulatedCall
from cartesia_simulator.carrier.callbacks import progress_parameters, stream_parameters, verdict_parameters
from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.comparing.shapes import Form
from cartesia_simulator.speech import refusals
from cartesia_simulator.speech.context import event_of
from cartesia_simulator.speech.timestamps import word_timestamps

_ACCOUNT = "AC" + "0" * 32
_STREAM = "MZ" + "0" * 32
_NOW = datetime(2026, 11, 20, 10, 5, tzinfo=UTC)
_CONTEXT = "00000000-0000-4000-8000-000000000000"
_VERSION = "2026-03-01"


class _Still:
    """A clock that stands where it is put."""

    def __init__(self) -> None:
        self.at_s = 0.0

    def now_s(self) -> float:
        return self.at_s

    def utc_now(self) -> datetime:
        return _NOW

    async def sleep(self, seconds: float) -> None:
        self.at_s += seconds


def _calls() -> Iterator[tuple[str, SimulatedCall]]:
    """A call at each stage of its life, by the event that tells of it."""
    clock = _Still()
    call = SimulatedCall(clock, account_sid=_ACCOUNT, to="+12025550143", caller_id="+12025550100")
    yield "initiated", call
    call.ringing()
    yield "ringing", call
    call.answered()
    yield "answered", call
    call.recognised("human", 3000)
    yield "answered", call
    clock.at_s = 5.0
    call.ended("api", CallStatus.COMPLETED, 200)
    yield "completed", call
    clock.at_s = 60.0
    yield "completed", call


def _scrubbed(text: str) -> object:
    return Scrubber(Pseudonyms(b"sample")).json(text)


def _parameters(given: Mapping[str, str]) -> dict[str, object]:
    pairs = Scrubber(Pseudonyms(b"sample")).pairs(urlencode(given))
    return {str(name): value for name, value in pairs}


@cache
def stream_forms() -> dict[str, Form]:
    """Of the media stream's messages, by event."""
    who = {"account_sid": _ACCOUNT, "call_sid": "CA" + "0" * 32}
    texts = {
        "connected": [wire.connected()],
        "start": [wire.start(1, _STREAM, **who, parameters={})],
        "media": [wire.media(3, _STREAM, chunk=1, timestamp_ms=20, audio=b"\xff" * 160)],
        "dtmf": [wire.dtmf(4, _STREAM, digit="1")],
        "mark": [wire.mark(5, _STREAM, name="message-end-1")],
        "stop": [wire.stop(6, _STREAM, **who)],
    }
    return {event: Form([_scrubbed(text) for text in found]) for event, found in texts.items()}


@cache
def callback_forms() -> dict[str, Form]:
    """Of callbacks: of progress by CallStatus (`final` for the last), `verdict`, `stream`."""
    found: dict[str, list[dict[str, object]]] = {}
    for number, (event, call) in enumerate(_calls()):
        name = {"answered": "in-progress", "completed": "final"}.get(event, event)
        sample = progress_parameters(call, event, sequence=number, now=_NOW)
        found.setdefault(name, []).append(_parameters(sample))
        if call.answered_by is not None:
            who = {"CallSid": call.sid, "AccountSid": _ACCOUNT}
            found["verdict"] = [_parameters(who | verdict_parameters(call))]
        for error in (None, "it broke"):
            stream = stream_parameters(call, _STREAM, name=None, event="stream-error", error=error, now=_NOW)
            found.setdefault("stream", []).append(_parameters(stream))
    # Whether the last one has this is a belief of its own.
    last = found["final"][-1]
    found["final"].append({name: value for name, value in last.items() if name != "SipResponseCode"})
    return {name: Form(samples) for name, samples in found.items()}


@cache
def answer_forms() -> dict[str, Form]:
    """Of the REST API's answers: `call`, `calls`, `notifications`, `account`, `error`."""
    made: dict[str, list[object]] = {"call": [], "calls": [], "notifications": []}
    for _, call in _calls():
        shown = resources.call_resource(call)
        made["call"].append(shown)
        call.note(Problem(31921, "it broke", "GET", "wss://calls.example.com/media/x"))
        call.note(Problem(32015, "it took too long"))
        noted = [resources.notification_resource(call, entry) for entry in call.warnings]
        for size in (1, 5):
            made["calls"].append(_page("calls", [shown] * 2, size))
            made["notifications"].append(_page("notifications", noted, size))
    made["calls"].append(_page("calls", [], 5))
    made["notifications"].append(_page("notifications", [], 5))
    account = resources.account_resource(_ACCOUNT, is_trial=False, is_subaccount=False, created_at=_NOW)
    made["account"] = [account]
    made["error"] = [
        error.body()
        for error in (api_errors.unauthenticated(), api_errors.not_found("/x"), api_errors.not_in_progress())
    ]
    return {name: Form([_scrubbed(json.dumps(each)) for each in found]) for name, found in made.items()}


def _page(key: str, entries: list[resources.Resource], size: int) -> resources.Resource:
    return resources.page(
        key, entries, path="/2010-04-01/x.json", query=[("To", "x")], number=0 if size > 1 else 1, size=size
    )


@cache
def speech_forms() -> dict[str, Form]:
    """Of the speech socket's messages, by type."""
    words = next(iter(word_timestamps("Hello there.", 0.0, 1.0)))
    sent: dict[str, list[Mapping[str, object]]] = {
        "chunk": [event_of("chunk", _CONTEXT, {"data": "/w==", "step_time": 1.5, "flush_id": 1})],
        "timestamps": [event_of("timestamps", _CONTEXT, {"word_timestamps": words, "flush_id": 1})],
        "flush_done": [event_of("flush_done", _CONTEXT, {"flush_id": 1, "flush_done": True})],
        "done": [event_of("done", _CONTEXT, {}, done=True)],
        "error": [
            refusal.event(_VERSION, context_id=context)
            for refusal in (refusals.bad_key(), refusals.too_many_contexts())
            for context in (_CONTEXT, None)
        ],
    }
    return {name: Form([_scrubbed(json.dumps(each)) for each in found]) for name, found in sent.items()}
