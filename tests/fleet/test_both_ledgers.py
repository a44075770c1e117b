"""What a ledger and its journal of lists promise, in SQLite and in PostgreSQL: the same tests for both."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import InputError, LedgerError, PlaceClaimed
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.ledger import FleetLedger
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.policy.guard import GUARD, Budget
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.telephony.attempt import ErrorReport
from cartesia_call.telephony.outcomes import Outcome
from tests.store.attempts import CALLEE, ENDED, STARTED, intent, result
from tests.store.dial_lists import claim, dial_list
from tests.store.ledgers import ledger_in

OpenLedger = Callable[[], SqliteLedger | FleetLedger]
"""Opens the ledger once more, as another process would."""


@pytest.fixture(params=["sqlite", "postgresql"])
def both(request: pytest.FixtureRequest, tmp_path: Path) -> OpenLedger:
    if request.param == "sqlite":
        return lambda: ledger_in(tmp_path / "state" / "cartesia-call")
    database: FleetDatabase = request.getfixturevalue("database")
    return lambda: FleetLedger(database, clock=SystemClock())


async def test_lists_are_known_newest_first(both: OpenLedger) -> None:
    """All of them, those of one digest, and those whose ID begins so; an exact ID wins."""
    journal = both()
    old, new = dial_list("ab"), dial_list("abc", created_at=STARTED + timedelta(hours=1), digest="d2")
    for record in (old, new):
        await journal.begin_list(record)
    assert await journal.lists() == [new, old]
    assert await journal.lists("d1") == [old]
    assert await journal.lists("d3") == []
    assert await journal.find_list("ab") == [old]
    assert await journal.find_list("a") == [new, old]
    for nothing in ("", "%", "b"):
        assert await journal.find_list(nothing) == []
    with pytest.raises(LedgerError, match="UNIQUE"):
        await journal.begin_list(old)


async def test_a_list_is_done_when_somebody_says_so(both: OpenLedger) -> None:
    journal = both()
    await journal.begin_list(dial_list("a"))
    await journal.end_list("a", ENDED)
    (record,) = await journal.lists()
    assert record.ended_at == ENDED
    with pytest.raises(LedgerError, match="no dial list b"):
        await journal.end_list("b", ENDED)


async def test_attempts_are_told_by_row(both: OpenLedger) -> None:
    """In the order of rows and attempts, whatever the order of the calls, and without another list's."""
    journal = both()
    for row, attempt in ((2, 1), (1, 1), (1, 2)):
        await journal.begin(claim("a", row, attempt=attempt))
    await journal.begin(claim("b", 1))
    await journal.begin(intent("no-list"))
    await journal.placed("a-1-1", "CA1")
    await journal.close(result("a-1-1", outcome=Outcome.BUSY))
    first, again, other = await journal.row_attempts("a")
    assert [(each.row, each.attempt, each.id) for each in (first, again, other)] == [
        *((1, 1, "a-1-1"), (1, 2, "a-1-2"), (2, 1, "a-2-1"))
    ]
    assert (first.to, first.outcome, first.is_open, first.call_sid) == (CALLEE, Outcome.BUSY, False, "CA1")
    assert (first.began_at, first.ended_at) == (STARTED, ENDED)
    assert (again.outcome, again.is_open, again.ended_at, again.may_be_call) == (None, True, None, True)
    for id in ("a-1-2", "a-2-1", "b-1-1", "no-list"):
        await journal.close(result(id))


async def test_a_row_of_the_ledger_knows_its_place(both: OpenLedger) -> None:
    """And a list's rows are read in pieces, for there may be many."""
    journal = both()
    for row in (3, 1, 2):
        await journal.begin(claim("a", row))
        await journal.close(result(f"a-{row}-1"))
    await journal.begin(intent("b"))
    await journal.close(result("b"))
    places = {row.id: row.place for row in await journal.recent(9)}
    assert places["a-3-1"] == ListPlace(list_id="a", row=3, attempt=1)
    assert places["b"] is None
    two = await journal.list_rows("a", after=None, limit=2)
    rest = await journal.list_rows("a", after=two[-1].place, limit=2)
    assert [row.id for row in (*two, *rest)] == ["a-1-1", "a-2-1", "a-3-1"]


async def test_an_intent_that_cannot_be_written_for_another_reason_says_so(both: OpenLedger) -> None:
    """An ID in use is no claim."""
    journal = both()
    await journal.begin(claim("a", 1))
    await journal.close(result("a-1-1"))
    with pytest.raises(LedgerError, match="UNIQUE"):
        await journal.begin(claim("a", 2, id="a-1-1"))


@pytest.mark.parametrize(
    ("outcome", "call_sid", "may_be_call"),
    [
        (Outcome.DELIVERED, "CA1", True),
        (Outcome.INTERRUPTED, "CA1", True),
        (Outcome.INTERRUPTED, None, False),
        (Outcome.SPEECH_FAILED, None, False),
        (Outcome.UNKNOWN, None, True),
        (None, None, True),
    ],
)
async def test_what_may_have_been_a_call_is_told_from_what_was_none(
    both: OpenLedger, outcome: Outcome | None, call_sid: str | None, may_be_call: bool
) -> None:
    """A call SID, or an outcome that does not say that nothing was placed."""
    journal = both()
    await journal.begin(claim("a", 1))
    await journal.close(result("a-1-1", outcome=outcome, call_sid=call_sid))
    (attempt,) = await journal.row_attempts("a")
    assert (attempt.outcome, attempt.is_open, attempt.may_be_call) == (outcome, False, may_be_call)


