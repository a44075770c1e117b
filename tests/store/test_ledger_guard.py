"""What the ledger counts as a call to a number, and the rows of calls that were held back."""

from __future__ import annotations

import contextlib
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.ledger_ports import CallIntent
from cartesia_call.policy.guard import GUARD, Budget, GuardLimit, GuardRule
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.store import schema
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.schema import DATABASE_NAME
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import CALLEE, STARTED, intent, result
from tests.store.ledgers import ledger_in, lock_files

ANOTHER_CALLEE = "+12025550144"


async def three_calls(ledger: SqliteLedger, *, outcome: Outcome | None = Outcome.DELIVERED) -> None:
    """Three attempts that ended so, one with a call SID, two without."""
    for id, call_sid in (("a", "CA1"), ("b", None), ("c", None)):
        assert await ledger.begin(intent(id), GUARD) is None
        await ledger.close(result(id, call_sid=call_sid, outcome=outcome))


def later(id: str, minutes: float) -> CallIntent:
    return intent(id, created_at=STARTED + timedelta(minutes=minutes))


async def test_a_fourth_call_is_held_back_until_the_first_is_old_enough(folder: Path) -> None:
    """The row says so by itself, whatever becomes of its process; nobody owns it."""
    ledger = ledger_in(folder)
    await three_calls(ledger)
    withheld = await ledger.begin(later("d", 5), GUARD)
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.GUARD, STARTED + timedelta(minutes=15))
    row = (await ledger.recent(1))[0]
    assert (row.id, row.outcome, row.withheld) == ("d", "withheld", withheld.detail)
    assert (row.created_at, row.ended_at) == (STARTED + timedelta(minutes=5),) * 2
    assert lock_files(folder) == []
    assert await ledger.orphans() == []
    assert await ledger.begin(later("e", 15), GUARD) is None
    await ledger.close(result("e"))


async def test_whoever_only_asks_the_guard_leaves_no_row(folder: Path) -> None:
    """And hears the same as who would call."""
    ledger = ledger_in(folder)
    assert await ledger.would_withhold(intent("a"), GUARD) is None
    await three_calls(ledger)
    asked = await ledger.would_withhold(later("d", 5), GUARD)
    assert len(await ledger.recent(9)) == 3
    assert asked is not None
    assert asked == await ledger.begin(later("d", 5), GUARD)


async def test_the_result_is_added_to_a_row_that_was_held_back(folder: Path) -> None:
    ledger = ledger_in(folder)
    await three_calls(ledger)
    assert await ledger.begin(intent("d"), GUARD) is not None
    achieved = result("d", outcome=Outcome.WITHHELD, detail="Too many calls.")
    await ledger.close(achieved)
    (row,) = await ledger.find("d")
    assert row.result == achieved


async def test_what_was_held_back_does_not_count(folder: Path) -> None:
    """Neither with its result nor without: who asks again and again is let through in time."""
    ledger = ledger_in(folder)
    await three_calls(ledger)
    for number in range(10):
        assert await ledger.begin(later(f"withheld{number}", number), GUARD) is not None
        if number % 2:
            await ledger.close(result(f"withheld{number}", outcome=Outcome.WITHHELD))
    assert await ledger.begin(later("d", 15), GUARD) is None
    await ledger.close(result("d"))


async def test_another_number_is_another_matter(folder: Path) -> None:
    ledger = ledger_in(folder)
    await three_calls(ledger)
    assert await ledger.begin(intent("other", to=ANOTHER_CALLEE), GUARD) is None
    await ledger.close(result("other"))


@pytest.mark.parametrize(
    "outcome",
    [
        Outcome.REFUSED,
        Outcome.UNAUTHORIZED,
        Outcome.CARRIER_UNAVAILABLE,
        Outcome.SPEECH_FAILED,
        Outcome.TUNNEL_FAILED,
        Outcome.INTERRUPTED,
    ],
)
async def test_what_was_surely_not_placed_does_not_count(folder: Path, outcome: Outcome) -> None:
    """Nobody's phone rang. With a call SID it may have."""
    ledger = ledger_in(folder)
    await three_calls(ledger, outcome=outcome)
    for id in ("d", "e"):
        assert await ledger.begin(intent(id), GUARD) is None
        await ledger.close(result(id, call_sid=f"CA{id}"))
    assert await ledger.begin(intent("f"), GUARD) is not None


@pytest.mark.parametrize("outcome", [Outcome.UNKNOWN, Outcome.BUSY, None])
async def test_what_may_have_been_placed_counts(folder: Path, outcome: Outcome | None) -> None:
    """Unknown calls, and those that a fault of ours ended, though no call SID is known."""
    ledger = ledger_in(folder)
    await three_calls(ledger, outcome=outcome)
    assert await ledger.begin(intent("d"), GUARD) is not None


