"""What a recorded carrier did, as a part that can be played again: when, and in answer to what."""

from __future__ import annotations

from dataclasses import dataclass

from cartesia_call.tracing.lines import Record, Trace
from cartesia_simulator.comparing.requests import FINAL_STATUSES, Exchange, exchanges
from cartesia_simulator.comparing.streams import mark_delays_ms


@dataclass(frozen=True, kw_only=True)
class Answer:
    """To a request: HTTP status and body, `after_ms` from the request; `status` None: none ever came."""

    status: int | None
    body: object
    after_ms: float


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that the carrier did on its own, `at_ms` from the moment that its list counts from."""

    at_ms: float
    record: Record


@dataclass(frozen=True, kw_only=True)
class Script:
    """One call, the trace's first.

    `placing`, `ending`, `other` are answers to requests that place it, end it, or change it, in their order;
    `looks` those to questions about it and `lists` those to questions for the list, with the moment from the
    placing on, `notes` the last list of notifications. `callbacks` count from the placing, `stream_at_ms` too
    (None: no stream), `texts` from the stream's handshake. What came behind a hang-up that worked, the
    `ends_by` first of `ending`, stands in `last_callbacks` and `last_texts` and counts from that request.
    `mark_delays_ms`: of each mark that was sent, how long behind the end of the audio it was echoed, or None.
    `exists`: there was a call, whatever became of the answer.
    """

    placing: tuple[Answer, ...]
    ending: tuple[Answer, ...]
    other: tuple[Answer, ...]
    looks: tuple[tuple[float, Answer], ...]
    lists: tuple[Answer, ...]
    notes: Answer | None
    account: Answer | None
    callbacks: tuple[Event, ...]
    last_callbacks: tuple[Event, ...]
    stream_at_ms: float | None
    texts: tuple[Event, ...]
    last_texts: tuple[Event, ...]
    ends_by: int | None
    mark_delays_ms: tuple[float | None, ...]
    exists: bool


def script_of(trace: Trace) -> Script:
    """The part of the carrier. A trace without a call has an empty one."""
    made = exchanges(trace)
    placing = [each for each in made if each.places]
    placed_ms = placing[-1].request.at_ms if placing else 0.0
    ending = [each for each in made if each.ends]
    callbacks = trace.of("twilio", "request", sent=False)
    texts = trace.of("twilio", "text", "close", sent=False)
    ends_by, ended_ms = _hang_up_that_worked(ending, callbacks, texts)
    shakes = [
        record
        for record in trace.of("twilio", "handshake", sent=False)
        if record.facts.get("door") == "media"
    ]
    shake_ms = shakes[0].at_ms if shakes else None
    return Script(
        placing=tuple(map(_answer, placing)),
        ending=tuple(map(_answer, ending)),
        other=tuple(_answer(each) for each in made if _changes(each)),
        looks=tuple(
            (each.request.at_ms - placed_ms, _answer(each))
            for each in made
            if each.what == "call" and each.request.method == "GET"
        ),
        lists=tuple(_answer(each) for each in made if each.what == "calls"),
        notes=next((_answer(each) for each in reversed(made) if each.what == "notifications"), None),
        account=next((_answer(each) for each in made if each.what == "account"), None),
        callbacks=_events(callbacks, placed_ms, before_ms=ended_ms),
        last_callbacks=_events(callbacks, ended_ms, since_ms=ended_ms),
        stream_at_ms=None if shake_ms is None else shake_ms - placed_ms,
        texts=_events(texts, shake_ms, before_ms=ended_ms),
        last_texts=_events(texts, ended_ms, since_ms=ended_ms),
        ends_by=ends_by,
        mark_delays_ms=mark_delays_ms(trace),
        exists=bool(callbacks or shakes or any(each.status == 201 for each in placing)),
    )


def _changes(exchange: Exchange) -> bool:
    is_update = exchange.request.method == "POST" and exchange.what == "call"
    return is_update and not exchange.places and not exchange.ends


def _answer(exchange: Exchange) -> Answer:
    answer = exchange.answer
    if answer is None:
        return Answer(status=None, body=None, after_ms=0.0)
    after_ms = answer.at_ms - exchange.request.at_ms
    return Answer(status=answer.status, body=answer.content, after_ms=after_ms)


def _hang_up_that_worked(
    ending: list[Exchange], callbacks: list[Record], texts: list[Record]
) -> tuple[int | None, float | None]:
    """Which of the requests ended the call, and when it was answered; None if something else did."""
    ends = [record.at_ms for record in callbacks if record.told("CallStatus") in FINAL_STATUSES]
    ends += [record.at_ms for record in texts if record.event == "stop"]
    good = [
        (position, each.request.at_ms)
        for position, each in enumerate(ending)
        if each.answer is not None and each.status is not None and each.status < 400
    ]
    if not good:
        return None, None
    if not ends:
        return good[-1]
    working = [each for each in good if each[1] <= min(ends)]
    return working[-1] if working else (None, None)


def _events(
    records: list[Record],
    from_ms: float | None,
    *,
    since_ms: float | None = None,
    before_ms: float | None = None,
) -> tuple[Event, ...]:
    if from_ms is None:
        return ()
    return tuple(
        Event(at_ms=max(0.0, record.at_ms - from_ms), record=record)
        for record in records
        if (since_ms is None or record.at_ms >= since_ms) and (before_ms is None or record.at_ms < before_ms)
    )