@pytest.mark.parametrize(("proven", "may_be_call"), [(None, True), (Outcome.INTERRUPTED, False)])
async def test_what_a_later_run_proves_is_told(
    both: OpenLedger, proven: Outcome | None, may_be_call: bool
) -> None:
    """A row that it settles was never placed, or nobody knows."""
    journal = both()
    await journal.begin(claim("a", 1))
    await journal.settle("a-1-1", "its process was gone", proven)
    (attempt,) = await journal.row_attempts("a")
    assert (attempt.outcome, attempt.is_open, attempt.may_be_call) == (proven, False, may_be_call)


async def test_a_list_is_begun_by_one_process(both: OpenLedger) -> None:
    """Of two who found none of this digest, or the same ones, the second writes nothing."""
    journal = both()
    await journal.begin_list(dial_list("a"), known=frozenset())
    with pytest.raises(InputError, match="just begun this list: a"):
        await journal.begin_list(dial_list("b"), known=frozenset())
    await journal.begin_list(dial_list("c"), known={"a"})
    await journal.begin_list(dial_list("d", digest="d2"), known=frozenset())
    await journal.begin_list(dial_list("e"))
    assert {record.id for record in await journal.lists()} == {"a", "c", "d", "e"}


async def test_attempts_of_some_rows_alone(both: OpenLedger) -> None:
    journal = both()
    for row, attempt in ((1, 1), (2, 1), (2, 2), (3, 1)):
        await journal.begin(claim("a", row, attempt=attempt))
    await journal.begin(claim("b", 2))
    assert await journal.attempts_of("a", {3, 2, 7}) == (await journal.row_attempts("a"))[1:]


async def test_a_refused_attempt_says_whom_else_it_meets(both: OpenLedger) -> None:
    journal = both()
    error = ErrorReport(kind="CallRefused", code="21210", message="no", hint=None, account_wide=True)
    await journal.begin(claim("a", 1))
    await journal.close(dataclasses.replace(result("a-1-1", outcome=Outcome.REFUSED), error=error))
    await journal.begin(claim("a", 2))
    await journal.close(result("a-2-1", outcome=Outcome.REFUSED))
    assert [attempt.account_wide for attempt in await journal.row_attempts("a")] == [True, False]


async def test_a_place_is_claimed_once(both: OpenLedger) -> None:
    """By whichever intent comes first, withheld ones too; whoever comes second leaves no row."""
    ledger = both()
    await ledger.begin(claim("a", 1))
    await ledger.withhold(claim("a", 2), Withheld(rule=Rule.WINDOW, detail="not at this hour", until=None))
    for row in (1, 2):
        with pytest.raises(PlaceClaimed, match=f"Attempt 1 of row {row} of the list a was made already"):
            await both().begin(claim("a", row, id="second"))
    assert await ledger.find("second") == []
    withheld = (await ledger.row_attempts("a"))[1]
    assert (withheld.outcome, withheld.is_open, withheld.may_be_call) == (Outcome.WITHHELD, False, False)
    await ledger.close(result("a-1-1"))


async def test_a_call_belongs_to_one_row(both: OpenLedger) -> None:
    ledger = both()
    await ledger.begin(intent("a"))
    await ledger.begin(intent("b"))
    await ledger.placed("a", "CA1")
    with pytest.raises(LedgerError, match="CA1 belongs to the attempt a already"):
        await ledger.placed("b", "CA1")
    assert await ledger.claimed(["CA1", "CA2"]) == {"CA1"}
    with pytest.raises(LedgerError, match="no attempt c"):
        await ledger.placed("c", "CA3")
    for id in ("a", "b"):
        await ledger.close(result(id))


async def test_the_guard_counts_one_number_and_the_budget_all(both: OpenLedger) -> None:
    """However it is spelled; what was surely not placed does not count."""
    ledger = both()
    spellings = (CALLEE, "sip:2025550143@trunk.example.com", "sip:+12025550143@trunk.example.com")
    for number, to in enumerate(spellings):
        assert await ledger.begin(intent(f"a{number}", to=to), GUARD) is None
    asked = await ledger.would_withhold(intent("a4"), GUARD)
    withheld = await ledger.begin(intent("a4"), GUARD)  # whoever only asks has left no row of this id
    assert withheld is not None
    assert withheld == asked
    assert withheld.rule is Rule.GUARD
    await ledger.close(result("a0", outcome=Outcome.CARRIER_UNAVAILABLE))
    assert await ledger.begin(intent("a5"), GUARD) is None
    rule = dataclasses.replace(GUARD, budgets=(Budget(calls=3, within=timedelta(hours=1)),))
    withheld = await ledger.begin(intent("b", to="+12025550199"), rule)
    assert withheld is not None
    assert withheld.rule is Rule.BUDGET
    for id in ("a1", "a2", "a5"):
        await ledger.close(result(id))


async def test_a_row_is_settled_once(both: OpenLedger) -> None:
    ledger = both()
    await ledger.begin(intent("a"))
    assert await ledger.settle("a", "found busy", Outcome.BUSY)
    assert not await ledger.settle("a", "found completed")
    (row,) = await ledger.recent(9)
    assert (row.settled, row.outcome) == ("found busy", "busy")
    await ledger.close(result("a"))


async def test_the_newest_rows_come_in_pages(both: OpenLedger) -> None:
    ledger = both()
    for number in range(5):
        created_at = STARTED + timedelta(minutes=number)
        await ledger.begin(intent(f"a{number}", created_at=created_at))
        await ledger.close(result(f"a{number}"))
    first = await ledger.recent(2)
    rest = await ledger.recent(9, before=first[-1])
    assert [row.id for row in (*first, *rest)] == ["a4", "a3", "a2", "a1", "a0"]
