"""The same rehearsal twice gives the same object but for ids and dates, and the same audio byte for byte."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli_process import CommandLine
from tests.forked_process import ForkServer
from tests.isolation import minimal_environment

MESSAGE = "The database is down. Please call the operator."
OF_THE_RUN = ("id", "call_sid", "stream_sid", "started_at", "ended_at")
"""Ids and dates."""

REHEARSALS = {
    "delivered": (),
    "acknowledged": ("--ack", "1", "--callee", "answers,presses:1@9s"),
    "greeted": ("--greeting", "wait", "--callee", "answers,says:1.5s"),
    "voicemail": ("--voicemail", "leave", "--callee", "voicemail"),
    "screened": ("--identify", "Home", "--callee", "screens"),
    "two people": ("--callee", "busy", "--then", "+12025550144"),
    "stream broken": ("--fault", "stream-drop@3s"),
    "speech broken": ("--fault", "speech-close"),
    "tunnel late": ("--fault", "tunnel-late"),
}


def played(run_cli: CommandLine, audio: Path, options: tuple[str, ...]) -> tuple[int, list[Any], bytes]:
    """Exit status, what was printed for each call, without what belongs to the run, and the audio."""
    command = ("dial", "--rehearse", "+12025550143", MESSAGE, "--no-cache", "--json", "--save-audio")
    ran = run_cli(*command, str(audio), *options)
    calls = [json.loads(line) for line in ran.stdout.splitlines()]
    assert calls, ran.stderr
    for call in calls:
        started_at, ended_at = (datetime.fromisoformat(call[name]) for name in ("started_at", "ended_at"))
        # The dates are cut to milliseconds, wherever the run began between two.
        call["took_s"] = round((ended_at - started_at).total_seconds(), 1)
        call["detail"] = re.sub(r"CA[0-9a-f]{32}", "CA", call["detail"])
        for name in OF_THE_RUN:
            del call[name]
    return ran.status, calls, audio.read_bytes()


@pytest.fixture
def elsewhere(clean_environment: dict[str, str], tmp_path: Path) -> Iterator[CommandLine]:
    """Runs that have the same home, and are forks of an interpreter of their own."""
    server = ForkServer(minimal_environment(tmp_path / "server"))
    command_line = CommandLine(clean_environment, tmp_path, server)
    yield command_line
    survivors = command_line.end_all()
    server.close()
    assert not survivors


@pytest.mark.long
def test_a_rehearsal_comes_out_the_same(
    run_cli: CommandLine, elsewhere: CommandLine, exec_cli: CommandLine, tmp_path: Path
) -> None:
    """Moments included: a busy machine, on which the runs take longer or less, changes none of them. Nor
    does the order of sets, which every interpreter has its own of, nor, for the first, what was imported
    before.
    """
    for number, (name, options) in enumerate(REHEARSALS.items()):
        another = exec_cli if number == 0 else elsewhere
        first, second = (
            played(cli, tmp_path / f"{n}.wav", options) for n, cli in enumerate((run_cli, another))
        )
        assert first[:2] == second[:2], name
        assert first[2] == second[2], name
