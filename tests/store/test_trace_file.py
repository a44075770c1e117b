"""A trace is for its owner alone; whatever is wrong with its file is told, and ends nothing."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.store.trace_file import TraceFile, trouble_with
from cartesia_call.tracing.lines import read_trace
from cartesia_call.tracing.messages import Kind, Message, Peer

HEADER = '{"trace":1}\n'


def message(text: str) -> Message:
    return Message(peer=Peer.TWILIO, kind=Kind.TEXT, sent=False, link=1, text=text)


def write(path: Path, *, messages: int = 3, largest_bytes: int = 10_000) -> TraceFile:
    async def main() -> TraceFile:
        trace = TraceFile(path, header=HEADER, clock=SystemClock(), largest_bytes=largest_bytes)
        for _ in range(messages):
            trace.note(message('{"event":"connected"}'))
        await trace.close()
        return trace

    return asyncio.run(main())


def test_it_is_written_whole_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    path.write_text("somebody else's notes, readable by all")
    path.chmod(0o644)
    assert write(path).trouble is None
    assert path.stat().st_mode & 0o777 == 0o600
    trace = read_trace(path.read_text().splitlines())
    assert (len(trace.records), trace.dropped, trace.is_whole) == (3, 0, True)


def test_beyond_its_limit_messages_are_left_out_and_counted(tmp_path: Path) -> None:
    path = tmp_path / "call.jsonl"
    write(path, messages=50, largest_bytes=1000)
    trace = read_trace(path.read_text().splitlines())
    assert trace.dropped > 0
    assert trace.dropped + len(trace.records) == 50
    assert path.stat().st_size < 1200


@pytest.mark.parametrize("kind", ["missing folder", "link", "pipe", "folder"])
def test_what_cannot_be_written_is_told(tmp_path: Path, kind: str) -> None:
    path, aim = tmp_path / "call.jsonl", tmp_path / "precious"
    aim.write_text("kept")
    if kind == "missing folder":
        path = tmp_path / "none" / "call.jsonl"
    elif kind == "link":
        path.symlink_to(aim)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.mkdir()
    trouble = write(path).trouble
    assert trouble is not None
    assert str(path) in trouble
    assert trouble_with(path) == trouble
    assert aim.read_text() == "kept"


def test_of_two_commands_only_the_first_writes(tmp_path: Path) -> None:
    """They would write over each other's lines."""
    path = tmp_path / "call.jsonl"

    async def main() -> tuple[str | None, str | None]:
        first = TraceFile(path, header=HEADER, clock=SystemClock())
        while not path.exists() or path.stat().st_size == 0:  # its thread is about to open it
            first.note(message('{"event":"connected"}'))
            await asyncio.sleep(0)
        second = TraceFile(path, header=HEADER, clock=SystemClock())
        second.note(message('{"event":"connected"}'))
        await second.close()
        await first.close()
        return first.trouble, second.trouble

    first, second = asyncio.run(main())
    assert first is None
    assert second is not None
    assert "another command writes its trace there" in second
    assert read_trace(path.read_text().splitlines()).is_whole
    assert trouble_with(path) is None
