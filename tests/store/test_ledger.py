"""The ledger on a real disk: durable rows, private files, clear errors, nothing that is nobody's business."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
import stat
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.schema import DATABASE_NAME, open_database
from cartesia_call.telephony.attempt import ErrorReport
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import ACCOUNT_SID, CALLEE, CALLER_ID, ENDED, STARTED, intent, result
from tests.store.ledgers import ledger_in, lock_files

SETTLED = ENDED + timedelta(hours=1)


class FixedClock(SystemClock):
    def utc_now(self) -> datetime:
        return SETTLED


def modes_below(top: Path) -> dict[str, int]:
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in (top, *top.rglob("*"))}


async def test_a_closed_row_holds_the_intent_and_the_whole_result(folder: Path) -> None:
    """Everything that the intent and the result say comes back, times in UTC."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    (row,) = await ledger.recent(10)
    assert (row.ended_at, row.result, row.call_sid) == (None, None, None)

    await ledger.placed("a", "CA1")
    report = ErrorReport(kind="TunnelError", code=None, message="It broke.", hint=None)
    achieved = result("a", call_sid="CA1", outcome=Outcome.CUT_SHORT, error=report)
    await ledger.close(achieved)

    (row,) = await ledger.recent(10)
    assert (row.to, row.caller_id, row.region, row.time_limit_s) == (CALLEE, CALLER_ID, "us1", 120)
    assert (row.call_sid, row.outcome, row.settled) == ("CA1", "cut-short", None)
    assert (row.created_at, row.ended_at) == (STARTED, ENDED)
    assert row.result == achieved


async def test_a_result_without_outcome_closes_its_row(folder: Path) -> None:
    """A bug has no outcome, and its row is over all the same."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    await ledger.close(result("a", outcome=None))
    (row,) = await ledger.recent(1)
    assert (row.outcome, row.ended_at) == (None, ENDED)
    assert row.result == result("a", outcome=None)


async def test_recent_lists_the_newest_first(folder: Path) -> None:
    ledger = ledger_in(folder)
    for minutes, id in enumerate(("first", "second", "third")):
        await ledger.begin(intent(id, created_at=STARTED + timedelta(minutes=minutes)))
        await ledger.close(result(id))
    newest = await ledger.recent(2)
    assert [row.id for row in newest] == ["third", "second"]
    assert [row.id for row in await ledger.recent(2, before=newest[-1])] == ["first"]


async def test_rows_of_one_moment_are_all_found_piece_by_piece(folder: Path) -> None:
    """What was called in the same millisecond comes in the order of the ids."""
    ledger = ledger_in(folder)
    for id in "abc":
        await ledger.begin(intent(id))
    (newest,) = await ledger.recent(1)
    assert [row.id for row in (newest, *await ledger.recent(9, before=newest))] == ["c", "b", "a"]


async def test_find_takes_ids_and_call_sids_and_their_beginnings(folder: Path) -> None:
    """An exact match wins over what merely begins so; wildcards are letters like others."""
    ledger = ledger_in(folder)
    for id, call_sid in (("ab", "CA1"), ("abc", "CA12")):
        await ledger.begin(intent(id))
        await ledger.close(result(id, call_sid=call_sid))
    assert [row.id for row in await ledger.find("ab")] == ["ab"]
    assert [row.id for row in await ledger.find("CA12")] == ["abc"]
    assert {row.id for row in await ledger.find("a")} == {"ab", "abc"}
    assert {row.id for row in await ledger.find("CA")} == {"ab", "abc"}
    for nothing in ("%", "_b", "b", ""):
        assert await ledger.find(nothing) == []


async def test_an_alert_in_anothers_call_is_found_by_its_own_id(folder: Path) -> None:
    """Whole, as `--json` has it; what another release wrote is in nobody's way."""
    ledger = ledger_in(folder)
    for id in ("own", "unreadable"):
        await ledger.begin(intent(id))
        await ledger.close(dataclasses.replace(result(id), joined=("own", "joined-1") if id == "own" else ()))
    with closing(sqlite3.connect(folder / "ledger.sqlite3")) as database, database:
        database.execute("UPDATE calls SET result = 'no JSON' WHERE id = 'unreadable'")
    (row,) = await ledger.find("joined-1")
    assert row.id == "own"
    assert row.result is not None
    assert row.result.joined == ("own", "joined-1")
    assert await ledger.find("joined") == []


