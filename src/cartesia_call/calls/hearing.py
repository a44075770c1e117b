"""Our own voice on the media stream of an answered call: what came of it, and who goes on if it failed."""

from __future__ import annotations

import logging

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.calls.carrier_voice import CarrierVoice, HandOver
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import look, until_or_look
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.stream import StreamDriver
from cartesia_call.calls.talk_ending import ending_of_broken_talk, ending_of_talk, evidence_of
from cartesia_call.conversation.parts import Part
from cartesia_call.conversation.talk import Finished
from cartesia_call.errors import MediaStreamError, StreamNeverStarted
from cartesia_call.mediastream.events import AudioDropped, Ended, SpeechBroke
from cartesia_call.ports import Carrier, Observer, Phase
from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S, SHORTEST_READING_S
from cartesia_call.telephony.outcomes import Outcome

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
            if going_on is not None:
                return going_on
        stream = leg.stream
        assert stream is not None  # noqa: S101  # it came, sooner or later
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
        """Turn away who still stands at the door, and let somebody speak; None if a stream came after all."""
        leg = self._leg
        going_on: Ending | HandOver | None = None
        at_door = tuple(leg.streams_at_door)  # connected, and without a start message
        if at_door or self._plan.fallback_text is None:
            leg.is_stream_awaited = False
        since_s = leg.clock.now_s() if leg.stream_refused_at_s is None else leg.stream_refused_at_s
        for stream in at_door:
            await stream.close()
        if at_door or leg.stream_refusal:  # who is turned away goes on by itself
            going_on = HandOver(since_s=since_s)
        elif self._plan.fallback_text is not None or leg.progress.is_final:
            going_on = await self._carrier_voice.instead_of_stream()
        if leg.stream is not None:
            return None
        leg.is_stream_awaited = False  # a later one finds the door closed
        refusal = f": one was refused, for {leg.stream_refusal}" if leg.stream_refusal else ""
        return self._without_stream(StreamNeverStarted(f"the media stream never came{refusal}"), going_on)

    async def _judge(self, stream: StreamDriver) -> Ending | HandOver:
        leg = self._leg
        match leg.stream_verdict:
            case Finished(reason=reason, by_mark=by_mark):
                return ending_of_talk(reason, evidence_of(by_mark))
            case AudioDropped():
                since_s = leg.clock.now_s()
                await stream.close()  # or the carrier would wait for more of it
                going_on = HandOver(since_s=since_s, is_certain=stream.peer_knows_the_end)
                return self._without_stream(MediaStreamError("the carrier dropped the audio"), going_on)
            case SpeechBroke(by_mark=by_mark, name=name):
                return await self._speech_broke(stream, Part(name), by_mark=by_mark)
            case Ended(by_carrier=by_carrier):
                return await self._stream_ended(stream, by_carrier=by_carrier)
            case None:
                raise AssertionError("a stream is judged once it has come to something")

    async def _stream_ended(self, stream: StreamDriver, *, by_carrier: bool) -> Ending | HandOver:
        """The stream is over: because the call is, or alone? `stop` should tell, the call's end decides."""
        leg, progress = self._leg, self._leg.progress
        if (ending := ending_of_broken_talk(stream.talk, leg.clock.now_s())) is not None:
            return ending
        await stream.close()  # if it only fell silent, the carrier still waits for more of it
        over_since_s = leg.clock.now_s()
        is_seen = True
        if not await leg.until(lambda: progress.is_final, CALLBACK_WAIT_S):
            is_seen = await look(
                leg, self._carrier, within_s=CALLBACK_WAIT_S, unless=lambda: progress.is_final
            )
        ended_at_s = progress.ended_at_s
        at_once = ended_at_s is not None and ended_at_s - over_since_s < SHORTEST_READING_S
        if progress.is_final and (by_carrier or (at_once and self._plan.fallback_text is not None)):
            return _left_early()
        if by_carrier and not is_seen:  # nobody can be asked: the `stop` is all the proof there is
            return _left_early()
        leg.stop_received = False
        going_on = HandOver(since_s=over_since_s, is_certain=by_carrier or stream.peer_knows_the_end)
        return self._without_stream(MediaStreamError("the media stream broke"), going_on)

    async def _speech_broke(self, stream: StreamDriver, part: Part, *, by_mark: bool) -> Ending | HandOver:
        """What was made of the message was heard, and the line changes voices, or goes down."""
        leg, plan = self._leg, self._plan
        if plan.fallback_text is None:
            return self.without_speech()
        utterance = leg.material.utterances[part]
        whole = min(utterance.whole_sentences, len(plan.sentences) - 1)
        whole = whole if part is Part.MESSAGE else 0
        if plan.fallback_from(whole) is None:  # what is missing has no words
            reason = stream.talk.dialogue.without_key
            return ending_of_talk(reason, evidence_of(by_mark))
        hand_over = await self._carrier_voice.speak_from(whole) if whole else None
        said = "the rest, from the sentence in which it broke" if hand_over else "the whole message"
        leg.warn(f"the speech broke off: {utterance.error}; the carrier's voice says {said}")
        if hand_over is None:
            since_s = leg.clock.now_s()
            await stream.close()  # what stands behind it in the TwiML begins
            hand_over = HandOver(since_s=since_s, is_certain=stream.peer_knows_the_end)
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
        if isinstance(going_on, Ending):
            return going_on
        if self._plan.fallback_text is None:
            return Ending(outcome=Outcome.STREAM_FAILED, detail=str(error), error=error)
        leg.warn(f"{error}; the carrier's voice says the message")
        return going_on or HandOver(since_s=leg.clock.now_s())


def _left_early() -> Ending:
    return Ending(outcome=Outcome.HUNG_UP_EARLY, detail=Outcome.HUNG_UP_EARLY.means.sentence)
