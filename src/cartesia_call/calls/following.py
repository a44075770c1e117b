"""From the placed call to the point where the line can be put down: ringing, answer, stream, voice."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.calls.hangup import look
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.errors import MediaStreamError, StreamNeverStarted
from cartesia_call.mediastream.session import AudioDropped, Ended, Played, SpeechBroke
from cartesia_call.ports import Carrier, Observer, Phase, PhaseKind
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S, SHORTEST_READING_S, fastest_reading_s
from cartesia_call.telephony.outcomes import Evidence, Outcome

logger = logging.getLogger(__name__)

POLL_INTERVAL_S = 5.0
"""The carrier is asked this often while no callback or stream brings news."""

RING_GRACE_S = 10.0
"""Twilio may let it ring 5 s longer than asked; the rest is for its callback to arrive."""

CALLBACK_WAIT_S = 2.0
"""How long a callback or a stream's `stop` may be on its way when the call's end is known already."""


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
        self._took_over_at_s = leg.clock.now_s()

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
            return self._out_of_time()

    def _real_time_left_s(self) -> float | None:
        limit_s = self._plan.limits.max_duration_s
        if limit_s is None:
            return None
        answered_at_s = self._leg.progress.answered_at_s or self._leg.clock.now_s()
        return max(0.0, self._leg.clock.real_s(answered_at_s + limit_s - self._leg.clock.now_s()))

    def _out_of_time(self) -> Ending:
        leg = self._leg
        if (
            leg.stream is not None
            and not leg.carrier_spoke
            and leg.stream.session.heard_all(leg.clock.now_s())
        ):
            return _delivered(Evidence.WATCHDOG)
        return Ending(outcome=Outcome.CUT_SHORT, detail="the call was ended at --max-duration")

    def _show(self, kind: PhaseKind) -> None:
        logger.info("%s", kind)
        self._observer.show(Phase(kind=kind, since_s=self._leg.clock.now_s()))

    # --- ringing ---

    async def _ring(self) -> Ending | None:
        """Wait for the answer; None once there is one."""
        leg, progress = self._leg, self._leg.progress
        self._show("ringing")

        def is_decided() -> bool:
            return progress.answered_at_s is not None or progress.is_final or self._speech_is_lost()

        def is_dialled() -> bool:
            return is_decided() or progress.status not in {None, CallStatus.QUEUED}

        limit_s = self._plan.limits.ring_timeout_s + RING_GRACE_S
        if not await self._until_or_poll(is_dialled, limit_s):
            return Ending(outcome=Outcome.NO_ANSWER, detail="the carrier kept the call in its queue")
        if not await self._until_or_poll(is_decided, limit_s):
            return Ending(outcome=Outcome.NO_ANSWER, detail="nobody answered within the ring time-out")
        if self._speech_is_lost():
            return self._without_speech()
        if progress.is_final and self._calls_back:
            # A poll may have seen the end first; only the callback tells a refusal from other ends.
            await leg.until(lambda: progress.final_callback_seen, CALLBACK_WAIT_S)
        outcome = progress.unanswered_outcome()
        if outcome is None:
            return None
        return Ending(outcome=outcome, detail=_UNANSWERED_DETAILS[outcome])

    def _speech_is_lost(self) -> bool:
        """True when the message cannot be completed any more, by anybody."""
        return self._plan.fallback_text is None and self._leg.utterance.error is not None

    def _without_speech(self) -> Ending:
        return Ending(
            outcome=Outcome.SPEECH_FAILED,
            detail="the speech broke off, and no fallback was allowed",
            error=self._leg.utterance.error,
        )

    async def _until_or_poll(self, happened: Callable[[], bool], within_s: float) -> bool:
        """As `Leg.until`, and ask the carrier itself when no news came for a while."""
        leg = self._leg
        deadline_s = leg.clock.now_s() + within_s
        while not happened():
            left_s = deadline_s - leg.clock.now_s()
            if left_s <= 0:
                return False
            if not await leg.until(happened, min(left_s, POLL_INTERVAL_S)):
                await look(leg, self._carrier, within_s=deadline_s - leg.clock.now_s(), unless=happened)
        return True

    # --- our own voice ---

    async def _hear_stream(self) -> Ending | None:
        """Our own voice over the media stream; None if the carrier's voice takes over."""
        leg = self._leg
        await self._until_or_poll(
            lambda: leg.stream is not None or leg.progress.is_final, self._plan.limits.stream_timeout_s
        )
        if leg.stream is None:
            leg.is_stream_awaited = False  # a later one finds the door closed, and the carrier's voice speaks
            refusal = f": one was refused, for {leg.stream_refusal}" if leg.stream_refusal else ""
            return self._without_stream(StreamNeverStarted(f"the media stream never came{refusal}"))
        logger.info("speaking, over stream %s", leg.stream.session.stream_sid)
        self._show_speaking(leg.stream)
        if not leg.utterance.has_ended:
            await leg.until(lambda: leg.utterance.has_ended or self._is_decided(), MAX_TIME_LIMIT_S)
            self._show_speaking(leg.stream)
        await leg.until(self._is_decided, MAX_TIME_LIMIT_S)
        if not await leg.until(lambda: leg.stream_verdict is not None, CALLBACK_WAIT_S):
            # The call is over and its stream does not know: the `stop` was lost on its way.
            leg.stream.session.connection_lost(leg.progress.ended_at_s or leg.clock.now_s())
            leg.stream_verdict = Ended(by_carrier=True)
        self._took_over_at_s = leg.clock.now_s()
        ending = await self._judge(leg.stream)
        if ending is None and not isinstance(leg.stream_verdict, Ended):
            self._took_over_at_s = leg.clock.now_s()
            await leg.stream.close()  # or the carrier would wait for more of it
        return ending

    def _is_decided(self) -> bool:
        return self._leg.stream_verdict is not None or self._leg.progress.is_final

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
        ending: Ending | None = None
        match leg.stream_verdict:
            case Played(by_mark=by_mark):
                ending = _delivered(Evidence.MARK if by_mark else Evidence.WATCHDOG)
            case Ended(by_carrier=by_carrier):
                ending = await self._stream_ended(stream, by_carrier=by_carrier)
            case AudioDropped():
                ending = self._without_stream(MediaStreamError("the carrier dropped the audio"))
            case SpeechBroke():
                ending = await self._speech_broke(stream)
        return ending

    async def _stream_ended(self, stream: StreamDriver, *, by_carrier: bool) -> Ending | None:
        """The stream is over: because the call is, or alone? `stop` should tell, the call's end decides."""
        leg, progress = self._leg, self._leg.progress
        if stream.session.heard_all(leg.clock.now_s()):
            return _delivered(Evidence.WATCHDOG)
        await stream.close()  # if it only fell silent, the carrier still waits for more of it
        self._took_over_at_s = leg.clock.now_s()
        if not await leg.until(lambda: progress.is_final, CALLBACK_WAIT_S):
            await look(leg, self._carrier, within_s=CALLBACK_WAIT_S, unless=lambda: progress.is_final)
        ended_at_s = progress.ended_at_s
        at_once = ended_at_s is not None and ended_at_s - self._took_over_at_s < SHORTEST_READING_S
        if progress.is_final and (by_carrier or (at_once and self._plan.fallback_text is not None)):
            return _left_early()
        leg.stop_received = False
        return self._without_stream(MediaStreamError("the media stream broke"))

    async def _speech_broke(self, stream: StreamDriver) -> Ending | None:
        """What was made has been sent: let it be heard before the line changes voices, or goes down."""
        leg = self._leg
        if await leg.until(lambda: leg.is_down, stream.session.queued_s(leg.clock.now_s())):
            return _left_early()
        if self._plan.fallback_text is None:
            return self._without_speech()
        leg.warn(f"the speech broke off: {leg.utterance.error}; the carrier's voice says the whole message")
        return None

    def _without_stream(self, error: MediaStreamError) -> Ending | None:
        if self._plan.fallback_text is None:
            return Ending(outcome=Outcome.STREAM_FAILED, detail=str(error), error=error)
        self._leg.warn(f"{error}; the carrier's voice says the message")
        return None

    # --- the carrier's voice ---

    async def _hear_carrier(self) -> Ending:
        """The carrier's own voice, by the TwiML behind the stream. The call then ends by itself."""
        leg, text = self._leg, self._plan.fallback_text or ""
        if leg.stream is None:
            self._took_over_at_s = leg.clock.now_s()
        logger.info("the carrier's voice speaks")
        leg.carrier_spoke = True
        ended = await self._until_or_poll(lambda: leg.progress.is_final, self._plan.time_limit_s)
        if not ended or (leg.progress.duration_s or 0) >= self._plan.time_limit_s - 1:
            return Ending(outcome=Outcome.CUT_SHORT, detail="the call lasted until its time limit")
        listened_s = self._listened_s()
        if listened_s < fastest_reading_s(text):
            # With a stream before it, who heard nothing of the carrier's voice left while ours spoke.
            leg.carrier_spoke = leg.stream is None or listened_s >= SHORTEST_READING_S
            leg.carrier_heard_ms = int(max(0.0, listened_s) * 1000)
            return Ending(
                outcome=Outcome.HUNG_UP_EARLY,
                detail="the call ended before the carrier's voice can have said it all (an estimate)",
            )
        if self._plan.fallback_is_cut:
            leg.carrier_heard_ms = int(listened_s * 1000)
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

    def _listened_s(self) -> float:
        """For how long the carrier's voice can have been heard, at the most.

        By our clock if a callback told the end; else, for a poll comes late, by the carrier's own count of
        the answered time, which is in whole seconds.
        """
        leg, progress = self._leg, self._leg.progress
        took_over_at_s = self._took_over_at_s
        answered_at_s = took_over_at_s if progress.answered_at_s is None else progress.answered_at_s
        began_at_s = answered_at_s if leg.stream is None else took_over_at_s
        if progress.duration_s is not None and not progress.final_callback_seen:
            return progress.duration_s - (began_at_s - answered_at_s)
        return (progress.ended_at_s or leg.clock.now_s()) - began_at_s


_UNANSWERED_DETAILS = {
    Outcome.BUSY: "the line is busy",
    Outcome.NO_ANSWER: "nobody answered",
    Outcome.DECLINED: "the callee declined the call",
    Outcome.UNREACHABLE: "the number cannot be reached",
}


def _left_early() -> Ending:
    return Ending(outcome=Outcome.HUNG_UP_EARLY, detail="the callee hung up before the end of the message")


def _delivered(evidence: Evidence) -> Ending:
    detail = {
        Evidence.MARK: "the whole message was played",
        Evidence.WATCHDOG: "the whole message was played, to judge by the time (its mark did not come back)",
    }[evidence]
    return Ending(outcome=Outcome.DELIVERED, detail=detail, evidence=evidence)