async def test_find_takes_the_end_of_an_id(folder: Path) -> None:
    """As `history` shows it on a terminal; a part of it is none."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("20261121T031500Z-1f9c04b2"))
    assert [row.id for row in await ledger.find("1f9c04b2")] == ["20261121T031500Z-1f9c04b2"]
    assert await ledger.find("9c04b2") == []


async def test_a_call_belongs_to_one_row(folder: Path) -> None:
    """What is placed is claimed; a second attempt cannot take the same call for its own."""
    ledger = ledger_in(folder)
    for id in ("a", "b"):
        await ledger.begin(intent(id))
    assert await ledger.claimed(["CA1", "CA2"]) == frozenset()
    await ledger.placed("a", "CA1")
    await ledger.placed("a", "CA1")
    with pytest.raises(LedgerError, match="CA1 belongs to the attempt a"):
        await ledger.placed("b", "CA1")
    assert await ledger.claimed(["CA1", "CA2"]) == {"CA1"}
    for id in ("a", "b"):
        await ledger.close(result(id))
    assert await ledger.claimed(["CA1", "CA2"]) == {"CA1"}


async def test_only_the_calls_asked_about_are_looked_up(folder: Path) -> None:
    """However many rows there are and however many are asked about, each is one look into the index."""
    ledger = ledger_in(folder)
    for id in ("a", "b", "c"):
        await ledger.begin(intent(id))
        await ledger.placed(id, f"CA{id}")
    assert await ledger.claimed([]) == frozenset()
    assert await ledger.claimed(["CAb"]) == {"CAb"}
    many = [f"CA{number}" for number in range(3_000)]
    assert await ledger.claimed([*many, "CAc", "CAa"]) == {"CAa", "CAc"}
    for id in ("a", "b", "c"):
        await ledger.close(result(id))


async def test_an_end_that_another_command_asks_for_is_known(folder: Path) -> None:
    """Of the call, account and region that it named, also where the row is closed already; who and when."""
    ledger = SqliteLedger(folder, clock=FixedClock(), busy_timeout_s=10)
    for id in ("a", "b", "c"):
        await ledger.begin(intent(id, region="ie1" if id == "c" else "us1"))
        await ledger.placed(id, f"CA{id}")
    await ledger.close(result("b", call_sid="CAb", outcome=Outcome.HANGUP_UNCONFIRMED))
    for sid in ("CAa", "CAb", "CAc", "CAunknown"):
        assert not await ledger.ended_by_command(sid)
        await ledger_in(folder).note_end_asked(sid, account_sid=ACCOUNT_SID, region="us1", by="hangup")
    assert [await ledger.ended_by_command(sid) for sid in ("CAa", "CAb", "CAc", "CAunknown")] == [
        *(True, True, False, False)
    ]
    (row,) = await ledger.find("b")
    assert (row.end_asked_by, row.outcome, row.ended_at) == ("hangup", "hangup-unconfirmed", ENDED)
    assert row.end_asked_at is not None
    for id in ("a", "c"):
        await ledger.close(result(id))
    assert await ledger.ended_by_command("CAa")


async def test_settle_closes_an_open_row_once(folder: Path) -> None:
    """The first sentence stays, and a row that its own process closed is left as it is."""
    ledger = SqliteLedger(folder, clock=FixedClock(), busy_timeout_s=10)
    await ledger.begin(intent("a"))
    assert await ledger.settle("a", "first")
    assert not await ledger.settle("a", "second", Outcome.BUSY)
    (row,) = await ledger.recent(1)
    assert (row.settled, row.outcome, row.ended_at) == ("first", None, SETTLED)

    await ledger.close(result("a"))
    assert not await ledger.settle("a", "third")
    (row,) = await ledger.recent(1)
    assert (row.settled, row.outcome) == ("first", "delivered")


async def test_reading_creates_nothing(folder: Path) -> None:
    """Without a ledger there is nothing to find, and looking leaves no trace."""
    ledger = ledger_in(folder)
    assert await ledger.recent(5) == []
    assert await ledger.find("a") == []
    assert await ledger.orphans() == []
    assert await ledger.claimed(["CA1"]) == frozenset()
    assert not await ledger.ended_by_command("CA1")
    await ledger.note_end_asked("CA1", account_sid=ACCOUNT_SID, region="us1", by="hangup")
    assert not folder.parent.exists()


async def test_files_are_private_under_any_umask(folder: Path) -> None:
    """Directories 0700, files 0600: write-ahead log, lock files and new parents too."""
    before = os.umask(0)
    try:
        ledger = ledger_in(folder)
        await ledger.begin(intent("a"))
        with sqlite3.connect(folder / DATABASE_NAME) as reader:  # keeps -wal and -shm in existence
            reader.execute("SELECT * FROM calls").fetchall()
            await ledger.placed("a", "CA1")
            modes = modes_below(folder.parent)
        reader.close()
    finally:
        os.umask(before)
    assert modes == {
        "state": 0o700,
        "cartesia-call": 0o700,
        "rows": 0o700,
        "a.lock": 0o600,
        "setup.lock": 0o600,
        DATABASE_NAME: 0o600,
        f"{DATABASE_NAME}-wal": 0o600,
        f"{DATABASE_NAME}-shm": 0o600,
    }
    await ledger.close(result("a"))


async def test_commits_are_durable(folder: Path) -> None:
    """Write-ahead logging, every commit synchronised: the intent survives a power cut."""
    connection = open_database(folder, busy_timeout_s=1)
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert connection.execute("PRAGMA synchronous").fetchone() == (2,)  # FULL
    connection.close()


async def test_a_closed_row_leaves_no_lock_file(folder: Path) -> None:
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    assert lock_files(folder) == ["a.lock"]
    await ledger.close(result("a"))
    assert lock_files(folder) == []


async def test_the_lock_file_of_no_open_row_is_removed(folder: Path) -> None:
    """A process killed before it wrote the row, or right after it closed it, leaves one."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("living"))
    (folder / "rows" / "stray.lock").touch()
    assert await ledger.orphans() == []
    assert lock_files(folder) == ["living.lock"]
    await ledger.close(result("living"))


