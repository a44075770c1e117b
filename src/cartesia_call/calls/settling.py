"""Settle what earlier runs left open: ledger rows whose process is gone, beside a run's own call."""

from __future__ import annotations

import logging

from cartesia_call.errors import (
    CallNotFound,
    CarrierUnavailable,
    CartesiaCallError,
    LedgerError,
    Unauthorized,
)
from cartesia_call.ledger_ports import Ledger, OpenCall
from cartesia_call.leg.plan import CallPlan
from cartesia_call.ports import Carrier, Clock, Ports

logger = logging.getLogger(__name__)


async def settle_beside(plan: CallPlan, ports: Ports) -> None:
    """Look after calls that killed runs left in the ledger, beside a call of this run."""
    if ports.ledger is None:
        return
    notes = await settle_orphans(
        ports.ledger, ports.carrier, ports.clock, account_sid=plan.account_sid, region=plan.region
    )
    for note in notes:
        logger.info("earlier call %s", note)


async def settle_orphans(
    ledger: Ledger, carrier: Carrier, clock: Clock, *, account_sid: str, region: str
) -> list[str]:
    """Close this account and region's rows that nobody owns any more; a sentence per thing done or failed.

    A call younger than its `TimeLimit` (call seconds, counted from the intent) and still up is left to its
    own `<Hangup/>`: its `<Say>` may be speaking. An older one is ended. An intent that was never known to
    be placed is given up once the call it may have become cannot be up any more. What fails stays open for
    the next run: no CartesiaCallError leaves this function, for it must not change how the own call ends.
    Rows of another account or region are not touched: these credentials cannot see their calls.
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
            note = await _settle(orphan, ledger, carrier, is_old=is_old)
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


async def _settle(orphan: OpenCall, ledger: Ledger, carrier: Carrier, *, is_old: bool) -> str | None:
    """End the call if it is over its limit, close the row if the call is down. What was done, or None."""
    if orphan.call_sid is None:
        if not is_old:
            return None
        finding = "never known to be placed; its process was gone"
    else:
        try:
            call = await carrier.fetch(orphan.call_sid)
            if call.status.is_final:
                asked = f", as {orphan.end_asked_by} had asked" if orphan.end_asked_by else ""
                finding = f"found {call.status}{asked}; its process was gone"
            elif not is_old:
                return None
            else:
                call = await carrier.end(orphan.call_sid)
                if not call.status.is_final:
                    # Asked, not done yet: the row stays open, so that the next run looks again.
                    return f"the call {orphan.call_sid} was still up after its time limit; asked to end it"
                finding = f"still up after its time limit, ended by a later run; now {call.status}"
        except CallNotFound:
            finding = f"the carrier knows no live call {orphan.call_sid} any more"
    await ledger.settle(orphan.id, finding)
    return finding
