"""A trace of the built-in network is like it; whatever is changed in one is told, and what it is about."""

from __future__ import annotations

import json
import random
from functools import cache
from typing import Any

import pytest

from cartesia_call.tracing.lines import read_trace
from cartesia_simulator.comparing.compare import compare
from cartesia_simulator.replaying.script import script_of
from tests.recorded.scenes import SCENES, Scene
from tests.simulator.comparing.mutations import (
    Line,
    Mutation,
    answer,
    callback,
    event,
    set_parameter,
    verdict,
)
from tests.simulator.comparing.table import mutations

MUTATIONS = list(mutations())


@cache
def texts_of(name: str) -> tuple[str, ...]:
    scene = next(scene for scene in SCENES if scene.name == name)
    return tuple(json.dumps(json.loads(line)) for line in scene.path.read_text().splitlines())


def lines_of(name: str) -> list[Line]:
    return [json.loads(text) for text in texts_of(name)]


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_trace_is_like_the_network_that_made_it(scene: Scene) -> None:
    assert compare(read_trace(scene.path.read_text().splitlines())).differences == ()


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_what_is_changed_is_told(mutation: Mutation) -> None:
    found = compare(read_trace(mutation.of(texts_of(mutation.scene)))).differences
    assert mutation.assumption in {finding.assumption for finding in found}


def test_there_are_enough_of_them() -> None:
    assert len(MUTATIONS) >= 40
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS)


ODD: tuple[object, ...] = (
    None,
    True,
    -1,
    1.5,
    "",
    "<CA:1>",
    [],
    {},
    [["a"]],
    {"event": "media"},
    {"media": 7},
    "9" * 30,
)


def spoiled(value: Any, choose: random.Random) -> Any:
    """The same with a few parts of it lost or replaced."""
    if choose.random() < 0.02:
        return choose.choice(ODD)
    if isinstance(value, dict):
        return {name: spoiled(inner, choose) for name, inner in value.items() if choose.random() > 0.02}
    if isinstance(value, list):
        return [spoiled(inner, choose) for inner in value if choose.random() > 0.01]
    return value


@pytest.mark.parametrize("scene", SCENES, ids=lambda scene: scene.name)
def test_a_spoiled_trace_is_no_trouble(scene: Scene) -> None:
    """Nor for whoever plays it."""
    header, *lines = lines_of(scene.name)[:150]
    for seed in range(5):
        choose = random.Random(seed)
        header |= {"faults": choose.choice(ODD), "asks": choose.choice(ODD), "region": choose.choice(ODD)}
        trace = read_trace(json.dumps(line) for line in [header, *(spoiled(each, choose) for each in lines)])
        compare(trace)
        script_of(trace)


def test_what_others_write_is_no_trouble() -> None:
    """Lines in any order, with fields and peers that are not known, and without those that are."""
    lines = lines_of("acknowledged")
    strange = [
        {"ms": 5, "dir": "in", "peer": "moon", "kind": "text", "content": [[1]]},
        {"ms": 6, "dir": "out"},
    ]
    bare = [{"ms": line.get("ms", 0), "dir": line.get("dir", "in"), "content": 7} for line in lines[1:]]
    for written in ([lines[0], *reversed(lines[1:]), *strange], [lines[0], *bare], [lines[0]]):
        compare(read_trace(json.dumps(line) for line in written))


def test_a_number_of_thousands_of_digits_is_no_trouble() -> None:
    """Python reads none of more than 4,300."""
    lines = lines_of("acknowledged")
    path = "/2010-04-01/Accounts/<AC:1>/Calls/<CA:1>/Notifications.json"
    asked = {"ms": 1, "dir": "out", "peer": "twilio", "kind": "request", "link": 999, "method": "GET"}
    notes = {"notifications": [{"error_code": "9" * 5000}, {"error_code": "31921"}]}
    answered = {"ms": 2, "dir": "in", "peer": "twilio", "kind": "answer", "link": 999, "status": 200}
    lines += [asked | {"path": path}, answered | {"content": notes}]
    compared = compare(read_trace(json.dumps(line) for line in lines))
    assert compared.verdict("notes-tell-stream-errors") == "confirmed"


# --- what a carrier of another make does besides: each thing once, and about the right belief


def told_of(lines: list[Line]) -> list[tuple[str, str]]:
    found = compare(read_trace(json.dumps(line) for line in lines)).differences
    return [(finding.assumption, finding.sentence) for finding in found]


