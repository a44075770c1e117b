"""What goes on beside a call and must neither delay nor decide it."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Coroutine
from typing import Any

from cartesia_call.audio.mulaw import duration_s
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan
from cartesia_call.calls.settling import settle_orphans
from cartesia_call.errors import CarrierError
from cartesia_call.ports import Ports
from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S, TIME_LIMIT_MARGIN_S

logger = logging.getLogger(__name__)


VERDICT_INTERVAL_S = 3.0
"""Between two questions who answered. Twilio's callback is faster; one page says that it comes by POST only,
which the bridge does not take."""


class BesideCall:
    """Tasks of one call's own; whoever tears the call down cancels `tasks`."""

    def __init__(self, plan: DialPlan, ports: Ports, leg: Leg) -> None:
        self._plan = plan
        self._ports = ports
        self._leg = leg
        self.tasks: set[asyncio.Task[None]] = set()

    def settle_earlier_calls(self) -> None:
        """Look after calls that killed runs left in the ledger."""
        self._start(self._settle_earlier_calls(), "settling earlier calls")

    def keep_time_limit_long_enough(self) -> None:
        """Raise the live call's `TimeLimit` if the audio proves longer than any reading we expected."""
        self._start(self._keep_time_limit_long_enough(), "time limit")

    def ask_who_answered(self) -> None:
        """Ask the carrier for the verdict of its detection, in case nobody brings it."""
        if self._plan.conversation.carrier_judges:
            self._start(self._ask_who_answered(), "who answered")

    def _start(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self.tasks.add(asyncio.create_task(work, name=name))

    async def _settle_earlier_calls(self) -> None:
        if self._ports.ledger is None:
            return
        notes = await settle_orphans(
            self._ports.ledger,
            self._ports.carrier,
            self._ports.clock,
            account_sid=self._plan.account_sid,
            region=self._plan.region,
        )
        for note in notes:
            logger.info("earlier call %s", note)

    async def _ask_who_answered(self) -> None:
        leg = self._leg
        await leg.until(lambda: leg.progress.answered_at_s is not None, None)
        while not leg.progress.is_final:
            if await leg.until(lambda: leg.progress.is_final, VERDICT_INTERVAL_S):
                return
            try:
                snapshot = await self._ports.carrier.fetch(str(leg.call_sid))
            except CarrierError as error:
                logger.debug("asking who answered: %s", error)
            else:
                leg.take_answered_by(snapshot.answered_by or "")

    async def _keep_time_limit_long_enough(self) -> None:
        leg = self._leg
        await leg.until(lambda: leg.utterance.has_ended, None)
        needed_s = math.ceil(2 * duration_s(leg.utterance.length_bytes) + TIME_LIMIT_MARGIN_S)
        if leg.call_sid is None or needed_s <= self._plan.time_limit_s:
            return
        try:
            await self._ports.carrier.set_time_limit(leg.call_sid, min(needed_s, MAX_TIME_LIMIT_S))
        except CarrierError as error:
            logger.info("the call's time limit could not be raised: %s", error)
