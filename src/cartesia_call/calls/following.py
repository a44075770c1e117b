"""From the placed call to the point where the line can be put down: ringing, answer, stream, voice."""

from __future__ import annotations

import asyncio
import dataclasses
import logging

from cartesia_call.calls.carrier_voice import CarrierVoice, HandOver
from cartesia_call.calls.hearing import CALLBACK_WAIT_S, StreamHearing
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import until_or_look
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.talk_ending import ending_of_broken_talk
from cartesia_call.ports import Carrier, Observer, Phase, PhaseKind
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome

logger = logging.getLogger(__name__)

RING_GRACE_S = 10.0
"""Twilio may let it ring 5 s longer than asked; the rest is for its callback to arrive."""


class Follower:
    """Watches one placed leg until its message was heard or can no longer be.

    `streams`: the carrier was told to open a media stream. `calls_back`: it was given an address for status
    callbacks.
    """

    def __init__(
        self,
        leg: Leg,
        plan: DialPlan,
        carrier: Carrier,
        observer: Observer,
        *,
        streams: bool,
        calls_back: bool,
    ) -> None:
        self._leg = leg
        self._plan = plan
        self._carrier = carrier
        self._observer = observer
        self._streams = streams
        self._calls_back = calls_back
        self._hearing = StreamHearing(leg, plan, carrier, observer)

    async def follow(self) -> Ending:
        """How the call went. The line may still be up afterwards."""
        unanswered = await self._ring()
        if unanswered is not None:
            return unanswered
        self._show("answered")
        try:
            async with asyncio.timeout(self._real_time_left_s()):
                return await self._hear()
        except TimeoutError:
            return self._out_of_time()

    async def _hear(self) -> Ending:
        leg = self._leg
        answered_at_s = leg.progress.answered_at_s or leg.clock.now_s()
        heard = await self._hearing.hear() if self._streams else HandOver(since_s=answered_at_s)
        if isinstance(heard, Ending):
            return heard
        ending = await CarrierVoice(leg, self._plan, self._carrier).listen(heard)
        if ending.outcome is Outcome.DELIVERED and self._plan.conversation.ack_key is not None:
            detail = f"{ending.detail}; it can take no key"
            return dataclasses.replace(ending, outcome=Outcome.NOT_ACKNOWLEDGED, detail=detail)
        return ending

    def _real_time_left_s(self) -> float | None:
        limit_s = self._plan.limits.max_duration_s
        if limit_s is None:
            return None
        answered_at_s = self._leg.progress.answered_at_s or self._leg.clock.now_s()
        return max(0.0, self._leg.clock.real_s(answered_at_s + limit_s - self._leg.clock.now_s()))

    def _out_of_time(self) -> Ending:
        leg = self._leg
        if leg.stream is not None and not leg.carrier_spoke:
            come_to = ending_of_broken_talk(leg.stream.talk, leg.clock.now_s())
            if come_to is not None:
                detail = f"{come_to.detail.partition(', to judge')[0]}; the call was ended at --max-duration"
                return dataclasses.replace(come_to, detail=detail)
        return Ending(outcome=Outcome.CUT_SHORT, detail="the call was ended at --max-duration")

    def _show(self, kind: PhaseKind) -> None:
        logger.info("%s", kind)
        self._observer.show(Phase(kind=kind, since_s=self._leg.clock.now_s()))

    async def _ring(self) -> Ending | None:
        """Wait for the answer; None once there is one."""
        leg, progress = self._leg, self._leg.progress
        self._show("ringing")

        def is_decided() -> bool:
            return progress.answered_at_s is not None or progress.is_final or self._speech_is_lost()

        def is_dialled() -> bool:
            return is_decided() or progress.status not in {None, CallStatus.QUEUED}

        limit_s = self._plan.limits.ring_timeout_s + RING_GRACE_S
        if not await until_or_look(leg, self._carrier, is_dialled, limit_s):
            return Ending(outcome=Outcome.NO_ANSWER, detail="the carrier kept the call in its queue")
        if not await until_or_look(leg, self._carrier, is_decided, limit_s):
            return Ending(outcome=Outcome.NO_ANSWER, detail="nobody answered within the ring time-out")
        if self._speech_is_lost():
            return self._hearing.without_speech()
        if progress.is_final and self._calls_back:
            # A poll may have seen the end first; only the callback tells a refusal from other ends.
            await leg.until(lambda: progress.final_callback_seen, CALLBACK_WAIT_S)
        outcome = progress.unanswered_outcome()
        if outcome is None:
            return None
        return Ending(outcome=outcome, detail=outcome.means.sentence)

    def _speech_is_lost(self) -> bool:
        """True when the message cannot be completed any more, by anybody."""
        return self._leg.utterance.error is not None and self._plan.fallback_text is None
