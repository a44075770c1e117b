"""The ledger's row of one attempt, and where the guard counts while the ledger cannot be written."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from cartesia_call.calls.ledger_row import LedgerRow
from cartesia_call.clock import SystemClock
from cartesia_call.policy.guard import GUARD
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.rehearsed import rehearsed
from tests.store.ledgers import ledger_in


def broken_ledger(tmp_path: Path, name: str) -> SqliteLedger:
    """Where its directory should be stands a file."""
    (tmp_path / name).write_text("")
    return ledger_in(tmp_path / name)


async def test_the_guard_counts_in_the_first_place_that_can_be_written(tmp_path: Path) -> None:
    """All that the call comes to stands there, so that the fourth call in a row is held back."""
    first, second = broken_ledger(tmp_path, "first"), broken_ledger(tmp_path, "second")
    places = {"second": second, "third": ledger_in(tmp_path / "third")}
    async with rehearsed() as call:
        made = await call.run()
        for number in range(4):
            plan = dataclasses.replace(call.plan, id=f"row{number}", guard=GUARD)
            warnings: list[str] = []
            row = LedgerRow(plan, first, warnings.append, places)
            await row.begin(SystemClock().utc_now())
            assert (row.withheld is not None) == (number == 3)
            await row.close(dataclasses.replace(made, id=plan.id, call_sid=f"CA{number}"))
            (warning,) = warnings
            assert warning.startswith("cannot write the intent in the ledger: The ledger ")
            assert warning.endswith("; the guard counts in third instead")
    rows = await places["third"].recent(9)
    assert {row.outcome for row in rows} == {Outcome.DELIVERED}
    assert [row.withheld is None for row in rows].count(False) == 1


async def test_where_nothing_can_be_written_the_alert_goes_on(tmp_path: Path) -> None:
    """Unguarded, as is said, with the reason of the ledger itself; without a guard no other place is asked,
    and nothing is missing."""
    places = {"second": broken_ledger(tmp_path, "second")}
    unasked = {"third": ledger_in(tmp_path / "third")}
    async with rehearsed() as call:
        for guard, next_ledgers in ((GUARD, places), (None, unasked)):
            warnings: list[str] = []
            plan = dataclasses.replace(call.plan, guard=guard)
            row = LedgerRow(plan, broken_ledger(tmp_path, "first"), warnings.append, next_ledgers)
            await row.begin(SystemClock().utc_now())
            assert row.withheld is None
            (warning,) = warnings
            assert str(tmp_path / "first") in warning
            unguarded = ", and calls to this number are not limited" if guard else ""
            assert warning.endswith(f"; going on without it{unguarded}")
    assert not (tmp_path / "third").exists()


async def test_a_rehearsal_counts_nowhere() -> None:
    """It has no guard, and no other place than its own."""
    async with rehearsed() as call:
        assert (call.plan.guard, call.line.ports.next_ledgers) == (None, {})
