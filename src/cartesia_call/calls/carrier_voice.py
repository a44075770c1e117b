"""The carrier's own voice: how it comes to speak, and what shows that it said everything."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import read_notes, until_or_look
from cartesia_call.calls.plan import CarrierText, DialPlan, Ending
from cartesia_call.errors import CarrierError, MediaStreamError
from cartesia_call.ports import CallInstructions, Carrier
from cartesia_call.telephony.estimates import SHORTEST_READING_S, fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
"""Between requests to redirect the call; each pause is twice the one before."""

WAITS = "the carrier waits for its media stream and could not be redirected"
WAITED = "the call ended without its media stream, and nothing shows that the carrier's voice spoke"

NOTES_WAIT_S = 3.0
"""So long the carrier's debugger may take to answer, while perhaps nobody speaks to the callee."""


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """The carrier's voice shall go on. `from_sentence` is where; 0 is the whole message. `since_s` is when it
    can have begun, at the earliest.

    `at_once`: the carrier was told to go on there, by instructions that replace the running ones. Otherwise
    the message stands behind the stream in the TwiML and follows by itself, from its first word, once the
    carrier has given up the stream.
    """

    since_s: float
    from_sentence: int = 0
    at_once: bool = False


class CarrierVoice:
    """Sees to it that the carrier speaks, and listens until the call is over."""

    def __init__(self, leg: Leg, plan: DialPlan, carrier: Carrier) -> None:
        self._leg = leg
        self._plan = plan
        self._carrier = carrier

    async def take_over(self) -> HandOver | Ending | None:
        """Speak in the place of a stream that the carrier still waits for, while nobody speaks to the callee.

        None if it goes on by itself, as it should, or if the stream came meanwhile. An Ending if it waits and
        cannot be moved, or waited until the call was over.
        """
        leg, stream = self._leg, self._leg.stream
        limit_s = NOTES_WAIT_S if self._is_over() else self._plan.limits.stream_timeout_s
        give_up_at_s = leg.clock.now_s() + limit_s
        pause_s = FIRST_PAUSE_S
        while not await self._goes_on_by_itself() and leg.stream is stream:
            hand_over = None if self._is_over() else await self.speak_from(0)
            if hand_over is not None:
                return hand_over
            if leg.clock.now_s() + pause_s > give_up_at_s:
                error = MediaStreamError(WAITED if self._is_over() else WAITS)
                return Ending(outcome=Outcome.STREAM_FAILED, detail=str(error), error=error)
            await leg.until(lambda: leg.stream is not stream, pause_s)
            pause_s *= 2
        return None

    async def _goes_on_by_itself(self) -> bool:
        """Whether the carrier noted that the stream failed or is over, or leaves streams out of the calls of
        this account. True as well if it cannot be asked: what it does is then not ours to change.
        """
        notes = await read_notes(self._leg, self._carrier, within_s=NOTES_WAIT_S)
        if notes is None or any(note.ended_stream for note in notes):
            return True
        try:
            is_trial = await self._carrier.is_trial()
        except CarrierError as error:
            logger.info("whether this is a trial account could not be asked: %s", error)
            return False
        if is_trial:
            self._leg.warn("this is a trial account, and Twilio opens no media streams for it")
        return is_trial

    async def speak_from(self, sentence: int) -> HandOver | None:
        """Have the carrier say the message from `sentence` on, in the place of what it does now.

        None if that is refused or fails, or if there is nothing to be said.
        """
        leg = self._leg
        text = self._plan.fallback_from(sentence)
        if text is None or leg.call_sid is None:
            return None
        instructions = CallInstructions(
            stream_url=None, fallback_text=text.text, language=self._plan.speech.language
        )
        since_s = leg.clock.now_s()
        leg.is_stream_awaited = False
        leg.is_redirected = True  # from now on a `stop` is the end of the stream, not that of the call
        try:
            await self._carrier.redirect(leg.call_sid, instructions)
        except CarrierError as error:
            logger.info("the carrier's voice could not be asked to go on: %s", error)
            leg.is_stream_awaited = True
            return None
        return HandOver(since_s=since_s, from_sentence=sentence, at_once=True)

    async def listen(self, hand_over: HandOver) -> Ending:
        """Until the call is over, which ends by itself after the carrier's voice."""
        leg, plan = self._leg, self._plan
        logger.info("the carrier's voice speaks")
        leg.carrier_spoke = True
        if leg.stream is not None and not hand_over.at_once:
            limit_s = plan.limits.stream_timeout_s
            if not await until_or_look(leg, self._carrier, self._is_over, limit_s):
                moved = await self.take_over()
                if isinstance(moved, Ending) and not self._is_over():
                    leg.carrier_spoke = False
                    return moved
                hand_over = moved if isinstance(moved, HandOver) else hand_over
        ended = await until_or_look(leg, self._carrier, self._is_over, plan.time_limit_s)
        if not ended or (leg.progress.duration_s or 0) >= plan.time_limit_s - 1:
            return Ending(outcome=Outcome.CUT_SHORT, detail="the call lasted until its time limit")
        text = plan.fallback_from(hand_over.from_sentence) or CarrierText(text="", is_cut=False)
        return self._judge(text, hand_over, self._listened_s(hand_over))

    def _is_over(self) -> bool:
        return self._leg.progress.is_final

    def _judge(self, text: CarrierText, hand_over: HandOver, listened_s: float) -> Ending:
        leg = self._leg
        what = "the message" if hand_over.from_sentence == 0 else "the rest of the message"
        if listened_s < fastest_reading_s(text.text):
            # With a stream before it, who heard nothing of the carrier's voice left while ours spoke.
            leg.carrier_spoke = leg.stream is None or listened_s >= SHORTEST_READING_S
            leg.carrier_heard_ms = int(max(0.0, listened_s) * 1000)
            return Ending(
                outcome=Outcome.HUNG_UP_EARLY,
                detail=f"the call ended before the carrier's voice can have said {what} (an estimate)",
            )
        if text.is_cut:
            leg.carrier_heard_ms = int(listened_s * 1000)
            return Ending(
                outcome=Outcome.CUT_SHORT,
                detail="the carrier's voice spoke as much of the message as TwiML holds",
                evidence=Evidence.DURATION,
            )
        return Ending(
            outcome=Outcome.DELIVERED,
            detail=f"the carrier's voice spoke {what}, to judge by the call's length (an estimate)",
            evidence=Evidence.DURATION,
        )

    def _listened_s(self, hand_over: HandOver) -> float:
        """For how long the carrier's voice can have been heard, at the most.

        By our clock if a callback told the end; else, for a poll comes late, by the carrier's own count of
        the answered time, which is in whole seconds.
        """
        leg, progress, since_s = self._leg, self._leg.progress, hand_over.since_s
        answered_at_s = since_s if progress.answered_at_s is None else progress.answered_at_s
        began_at_s = since_s if leg.stream is not None or hand_over.at_once else answered_at_s
        if progress.duration_s is not None and not progress.final_callback_seen:
            return progress.duration_s - (began_at_s - answered_at_s)
        return (progress.ended_at_s or leg.clock.now_s()) - began_at_s
