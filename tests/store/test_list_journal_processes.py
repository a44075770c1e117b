"""Processes that call one dial list: killed at any moment, and two at once."""

from __future__ import annotations

import random
import subprocess
from collections import Counter
from pathlib import Path

import pytest

from tests.cli_process import CommandLine, Process
from tests.store.dial_lists import dial_list
from tests.store.ledgers import ledger_in
from tests.store.waiting_processes import WaitingProcesses, go, read_line

KILLS = 6


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def processes(run_cli: CommandLine) -> WaitingProcesses:
    return WaitingProcesses("tests.store.list_process", run_cli)


def claimed_by(process: Process) -> list[int]:
    """The rows that it says it has claimed, until it is done."""
    return [int(line) for line in iter(lambda: read_line(process), "done")]


async def test_whenever_a_process_is_killed_each_claim_is_one_attempt(
    folder: Path, processes: WaitingProcesses
) -> None:
    """No row is claimed twice, none is lost, and only the one under way at the kill is open."""
    journal, chance = ledger_in(folder), random.Random(15)
    await journal.begin_list(dial_list("a", rows=60))
    for kill in range(KILLS):
        process = processes.start(str(folder), "a", "60")
        assert read_line(process) == "ready"
        go(process)
        for _ in range(chance.randint(1, 8)):
            row = int(read_line(process))
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(chance.uniform(0, 0.01))  # somewhere between two commits
        process.kill()
        process.wait()
        attempts = await journal.row_attempts("a")
        assert [attempt.row for attempt in attempts] == list(range(1, len(attempts) + 1))
        assert len(attempts) >= row
        assert sum(attempt.is_open for attempt in attempts) <= kill + 1
        assert all(attempt.call_sid for attempt in attempts if not attempt.is_open)
    last = processes.start(str(folder), "a", "60")
    assert read_line(last) == "ready"
    go(last)
    claimed_by(last)
    attempts = await journal.row_attempts("a")
    assert [attempt.row for attempt in attempts] == list(range(1, 61))
    assert {orphan.id for orphan in await journal.orphans()} == {
        attempt.id for attempt in attempts if attempt.is_open
    }


async def test_two_processes_claim_each_row_once(folder: Path, processes: WaitingProcesses) -> None:
    """Both try all of the two hundred at the same time."""
    await ledger_in(folder).begin_list(dial_list("a", rows=200))
    both = [processes.start(str(folder), "a", "200") for _ in range(2)]
    for process in both:
        assert read_line(process) == "ready"
    for process in both:
        go(process)
    said = Counter(row for process in both for row in claimed_by(process))
    assert said == Counter(range(1, 201))
    attempts = await ledger_in(folder).row_attempts("a")
    assert [(attempt.row, attempt.attempt) for attempt in attempts] == [(row, 1) for row in range(1, 201)]
    assert not any(attempt.is_open for attempt in attempts)


async def test_a_list_is_free_when_its_process_was_killed(folder: Path, processes: WaitingProcesses) -> None:
    """The kernel frees it; what the process left does not stand in the way."""
    (folder / "lists").mkdir(parents=True)
    (folder / "lists" / "a.lock").write_text("4242")
    with ledger_in(folder).hold("a"):
        assert (folder / "lists" / "a.lock").read_text() != "4242"
