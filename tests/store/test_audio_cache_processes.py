"""Many processes, one cache: what is wanted at once is made once, and nobody disturbs anybody."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.cli_process import CommandLine
from tests.store.cache_processes import CacheProcesses
from tests.store.caches import names, open_cache
from tests.store.waiting_processes import go, read_line


@pytest.fixture
def processes(tmp_path: Path, run_cli: CommandLine) -> CacheProcesses:
    return CacheProcesses(tmp_path / "speech", run_cli)


def test_sixteen_processes_make_it_once(processes: CacheProcesses) -> None:
    """All want the same at the same moment: one makes it, fifteen find it."""
    crowd = [processes.start("make:hello") for _ in range(16)]
    assert {read_line(process) for process in crowd} == {"ready"}
    for process in crowd:
        go(process)
    assert sorted(map(read_line, crowd)) == ["found"] * 15 + ["made"]
    assert names(processes.folder) == [".json", ".ulaw"]


def test_the_kernel_frees_the_lock_of_a_killed_process(processes: CacheProcesses) -> None:
    """Whoever waits for it goes on at once, and makes it."""
    holder = processes.start("hold:hello")
    assert read_line(holder) == "ready"
    go(holder)
    assert read_line(holder) == "holding"
    waiter = processes.start("make:hello")
    assert read_line(waiter) == "ready"
    go(waiter)
    holder.kill()
    assert holder.wait() == -signal.SIGKILL
    assert read_line(waiter) == "made"
    assert names(processes.folder) == [".json", ".ulaw"]


async def test_eight_processes_keep_find_and_evict_at_once(processes: CacheProcesses) -> None:
    """In a cache with room for five entries: whatever anybody finds is right, nothing is left over."""
    processes.limit_bytes = 90_000
    crowd = [processes.start(f"churn:{number}:12") for number in range(8)]
    assert {read_line(process) for process in crowd} == {"ready"}
    for process in crowd:
        go(process)
    assert [read_line(process) for process in crowd] == ["churned"] * 8
    folder = processes.folder
    entries = await open_cache(folder).entries()
    assert 0 < len(entries) <= 5
    assert names(folder) == sorted([".json", ".ulaw"] * len(entries))
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 90_000


def test_a_disk_that_takes_no_more_is_one_sentence(processes: CacheProcesses) -> None:
    """And no half-written file stays."""
    process = processes.start("small-disk", "make:hello")
    assert read_line(process) == "ready"
    go(process)
    assert read_line(process).startswith("The speech cache ")
    assert process.wait() == 1
    assert names(processes.folder) == []


def test_a_folder_that_may_not_be_written_is_one_sentence(processes: CacheProcesses) -> None:
    """Its owner's wish is respected, and said."""
    processes.folder.mkdir(mode=0o500)
    process = processes.start("no-superuser", "make:hello")
    assert read_line(process) == "ready"
    go(process)
    assert "cannot be used" in read_line(process)
    assert process.wait() == 1
