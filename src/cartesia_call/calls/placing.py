"""Placing the call: one request, and finding out what became of it when its answer was lost."""

from __future__ import annotations

import logging
from datetime import datetime

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan
from cartesia_call.errors import CarrierError, LedgerError, PlacementUnknown
from cartesia_call.ports import CallRequest, Carrier, Ledger
from cartesia_call.telephony.call_states import CallSnapshot

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 2.0
"""The carrier's list is eventually consistent: asked at once, it may not show the call yet."""

LOOK_INTERVAL_S = 4.0
LOOKS = 5
"""The list is asked so often, over some 20 s, before the call counts as not found."""


async def place(
    leg: Leg,
    *,
    carrier: Carrier,
    ledger: Ledger | None,
    plan: DialPlan,
    request: CallRequest,
    intent_at: datetime,
) -> None:
    """Place `request`, once, and let `leg` know its call SID.

    When the answer was lost, whoever knows our secrets proves the call; else the carrier's list may name it.
    Raises as `Carrier.place`; PlacementUnknown if no call could be found afterwards.
    """
    leg.post_is_pending = True
    try:
        snapshot = await carrier.place(request)
    except PlacementUnknown as error:
        leg.post_is_pending = False
        leg.answer_was_lost = True
        logger.info("the answer to the placing request was lost: %s", error)
        await _find(leg, carrier=carrier, ledger=ledger, plan=plan, intent_at=intent_at, lost=error)
    else:
        leg.prove(snapshot.call_sid)
        leg.progress.take_snapshot(snapshot, leg.clock.now_s())
    finally:
        leg.post_is_pending = False
        leg.tell()
    leg.placed_at_s = leg.clock.now_s()
    leg.tell()


async def _find(
    leg: Leg,
    *,
    carrier: Carrier,
    ledger: Ledger | None,
    plan: DialPlan,
    intent_at: datetime,
    lost: PlacementUnknown,
) -> None:
    if await leg.until(lambda: leg.is_proven, FIRST_LOOK_S):
        return
    claimed = await _claimed_call_sids(ledger)
    for _ in range(LOOKS):
        found = [call for call in await _list(carrier, plan, intent_at) if call.call_sid not in claimed]
        if leg.is_proven:
            return
        if len(found) == 1:
            leg.call_sid = found[0].call_sid
            leg.progress.take_snapshot(found[0], leg.clock.now_s())
            return
        if found:
            await leg.until(lambda: leg.is_proven, plan.limits.ring_timeout_s)
            break
        if await leg.until(lambda: leg.is_proven, LOOK_INTERVAL_S):
            return
    if not leg.is_proven:
        raise PlacementUnknown(
            f"the call may have been placed, and the carrier shows no trace of it ({lost})",
            code=lost.code,
            http_status=lost.http_status,
            hint="it is not dialled again; look at the carrier's call log before you do",
        )


async def _list(carrier: Carrier, plan: DialPlan, intent_at: datetime) -> list[CallSnapshot]:
    try:
        return await carrier.find(to=plan.to, caller_id=plan.caller_id, created_since=intent_at)
    except CarrierError as error:
        logger.debug("asking the carrier's list: %s", error)
        return []


async def _claimed_call_sids(ledger: Ledger | None) -> frozenset[str]:
    try:
        return await ledger.claimed_call_sids() if ledger else frozenset()
    except LedgerError as error:
        logger.debug("asking the ledger for claimed calls: %s", error)
        return frozenset()
