"""Our own voice on the media stream of an answered call: what came of it, and who goes on if it failed."""

from __future__ import annotations

import logging

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.calls.carrier_voice import CarrierVoice, HandOver
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import look, until_or_look
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.errors import MediaStreamError, StreamNeverStarted
from cartesia_call.mediastream.session import TAIL_MS, AudioDropped, Ended, Played, SpeechBroke
from cartesia_call.ports import Carrier, Observer, Phase
from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S, SHORTEST_READING_S
from cartesia_call.telephony.outcomes import Evidence, Outcome

logger = logging.getLogger(__name__)

CALLBACK_WAIT_S = 2.0
"""How long a callback or a stream's `stop` may be on its way when the call's end is known already."""


class StreamHearing:
    """Waits for the stream and for what it comes to."""

    def __init__(self, leg: Leg, plan: DialPlan, carrier: Carrier, observer: Observer) -> None:
        self._leg = leg
        self._plan = plan
        self._carrier = carrier
        self._observer = observer
        self._carrier_voice = CarrierVoice(leg, plan, carrier)

    async def hear(self) -> Ending | HandOver:
        """How the message was heard, or that the carrier's voice has to go on, and where."""
        leg = self._leg
        await until_or_look(
            leg,
            self._carrier,
            lambda: leg.stream is not None or leg.progress.is_final,
            self._plan.limits.stream_timeout_s,
        )
        if leg.stream is None:
            going_on = await self._go_on_without_stream()
            if leg.stream is None:
                leg.is_stream_awaited = False  # a later one finds the door closed
                return self._without_stream(self._why_no_stream(), going_on)
        stream = leg.stream
        logger.info("speaking, over stream %s", stream.session.stream_sid)
        self._show_speaking(stream)
        if not leg.utterance.has_ended:
            await leg.until(lambda: leg.utterance.has_ended or self._is_decided(), MAX_TIME_LIMIT_S)
            self._show_speaking(stream)
        await leg.until(self._is_decided, MAX_TIME_LIMIT_S)
        if not await leg.until(lambda: leg.stream_verdict is not None, CALLBACK_WAIT_S):
            # The call is over and its stream does not know: the `stop` was lost on its way.
            stream.session.connection_lost(leg.progress.ended_at_s or leg.clock.now_s())
            leg.stream_verdict = Ended(by_carrier=True)
        return await self._judge(stream)

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

    async def _go_on_without_stream(self) -> Ending | HandOver | None:
        """Make the carrier's voice speak; None if that needs nothing, or the stream came after all."""
        at_door = tuple(self._leg.streams_at_door)
        for stream in at_door:  # connected, and without a start message
            self._leg.is_stream_awaited = False
            await stream.close()
        if self._plan.fallback_text is None or at_door or self._leg.stream_refusal:
            return None  # who is turned away goes on by itself
        return await self._carrier_voice.take_over()

    def _why_no_stream(self) -> StreamNeverStarted:
        refusal = self._leg.stream_refusal
        return StreamNeverStarted(
            f"the media stream never came{f': one was refused, for {refusal}' if refusal else ''}"
        )

    async def _judge(self, stream: StreamDriver) -> Ending | HandOver:
        leg = self._leg
        match leg.stream_verdict:
            case Played(by_mark=by_mark):
                return delivered(Evidence.MARK if by_mark else Evidence.WATCHDOG)
            case AudioDropped():
                since_s = leg.clock.now_s()
                await stream.close()  # or the carrier would wait for more of it
                return self._without_stream(
                    MediaStreamError("the carrier dropped the audio"), going_on=HandOver(since_s=since_s)
                )
            case SpeechBroke():
                return await self._speech_broke(stream)
            case Ended(by_carrier=by_carrier):
                return await self._stream_ended(stream, by_carrier=by_carrier)
            case None:
                raise AssertionError("a stream is judged once it has come to something")

    async def _stream_ended(self, stream: StreamDriver, *, by_carrier: bool) -> Ending | HandOver:
        """The stream is over: because the call is, or alone? `stop` should tell, the call's end decides."""
        leg, progress = self._leg, self._leg.progress
        if stream.session.heard_all(leg.clock.now_s()):
            return delivered(Evidence.WATCHDOG)
        await stream.close()  # if it only fell silent, the carrier still waits for more of it
        over_since_s = leg.clock.now_s()
        if not await leg.until(lambda: progress.is_final, CALLBACK_WAIT_S):
            await look(leg, self._carrier, within_s=CALLBACK_WAIT_S, unless=lambda: progress.is_final)
        ended_at_s = progress.ended_at_s
        at_once = ended_at_s is not None and ended_at_s - over_since_s < SHORTEST_READING_S
        if progress.is_final and (by_carrier or (at_once and self._plan.fallback_text is not None)):
            return _left_early()
        leg.stop_received = False
        return self._without_stream(
            MediaStreamError("the media stream broke"), going_on=HandOver(since_s=over_since_s)
        )

    async def _speech_broke(self, stream: StreamDriver) -> Ending | HandOver:
        """What was made has been sent: let it be heard before the line changes voices, or goes down."""
        leg = self._leg
        left_s = stream.session.queued_s(leg.clock.now_s()) + TAIL_MS / 1000
        if await leg.until(lambda: leg.is_down, left_s):
            return _left_early()
        if self._plan.fallback_text is None:
            return self.without_speech()
        whole = min(leg.utterance.whole_sentences, len(self._plan.speech.sentences) - 1)
        hand_over = await self._carrier_voice.speak_from(whole) if whole else None
        said = "the rest, from the sentence in which it broke" if hand_over else "the whole message"
        leg.warn(f"the speech broke off: {leg.utterance.error}; the carrier's voice says {said}")
        if hand_over is None:
            hand_over = HandOver(since_s=leg.clock.now_s())
            await stream.close()  # what stands behind it in the TwiML begins
        return hand_over

    def without_speech(self) -> Ending:
        """The message cannot be completed, by nobody."""
        return Ending(
            outcome=Outcome.SPEECH_FAILED,
            detail="the speech broke off, and no fallback was allowed",
            error=self._leg.utterance.error,
        )

    def _without_stream(
        self, error: MediaStreamError, going_on: Ending | HandOver | None = None
    ) -> Ending | HandOver:
        """What follows a failed stream: `going_on`, else the carrier's voice from now on, else nothing."""
        leg = self._leg
        leg.stream_failed = True
        if self._plan.fallback_text is None:
            return Ending(outcome=Outcome.STREAM_FAILED, detail=str(error), error=error)
        if not isinstance(going_on, Ending):
            leg.warn(f"{error}; the carrier's voice says the message")
        return going_on or HandOver(since_s=leg.clock.now_s())


def _left_early() -> Ending:
    return Ending(outcome=Outcome.HUNG_UP_EARLY, detail="the callee hung up before the end of the message")


def delivered(evidence: Evidence) -> Ending:
    """The whole message was played, and this shows it."""
    detail = {
        Evidence.MARK: "the whole message was played",
        Evidence.WATCHDOG: "the whole message was played, to judge by the time (its mark did not come back)",
    }[evidence]
    return Ending(outcome=Outcome.DELIVERED, detail=detail, evidence=evidence)
