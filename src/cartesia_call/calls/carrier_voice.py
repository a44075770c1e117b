"""The carrier's own voice: how it comes to speak, and what shows that it said everything."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import is_trial, read_notes, until_or_look
from cartesia_call.calls.plan import CarrierText, DialPlan, Ending
from cartesia_call.errors import CarrierError, MediaStreamError
from cartesia_call.ports import CallInstructions, Carrier
from cartesia_call.telephony.estimates import SHORTEST_READING_S, fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome

logger = logging.getLogger(__name__)

FIRST_PAUSE_S = 1.0
"""Between requests to redirect the call; each pause is twice the one before."""

QUESTION_S = 3.0
"""So long the carrier's debugger, or its account, may take to answer while perhaps nobody speaks."""

STREAM_CLOSES_S = 2.0
"""New instructions close the stream; a carrier that has not closed it by then did not follow them."""

LEFT_AT_ONCE_S = 3.0
"""Who leaves so soon after answering did not wait for a stream that failed."""

TRIAL_SENTENCE = "The Stream verb is not available on trial accounts."
"""What Twilio says in the place of a stream (its page on trial accounts), before anything that follows."""

WAITS = "the carrier waits for its media stream and could not be redirected"
WAITED = "the call ended without its media stream, and nothing shows that the carrier's voice spoke"
NEVER_ENDED = "the call lasted until its time limit, so the carrier's voice cannot have ended it"


@dataclass(frozen=True, kw_only=True)
class HandOver:
    """The carrier's voice goes on. `from_sentence` is where; 0 is the whole message. `since_s` is when it can
    have begun, at the earliest.

    `is_certain`: the carrier is known to have left the stream behind; else it may wait for it in silence.
    """

    since_s: float
    from_sentence: int = 0
    is_certain: bool = True