async def test_an_intent_that_cannot_be_written_owns_nothing(folder: Path) -> None:
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    await ledger.close(result("a"))
    with pytest.raises(LedgerError, match="UNIQUE"):
        await ledger.begin(intent("a"))
    assert lock_files(folder) == []


async def test_a_relative_directory_is_refused() -> None:
    """Nothing is ever written into the working directory."""
    with pytest.raises(LedgerError, match="not an absolute path"):
        await ledger_in(Path("state")).begin(intent("a"))
    assert os.listdir() == []


async def test_there_is_no_place_for_a_message(folder: Path) -> None:
    """The columns are known by name: whoever adds one decides about personal data here."""
    ledger = ledger_in(folder)
    await ledger.begin(intent("a"))
    await ledger.close(result("a"))
    with sqlite3.connect(folder / DATABASE_NAME) as database:
        tables = [name for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        columns = {
            table: [row[1] for row in database.execute(f"PRAGMA table_info({table})")] for table in tables
        }
    database.close()
    calls = "id created_at to_number caller_id account_sid region time_limit_s call_sid"
    later = "outcome ended_at settled result no_guard_reason withheld end_asked_by end_asked_at numbers_cut"
    assert columns == {
        "calls": f"{calls} {later} list_id list_row list_attempt".split(),
        "tunnel_agents": ["pid", "started", "owner_id"],
        "lists": ["id", "digest", "name", "row_count", "created_at", "ended_at"],
    }


async def test_a_ledger_is_tried_out_without_a_trace(folder: Path) -> None:
    """A durable commit and a row's lock, as an intent takes them; no row and no lock is left."""
    ledger = ledger_in(folder)
    await ledger.prove_writable()
    assert await ledger.recent(5) == []
    assert lock_files(folder) == []
    reader = open_database(folder, busy_timeout_s=5)  # keeps the write-ahead log from being folded in
    written = (folder / f"{DATABASE_NAME}-wal").stat().st_size
    await ledger.prove_writable()
    assert (folder / f"{DATABASE_NAME}-wal").stat().st_size > written
    reader.close()
