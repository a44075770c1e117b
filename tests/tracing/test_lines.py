"""What is written is read back; what cannot be read is passed over, and what is no trace is refused."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cartesia_call.tracing.lines import NoTrace, end_line, header_line, message_line, read_trace
from cartesia_call.tracing.messages import Kind, Message, Peer
from cartesia_call.tracing.pseudonyms import Pseudonyms
from cartesia_call.tracing.scrubbing import Scrubber

HEADER = header_line(
    program="cartesia-call 1",
    utc=datetime(2026, 11, 29, tzinfo=UTC),
    network="live",
    faults=["mark-never@3s"],
)


def line(**fields: object) -> str:
    message = Message(**{"peer": Peer.TWILIO, "kind": Kind.TEXT, "sent": False, "link": 1, **fields})  # type: ignore[arg-type]
    return message_line(message, 12.3456, Scrubber(Pseudonyms(b"k")))


def test_a_request_is_read_back_with_its_form() -> None:
    written = line(
        kind=Kind.REQUEST, sent=True, method="POST", text="To=%2B12025550143&StatusCallbackMethod=GET",
        url="https://api.example.com/2010-04-01/Accounts/x/Calls.json?Page=1", headers=(("Accept", "a"),),
        facts={"door": "status"},
    )  # fmt: skip
    (record,) = read_trace([HEADER, written]).records
    assert (record.at_ms, record.sent, record.method) == (12.346, True, "POST")
    assert record.path == "/2010-04-01/Accounts/<word:1>/Calls.json"
    assert record.parameters == {"Page": "1", "To": "<number:1>", "StatusCallbackMethod": "GET"}
    assert record.headers == (("Accept", None),)
    assert record.facts == {"door": "status"}


def test_a_text_is_read_back_with_its_event() -> None:
    (record,) = read_trace([HEADER, line(text='{"event":"connected"}')]).records
    assert (record.event, record.size_bytes) == ("connected", 21)


def test_the_header_says_what_was_broken_on_purpose_and_the_last_line_what_is_missing() -> None:
    trace = read_trace([HEADER, end_line(1, records=0, dropped=7)])
    assert (trace.faults, trace.dropped, trace.is_whole) == (frozenset({"mark-never"}), 7, True)
    assert not read_trace([HEADER]).is_whole


def test_records_stand_in_the_order_of_their_times_whoever_wrote_them() -> None:
    late, early = '{"ms": 9, "dir": "in", "kind": "text"}', '{"ms": 1, "dir": "out", "new": [1]}'
    assert [record.at_ms for record in read_trace([HEADER, late, early]).records] == [1, 9]


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        ([], "empty"),
        (["hello"], "no trace"),
        (["{}"], "no trace"),
        (['{"trace": 99}'], "format 99"),
        (['{"trace": true}'], "True"),
        ([json.dumps({"trace": "x" * 999})], "'x{19},"),
    ],
)
def test_what_is_no_trace_is_refused(lines: list[str], why: str) -> None:
    with pytest.raises(NoTrace, match=why):
        read_trace(lines)


@settings(max_examples=30)
@given(st.lists(st.text() | st.recursive(st.none() | st.floats() | st.text(), st.lists).map(json.dumps)))
def test_any_line_is_read_or_passed_over(lines: list[str]) -> None:
    read_trace([HEADER, *lines])
    for fields in ({"ms": 1, "dir": "in", "content": lines}, {"ms": True, "dir": "in"}, {"ms": 1, "dir": 3}):
        read_trace([HEADER, json.dumps(fields | {"headers": lines, "query": [lines], "link": None})])


@pytest.mark.parametrize("at", ["Infinity", "-Infinity", "NaN", "1e400", "-1", "1e300", '"12"', "true"])
def test_a_message_without_a_time_is_passed_over_and_missing(at: str) -> None:
    lines = [HEADER, f'{{"ms":{at},"dir":"in"}}', '{"ms":1,"kind":"end","records":1,"dropped":0}']
    trace = read_trace(lines)
    assert (trace.records, trace.is_whole) == ((), False)
