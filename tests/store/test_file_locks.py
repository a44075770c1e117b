"""A lock file is held by one, waited for by many, and never by somebody who is gone."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.store.file_locks import (
    FIRST_PAUSE_S,
    JITTER,
    LONGEST_PAUSE_S,
    first_free,
    growing_pauses_s,
    try_lock,
)


def test_one_holds_it(tmp_path: Path) -> None:
    """Of one process too; the file is private and stays, unless whoever holds it removes it."""
    path = tmp_path / "a.lock"
    held = try_lock(path)
    assert held is not None
    assert path.stat().st_mode & 0o777 == 0o600
    assert try_lock(path) is None
    held.release()
    again = try_lock(path)
    assert again is not None
    again.remove()
    assert not path.exists()


def test_a_lock_whose_file_is_gone_excludes_nobody(tmp_path: Path) -> None:
    path = tmp_path / "a.lock"
    held = try_lock(path)
    assert held is not None
    path.unlink()
    other = try_lock(path)
    assert other is not None
    assert try_lock(path) is None
    held.release()
    other.release()


async def test_the_first_free_one_is_taken(tmp_path: Path) -> None:
    """In the order of their names; the folder is made."""
    folder = tmp_path / "locks"
    names = ["one", "two"]
    first, second = await first_free(folder, names), await first_free(folder, names)
    assert sorted(path.name for path in folder.iterdir()) == names
    waiting = asyncio.create_task(first_free(folder, names))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    second.release()
    async with asyncio.timeout(10):
        third = await waiting
    assert try_lock(folder / "two") is None
    first.release()
    third.release()


async def test_whoever_gives_up_holds_nothing(tmp_path: Path) -> None:
    """At whichever moment, that of the lock's coming included."""
    path = tmp_path / "a.lock"
    for pause_s in (0, 0, 0.0005, 0.001, 0.002, 0.005):
        waiting = asyncio.create_task(first_free(tmp_path, [path.name]))
        await asyncio.sleep(pause_s)
        if not waiting.cancel():
            waiting.result().release()
        await asyncio.wait({waiting})
        async with asyncio.timeout(10):
            (await first_free(tmp_path, [path.name])).release()


async def test_a_file_that_cannot_be_locked_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "a.lock").mkdir()
    with pytest.raises(IsADirectoryError):
        await first_free(tmp_path, ["a.lock"])


def looks_within(seconds: float) -> int:
    """How often somebody looks at a lock that stays held."""
    looks_at_s = itertools.accumulate(growing_pauses_s(), initial=0.0)
    return sum(1 for _ in itertools.takewhile(lambda at_s: at_s <= seconds, looks_at_s))


def test_the_looks_of_who_waits_for_long_grow_apart() -> None:
    """Often at first, then about twice a second; never so rarely that a freed lock stays unused."""
    assert all(FIRST_PAUSE_S * (1 - JITTER) <= next(growing_pauses_s()) <= FIRST_PAUSE_S for _ in range(100))
    later_s = list(itertools.islice(growing_pauses_s(), 20, 120))
    assert all(LONGEST_PAUSE_S * (1 - JITTER) <= pause_s <= LONGEST_PAUSE_S for pause_s in later_s)
    assert len(set(later_s)) > 90  # nobody looks in step with somebody else
    assert looks_within(0.1) >= 4
    assert looks_within(10) < 60  # at 20 ms it would be 500


async def test_between_two_looks_nothing_is_done(tmp_path: Path) -> None:
    """A look for each pause and no more; the lock is taken at the next look."""
    held = await first_free(tmp_path, ["one"])
    pauses = 0

    def counted() -> Iterator[float]:
        nonlocal pauses
        for pause_s in (0.01, 0.01, 0.01, 0.05):
            pauses += 1
            if pauses == 4:
                held.release()
            yield pause_s

    async with asyncio.timeout(10):
        (await first_free(tmp_path, ["one"], pauses_s=counted)).release()
    assert pauses == 4
