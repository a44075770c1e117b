"""Putting one leg down, whatever happened on it, before anything else is given up."""

from __future__ import annotations

import logging

from cartesia_call.calls.books import Books
from cartesia_call.calls.hangup import hang_up
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import look
from cartesia_call.calls.plan import DialPlan
from cartesia_call.errors import HangUpNotConfirmed
from cartesia_call.ports import Phase, Ports

logger = logging.getLogger(__name__)

COMPLETED_WAIT_S = 2.0
"""After the hang-up the bridge stays up this long for the `completed` callback, so that it finds somebody."""


class PuttingDown:
    """Of a leg that is ours, if there is one. `calls_back`: the carrier has an address for callbacks."""

    def __init__(self, leg: Leg, plan: DialPlan, ports: Ports, *, calls_back: bool) -> None:
        self._leg = leg
        self._plan = plan
        self._ports = ports
        self._calls_back = calls_back

    async def whatever_happens(self, books: Books) -> HangUpNotConfirmed | None:
        """See to it that the leg is down; what could not be confirmed. A fault of ours is logged."""
        try:
            return await self._put_down(books)
        except Exception:  # the ending is 31 if the leg is not known to be down
            logger.exception("a fault of ours while hanging up")
            return None

    async def _put_down(self, books: Books) -> HangUpNotConfirmed | None:
        leg, carrier, clock = self._leg, self._ports.carrier, self._ports.clock
        leg.is_stopping = True  # a stream that comes now stays silent, one that is up falls silent
        if leg.stream is not None:
            leg.stream.session.mute()
        if leg.is_unknown:  # the proof may be on its way
            await leg.until(lambda: leg.is_placed, COMPLETED_WAIT_S)
        if not leg.is_placed:
            return None
        if leg.answer_was_lost:
            books.note_placed()
        deadline_s = clock.now_s() + self._plan.limits.hangup_timeout_s
        while True:
            if not leg.is_down:
                logger.info("hanging up")
                self._ports.observer.show(Phase(kind="hanging-up", since_s=clock.now_s()))
                try:
                    await hang_up(
                        leg,
                        carrier,
                        timeout_s=deadline_s - clock.now_s(),
                        has_trailing_say=self._plan.fallback_text is not None,
                    )
                except HangUpNotConfirmed as error:
                    return error
            await self._wait_for_completed()
            left_s = deadline_s - clock.now_s()
            # A `stop` alone may have ended the stream and not the call: look, where there is an answer.
            if leg.progress.is_final or not await self._looked(left_s) or leg.progress.is_final:
                return None
            leg.stop_received = False

    async def _looked(self, within_s: float) -> bool:
        final = self._leg.progress
        return await look(self._leg, self._ports.carrier, within_s=within_s, unless=lambda: final.is_final)

    async def _wait_for_completed(self) -> None:
        if self._calls_back:
            await self._leg.until(lambda: self._leg.progress.final_callback_seen, COMPLETED_WAIT_S)
