"""No more contexts at once than the plan allows, over all processes; never a reason for silence."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from pathlib import Path

import pytest

from cartesia_call.store.context_slots import ContextSlots
from tests.cli_process import CommandLine
from tests.store.cache_processes import CacheProcesses
from tests.store.caches import until
from tests.store.waiting_processes import go, read_line


@pytest.fixture
def processes(tmp_path: Path, run_cli: CommandLine) -> CacheProcesses:
    return CacheProcesses(tmp_path / "contexts", run_cli)


async def is_free(folder: Path, *, count: int) -> bool:
    """Whether somebody else would get a slot just now."""
    async with contextlib.AsyncExitStack() as held:
        try:
            async with asyncio.timeout(0.1):
                await held.enter_async_context(ContextSlots(folder, count=count).slot(until_s=until()))
        except TimeoutError:
            return False
        return True


@pytest.mark.parametrize("shared", [True, False])
@pytest.mark.parametrize("count", [1, 3])
async def test_tasks_of_one_process_take_turns(folder: Path, count: int, shared: bool) -> None:
    """All get through, never more than `count` at a time, whether they share the object or not."""
    slots = ContextSlots(folder, count=count)
    inside: list[int] = [0]

    async def work() -> None:
        own = slots if shared else ContextSlots(folder, count=count)
        async with own.slot(until_s=until()):
            inside.append(inside[-1] + 1)
            await asyncio.sleep(0.01)
            inside.append(inside[-1] - 1)

    await asyncio.gather(*(work() for _ in range(8)))
    assert max(inside) == count
    assert inside[-1] == 0
    assert sorted(path.name for path in folder.iterdir()) == [
        f"slot-{number}.lock" for number in range(1, count + 1)
    ]


async def test_the_files_are_private(folder: Path) -> None:
    async with ContextSlots(folder, count=1).slot(until_s=until()):
        assert folder.stat().st_mode & 0o777 == 0o700
        assert (folder / "slot-1.lock").stat().st_mode & 0o777 == 0o600


async def test_a_wait_that_was_too_long_goes_on_without(folder: Path) -> None:
    """The service decides then; the slot of whoever holds it stays theirs."""
    async with ContextSlots(folder, count=1).slot(until_s=until()):
        async with asyncio.timeout(10), ContextSlots(folder, count=1).slot(until_s=until(0.05)):
            pass
        assert not await is_free(folder, count=1)
    assert await is_free(folder, count=1)


async def test_one_of_the_same_process_waits_no_longer(folder: Path) -> None:
    """Its limit counts the wait for its turn too."""
    slots = ContextSlots(folder, count=1)
    async with slots.slot(until_s=until()), asyncio.timeout(10), slots.slot(until_s=until(0.05)):
        pass
    assert await is_free(folder, count=1)


async def test_what_goes_wrong_inside_frees_the_slot(folder: Path) -> None:
    """An exception, of the disk too, comes through; so does a cancellation, inside and while waiting."""
    slots = ContextSlots(folder, count=1)
    with pytest.raises(OSError, match="speech"):
        async with slots.slot(until_s=until()):
            raise OSError("speech")

    async def hold() -> None:
        async with slots.slot(until_s=until()):
            await asyncio.Event().wait()

    for _ in range(3):
        tasks = [asyncio.create_task(hold()) for _ in range(3)]
        await asyncio.sleep(0.03)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)
    assert await is_free(folder, count=1)


async def test_a_folder_that_cannot_be_used_is_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Speech is made all the same."""
    (tmp_path / "taken").write_text("")
    with caplog.at_level(logging.WARNING, logger="cartesia_call"):
        async with ContextSlots(tmp_path / "taken" / "contexts", count=2).slot(until_s=until()):
            pass
    (line,) = caplog.messages
    assert line.startswith("the contexts in use cannot be counted in ")


def test_no_slot_at_all_makes_no_sense(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one"):
        ContextSlots(tmp_path, count=0)


async def test_processes_share_the_slots(processes: CacheProcesses) -> None:
    """Two of three hold one; the third gets its own once one of the two was killed."""
    three = [processes.start("slot:2") for _ in range(3)]
    assert {read_line(process) for process in three} == {"ready"}
    first, second, third = three
    for process in (first, second):
        go(process)
        assert read_line(process) == "slot"
    assert not await is_free(processes.folder, count=2)
    go(third)
    first.kill()
    assert first.wait() == -signal.SIGKILL
    assert read_line(third) == "slot"
    assert not await is_free(processes.folder, count=2)
