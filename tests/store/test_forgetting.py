"""What was kept for long enough goes, from the disk too: numbers by themselves, rows when somebody asks."""

from __future__ import annotations

import contextlib
import dataclasses
import json
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.schema import DATABASE_NAME, STEPS
from cartesia_call.telephony.attempt import AttemptResult, ErrorReport
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import CALLEE, CALLER_ID, STARTED, intent, result
from tests.store.dial_lists import claim, dial_list
from tests.store.ledgers import ledger_in, lock_files

PIN = "739185"
LATER = STARTED + timedelta(days=1)


def telling() -> AttemptResult:
    """A result that quotes the number and holds keys."""
    error = ErrorReport(kind="K", code=None, message="the number 202-555-0143 is wrong", hint=None)
    told = result("aa1", call_sid="CA111", detail=f"{CALLEE} was called", error=error)
    return dataclasses.replace(told, digits=PIN, acknowledged=True, outcome=Outcome.ACKNOWLEDGED)


async def write_two(book: SqliteLedger) -> None:
    """An old row, closed, and one of a day later, open."""
    await book.begin(intent("aa1", no_guard_reason=f"asked by {CALLEE}"))
    await book.close(telling())
    await book.begin(intent("bb2", created_at=LATER, to="+12025550144"))


def bytes_in(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


async def test_keys_are_kept_as_what_they_answered(tmp_path: Path) -> None:
    """Whatever else was pressed may be a PIN: it is not on the disk, and the row says that it is unknown."""
    book = ledger_in(tmp_path)
    await write_two(book)
    assert PIN.encode() not in bytes_in(tmp_path)
    (row,) = await book.find("aa1")
    assert row.result is not None
    assert (row.result.digits, row.result.acknowledged, row.outcome) == (None, True, "acknowledged")


async def test_keys_are_kept_where_that_is_wanted(tmp_path: Path) -> None:
    """And where nothing was pressed, that is known either way."""
    book = SqliteLedger(tmp_path, clock=SystemClock(), keeps_digits=True)
    await write_two(book)
    (row,) = await book.find("aa1")
    assert row.result is not None
    assert row.result.digits == PIN
    none_pressed = ledger_in(tmp_path / "other")
    await none_pressed.begin(intent("aa1"))
    await none_pressed.close(result("aa1"))
    (row,) = await none_pressed.find("aa1")
    assert row.result is not None
    assert row.result.digits == ""


async def test_numbers_of_old_rows_are_cut(tmp_path: Path) -> None:
    """Everywhere in the row, however they are written there; the others stay as they are."""
    book = SqliteLedger(tmp_path, clock=SystemClock(), keeps_digits=True)
    await write_two(book)
    assert await book.cut_numbers(LATER) == 1
    assert await book.cut_numbers(LATER) == 0
    newer, older = await book.recent(9)
    assert (newer.to, newer.caller_id) == ("+12025550144", CALLER_ID)
    assert (older.to, older.caller_id) == ("+1202***0143", "+1202***0100")
    assert older.no_guard_reason == "asked by +1202***0143"
    assert older.result is not None
    assert older.result.error is not None
    assert (older.result.to, older.result.digits) == ("+1202***0143", None)
    assert older.result.detail == "+1202***0143 was called"
    assert older.result.error.message == "the number +1202***0143 is wrong"
    assert (older.outcome, older.call_sid, older.result.heard_ms) == ("acknowledged", "CA111", 4200)
    left = bytes_in(tmp_path)
    assert CALLEE.encode() not in left
    assert b"555-0143" not in left
    assert PIN.encode() not in left


async def test_a_sip_user_is_cut_too(tmp_path: Path) -> None:
    """Where it was open, as well: its process is long gone."""
    book = ledger_in(tmp_path)
    await book.begin(intent("aa1", to="sip:annabel@example.com"))
    assert await book.cut_numbers(LATER) == 1
    (row,) = await book.recent(9)
    assert row.to == "sip:a***@example.com"
    assert b"annabel" not in bytes_in(tmp_path)


async def test_what_another_release_wrote_is_cut_as_a_text(tmp_path: Path) -> None:
    """Though nothing of it can be read here."""
    book = ledger_in(tmp_path)
    await write_two(book)
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as database, database:
        database.execute("UPDATE calls SET result = ? WHERE id = 'aa1'", (f"v9 {CALLEE}",))
    assert await book.cut_numbers(LATER) == 1
    assert CALLEE.encode() not in bytes_in(tmp_path)


async def test_rows_are_forgotten_whole(tmp_path: Path) -> None:
    """Nothing of them is left in the files."""
    book = ledger_in(tmp_path)
    await write_two(book)
    assert await book.forget(LATER) == 1
    assert [row.id for row in await book.recent(9)] == ["bb2"]
    left = bytes_in(tmp_path)
    assert b"CA111" not in left
    assert CALLEE.encode() not in left


async def test_a_call_of_a_living_process_is_not_forgotten(tmp_path: Path) -> None:
    """Its row is needed to end it. One whose process is gone goes."""
    book = ledger_in(tmp_path)
    await write_two(book)
    assert await book.forget(LATER + timedelta(days=1)) == 1
    for name in lock_files(tmp_path):
        (tmp_path / "rows" / name).unlink()
    assert await ledger_in(tmp_path).forget(LATER + timedelta(days=1)) == 1


@pytest.mark.parametrize("work", ["cut_numbers", "forget"])
async def test_without_a_ledger_there_is_nothing_to_forget(tmp_path: Path, work: str) -> None:
    """And none is made for it."""
    folder = tmp_path / "none"
    assert await getattr(ledger_in(folder), work)(LATER) == 0
    assert not folder.exists()


async def test_a_ledger_of_an_older_release_is_read_and_cut(tmp_path: Path) -> None:
    """Its rows have whole numbers and all keys; both go at the same age."""
    written = {**dataclasses.asdict(telling()), "started_at": "2026-03-01T12:00:00.000+00:00"}
    written["ended_at"] = "2026-03-01T12:00:20.500+00:00"
    with contextlib.closing(sqlite3.connect(tmp_path / DATABASE_NAME)) as database, database:
        for number, step in enumerate(STEPS[:4], start=1):
            step(database)
            database.execute(f"PRAGMA user_version = {number}")
        database.execute(
            "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s,"
            " call_sid, outcome, ended_at, result) VALUES ('aa1', '2026-03-01T12:00:00.000+00:00', ?, ?,"
            " 'AC1', 'us1', 120, 'CA111', 'acknowledged', '2026-03-01T12:00:20.500+00:00', ?)",
            (CALLEE, CALLER_ID, json.dumps(written)),
        )
    book = ledger_in(tmp_path)
    (row,) = await book.recent(9)
    assert row.result is not None
    assert (row.to, row.result.digits) == (CALLEE, PIN)
    assert await book.cut_numbers(LATER) == 1
    assert CALLEE.encode() not in bytes_in(tmp_path)
    assert PIN.encode() not in bytes_in(tmp_path)


async def write_lists(book: SqliteLedger) -> None:
    """Two old ones, of which the second goes on a day later; all of their rows are closed."""
    for id in ("old", "long"):
        await book.begin_list(dial_list(id))
        await book.begin(claim(id, 1))
        await book.close(result(f"{id}-1-1"))
    await book.begin(claim("long", 2, created_at=LATER))
    await book.close(result("long-2-1"))


async def test_a_list_is_forgotten_with_all_of_its_rows(tmp_path: Path) -> None:
    """One that still has a younger row stays whole: going on with it must know whom it called."""
    book = ledger_in(tmp_path)
    await write_lists(book)
    assert await book.forget(LATER) == 1
    assert [record.id for record in await book.lists()] == ["long"]
    assert [attempt.row for attempt in await book.row_attempts("long")] == [1, 2]
    assert b"old.csv" not in bytes_in(tmp_path)
    assert await book.forget(LATER + timedelta(days=1)) == 2
    assert await book.lists() == []


async def test_a_list_that_is_being_called_is_not_forgotten(tmp_path: Path) -> None:
    """Though between two calls none of its rows is open. What a killed process left of it goes, too."""
    book = ledger_in(tmp_path)
    await write_lists(book)
    with ledger_in(tmp_path).hold("old"):
        assert await book.forget(LATER) == 0
    (tmp_path / "lists" / "old.lock").touch()
    assert await book.forget(LATER) == 1
    assert list((tmp_path / "lists").iterdir()) == []


async def test_a_list_with_a_row_of_a_living_process_is_not_forgotten(tmp_path: Path) -> None:
    """Nor are its other rows."""
    book = ledger_in(tmp_path)
    await write_lists(book)
    await book.begin(claim("old", 2))
    assert await book.forget(LATER) == 0
    await book.close(result("old-2-1"))
    assert await book.forget(LATER) == 2


async def test_a_young_list_without_rows_is_not_forgotten(tmp_path: Path) -> None:
    """It has just begun; an old one that never came to a call goes."""
    book = ledger_in(tmp_path)
    await book.begin_list(dial_list("old"))
    await book.begin_list(dial_list("young", created_at=LATER))
    assert await book.forget(LATER) == 0
    assert [record.id for record in await book.lists()] == ["young"]
