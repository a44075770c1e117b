"""From the placed call to the point where the line can be put down: ringing, answer, stream, voice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.errors import CarrierError, MediaStreamError, StreamNeverStarted
from cartesia_call.mediastream.session import AudioDropped, Ended, Played, SpeechBroke
from cartesia_call.ports import Carrier, Observer, Phase, PhaseKind
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.estimates import fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome, Voice

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 5.0
"""The carrier is asked this often while no callback or stream brings news."""

QUEUE_LIMIT_S = 60.0
"""A call above the account's calls per second waits its turn; an alert that waits longer has failed."""

RING_GRACE_S = 10.0
"""Twilio may let it ring 5 s longer than asked; the rest is for its callback to arrive."""

STOP_WAIT_S = 2.0
"""How long after the end of a call its stream's `stop` may take."""


class Follower:
    """Watches one placed leg until its message was heard or can no longer be."""

    def __init__(
        self, leg: Leg, plan: DialPlan, carrier: Carrier, observer: Observer, *, streams: bool
    ) -> None:
        self._leg = leg
        self._plan = plan
        self._carrier = carrier
        self._observer = observer
        self._streams = streams

    async def follow(self) -> Ending:
        """How the call went. The line may still be up afterwards."""
        unanswered = await self._ring()
        if unanswered is not None:
            return unanswered
        self._show("answered")
        try:
            async with asyncio.timeout(self._real_time_left_s()):
                ending = await self._hear_stream() if self._streams else None
                return ending or await self._hear_carrier()
        except TimeoutError:
            return Ending(outcome=Outcome.CUT_SHORT, detail="the call was ended at --max-duration")

    def _real_time_left_s(self) -> float | None:
        limit_s = self._plan.limits.max_duration_s
        if limit_s is None:
            return None
        answered_at_s = self._leg.progress.answered_at_s or self._leg.clock.now_s()
        return max(0.0, self._leg.clock.real_s(answered_at_s + limit_s - self._leg.clock.now_s()))

    def _show(self, kind: PhaseKind) -> None:
        self._observer.show(Phase(kind=kind, since_s=self._leg.clock.now_s()))

    async def _ring(self) -> Ending | None:
        """Wait for the answer; None once there is one."""
        leg = self._leg
        self._show("ringing")

        def is_answered_or_over() -> bool:
            return leg.progress.answered_at_s is not None or leg.progress.is_final

        def is_dialled() -> bool:
            return is_answered_or_over() or leg.progress.status not in {None, CallStatus.QUEUED}

        dialled = await self._until(is_dialled, QUEUE_LIMIT_S)
        limit_s = self._plan.limits.ring_timeout_s + RING_GRACE_S
        if not dialled or not await self._until(is_answered_or_over, limit_s):
            return Ending(outcome=Outcome.NO_ANSWER, detail="nobody answered within the ring time-out")
        outcome = leg.progress.unanswered_outcome()
        if outcome is None:
            return None
        return Ending(outcome=outcome, detail=_UNANSWERED_DETAILS[outcome])

    async def _until(self, happened: Callable[[], bool], within_s: float) -> bool:
        """As `Leg.until`, asking the carrier itself when no news came for a while."""
        leg = self._leg
        deadline_s = leg.clock.now_s() + within_s
        while not happened():
            left_s = deadline_s - leg.clock.now_s()
            if left_s <= 0:
                return False
            if not await leg.until(happened, min(left_s, POLL_INTERVAL_S)):
                await self._poll()
        return True

    async def _poll(self) -> None:
        leg = self._leg
        if leg.call_sid is None:
            return
        try:
            leg.progress.take_snapshot(await self._carrier.fetch(leg.call_sid), leg.clock.now_s())
        except CarrierError as error:
            logger.debug("polling the call: %s", error)

    async def _hear_stream(self) -> Ending | None:
        """Our own voice over the media stream; None if the carrier's voice takes over."""
        leg = self._leg
        await self._until(
            lambda: leg.stream is not None or leg.progress.is_final, self._plan.limits.stream_timeout_s
        )
        if leg.stream is None:
            refusal = f": one was refused, for {leg.stream_refusal}" if leg.stream_refusal else ""
            return self._without_stream(StreamNeverStarted(f"the media stream never came{refusal}"))
        self._show_speaking(leg.stream)
        if not leg.utterance.has_ended:
            await leg.until(lambda: leg.utterance.has_ended or leg.stream_verdict is not None, None)
            self._show_speaking(leg.stream)
        await leg.until(lambda: leg.stream_verdict is not None or leg.progress.is_final, None)
        if not await leg.until(lambda: leg.stream_verdict is not None, STOP_WAIT_S):
            # The call is over and its stream does not know: the `stop` was lost on its way.
            leg.stream.session.connection_lost(leg.clock.now_s())
            leg.stream_verdict = Ended(by_carrier=True)
        return await self._judge(leg.stream)

    def _show_speaking(self, stream: StreamDriver) -> None:
        leg, session = self._leg, stream.session
        total_ms = duration_ms(leg.utterance.length_bytes) if leg.utterance.is_complete else None
        self._observer.show(
            Phase(
                kind="speaking",
                since_s=leg.stream_started_at_s or leg.clock.now_s(),
                total_ms=None if total_ms is None else int(total_ms),
                played_ms=lambda: session.heard_ms(leg.clock.now_s()),
            )
        )

    async def _judge(self, stream: StreamDriver) -> Ending | None:
        leg = self._leg
        ending: Ending | None
        match leg.stream_verdict:
            case Played(by_mark=by_mark):
                ending = _delivered(Evidence.MARK if by_mark else Evidence.WATCHDOG)
            case Ended(by_carrier=True) if stream.session.heard_all(leg.clock.now_s()):
                ending = _delivered(Evidence.WATCHDOG)
            case Ended(by_carrier=True):
                detail = "the callee hung up before the end of the message"
                ending = Ending(outcome=Outcome.HUNG_UP_EARLY, detail=detail)
            case AudioDropped():
                ending = self._without_stream(MediaStreamError("the carrier dropped the audio"))
                if ending is None:
                    await stream.close()
            case SpeechBroke():
                ending = await self._speech_broke(stream)
            case _:
                ending = self._without_stream(MediaStreamError("the media stream broke"))
        return ending

    async def _speech_broke(self, stream: StreamDriver) -> Ending | None:
        leg = self._leg
        error = leg.utterance.error
        if self._plan.fallback_text is None:
            return Ending(
                outcome=Outcome.SPEECH_FAILED,
                detail="the speech broke off, and no fallback was allowed",
                error=error,
            )
        leg.warn(f"the speech broke off: {error}; the carrier's voice says the whole message")
        # What was made has been sent; let it be heard to its end before the line changes voices.
        await leg.clock.sleep(stream.session.queued_s(leg.clock.now_s()))
        await stream.close()
        return None

    def _without_stream(self, error: MediaStreamError) -> Ending | None:
        if self._plan.fallback_text is None:
            return Ending(outcome=Outcome.STREAM_FAILED, detail=str(error), error=error)
        self._leg.warn(f"{error}; the carrier's voice says the message")
        return None

    async def _hear_carrier(self) -> Ending:
        """The carrier's own voice, by the TwiML behind the stream. The call then ends by itself."""
        leg, text = self._leg, self._plan.fallback_text or ""
        began_at_s = leg.clock.now_s()
        leg.voice = Voice.CARRIER
        if not await self._until(lambda: leg.progress.is_final, self._plan.time_limit_s):
            return Ending(outcome=Outcome.CUT_SHORT, detail="the call outlasted its time limit")
        if self._listened_s(began_at_s) < fastest_reading_s(text):
            return Ending(
                outcome=Outcome.HUNG_UP_EARLY,
                detail="the call ended before the carrier's voice can have said it all (an estimate)",
            )
        if self._plan.fallback_is_cut:
            return Ending(
                outcome=Outcome.CUT_SHORT,
                detail="the carrier's voice spoke as much of the message as TwiML holds",
                evidence=Evidence.DURATION,
            )
        return Ending(
            outcome=Outcome.DELIVERED,
            detail="the carrier's voice spoke the message, to judge by the call's length (an estimate)",
            evidence=Evidence.DURATION,
        )

    def _listened_s(self, took_over_at_s: float) -> float:
        """For how long the carrier's voice can have been heard, at the most.

        Without a stream the carrier's own count of the answered time is better than ours, which may come
        from polling; it is in whole seconds.
        """
        progress = self._leg.progress
        if self._leg.stream is None and progress.duration_s is not None:
            return progress.duration_s + 1
        began_at_s = took_over_at_s
        if self._leg.stream is None and progress.answered_at_s is not None:
            began_at_s = progress.answered_at_s
        return (progress.ended_at_s or self._leg.clock.now_s()) - began_at_s


_UNANSWERED_DETAILS = {
    Outcome.BUSY: "the line is busy",
    Outcome.NO_ANSWER: "nobody answered",
    Outcome.DECLINED: "the callee declined the call",
    Outcome.UNREACHABLE: "the number cannot be reached",
}


def _delivered(evidence: Evidence) -> Ending:
    detail = {
        Evidence.MARK: "the whole message was played",
        Evidence.WATCHDOG: "the whole message was played, to judge by the time (its mark did not come back)",
    }[evidence]
    return Ending(outcome=Outcome.DELIVERED, detail=detail, evidence=evidence)
