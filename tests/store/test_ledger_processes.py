"""Many processes, one ledger: creation in the same second, rows that outlive their process, full disks."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.store.ledger import SqliteLedger
from tests.cli_process import CommandLine, Process
from tests.store.attempts import CALLEE, intent, result
from tests.store.ledgers import lock_files
from tests.store.waiting_processes import WaitingProcesses, go, read_line

_KEYS = {"CARTESIA_API_KEY": "sk_car_fake_key", "TWILIO_AUTH_TOKEN": "fake0auth0token"}


class Processes(WaitingProcesses):
    """All share the ledger in `folder`."""

    def __init__(self, folder: Path, run_cli: CommandLine) -> None:
        super().__init__("tests.store.ledger_process", run_cli, _KEYS)
        self._folder = folder

    def start(self, *id_and_steps: str) -> Process:
        """One that takes these steps for that row."""
        return super().start(str(self._folder), *id_and_steps)


def everything_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def processes(folder: Path, run_cli: CommandLine) -> Processes:
    return Processes(folder, run_cli)


async def test_twenty_processes_make_one_ledger(folder: Path, processes: Processes) -> None:
    """Twenty programs that start in the same second create the ledger together and lose no row.

    What they leave on disk names whom they called, and holds no key.
    """
    ids = [f"row{number:02}" for number in range(20)]
    crowd = [processes.start(id, "begin", "placed", "close") for id in ids]
    assert {read_line(process) for process in crowd} == {"ready"}
    for process in crowd:
        go(process)
    assert [read_line(process) for process in crowd] == ["done"] * 20

    ledger = SqliteLedger(folder, clock=SystemClock())
    rows = await ledger.recent(100)
    assert sorted(row.id for row in rows) == ids
    assert {row.outcome for row in rows} == {"delivered"}
    assert await ledger.claimed([f"CA{id}" for id in ids]) == {f"CA{id}" for id in ids}
    assert await ledger.orphans() == []
    assert lock_files(folder) == []

    content = everything_in(folder)
    assert CALLEE.encode() in content
    for secret in _KEYS.values():
        assert secret.encode() not in content


@pytest.mark.parametrize("steps", [("guarded-begin",), ("guarded-begin", "placed", "close")])
async def test_twenty_processes_for_one_number_let_three_through(
    folder: Path, processes: Processes, steps: tuple[str, ...]
) -> None:
    """Exactly three, whether the others ask before or after the calls are placed; the rest leave rows that
    say so, and no lock."""
    ids = [f"row{number:02}" for number in range(20)]
    crowd = [processes.start(id, *steps) for id in ids]
    assert {read_line(process) for process in crowd} == {"ready"}
    for process in crowd:
        go(process)
    said = dict(zip(ids, map(read_line, crowd), strict=True))
    let_through = {id for id, word in said.items() if word == "done"}
    assert sorted(said.values()) == ["done"] * 3 + ["withheld"] * 17

    rows = await SqliteLedger(folder, clock=SystemClock()).recent(100)
    assert {row.id for row in rows if row.outcome != "withheld"} == let_through
    assert all((row.withheld is None) == (row.id in let_through) for row in rows)
    assert lock_files(folder) == ([] if "close" in steps else sorted(f"{id}.lock" for id in let_through))


async def test_a_killed_process_leaves_an_orphan_and_a_living_one_does_not(
    folder: Path, processes: Processes
) -> None:
    """The kernel frees the row of a process that got SIGKILL."""
    killed = processes.start("killed", "begin", "placed")
    living = processes.start("living", "begin")
    for process in (killed, living):
        assert read_line(process) == "ready"
        go(process)
        assert read_line(process) == "done"

    ledger = SqliteLedger(folder, clock=SystemClock())
    await ledger.begin(intent("own"))
    assert await ledger.orphans() == []

    killed.kill()
    assert killed.wait() == -signal.SIGKILL
    (orphan,) = await ledger.orphans()
    assert (orphan.id, orphan.call_sid, orphan.to) == ("killed", "CAkilled", CALLEE)

    await ledger.settle("killed", "Its process was gone.")
    assert await ledger.orphans() == []
    assert lock_files(folder) == ["living.lock", "own.lock"]
    await ledger.close(result("own"))


async def test_a_disk_that_takes_no_more_is_an_error(processes: Processes) -> None:
    """A write that the disk refuses is one sentence that names the ledger."""
    process = processes.start("a", "small-disk", "begin")
    assert read_line(process) == "ready"
    go(process)
    said = read_line(process)
    assert said.startswith("The ledger ")
    assert "cannot be used" in said
    assert process.wait() == 1


async def test_a_directory_that_may_not_be_written_is_an_error(folder: Path, processes: Processes) -> None:
    """Its owner's wish is respected, and said."""
    os.mkdir(folder, 0o500)
    process = processes.start("a", "no-superuser", "begin")
    assert read_line(process) == "ready"
    go(process)
    said = read_line(process)
    assert "cannot be used" in said
    assert "Permission denied" in said
    assert process.wait() == 1
