"""What the next run does with rows whose process is gone."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta

import pytest

from cartesia_call.calls.settling import cut_old_numbers
from cartesia_call.errors import (
    CallNotFound,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    Unauthorized,
)
from cartesia_call.ports import FOUND_AT_MOST
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.left_calls import NOW, TIME_LIMIT_S, Calls, FixedClock, OrphanLedger, orphan, settled


async def settle(ledger: OrphanLedger, calls: Calls, *, gone: Collection[str] = ()) -> list[str]:
    return (await settled(ledger, calls, gone=gone)).notes


@pytest.mark.parametrize("status", [status for status in CallStatus if status.is_final])
async def test_a_call_that_is_down_is_settled_with_its_status(status: CallStatus) -> None:
    """Whatever its age."""
    ledger = OrphanLedger(orphan("a", age_s=1, call_sid="CA1"))
    calls = Calls({"CA1": status})
    (note,) = await settle(ledger, calls)
    assert status in ledger.settled["a"]
    assert "a: " in note
    assert calls.ended == []
    proven = {"busy": Outcome.BUSY, "no-answer": Outcome.NO_ANSWER, "failed": Outcome.UNREACHABLE}
    assert ledger.outcomes["a"] == proven.get(status)


async def test_a_call_that_hangup_ended_is_settled_so() -> None:
    """`hangup` asked for its end and could not say itself that it came. That proves nothing else."""
    ledger = OrphanLedger(orphan("a", age_s=1, call_sid="CA1", end_asked_by="hangup"))
    await settle(ledger, Calls({"CA1": CallStatus.NO_ANSWER}))
    assert ledger.settled["a"] == "found no-answer, as hangup had asked; its process was gone"
    assert ledger.outcomes["a"] is None


async def test_a_young_call_that_is_up_is_left_alone() -> None:
    """Its own hang-up ends it; the carrier's voice may be speaking."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S - 1, call_sid="CA1"))
    calls = Calls({"CA1": CallStatus.IN_PROGRESS})
    assert await settle(ledger, calls) == []
    assert (ledger.settled, calls.ended) == ({}, [])


async def test_an_old_call_that_is_up_is_ended() -> None:
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S, call_sid="CA1"))
    calls = Calls({"CA1": CallStatus.IN_PROGRESS})
    await settle(ledger, calls)
    assert calls.ended == ["CA1"]
    assert "ended by a later run" in ledger.settled["a"]


async def test_an_end_that_is_not_done_yet_leaves_the_row_open() -> None:
    """The next run looks again; this one says what it asked for."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S, call_sid="CA1"))
    calls = Calls({"CA1": CallStatus.IN_PROGRESS}, after_end=CallStatus.IN_PROGRESS)
    (note,) = await settle(ledger, calls)
    assert "asked to end it" in note
    assert ledger.settled == {}


@pytest.mark.parametrize("status", [None, CallStatus.IN_PROGRESS])
async def test_a_call_that_the_carrier_does_not_know_is_settled(status: CallStatus | None) -> None:
    """At the look, or at the attempt to end it."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S, call_sid="CA1"))
    await settle(ledger, Calls({"CA1": status} if status else {}, after_end=CallNotFound("Not in progress.")))
    assert "knows no live call CA1" in ledger.settled["a"]


async def test_an_intent_waits_until_the_list_can_be_believed() -> None:
    """For its limit, unless its process is known to have been gone for long enough."""
    young = orphan("a", age_s=TIME_LIMIT_S - 1)
    ledger, calls = OrphanLedger(young), Calls()
    assert await settle(ledger, calls, gone=["another"]) == []
    assert (ledger.settled, calls.looked_for) == ({}, [])
    (note,) = await settle(ledger, calls, gone=["a"])
    assert note == "a: never placed, as the carrier's list shows; its process was gone"
    assert calls.looked_for == [(young.to, young.caller_id, young.created_at)]
    assert ledger.outcomes == {"a": Outcome.INTERRUPTED}


async def test_an_intent_that_no_call_fits_was_never_placed() -> None:
    """What rows claim are other calls to the same number."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S), claims=["CA1"])
    calls = Calls(listed={"CA1": CallStatus.COMPLETED})
    await settle(ledger, calls)
    assert ledger.settled["a"].startswith("never placed")
    assert ledger.outcomes["a"] is Outcome.INTERRUPTED
    assert (calls.fetched, calls.ended) == ([], [])


@pytest.mark.parametrize("status", [CallStatus.BUSY, CallStatus.IN_PROGRESS])
async def test_an_intent_that_a_call_fits_stays_unknown(status: CallStatus) -> None:
    """It may be somebody else's: its status proves nothing, it is named, and never ended."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S))
    calls = Calls(listed={"CA1": status, "CA2": CallStatus.COMPLETED})
    await settle(ledger, calls)
    assert f"CA1 ({status}) or CA2 (completed), which nothing has proven" in ledger.settled["a"]
    assert ledger.outcomes["a"] is None
    assert calls.ended == []