def test_a_call_that_begins_queued_is_no_ended_one() -> None:
    lines = lines_of("acknowledged")
    set_parameter(callback(lines, "initiated"), "CallStatus", "queued")
    assert told_of(lines) == []


def test_what_comes_again_is_told_once_with_how_often() -> None:
    lines = lines_of("acknowledged")
    for line in lines:
        if line.get("facts", {}).get("door") == "status":
            line["facts"]["signed"] = "without query"
    sentence = "a request at /status/ is signed over the address without query (4 times)"
    assert told_of(lines) == [("callbacks-are-signed", sentence)]


def test_callbacks_by_post_are_read_too_and_leave_no_gap() -> None:
    lines = lines_of("acknowledged")
    line = callback(lines, "ringing")
    line["content"], line["query"], line["method"] = line["query"], [], "POST"
    assert told_of(lines) == [("callbacks-come-by-get", "a callback comes by POST")]
    del line["content"]
    assert told_of(lines) == [("callbacks-come-by-get", "a callback comes by POST")]
    lines = lines_of("voicemail")
    for line in (callback(lines, "ringing"), callback(lines, "initiated"), verdict(lines)):
        line["content"], line["query"], line["method"] = line["query"], [], "POST"
    assert sorted(told_of(lines)) == [
        ("callbacks-come-by-get", "a callback comes by POST (2 times)"),
        ("verdicts-come-by-get", "the verdict comes by POST"),
    ]


def test_a_message_of_a_new_kind_needs_no_number() -> None:
    lines = lines_of("acknowledged")
    beat = event(lines, "media", 5) | {"content": {"event": "heartbeat"}}
    lines.insert(lines.index(event(lines, "media", 5)), beat)
    assert told_of(lines) == [("unknown-fields-come", "a message 'heartbeat' comes, which is not known")]


def test_audio_that_is_none_is_told_by_its_form_alone() -> None:
    lines = lines_of("acknowledged")
    event(lines, "media", 5)["content"]["media"]["payload"] = "<text:9/214>"
    assert told_of(lines) == [("stream-fields", "media has text in media.payload, not audio")]


def test_another_order_is_told_by_the_first_field_and_leaves_the_fields_confirmed() -> None:
    lines = lines_of("acknowledged")
    for line in lines:
        if isinstance(line.get("content"), dict) and "streamSid" in line["content"] and line["dir"] == "in":
            line["content"] = {"streamSid": line["content"].pop("streamSid"), **line["content"]}
    told = told_of(lines)
    assert {belief for belief, _ in told} == {"order-means-nothing"}
    sentences = [sentence for _, sentence in told]
    assert "start has its fields in another order: streamSid where event is due" in sentences
    compared = compare(read_trace(json.dumps(line) for line in lines))
    assert compared.verdict("stream-fields") == "confirmed"


def test_a_lost_mark_makes_no_later_one_overtake_it() -> None:
    lines = lines_of("acknowledged")
    event(lines, "mark")["content"]["mark"]["name"] = "<name:99>"
    assert "overtake" not in str(told_of(lines))
    assert "behind that of a later" not in str(told_of(lines))


def test_two_marks_that_are_echoed_the_other_way_round_are_told() -> None:
    def mark(at_ms: float, direction: str, name: str) -> Line:
        content = {"event": "mark", "streamSid": "<MZ:1>", "sequenceNumber": "1", "mark": {"name": name}}
        return {
            "ms": at_ms,
            "dir": direction,
            "peer": "twilio",
            "kind": "text",
            "link": 1,
            "content": content,
        }

    marks = (mark(1, "out", "a"), mark(2, "out", "b"), mark(3, "in", "b"), mark(4, "in", "a"))
    told = told_of([lines_of("acknowledged")[0], *marks])
    assert ("mark-returns-its-name", "an echo comes behind that of a later mark") in told


@pytest.mark.parametrize(("code", "status"), [(20006, 403), (20409, 409), (10004, 400), (22005, 429)])
def test_a_documented_refusal_is_no_difference(code: int, status: int) -> None:
    lines = lines_of("invalid-number")
    refusal = answer(lines, "/Calls.json")
    refusal["status"], refusal["content"]["status"], refusal["content"]["code"] = status, status, code
    assert told_of(lines) == []


def test_a_missing_sip_code_is_one_difference() -> None:
    lines = lines_of("acknowledged")
    set_parameter(callback(lines, "completed"), "SipResponseCode", None)
    assert told_of(lines) == [("sip-code-is-told", "the last callback has no SipResponseCode")]
