"""The journal of dial lists: each attempt for a row is made once, and what became of it is known."""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from pathlib import Path

import pytest

from cartesia_call.errors import InputError, LedgerError, PlaceClaimed
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.store.schema import DATABASE_NAME, STEPS
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import CALLEE, result
from tests.store.dial_lists import claim, dial_list
from tests.store.ledgers import ledger_in, lock_files


async def test_a_long_journal_is_read_whole(folder: Path) -> None:
    """Where one piece of the reading ends and the next begins nothing is lost or told twice."""
    journal = ledger_in(folder)
    await journal.begin(claim("a", 1))
    await journal.close(result("a-1-1"))
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME)) as database, database:
        database.executemany(
            "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s,"
            " list_id, list_row, list_attempt) SELECT ?1 || '-' || ?2, created_at, to_number, caller_id,"
            " account_sid, region, time_limit_s, list_id, ?1, ?2 FROM calls WHERE id = 'a-1-1'",
            [(row, attempt) for row in range(2, 4_001) for attempt in (1, 2, 3)],
        )
    attempts = await journal.row_attempts("a")
    assert [(each.row, each.attempt) for each in attempts] == [
        *((1, 1), *((row, attempt) for row in range(2, 4_001) for attempt in (1, 2, 3)))
    ]


async def test_a_place_is_claimed_once(folder: Path) -> None:
    """By whichever intent comes first, withheld ones too; whoever comes second owns nothing."""
    journal = ledger_in(folder)
    await journal.begin(claim("a", 1))
    await journal.withhold(claim("a", 2), Withheld(rule=Rule.WINDOW, detail="not at this hour", until=None))
    for row in (1, 2):
        with pytest.raises(PlaceClaimed, match=f"Attempt 1 of row {row} of the list a was made already"):
            await ledger_in(folder).begin(claim("a", row, id="second"))
    assert await journal.find("second") == []
    assert lock_files(folder) == ["a-1-1.lock"]
    withheld = (await journal.row_attempts("a"))[1]
    assert (withheld.outcome, withheld.is_open, withheld.may_be_call) == (Outcome.WITHHELD, False, False)
    await journal.close(result("a-1-1"))


async def test_a_word_of_another_release_is_no_outcome(folder: Path) -> None:
    """It may be a call, for all that is known."""
    journal = ledger_in(folder)
    await journal.begin(claim("a", 1))
    await journal.close(result("a-1-1"))
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as database:
        database.execute("UPDATE calls SET outcome = 'beamed-up'")
    (attempt,) = await journal.row_attempts("a")
    assert (attempt.outcome, attempt.is_open, attempt.may_be_call) == (None, False, True)


async def test_a_list_is_called_by_one_at_a_time(folder: Path) -> None:
    """Whoever comes second is told who does; afterwards it is free, and no file is left."""
    journal = ledger_in(folder)
    with journal.hold("a"):
        with (
            pytest.raises(InputError, match=rf"another process is calling this list \(pid {os.getpid()}\)"),
            ledger_in(folder).hold("a"),
        ):
            raise AssertionError("held twice")
        with journal.hold("b"):
            pass
    with ledger_in(folder).hold("a"):
        pass
    assert list((folder / "lists").iterdir()) == []


async def test_a_list_that_cannot_be_held_is_a_ledger_error(tmp_path: Path) -> None:
    (tmp_path / "a-file").write_text("")
    with pytest.raises(LedgerError, match="cannot be used"), ledger_in(tmp_path / "a-file").hold("a"):
        raise AssertionError("held")


async def test_reading_the_journal_creates_nothing(folder: Path) -> None:
    journal = ledger_in(folder)
    assert await journal.lists() == []
    assert await journal.find_list("a") == []
    assert await journal.row_attempts("a") == []
    assert await journal.list_rows("a", after=None, limit=1) == []
    assert not folder.parent.exists()


async def test_a_ledger_without_lists_gets_them(folder: Path) -> None:
    """What an older release wrote stays as it is, and belongs to no list."""
    folder.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME)) as database, database:
        for number, step in enumerate(STEPS[:5], start=1):
            step(database)
            database.execute(f"PRAGMA user_version = {number}")
        database.execute(
            "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s)"
            " VALUES ('old', '2026-03-01T12:00:00.000+00:00', ?, ?, 'AC1', 'us1', 120)",
            (CALLEE, CALLEE),
        )
    journal = ledger_in(folder)
    assert await journal.lists() == []
    (row,) = await journal.recent(9)
    assert (row.id, row.place) == ("old", None)
    await journal.begin_list(dial_list("a"))
    await journal.begin(claim("a", 1))
    assert [attempt.id for attempt in await journal.row_attempts("a")] == ["a-1-1"]
    await journal.close(result("a-1-1"))


async def test_a_long_journal_comes_in_pieces_and_no_row_is_parted(folder: Path) -> None:
    """Whatever their length, and where a row has more attempts than one holds."""
    journal = ledger_in(folder)
    await journal.begin(claim("a", 1))  # makes the tables
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME)) as database, database:
        columns = "id, created_at, to_number, caller_id, account_sid, region, time_limit_s, list_id"
        database.executemany(
            f"INSERT INTO calls ({columns}, list_row, list_attempt)"
            f" SELECT ?, {columns.partition(', ')[2]}, ?, ? FROM calls WHERE id = 'a-1-1'",
            ((f"x{row}-{attempt}", row, attempt) for row in range(2, 5003) for attempt in range(1, 4)),
        )
    pieces = [piece async for piece in journal.attempts_in_pieces("a")]
    rows = [[attempt.row for attempt in piece] for piece in pieces]
    assert sum(map(len, rows)) == 1 + 3 * 5001
    assert [rows[0][0], rows[-1][-1]] == [1, 5002]
    assert all(before[-1] < behind[0] for before, behind in itertools.pairwise(rows))
    assert len(rows) > 1
