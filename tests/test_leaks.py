"""The checks that watch every test have been seen to fail."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import threading
from pathlib import Path

from tests.cli_process import CommandLine
from tests.leaks import child_processes, end_children, leaked_tasks, leaked_threads, processes_of_home


async def test_a_task_left_behind_is_named_and_cancelled() -> None:
    before = frozenset(asyncio.all_tasks())
    task = asyncio.create_task(asyncio.Event().wait(), name="forgotten")
    [description] = await leaked_tasks(before)
    assert "forgotten" in description
    assert task.cancelled()


async def test_a_task_that_is_ending_is_no_leak() -> None:
    before = frozenset(asyncio.all_tasks())
    task = asyncio.create_task(asyncio.sleep(0))
    assert await leaked_tasks(before) == []
    assert task.done()


def test_a_thread_left_behind_is_named() -> None:
    before = frozenset(threading.enumerate())
    release = threading.Event()
    thread = threading.Thread(target=release.wait, name="forgotten")
    thread.start()
    try:
        assert leaked_threads(before) == ["forgotten"]
    finally:
        release.set()
        thread.join()
    assert leaked_threads(before) == []


def test_a_child_left_behind_is_described_and_ended() -> None:
    before = child_processes()
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    [description] = end_children(child_processes() - before)
    assert str(child.pid) in description
    assert child_processes() == before
    child.communicate()


def test_a_process_is_known_by_its_home(tmp_path: Path) -> None:
    """An agent that outlives its parent in a session of its own still carries the home it was given."""
    child = subprocess.Popen(
        [sys.executable, "-c", "print(flush=True); input()"],
        env={"HOME": str(tmp_path)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert child.stdout is not None
    child.stdout.readline()
    found = processes_of_home(tmp_path)
    child.communicate(b"\n")
    assert found == ({child.pid} if sys.platform == "linux" else set())


def test_no_key_of_the_developer_is_seen() -> None:
    assert not [name for name in os.environ if name.startswith(("TWILIO_", "CARTESIA_", "NGROK_"))]


def test_a_subprocess_has_a_home_without_keys(
    clean_environment: dict[str, str], run_cli: CommandLine
) -> None:
    assert set(clean_environment) >= {"PATH", "HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"}
    assert run_cli("no-such-command").status != 0
