"""A traced call is told whole, with nothing of anybody's in it; a trace that fails ends nothing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.live_line import NoDisplay
from cartesia_call.clock import SystemClock
from cartesia_call.settings.resolve import resolve
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.tracing.lines import Trace, read_trace
from cartesia_call.wiring.line import open_line
from cartesia_call.wiring.plan import build_plan
from tests.calls.rehearsed import CALLEE, Rehearsed, rehearsed
from tests.calls.trace_secrets import leaked
from tests.settings.machine import command_line

MESSAGE = "Zanzibar quokka vault. The password is xylophone."


async def traced(path: Path, *faults: str, **options: Any) -> tuple[Rehearsed, Trace]:
    async with rehearsed(
        "answers,ring:1s,presses:1@6s", *faults, message=MESSAGE, trace=path, **options
    ) as call:
        await call.run()
    return call, read_trace(path.read_text().splitlines())


@pytest.mark.parametrize("faults", [(), ("place-500",), ("wrong-token",), ("speech-refused",)])
async def test_no_secret_is_in_a_trace(tmp_path: Path, faults: tuple[str, ...]) -> None:
    path = tmp_path / "call.jsonl"
    call, trace = await traced(path, *faults, ack="1", amd="carrier")
    assert leaked(path.read_text(), call, MESSAGE) == []
    assert trace.is_whole


async def test_every_peer_and_kind_is_told(tmp_path: Path) -> None:
    call, trace = await traced(tmp_path / "call.jsonl", ack="1", amd="carrier")
    told = {(record.peer, record.kind, record.sent) for record in trace.records}
    assert {
        ("twilio", "request", True), ("twilio", "answer", False), ("twilio", "request", False),
        ("twilio", "handshake", False), ("twilio", "text", True), ("twilio", "text", False),
        ("twilio", "close", False), ("cartesia", "handshake", True), ("cartesia", "text", False),
        ("ourselves", "handshake", False),
    } <= told  # fmt: skip
    signed = {record.facts["signed"] for record in trace.records if record.peer == "twilio" and record.facts}
    assert signed == {"as written"}
    events = {record.event for record in trace.records}
    assert {"start", "media", "mark", "stop", "dtmf", "chunk", "done"} <= events
    audio = sum(
        record.fields["media"]["payload"]["audio_bytes"]  # type: ignore[index]  # of a media message
        for record in trace.records
        if record.sent and record.event == "media"
    )
    assert audio >= len(call.simulated.stream_audio) > 0


async def test_audio_is_kept_where_that_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    await traced(path, trace_audio=True)
    chunks = [json.loads(line) for line in path.read_text().splitlines() if '"chunk"' in line]
    assert all(chunk["content"]["data"]["base64"] for chunk in chunks if chunk["content"].get("data"))


async def test_a_trace_that_cannot_be_written_silences_nobody(tmp_path: Path) -> None:
    warnings: list[str] = []
    given = command_line(rehearse=True, trace=tmp_path / "none" / "call.jsonl")
    settings = resolve(given, {}, working_directory=tmp_path, needs=frozenset())
    clock = SystemClock()
    async with open_line(settings, {}, clock=clock, observer=NoDisplay(), warn=warnings.append) as line:
        text = MessageText.whole(Message.of(MESSAGE))
        plan = build_plan(settings, line, attempt_id="traced", to=CALLEE, text=text)
        result = await Rehearsed(line, plan, text, (CALLEE,)).run()
    assert result.outcome is Outcome.DELIVERED
    (warning,) = warnings
    assert "the trace is not whole" in warning
