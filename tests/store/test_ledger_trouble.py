"""A ledger that is locked, damaged, newer than this program, or on a disk that hangs."""

from __future__ import annotations

import asyncio
import contextlib
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerBusy, LedgerError
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.file_locks import lock
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.schema import DATABASE_NAME
from cartesia_call.telephony.attempt import ErrorReport
from tests.store.attempts import intent, result
from tests.store.ledgers import ledger_in, lock_files, until


async def test_a_locked_ledger_is_given_up_in_time(folder: Path) -> None:
    """Somebody else's transaction delays nobody beyond the limit."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    hasty = ledger_in(folder, busy_timeout_s=0.2)
    with sqlite3.connect(folder / DATABASE_NAME, isolation_level=None) as hog:
        hog.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"not free within 0\.2 s") as caught:
            await hasty.placed("a", "CA1")
        hog.execute("ROLLBACK")
    hog.close()
    assert caught.value.hint
    await ledger.close(result("a"))


async def test_a_disk_that_hangs_is_given_up_in_time(folder: Path) -> None:
    """Whatever blocks, here a set-up that never ends, holds up a thread that nobody waits for."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    with lock(folder / "setup.lock"), pytest.raises(LedgerError, match=r"not free within 0\.2 s"):
        await ledger_in(folder, busy_timeout_s=0.2).recent(5)
    await ledger.close(result("a"))


async def test_an_intent_that_was_given_up_never_happens(folder: Path) -> None:
    """Nobody would close its row, and the next run would take the call for one that was never placed."""
    hasty = ledger_in(folder, busy_timeout_s=0.2)
    folder.mkdir(parents=True)
    with lock(folder / "setup.lock"), pytest.raises(LedgerError, match=r"not free within 0\.2 s"):
        await hasty.begin(intent("a"))
    await until(lambda: lock_files(folder) == [])
    assert await ledger_in(folder).recent(5) == []


class SlowCommits(SqliteLedger):
    """A ledger on a disk that holds up the end of each commit until `go_on`."""

    go_on = threading.Event()

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with super()._transaction() as connection:
            yield connection
        assert self.go_on.wait(30)


async def test_an_intent_that_was_given_up_during_its_commit_is_taken_back(folder: Path) -> None:
    """The commit itself cannot be stopped any more; what it wrote can."""
    slow = SlowCommits(folder, clock=SystemClock(), busy_timeout_s=0.2)
    with pytest.raises(LedgerError, match="not free"):
        await slow.begin(intent("a"))
    slow.go_on.set()
    await until(lambda: lock_files(folder) == [])
    assert await ledger_in(folder).recent(5) == []


async def test_a_write_that_is_true_at_any_time_may_come_late(folder: Path) -> None:
    """A result that was given up still closes its row: nobody is to find it open."""
    ledger = ledger_in(folder, busy_timeout_s=0.2)
    await ledger_in(folder).begin(intent("a"))
    with lock(folder / "setup.lock"), pytest.raises(LedgerError, match="not free"):
        await ledger.close(result("a"))
    reader = ledger_in(folder)
    async with asyncio.timeout(30):
        while (await reader.recent(1))[0].outcome is None:
            await asyncio.sleep(0.01)


async def test_a_file_that_is_no_database_is_damaged(tmp_path: Path) -> None:
    (tmp_path / DATABASE_NAME).write_bytes(b"not a database at all, " * 100)
    with pytest.raises(LedgerError, match="is damaged") as caught:
        await ledger_in(tmp_path).recent(5)
    assert caught.value.hint == "Move the file away; the next call starts a new one."


async def test_a_broken_page_is_damage(folder: Path) -> None:
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    await ledger.close(result("a"))
    path = folder / DATABASE_NAME
    content = path.read_bytes()
    path.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))
    with pytest.raises(LedgerError, match="is damaged"):
        await ledger.recent(5)


@pytest.mark.parametrize("obstacle", ["folder", "parent", "database"])
async def test_something_in_the_way_is_named(folder: Path, obstacle: str) -> None:
    """A file where a directory belongs, or the reverse, is one sentence with the path."""
    if obstacle == "database":
        (folder / DATABASE_NAME).mkdir(parents=True)
    else:
        blocker = folder if obstacle == "folder" else folder.parent
        blocker.parent.mkdir(exist_ok=True)
        blocker.write_text("")
    with pytest.raises(LedgerError, match="cannot be used") as caught:
        await ledger_in(folder).begin(intent("a"))
    assert str(folder) in str(caught.value)
    assert caught.value.hint


