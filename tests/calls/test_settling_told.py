"""Of a call that was cut off with its process, the next run says what became of it: once, when it is over."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from cartesia_call.calls.settling import LOOK_S, CutOff, settle_until_none_is_up
from cartesia_call.errors import CarrierError, CartesiaCallError
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome
from tests.calls.left_calls import (
    ACCOUNT_SID,
    LONG_AGO,
    NOW,
    TIME_LIMIT_S,
    Calls,
    FixedClock,
    OrphanLedger,
    orphan,
    settled,
)


async def told(ledger: OrphanLedger, calls: Calls) -> list[str]:
    """What becomes of calls, as people read it."""
    found: list[CutOff] = []
    await settled(ledger, calls, tell=found.append)
    assert [(call.to, call.began_at) for call in found] == [("+12025550143", NOW - LONG_AGO)] * len(found)
    return [call.became for call in found]


async def test_calls_that_are_up_are_counted() -> None:
    """Somebody looks at them again; what is settled, or never was a call, is no matter any more."""
    ledger = OrphanLedger(
        *(orphan(f"up-{n}", age_s=1, call_sid=f"CA{n}") for n in (1, 2)),
        orphan("down", age_s=1, call_sid="CA3"),
        orphan("intent", age_s=1),
    )
    statuses = {"CA1": CallStatus.RINGING, "CA2": CallStatus.IN_PROGRESS, "CA3": CallStatus.BUSY}
    assert (await settled(ledger, Calls(dict(statuses)))).up == 2


@pytest.mark.parametrize(
    ("calls", "became"),
    [
        (
            Calls({"CA1": CallStatus.COMPLETED}),
            "the carrier says completed, so it was answered, and how much was heard is not known",
        ),
        (Calls({"CA1": CallStatus.BUSY}), "the carrier says busy, so nobody heard the message"),
        (Calls(), "the carrier knows no live call CA1 any more"),
        (Calls({"CA1": CallStatus.RINGING}), "it was still up after its time limit, ended by a later run"),
    ],
)
async def test_what_became_of_a_call_is_told(calls: Calls, became: str) -> None:
    """To whoever calls next: with its number and its time, which the ledger has."""
    ledger = OrphanLedger(orphan("a", age_s=TIME_LIMIT_S, call_sid="CA1"))
    assert await told(ledger, calls) == [became]


@pytest.mark.parametrize(
    ("listed", "became"),
    [
        ({}, "it was never placed, as the carrier's list shows"),
        ({"CA1": CallStatus.BUSY}, "it may have been placed as CA1 (busy), which nothing has proven"),
        (CarrierError("The carrier answered 500."), "whether it was placed is not known"),
    ],
)
async def test_what_became_of_an_intent_is_told(
    listed: Mapping[str, CallStatus] | CartesiaCallError, became: str
) -> None:
    assert await told(OrphanLedger(orphan("a", age_s=TIME_LIMIT_S)), Calls(listed=listed)) == [became]


async def test_it_is_told_once() -> None:
    """By the run that closed the row, of several; not while it is open, and not where it stays so."""
    a = orphan("a", age_s=TIME_LIMIT_S, call_sid="CA1")
    completed, up = {"CA1": CallStatus.COMPLETED}, {"CA1": CallStatus.IN_PROGRESS}
    assert await told(OrphanLedger(a, is_settled=True), Calls(dict(completed))) == []
    assert await told(OrphanLedger(a, fails_at="settle"), Calls(dict(completed))) == []
    assert await told(OrphanLedger(a), Calls(dict(up), after_end=CallStatus.IN_PROGRESS)) == []


async def test_it_is_told_though_the_own_call_ends_meanwhile() -> None:
    """The row is being closed, and nobody else would tell it."""

    class SlowLedger(OrphanLedger):
        async def settle(self, id: str, detail: str, outcome: Outcome | None = None) -> bool:
            raise asyncio.CancelledError

    found: list[CutOff] = []
    calls = Calls({"CA1": CallStatus.COMPLETED})
    with pytest.raises(asyncio.CancelledError):
        await settled(SlowLedger(orphan("a", age_s=1, call_sid="CA1")), calls, tell=found.append)
    assert [call.id for call in found] == ["a"]


async def test_a_call_that_is_up_is_looked_at_again_until_it_is_over() -> None:
    """It is settled and told by the run that found it up, as long as that runs."""
    statuses: dict[str, CallStatus | CartesiaCallError] = {"CA1": CallStatus.IN_PROGRESS}
    waits_s: list[float] = []

    class ClockOfACall(FixedClock):
        async def sleep(self, seconds: float) -> None:
            waits_s.append(seconds)
            if len(waits_s) == 2:
                statuses["CA1"] = CallStatus.COMPLETED

    found: list[CutOff] = []
    calls = Calls(statuses)
    await settle_until_none_is_up(
        OrphanLedger(orphan("a", age_s=1, call_sid="CA1")),
        calls,
        ClockOfACall(),
        account_sid=ACCOUNT_SID,
        region="us1",
        tell=found.append,
    )
    assert (waits_s, len(calls.fetched), [call.id for call in found]) == ([LOOK_S] * 2, 3, ["a"])