async def test_an_intent_whose_call_may_be_up_is_left_open() -> None:
    """Within its time limit, the next look may say more."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S - 1))
    assert await settle(ledger, Calls(listed={"CA1": CallStatus.RINGING}), gone=["a"]) == []
    assert ledger.settled == {}


async def test_a_list_that_may_be_cut_proves_nothing() -> None:
    """Though rows claim all of what it shows."""
    listed = {f"CA{number}": CallStatus.COMPLETED for number in range(FOUND_AT_MOST)}
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S), claims=listed)
    await settle(ledger, Calls(listed=listed))
    assert ledger.settled["a"].startswith("never known to be placed")
    assert ledger.outcomes["a"] is None


async def test_an_intent_whose_number_was_forgotten_is_not_looked_up() -> None:
    """A list for a masked number shows nothing, which would be taken for a proof."""
    ledger, calls = OrphanLedger(orphan("a", age_s=timedelta(days=90).total_seconds())), Calls()
    await settle(ledger, calls)
    assert ledger.settled["a"] == "never known to be placed; its process was gone"
    assert (ledger.outcomes["a"], calls.looked_for) == (None, [])


@pytest.mark.parametrize(
    ("age_s", "is_settled"), [(TIME_LIMIT_S - 1, False), (TIME_LIMIT_S, True)], ids=["young", "old"]
)
async def test_a_list_that_cannot_be_had_proves_nothing(age_s: float, is_settled: bool) -> None:
    """The row is given up once the call cannot be up any more."""
    ledger = OrphanLedger(orphan("a", age_s=age_s))
    failing = Calls(listed=CarrierError("The carrier answered 500.", http_status=500))
    await settle(ledger, failing, gone=["a"])
    assert ledger.outcomes == ({"a": None} if is_settled else {})
    unreachable = Calls(listed=CarrierUnavailable("No route."))
    waiting = OrphanLedger(orphan("a", age_s=age_s), orphan("b", age_s=age_s))
    (note,) = await settle(waiting, unreachable, gone=["a", "b"])
    assert "could not be settled: No route." in note
    assert (waiting.settled, len(unreachable.looked_for)) == ({}, 1)


async def test_rows_of_other_accounts_and_regions_are_not_touched() -> None:
    """These credentials cannot see their calls: a 404 would be a lie."""
    ledger = OrphanLedger(
        orphan("other-account", age_s=999, call_sid="CA1", account_sid="AC2"),
        orphan("other-region", age_s=999, call_sid="CA2", region="ie1"),
        orphan("unplaced", age_s=999, region="au1"),
    )
    calls = Calls()
    assert await settle(ledger, calls) == []
    assert (ledger.settled, calls.fetched) == ({}, [])


async def test_one_call_that_cannot_be_seen_does_not_keep_the_others_open() -> None:
    ledger = OrphanLedger(orphan("a", age_s=1, call_sid="CA1"), orphan("b", age_s=1, call_sid="CA2"))
    calls = Calls({"CA1": CarrierError("The carrier answered 500.", http_status=500), "CA2": CallStatus.BUSY})
    notes = await settle(ledger, calls)
    assert [note.split(" ")[0] for note in notes] == ["a", "b:"]
    assert "The carrier answered 500." in notes[0]
    assert list(ledger.settled) == ["b"]


@pytest.mark.parametrize("error", [Unauthorized("Refused."), CarrierUnavailable("No route.")])
async def test_what_every_call_would_meet_is_met_once(error: CartesiaCallError) -> None:
    """Refused credentials or no network: the rest waits for the next run."""
    ledger = OrphanLedger(orphan("a", age_s=1, call_sid="CA1"), orphan("b", age_s=1, call_sid="CA2"))
    calls = Calls({"CA1": error, "CA2": CallStatus.COMPLETED})
    (note,) = await settle(ledger, calls)
    assert str(error) in note
    assert (ledger.settled, calls.fetched) == ({}, ["CA1"])


@pytest.mark.parametrize("method", ["orphans", "settle"])
async def test_a_ledger_that_fails_is_a_note(method: str) -> None:
    ledger = OrphanLedger(orphan("a", age_s=1, call_sid="CA1"), fails_at=method)
    (note,) = await settle(ledger, Calls({"CA1": CallStatus.COMPLETED}))
    assert "The disk of the ledger is full." in note


async def test_numbers_are_known_for_ninety_days() -> None:
    """A ledger that cannot do it now is asked by the next call."""
    ledger = OrphanLedger()
    await cut_old_numbers(ledger, FixedClock())
    assert ledger.cut_before == NOW - timedelta(days=90)
    await cut_old_numbers(OrphanLedger(fails_at="cut_numbers"), FixedClock())
