"""Settle what earlier runs left open: ledger rows whose process is gone, beside a run's own call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from dataclasses import field
from datetime import datetime

from cartesia_call.errors import (
    CallNotFound,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    LedgerError,
    Unauthorized,
)
from cartesia_call.ledger_ports import Ledger, OpenCall
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.policy.guard import NUMBERS_KEPT
from cartesia_call.ports import FOUND_AT_MOST, Carrier, Clock, Ports
from cartesia_call.records import dataclass
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.telephony.progress import CallProgress

logger = logger_of(__name__)

LIST_IS_WHOLE_S = 60.0
"""How long after a process has gone the carrier's list shows whatever it placed. Twilio's is "eventually
consistent" and promises no time; a leg asks it for 20 s, and here nothing is in a hurry."""

LOOK_S = 5.0
"""Between two looks at calls whose process is gone and that may be up still."""


@dataclass(frozen=True, kw_only=True)
class CutOff:
    """A call that was not over when its process was gone.

    `began_at` is when it was about to be placed; `to` is masked once the ledger has cut its numbers. `became`
    is half a sentence about what a later run found.
    """

    id: str
    to: str
    began_at: datetime
    became: str


@dataclass(kw_only=True)
class Settled:
    """A sentence per thing done or failed, and how many calls are to be looked at again: they were up."""

    notes: list[str] = field(default_factory=list)
    up: int = 0


@dataclass(frozen=True, kw_only=True)
class _Finding:
    """`detail` is for the ledger, `became` for people; `outcome` is what it proves. An open row stays open
    unless it `closes`."""

    detail: str
    became: str = ""
    outcome: Outcome | None = None
    closes: bool = True


async def settle_beside(plan: CallPlan, ports: Ports, tell: Callable[[CutOff], None]) -> None:
    """Look after calls that killed runs left in the ledger, beside a call of this run, and after numbers
    that were kept for long enough. `tell` is called for each call that is over then, by one run of all."""
    if ports.ledger is not None:
        await cut_old_numbers(ports.ledger, ports.clock)
        await settle_until_none_is_up(
            ports.ledger,
            ports.carrier,
            ports.clock,
            account_sid=plan.account_sid,
            region=plan.region,
            tell=tell,
        )


async def settle_until_none_is_up(
    ledger: Ledger,
    carrier: Carrier,
    clock: Clock,
    *,
    account_sid: str,
    region: str,
    tell: Callable[[CutOff], None],
) -> None:
    """`settle_orphans`, again and again while a call is left to its own end."""
    while True:
        settled = await settle_orphans(
            ledger, carrier, clock, account_sid=account_sid, region=region, tell=tell
        )
        for note in settled.notes:
            logger.info("earlier call %s", note)
        if not settled.up:
            break
        await clock.sleep(LOOK_S)


async def cut_old_numbers(ledger: Ledger, clock: Clock) -> None:
    """Have the ledger forget whom it has known for `NUMBERS_KEPT`. What fails is left to the next run."""
    try:
        cut = await ledger.cut_numbers(clock.utc_now() - NUMBERS_KEPT)
    except LedgerError as error:
        logger.info("old numbers could not be cut: %s", error)
    else:
        if cut:
            logger.info("cut the numbers of %d old calls in the ledger", cut)


async def settle_orphans(
    ledger: Ledger,
    carrier: Carrier,
    clock: Clock,
    *,
    account_sid: str,
    region: str,
    gone: Collection[str] = (),
    tell: Callable[[CutOff], None] = lambda _: None,
) -> Settled:
    """Close this account and region's rows that nobody owns any more; `tell` of each that this run closed.

    A call younger than its `TimeLimit` (call seconds, counted from the intent) and still up is left to its
    own `<Hangup/>`: its `<Say>` may be speaking. An older one is ended. An intent that was never known to
    be placed is looked up in the carrier's list once the call it may have become cannot be up any more;
    where `gone` holds its ID, at once: whoever names it has seen it without process `LIST_IS_WHOLE_S` ago.
    What fails stays open for the next run: no CartesiaCallError leaves this function, for it must not change
    how the own call ends. Rows of another account or region are not touched: these credentials cannot see
    their calls.
    """
    settled = Settled()
    try:
        orphans = await ledger.orphans()
    except CartesiaCallError as error:
        return Settled(notes=[f"earlier calls could not be settled: {error}"])
    for orphan in orphans:
        if (orphan.account_sid, orphan.region) != (account_sid, region):
            continue
        is_old = _is_older_than_its_limit(orphan, clock)
        finding: _Finding | None = None
        try:
            if orphan.call_sid is not None:
                finding = await _look_at_call(orphan, orphan.call_sid, carrier, is_old=is_old)
                settled.up += finding is None
            elif is_old or orphan.id in gone:
                finding = await _look_at_intent(orphan, ledger, carrier, clock)
            if finding is not None and finding.closes:
                await _close(orphan, finding, ledger, tell)
        except CartesiaCallError as error:
            settled.notes.append(f"{orphan.id} could not be settled: {error}")
            if isinstance(error, Unauthorized | CarrierUnavailable | LedgerError):
                break  # the others would only meet the same
        else:
            settled.notes += [f"{orphan.id}: {finding.detail}"] if finding else []
    return settled