async def test_open_and_settled_rows_count(folder: Path) -> None:
    """A call that is under way, one whose process is gone, and one with a word of another release."""
    ledger = ledger_in(folder)
    for id in ("open", "orphan", "foreign"):
        assert await ledger.begin(intent(id), GUARD) is None
    await ledger.settle("orphan", "its process was gone")
    await ledger.close(result("foreign"))
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as database:
        database.execute("UPDATE calls SET outcome = 'beamed-up' WHERE id = 'foreign'")
    assert await ledger.begin(intent("d"), GUARD) is not None
    await ledger.close(result("open"))


async def test_without_a_guard_nothing_is_held_back_and_the_reason_is_kept(folder: Path) -> None:
    """Such calls count all the same for those who ask after them."""
    ledger = ledger_in(folder)
    for number in range(5):
        unguarded = intent(f"row{number}", no_guard_reason="fire drill")
        assert await ledger.begin(unguarded) is None
        await ledger.close(result(f"row{number}", call_sid=f"CA{number}"))
    assert {row.no_guard_reason for row in await ledger.recent(10)} == {"fire drill"}
    assert await ledger.begin(intent("guarded"), GUARD) is not None
    assert (await ledger.find("guarded"))[0].no_guard_reason is None


async def test_the_ledger_counts_as_far_back_as_the_guard_looks(folder: Path) -> None:
    ledger = ledger_in(folder)
    guard = GuardRule((GuardLimit(calls=1, within=timedelta(days=2)),))
    assert await ledger.begin(intent("a"), guard) is None
    await ledger.close(result("a", call_sid="CA1"))
    assert await ledger.begin(later("b", 60 * 47), guard) is not None
    assert await ledger.begin(later("c", 60 * 48), guard) is None
    await ledger.close(result("c"))


async def test_what_another_rule_holds_back_leaves_a_row_too(folder: Path) -> None:
    """Over at once, owned by nobody, and no call for the guard."""
    ledger = ledger_in(folder)
    night = Withheld(rule=Rule.WINDOW, detail="it is night there", until=None)
    for number in range(3):
        await ledger.withhold(intent(f"night{number}"), night)
    (row, *_) = await ledger.recent(3)
    assert (row.outcome, row.withheld, row.ended_at) == ("withheld", "it is night there", STARTED)
    assert await ledger.orphans() == []
    assert await ledger.begin(intent("a"), GUARD) is None
    assert lock_files(folder) == ["a.lock"]
    await ledger.close(result("a"))


async def test_a_ledger_of_an_older_release_is_brought_up_to_date(folder: Path) -> None:
    """What it holds is kept, and counts."""
    folder.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(folder / DATABASE_NAME, isolation_level=None)) as database:
        for step in schema.STEPS[:2]:
            step(database)
        database.execute("PRAGMA user_version = 2")
        for id in ("a", "b", "c"):
            database.execute(
                "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s,"
                " call_sid, outcome, ended_at)"
                " VALUES (?1, ?2, ?3, '', '', 'us1', 120, 'CA' || ?1, 'busy', ?2)",
                (id, STARTED.isoformat(timespec="milliseconds"), CALLEE),
            )
    ledger = ledger_in(folder)
    rows = await ledger.recent(5)
    assert [(row.id, row.outcome, row.withheld, row.no_guard_reason) for row in rows] == [
        (id, "busy", None, None) for id in ("c", "b", "a")
    ]
    assert await ledger.begin(intent("d"), GUARD) is not None


async def test_another_spelling_counts_as_the_same_number(folder: Path) -> None:
    """A SIP user of digits, and the number without its country code."""
    ledger = ledger_in(folder)
    for id, to in (
        ("a", CALLEE),
        ("b", f"sip:{CALLEE}@trunk.example.com"),
        ("c", "sip:2025550143@trunk.example.com:5061"),
    ):
        assert await ledger.begin(intent(id, to=to), GUARD) is None
        await ledger.close(result(id, call_sid=f"CA{id}"))
    for id, to in (("d", CALLEE), ("e", "sip:%2B12025550143@other.example.com")):
        withheld = await ledger.begin(intent(id, to=to), GUARD)
        assert withheld is not None
        assert withheld.rule is Rule.GUARD


async def test_the_budget_counts_every_number(folder: Path) -> None:
    """What was surely not placed costs nothing of it, and an older call nothing any more."""
    ledger = ledger_in(folder)
    guard = GuardRule(GUARD.limits, (Budget(calls=4, within=timedelta(hours=1)),))
    for number in range(5):
        id, to = f"row{number}", f"+120255501{number:02}"
        assert await ledger.begin(intent(id, to=to), guard) is None
        busy_or_not = Outcome.CARRIER_UNAVAILABLE if number == 0 else Outcome.BUSY
        await ledger.close(result(id, outcome=busy_or_not))
    withheld = await ledger.begin(intent("more", to="+12025550199"), guard)
    assert withheld is not None
    assert (withheld.rule, withheld.until) == (Rule.BUDGET, STARTED + timedelta(hours=1))
    late = intent("late", to="+12025550199", created_at=STARTED + timedelta(hours=1))
    assert await ledger.begin(late, guard) is None
    await ledger.close(result("late"))
