"""A ledger that is kept open for many writes: quicker, and in everything else as ever."""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.ledger_file import Claim
from cartesia_call.store.schema import DATABASE_NAME
from tests.store.attempts import intent, result
from tests.store.ledgers import ledger_in, lock_files, until


def open_files(folder: Path) -> list[str]:
    """The files of the ledger in `folder` that this process has open."""
    if not os.path.isdir("/proc/self/fd"):
        pytest.skip("this system does not tell")
    found = []
    for descriptor in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the listing's own
            found.append(Path(os.readlink(f"/proc/self/fd/{descriptor}")))
    return sorted(path.name for path in found if path.parent == folder)


async def test_writes_share_what_is_open(folder: Path) -> None:
    """All at once or one after the other; behind the block nothing is open, and the log is folded in."""
    ledger = ledger_in(folder)
    async with ledger.kept_open():
        await asyncio.gather(*(ledger.begin(intent(f"a{number}")) for number in range(10)))
        opened = open_files(folder)
        assert opened.count(DATABASE_NAME) == 1
        await asyncio.gather(*(ledger.close(result(f"a{number}")) for number in range(10)))
        assert open_files(folder) == opened
        assert [row.outcome for row in await ledger.recent(20)] == ["delivered"] * 10
    assert open_files(folder) == []
    assert sorted(path.name for path in folder.iterdir()) == [DATABASE_NAME, "rows", "setup.lock"]
    await ledger.begin(intent("b"))
    await ledger.close(result("b"))
    assert len(await ledger_in(folder).recent(20)) == 11


async def test_the_guard_counts_what_is_written_at_once(folder: Path) -> None:
    """As over processes: three calls, the others are held back."""
    ledger = ledger_in(folder)
    async with ledger.kept_open():
        said = await asyncio.gather(*(ledger.begin(intent(f"a{number}"), GUARD) for number in range(10)))
        assert sum(withheld is None for withheld in said) == 3
        for number, withheld in enumerate(said):
            if withheld is None:
                await ledger.close(result(f"a{number}"))


async def test_what_fails_spoils_nothing_for_the_next(folder: Path) -> None:
    ledger = ledger_in(folder)
    async with ledger.kept_open():
        await ledger.begin(intent("a"))
        await ledger.close(result("a"))
        with pytest.raises(LedgerError, match="UNIQUE"):
            await ledger.begin(intent("a"))
        await ledger.begin(intent("b"))
        await ledger.close(result("b"))
        assert {row.id for row in await ledger.recent(9)} == {"a", "b"}
    assert lock_files(folder) == []


class HangingOnce(SqliteLedger):
    """A ledger on a disk that holds up the end of its first commit until `go_on`."""

    go_on = threading.Event()
    _has_hung = False

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with super()._transaction() as connection:
            yield connection
        if not self._has_hung:
            self._has_hung = True
            assert self.go_on.wait(30)


async def test_a_write_that_hangs_is_given_up_and_holds_up_nothing_else(folder: Path) -> None:
    """What waits behind it is done by somebody else, and an intent that was given up is taken back."""
    ledger = HangingOnce(folder, clock=SystemClock(), busy_timeout_s=0.5)
    async with ledger.kept_open():
        with pytest.raises(LedgerError, match=r"not free within 0\.5 s"):
            await ledger.begin(intent("hung"))
        await ledger.begin(intent("a"))
        await ledger.close(result("a"))
        ledger.go_on.set()
        await until(lambda: lock_files(folder) == [])
    assert [row.id for row in await ledger.recent(9)] == ["a"]
    await until(lambda: open_files(folder) == [])


@pytest.mark.parametrize("is_kept_open", [True, False])
async def test_work_that_counts_and_hangs_is_given_up_as_well(folder: Path, is_kept_open: bool) -> None:
    """Later than other work, for it is about to be over."""
    ledger = SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=0.1)
    go_on, verdict = threading.Event(), Claim()

    def count_and_hang() -> None:
        verdict.decide()
        go_on.wait(30)

    async with ledger.kept_open() if is_kept_open else contextlib.nullcontext():
        async with asyncio.timeout(20):
            with pytest.raises(LedgerError, match=r"not free within 0\.1 s"):
                await ledger._in_time(count_and_hang, verdict)
        go_on.set()


async def test_a_ledger_that_somebody_else_holds_is_given_up_in_time(folder: Path) -> None:
    """And is written again once it is free."""
    ledger = ledger_in(folder, busy_timeout_s=0.3)
    async with ledger.kept_open():
        await ledger.lists()
        await ledger.begin(intent("a"))
        with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as hog:
            hog.execute("BEGIN EXCLUSIVE")
            with pytest.raises(LedgerError, match=r"not free within 0\.3 s"):
                await ledger.placed("a", "CA1")
            hog.execute("ROLLBACK")
        await ledger_in(folder).close(result("a"))
        assert [row.outcome for row in await ledger.recent(9)] == ["delivered"]


def test_a_forked_process_opens_the_ledger_for_itself(folder: Path) -> None:
    """SQLite's connections do not survive a fork, and neither do threads (sqlite.org/howtocorrupt.html)."""
    ledger = ledger_in(folder)
    with asyncio.Runner() as runner:
        kept = ledger.kept_open()
        runner.run(kept.__aenter__())
        runner.run(ledger.begin(intent("a")))
        child = os.fork()
        if child == 0:
            os._exit(len(asyncio.run(ledger.recent(9))))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
        runner.run(ledger.close(result("a")))
        runner.run(kept.__aexit__(None, None, None))