async def _close(orphan: OpenCall, finding: _Finding, ledger: Ledger, tell: Callable[[CutOff], None]) -> None:
    """Of several runs that find the same, the one that closes the row tells it."""
    cut_off = CutOff(id=orphan.id, to=orphan.to, began_at=orphan.created_at, became=finding.became)
    try:
        is_ours = await ledger.settle(orphan.id, finding.detail, finding.outcome)
    except asyncio.CancelledError:  # the own call is over, and the row is being closed all the same
        tell(cut_off)
        raise
    if is_ours:
        tell(cut_off)


def _is_older_than_its_limit(orphan: OpenCall, clock: Clock) -> bool:
    age_s = (clock.utc_now() - orphan.created_at).total_seconds()
    return age_s >= orphan.time_limit_s


async def _look_at_call(
    orphan: OpenCall, call_sid: str, carrier: Carrier, *, is_old: bool
) -> _Finding | None:
    """End the call if it is over its limit. None: it is up, and may be."""
    asked = f", as {orphan.end_asked_by} had asked" if orphan.end_asked_by else ""
    try:
        call = await carrier.fetch(call_sid)
        if call.status.is_final:
            return _Finding(
                detail=f"found {call.status}{asked}; its process was gone",
                became=f"the carrier says {call.status}{asked}{_what_that_means(call.status)}",
                outcome=_proven(call, orphan),
            )
        if not is_old:
            return None
        call = await carrier.end(call_sid)
    except CallNotFound:
        return _Finding(
            detail=f"the carrier knows no live call {call_sid} any more",
            became=f"the carrier knows no live call {call_sid} any more",
        )
    if not call.status.is_final:
        # Asked, not done yet: the row stays open, so that the next run looks again.
        detail = f"the call {call_sid} was still up after its time limit; asked to end it"
        return _Finding(detail=detail, closes=False)
    ended = "still up after its time limit, ended by a later run"
    return _Finding(detail=f"{ended}; now {call.status}", became=f"it was {ended}")


def _what_that_means(status: CallStatus) -> str:
    """For the message."""
    if status is CallStatus.COMPLETED:
        return ", so it was answered, and how much was heard is not known"
    return ", so nobody heard the message"


def _proven(call: CallSnapshot, orphan: OpenCall) -> Outcome | None:
    """What the status of a call that is down proves: that nobody answered, never what an answered one heard.

    A call that we ended ourselves proves nothing about the callee.
    """
    if orphan.end_asked_by or call.status is CallStatus.CANCELED:
        return None
    progress = CallProgress()
    progress.take_snapshot(call, 0.0)
    return progress.unanswered_outcome()


async def _look_at_intent(
    orphan: OpenCall, ledger: Ledger, carrier: Carrier, clock: Clock
) -> _Finding | None:
    """Look for the call that the intent may have become. None if that is still up.

    No call that fits proves that none was placed. One that fits may be somebody else's: it is not touched.
    """
    is_old = _is_older_than_its_limit(orphan, clock)
    has_number = clock.utc_now() - orphan.created_at < NUMBERS_KEPT
    candidates = await _candidates(orphan, ledger, carrier, is_old=is_old) if has_number else None
    if candidates is None:
        return _Finding(
            detail="never known to be placed; its process was gone",
            became="whether it was placed is not known",
        )
    if not candidates:
        return _Finding(
            detail="never placed, as the carrier's list shows; its process was gone",
            became="it was never placed, as the carrier's list shows",
            outcome=Outcome.INTERRUPTED,
        )
    if is_old or all(call.status.is_final for call in candidates):
        named = " or ".join(f"{call.call_sid} ({call.status})" for call in candidates)
        placed = f"may have been placed as {named}, which nothing has proven"
        return _Finding(detail=f"{placed}; its process was gone", became=f"it {placed}")
    return None


async def _candidates(
    orphan: OpenCall, ledger: Ledger, carrier: Carrier, *, is_old: bool
) -> list[CallSnapshot] | None:
    """The calls that fit the intent and that no row claims; None if nobody can know any more."""
    try:
        found = await carrier.find(to=orphan.to, caller_id=orphan.caller_id, created_since=orphan.created_at)
    except (Unauthorized, CarrierUnavailable):
        raise
    except CarrierError:
        if is_old:
            return None
        raise
    if len(found) >= FOUND_AT_MOST:  # there may be more
        return None
    claimed = await ledger.claimed([call.call_sid for call in found])
    return [call for call in found if call.call_sid not in claimed]