class CarrierVoice:
    """Sees to it that the carrier speaks, and listens until the call is over."""

    def __init__(self, leg: Leg, plan: DialPlan, carrier: Carrier) -> None:
        self._leg = leg
        self._plan = plan
        self._carrier = carrier

    # --- how it comes to speak ---

    async def instead_of_stream(self) -> HandOver | Ending | None:
        """The stream did not come: see that the message is spoken all the same.

        By itself, where the carrier noted that the stream failed or leaves streams out of the calls of this
        account; else by instructions that replace the running ones. None if the stream came meanwhile.
        """
        leg = self._leg
        give_up_at_s = leg.clock.now_s() + (QUESTION_S if self._is_over() else self._stream_timeout_s)
        pause_s = FIRST_PAUSE_S
        while leg.stream is None:
            moved_on = await self._moved_on()
            if isinstance(moved_on, HandOver):
                return moved_on
            is_last = leg.clock.now_s() + pause_s > give_up_at_s
            if self._is_over():
                if is_last:
                    return self._nobody_spoke()
            elif moved_on is False or is_last:
                spoken = await self.speak_from(0)
                if spoken is not None or is_last:
                    return spoken or _failed(WAITS)
            await leg.until(lambda: leg.stream is not None, pause_s)
            pause_s *= 2
        return None

    async def _moved_on(self) -> HandOver | bool:
        """Since when the carrier speaks; False if it waits for the stream; True if nobody can tell."""
        leg = self._leg
        notes = await read_notes(leg, self._carrier, within_s=QUESTION_S)
        answered_at_s = leg.progress.answered_at_s or leg.clock.now_s()
        if notes is None:
            return True
        if any(note.ended_stream for note in notes):
            return HandOver(since_s=answered_at_s)
        if await is_trial(leg, self._carrier, within_s=QUESTION_S):
            leg.warn("this is a trial account, and Twilio opens no media streams for it")
            return HandOver(since_s=answered_at_s + fastest_reading_s(TRIAL_SENTENCE))
        return False

    async def speak_from(self, sentence: int) -> HandOver | None:
        """Have the carrier say the message from `sentence` on, in the place of what it does now.

        None if it refused, or followed the old instructions nevertheless, or there is nothing to be said. An
        answer that was lost counts for nothing: whether the stream ends is what shows it.
        """
        leg = self._leg
        text = self._plan.fallback_from(sentence)
        if text is None or leg.call_sid is None:
            return None
        instructions = CallInstructions(
            stream_url=None, fallback_text=text.text, language=self._plan.speech.language
        )
        since_s, is_refused = leg.clock.now_s(), False
        leg.is_stream_awaited = False
        leg.is_redirected = True  # from now on a `stop` is the end of the stream, not that of the call
        try:
            await self._carrier.redirect(leg.call_sid, instructions)
        except CarrierError as error:
            logger.info("the carrier's voice could not be asked to go on: %s", error)
            is_refused = error.http_status is not None
        if leg.stream is not None and not is_refused:
            is_refused = not await leg.until(lambda: leg.stream_is_over, STREAM_CLOSES_S)
        if is_refused:
            leg.is_stream_awaited = True
            return None
        leg.carrier_text = text
        return HandOver(since_s=since_s, from_sentence=sentence)

    # --- what shows that it spoke ---

    async def listen(self, hand_over: HandOver) -> Ending:
        """Until the call is over, which ends by itself after the carrier's voice."""
        leg = self._leg
        logger.info("the carrier's voice speaks")
        leg.carrier_spoke = True
        try:
            if not hand_over.is_certain and not await self._ends_within(self._stream_timeout_s):
                hand_over = await self._make_certain(hand_over)
            if not await self._ends_within(self._plan.time_limit_s) or self._lasted_to_its_limit():
                leg.carrier_spoke = False
                return _failed(NEVER_ENDED)
            return self._judge(hand_over)
        finally:
            if not self._is_over():  # cut short from outside
                leg.carrier_heard_ms = self._heard_ms(hand_over)

    async def _ends_within(self, within_s: float) -> bool:
        return await until_or_look(self._leg, self._carrier, self._is_over, within_s)

    async def _make_certain(self, hand_over: HandOver) -> HandOver:
        """Nothing shows that the carrier noticed the end of its stream: then nobody may be speaking."""
        if await self._moved_on() is False:
            return await self.speak_from(0) or hand_over
        return hand_over

    def _is_over(self) -> bool:
        return self._leg.progress.is_final

    def _lasted_to_its_limit(self) -> bool:
        return (self._leg.progress.duration_s or 0) >= self._plan.time_limit_s - 1

    def _left_at_once(self) -> bool:
        progress = self._leg.progress
        if progress.ended_at_s is None or progress.answered_at_s is None:
            return False
        return progress.ended_at_s - progress.answered_at_s < LEFT_AT_ONCE_S

    def _nobody_spoke(self) -> Ending:
        if self._left_at_once():
            detail = "the callee hung up before the message began"
            return Ending(outcome=Outcome.HUNG_UP_EARLY, detail=detail)
        return _failed(WAITED)

    @property
    def _stream_timeout_s(self) -> float:
        return self._plan.limits.stream_timeout_s

    def _judge(self, hand_over: HandOver) -> Ending:
        leg = self._leg
        text = leg.carrier_text or CarrierText(text="", is_cut=False)
        all_of_it = self._plan.fallback_from(hand_over.from_sentence)
        # What was written since the carrier got its instructions is not in them.
        is_cut = all_of_it is not None and (all_of_it.is_cut or all_of_it.text != text.text)
        listened_s = self._listened_s(hand_over)
        what = "the message" if hand_over.from_sentence == 0 else "the rest of the message"
        if listened_s < fastest_reading_s(text.text):
            # Who heard nothing of the carrier's voice left while ours spoke, or while nobody did.
            leg.carrier_spoke = listened_s >= SHORTEST_READING_S
            leg.carrier_heard_ms = self._heard_ms(hand_over)
            return Ending(
                outcome=Outcome.HUNG_UP_EARLY,
                detail=f"the call ended before the carrier's voice can have said {what} (an estimate)",
            )
        if is_cut:
            leg.carrier_heard_ms = self._heard_ms(hand_over)
            return Ending(
                outcome=Outcome.CUT_SHORT,
                detail="the carrier's voice spoke as much of the message as its instructions held",
                evidence=Evidence.DURATION,
            )
        return Ending(
            outcome=Outcome.DELIVERED,
            detail=f"the carrier's voice spoke {what}, to judge by the call's length (an estimate)",
            evidence=Evidence.DURATION,
        )

    def _heard_ms(self, hand_over: HandOver) -> int:
        """An estimate: what our voice said before the sentence, and the carrier's since."""
        leg = self._leg
        ours_ms = 0
        if leg.stream is not None and hand_over.from_sentence > 0:
            ours_ms = leg.stream.session.heard_ms(leg.clock.now_s())
        return ours_ms + int(max(0.0, self._listened_s(hand_over)) * 1000)

    def _listened_s(self, hand_over: HandOver) -> float:
        """For how long the carrier's voice can have been heard, at the most.

        By the carrier's own count of the answered time, which is in whole seconds; and by our clock where a
        callback told the end, for a poll comes late.
        """
        leg, progress, since_s = self._leg, self._leg.progress, hand_over.since_s
        by_clock_s = (progress.ended_at_s or leg.clock.now_s()) - since_s
        if progress.duration_s is None:
            return by_clock_s
        answered_at_s = since_s if progress.answered_at_s is None else progress.answered_at_s
        by_carrier_s = progress.duration_s - (since_s - answered_at_s)
        return min(by_clock_s, by_carrier_s + 1) if progress.final_callback_seen else by_carrier_s


def _failed(sentence: str) -> Ending:
    error = MediaStreamError(sentence)
    return Ending(outcome=Outcome.STREAM_FAILED, detail=sentence, error=error)
