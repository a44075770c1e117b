"""Placing the call: one request, and finding out what became of it when its answer was lost."""

from __future__ import annotations

import asyncio
import logging
from datetime import datetime

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan
from cartesia_call.errors import CarrierError, CarrierUnavailable, LedgerError, PlacementUnknown
from cartesia_call.ledger_ports import Ledger
from cartesia_call.ports import CallRequest, Carrier
from cartesia_call.telephony.call_states import CallSnapshot

logger = logging.getLogger(__name__)

FIRST_LOOK_S = 2.0
"""The carrier's list is eventually consistent: asked at once, it may not show the call yet."""

LOOK_INTERVAL_S = 4.0
LOOKS = 5
"""The list is asked so often, over some 20 s, before the call counts as not found."""


FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 8.0
"""Between placing requests that were answered with 429: Twilio never processed them ("always safe to retry",
its error 20429) and asks for growing pauses."""

TOO_MANY_REQUESTS = 429


class Placement:
    """One placing request of one leg, and the search for the call if its answer is lost."""

    def __init__(self, leg: Leg, plan: DialPlan, carrier: Carrier, ledger: Ledger | None) -> None:
        self._leg = leg
        self._plan = plan
        self._carrier = carrier
        self._ledger = ledger
        self._error: Exception | None = None
        self.post: asyncio.Task[None] | None = None

    async def place(self, request: CallRequest, intent_at: datetime) -> None:
        """Send `request` and return as soon as it is certain which call it became.

        It is sent again only where it was answered with 429, for as long as the call may ring. A callback or
        stream that knows our secrets may be faster than the answer. Raises as `Carrier.place`;
        PlacementUnknown if no call could be proven to be ours afterwards.
        """
        leg = self._leg
        give_up_at_s = leg.clock.now_s() + self._plan.limits.ring_timeout_s
        pause_s = FIRST_RETRY_S
        while await self._was_not_processed(request) and leg.clock.now_s() + pause_s < give_up_at_s:
            logger.info("%s; trying again in %g s", self._error, pause_s)
            await leg.clock.sleep(pause_s)
            pause_s = min(2 * pause_s, LONGEST_RETRY_S)
        if not leg.is_placed and leg.answer_was_lost:
            await self._find(intent_at)
        elif not leg.is_placed and self._error is not None:
            raise self._error
        leg.placed_at_s = leg.clock.now_s()
        logger.info("placed call %s", leg.call_sid)

    async def _was_not_processed(self, request: CallRequest) -> bool:
        """Send `request`; whether the answer is that the carrier has too much to do to look at it."""
        leg = self._leg
        leg.post_is_pending = True
        self._error = None
        self.post = asyncio.create_task(self._post(request), name="placing request")
        await leg.until(lambda: leg.is_placed or not leg.post_is_pending, None)
        error = self._error
        if leg.is_placed or not isinstance(error, CarrierUnavailable):
            return False
        return error.http_status == TOO_MANY_REQUESTS

    async def _post(self, request: CallRequest) -> None:
        leg = self._leg
        try:
            snapshot = await self._carrier.place(request)
            leg.prove(snapshot.call_sid)
            leg.progress.take_snapshot(snapshot, leg.clock.now_s())
        except PlacementUnknown as error:
            logger.info("the answer to the placing request was lost: %s", error)
            leg.answer_was_lost = True
            self._error = error
        except Exception as error:  # raised again by `place`, which waits for it
            self._error = error
        finally:
            leg.post_is_pending = False
            leg.tell()

    async def _find(self, intent_at: datetime) -> None:
        """Wait for proof of the call, guided by the carrier's list; PlacementUnknown if none comes."""
        leg = self._leg
        if await leg.until(lambda: leg.is_placed, FIRST_LOOK_S):
            return
        what = "the carrier's list could not be asked"
        for _ in range(LOOKS):
            found = await self._list(intent_at)
            if found is not None:
                what = "the carrier's list shows no such call"
            if found and len(found) == 1:
                await self._watch(found[0])
                what = f"call {found[0].call_sid} may be ours, and nothing has proven it"
                break
            if found:
                what = f"{len(found)} calls in the carrier's list may be ours, and nothing has proven which"
                await leg.until(lambda: leg.is_placed, self._plan.limits.ring_timeout_s)
                break
            if await leg.until(lambda: leg.is_placed, LOOK_INTERVAL_S):
                return
        if not leg.is_placed:
            raise PlacementUnknown(
                f"{self._error}; {what}",
                code=getattr(self._error, "code", None),
                http_status=getattr(self._error, "http_status", None),
                hint="it is not dialled again; look at the carrier's call log before you do",
            )

    async def _list(self, intent_at: datetime) -> list[CallSnapshot] | None:
        """Calls that may be ours and that no ledger row claims; None if the list could not be asked."""
        try:
            calls = await self._carrier.find(
                to=self._plan.to, caller_id=self._plan.caller_id, created_since=intent_at
            )
            sids = [call.call_sid for call in calls]
            claimed = await self._ledger.claimed(sids) if self._ledger else frozenset()
        except (CarrierError, LedgerError) as error:
            logger.debug("asking which calls may be ours: %s", error)
            return None
        return [call for call in calls if call.call_sid not in claimed]

    async def _watch(self, candidate: CallSnapshot) -> None:
        """Watch a call that may be somebody else's, without touching it, until it is proven or over."""
        leg = self._leg
        limit_s = self._plan.limits.ring_timeout_s + self._plan.time_limit_s
        deadline_s = leg.clock.now_s() + limit_s
        while not candidate.status.is_final and leg.clock.now_s() < deadline_s:
            if await leg.until(lambda: leg.is_placed, LOOK_INTERVAL_S):
                return
            try:
                candidate = await self._carrier.fetch(candidate.call_sid)
            except CarrierError as error:
                logger.debug("watching a call that may be ours: %s", error)
