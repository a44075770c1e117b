"""Settle what earlier runs left open: ledger rows whose process is gone, beside a run's own call."""

from __future__ import annotations

import logging
from collections.abc import Collection

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
from cartesia_call.policy.keeping import NUMBERS_KEPT
from cartesia_call.ports import FOUND_AT_MOST, Carrier, Clock, Ports
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.telephony.progress import CallProgress

logger = logging.getLogger(__name__)

LIST_IS_WHOLE_S = 60.0
"""How long after a process has gone the carrier's list shows whatever it placed. Twilio's is "eventually
consistent" and promises no time; a leg asks it for 20 s, and here nothing is in a hurry."""


async def settle_beside(plan: CallPlan, ports: Ports) -> None:
    """Look after calls that killed runs left in the ledger, beside a call of this run, and after numbers
    that were kept for long enough."""
    if ports.ledger is None:
        return
    notes = await settle_orphans(
        ports.ledger, ports.carrier, ports.clock, account_sid=plan.account_sid, region=plan.region
    )
    for note in notes:
        logger.info("earlier call %s", note)
    await cut_old_numbers(ports.ledger, ports.clock)


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
) -> list[str]:
    """Close this account and region's rows that nobody owns any more; a sentence per thing done or failed.

    A call younger than its `TimeLimit` (call seconds, counted from the intent) and still up is left to its
    own `<Hangup/>`: its `<Say>` may be speaking. An older one is ended. An intent that was never known to
    be placed is looked up in the carrier's list once the call it may have become cannot be up any more;
    where `gone` holds its ID, at once: whoever names it has seen it without process `LIST_IS_WHOLE_S` ago.
    What fails stays open for the next run: no CartesiaCallError leaves this function, for it must not change
    how the own call ends. Rows of another account or region are not touched: these credentials cannot see
    their calls.
    """
    notes: list[str] = []
    try:
        orphans = await ledger.orphans()
    except CartesiaCallError as error:
        return [f"earlier calls could not be settled: {error}"]
    for orphan in orphans:
        if (orphan.account_sid, orphan.region) != (account_sid, region):
            continue
        is_old = _is_older_than_its_limit(orphan, clock)
        try:
            if orphan.call_sid is not None:
                note = await _settle_call(orphan, orphan.call_sid, ledger, carrier, is_old=is_old)
            elif is_old or orphan.id in gone:
                note = await _settle_intent(orphan, ledger, carrier, clock)
            else:
                note = None
        except CartesiaCallError as error:
            notes.append(f"{orphan.id} could not be settled: {error}")
            if isinstance(error, Unauthorized | CarrierUnavailable | LedgerError):
                break  # the others would only meet the same
        else:
            notes += [f"{orphan.id}: {note}"] if note else []
    return notes


def _is_older_than_its_limit(orphan: OpenCall, clock: Clock) -> bool:
    age_s = (clock.utc_now() - orphan.created_at).total_seconds()
    return age_s >= orphan.time_limit_s


async def _settle_call(
    orphan: OpenCall, call_sid: str, ledger: Ledger, carrier: Carrier, *, is_old: bool
) -> str | None:
    """End the call if it is over its limit, close the row if the call is down. What was done, or None."""
    outcome: Outcome | None = None
    try:
        call = await carrier.fetch(call_sid)
        if call.status.is_final:
            outcome = _proven(call, orphan)
            asked = f", as {orphan.end_asked_by} had asked" if orphan.end_asked_by else ""
            finding = f"found {call.status}{asked}; its process was gone"
        elif not is_old:
            return None
        else:
            call = await carrier.end(call_sid)
            if not call.status.is_final:
                # Asked, not done yet: the row stays open, so that the next run looks again.
                return f"the call {call_sid} was still up after its time limit; asked to end it"
            finding = f"still up after its time limit, ended by a later run; now {call.status}"
    except CallNotFound:
        finding = f"the carrier knows no live call {call_sid} any more"
    await ledger.settle(orphan.id, finding, outcome)
    return finding


def _proven(call: CallSnapshot, orphan: OpenCall) -> Outcome | None:
    """What the status of a call that is down proves: that nobody answered, never what an answered one heard.

    A call that we ended ourselves proves nothing about the callee.
    """
    if orphan.end_asked_by or call.status is CallStatus.CANCELED:
        return None
    progress = CallProgress()
    progress.take_snapshot(call, 0.0)
    return progress.unanswered_outcome()


async def _settle_intent(orphan: OpenCall, ledger: Ledger, carrier: Carrier, clock: Clock) -> str | None:
    """Look for the call that the intent may have become. What was found, or None if that is still up.

    No call that fits proves that none was placed. One that fits may be somebody else's: it is not touched.
    """
    outcome: Outcome | None = None
    is_old = _is_older_than_its_limit(orphan, clock)
    has_number = clock.utc_now() - orphan.created_at < NUMBERS_KEPT
    candidates = await _candidates(orphan, ledger, carrier, is_old=is_old) if has_number else None
    if candidates is None:
        finding = "never known to be placed; its process was gone"
    elif not candidates:
        outcome = Outcome.INTERRUPTED
        finding = "never placed, as the carrier's list shows; its process was gone"
    elif is_old or all(call.status.is_final for call in candidates):
        named = " or ".join(f"{call.call_sid} ({call.status})" for call in candidates)
        finding = f"may have been placed as {named}, which nothing has proven; its process was gone"
    else:
        return None
    await ledger.settle(orphan.id, finding, outcome)
    return finding


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