async def test_a_newer_ledger_is_left_alone(folder: Path) -> None:
    """An older program does not guess what a newer one wrote."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    await ledger.close(result("a"))
    with sqlite3.connect(folder / DATABASE_NAME) as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    with pytest.raises(LedgerError, match="newer cartesia-call"):
        await ledger.recent(5)


async def test_what_a_newer_release_wrote_into_a_row_hides_nothing(folder: Path) -> None:
    """Words without a value here are kept as text, fields without a name here are left out."""
    ledger = ledger_in(folder)
    for id in ("newer", "own"):
        await ledger.begin(intent(id))
        report = ErrorReport(kind="TunnelError", code=None, message="It broke.", hint=None)
        await ledger.close(result(id, error=report))
    change = "UPDATE calls SET result = json_set(result, ?, ?) WHERE id = 'newer'"
    foreign = {"outcome": "beamed-up", "voice": "angels", "evidence": "beep"}
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as database:
        for field in ("vehicle", "timing.teleport", "error.blame"):
            database.execute(change, (f"$.{field}", "beamed-up"))
        assert [row.result for row in await ledger.find("newer")] == [result("newer", error=report)]
        for field, word in foreign.items():
            database.execute(change, (f"$.{field}", word))
        own, newer = await ledger.recent(5)
    assert own.result == result("own", error=report)
    assert newer.foreign == foreign
    assert newer.result is not None
    assert (newer.result.outcome, newer.result.voice, newer.result.evidence) == (None, None, "none")
    assert newer.result.heard_ms == 4200


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"timing": 1}'])
async def test_a_result_that_cannot_be_read_hides_nothing(folder: Path, text: str) -> None:
    """The row's own columns are shown, and a sentence in the place of the rest."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    await ledger.close(result("a", call_sid="CA1"))
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as database:
        database.execute("UPDATE calls SET result = ?", (text,))
    (row,) = await ledger.recent(5)
    assert (row.result, row.outcome, row.call_sid) == (None, "delivered", "CA1")
    assert row.foreign["outcome"] == "delivered"
    assert "another release" in row.foreign["detail"]


async def test_trying_out_finds_what_an_intent_would_find(folder: Path, tmp_path: Path) -> None:
    """A file in the directory's place, and a ledger that somebody else holds."""
    (tmp_path / "a-file").write_text("")
    with pytest.raises(LedgerError) as caught:
        await ledger_in(tmp_path / "a-file" / "cartesia-call").prove_writable()
    assert caught.value.hint
    await ledger_in(folder).prove_writable()
    with sqlite3.connect(folder / DATABASE_NAME, isolation_level=None) as hog:
        hog.execute("BEGIN EXCLUSIVE")
        with pytest.raises(LedgerError, match=r"not free within 0\.2 s"):
            await ledger_in(folder, busy_timeout_s=0.2).prove_writable()
        hog.execute("ROLLBACK")
    hog.close()
    await until(lambda: lock_files(folder) == [])


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Another process's transaction goes on and on; it may be read meanwhile."""
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as hog:
        hog.execute("BEGIN IMMEDIATE")
        yield
        hog.execute("ROLLBACK")


async def test_the_guard_counts_calls_that_are_written_elsewhere(folder: Path, tmp_path: Path) -> None:
    """Whoever cannot write in time, again and again, writes into the next ledger: together they hold three
    calls, and the fourth is held back by either of them."""
    plain, next_plain = ledger_in(folder), ledger_in(tmp_path / "next")
    hasty = ledger_in(folder, busy_timeout_s=0.2)
    first = SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=10, also_counted=[next_plain])
    next_one = SqliteLedger(tmp_path / "next", clock=SystemClock(), busy_timeout_s=10, also_counted=[plain])
    assert await first.begin(intent("a"), GUARD) is None
    with held(folder):
        with pytest.raises(LedgerBusy):
            await hasty.begin(intent("b"), GUARD)
        assert await next_one.begin(intent("b"), GUARD) is None
    assert await first.begin(intent("c"), GUARD) is None
    assert await first.begin(intent("d"), GUARD) is not None
    assert await first.would_withhold(intent("e"), GUARD) is not None
    with held(folder):
        assert await next_one.begin(intent("f"), GUARD) is not None
    assert await next_one.begin(intent("g", to="+12025550144"), GUARD) is None


async def test_a_ledger_that_cannot_be_read_keeps_the_guard_from_nothing_else(
    folder: Path, tmp_path: Path
) -> None:
    """The alert goes on, and what can be counted is."""
    await ledger_in(tmp_path / "other").begin(intent("elsewhere"))
    other = ledger_in(tmp_path / "other", busy_timeout_s=0.05)
    ledger = SqliteLedger(folder, clock=SystemClock(), busy_timeout_s=10, also_counted=[other])
    with lock(tmp_path / "other" / "setup.lock"):
        withheld = [await ledger.begin(intent(str(number)), GUARD) is not None for number in range(4)]
    assert withheld == [False, False, False, True]


async def test_what_no_call_waits_for_is_tried_again(folder: Path) -> None:
    """Which call an intent became, and how it ended, is not lost because others hold the ledger for longer
    than an alert would wait."""
    await ledger_in(folder).begin(intent("a"))
    ledger = ledger_in(folder, busy_timeout_s=0.4)
    for write in (ledger.placed("a", "CA1"), ledger.close(result("a", call_sid="CA1"))):
        with held(folder):
            writing = asyncio.create_task(write)
            await asyncio.sleep(0.5)  # longer than it waits once
        await writing
    (row,) = await ledger_in(folder).recent(5)
    assert (row.call_sid, row.outcome) == ("CA1", "delivered")
