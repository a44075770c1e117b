"""From the placed call to the point where the line can be put down: ringing, answer, stream, voice."""

from __future__ import annotations

from cartesia_call.audio.mulaw import duration_ms
from cartesia_call.conversation.parts import Part
from cartesia_call.conversation.talk import Finished, Talk
from cartesia_call.errors import MediaStreamError
from cartesia_call.leg.carrier_evidence import LEFT_EARLY, HandOver
from cartesia_call.leg.carrier_voice import CarrierVoice
from cartesia_call.leg.endings import (
    Ending,
    ending_of,
    ending_of_broken_talk,
    ending_of_dialogue,
    ending_out_of_time,
    evidence_of,
)
from cartesia_call.leg.known import Known
from cartesia_call.leg.requests import CloseStream, Fetch, Show, Stage
from cartesia_call.leg.states import ANSWERED, State
from cartesia_call.leg.streams import NEVER_STARTED
from cartesia_call.loggers import logger_of
from cartesia_call.mediastream.events import AudioDropped, Ended, SpeechBroke
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S, SHORTEST_READING_S
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

RING_GRACE_S = 10.0
"""Twilio may let it ring 5 s longer than asked; the rest is for its callback to arrive."""

CALLBACK_WAIT_S = 2.0
"""How long a callback or a stream's `stop` may be on its way when the call's end is known already."""

CLOSING_S = 2.0
"""A stream that we close has answered by then, or never will."""


class Following:
    """Watches one placed leg until its message was heard or can no longer be: then there is an `ending`.

    It is None, with `is_over`, if nobody answered: the final callback may still tell how. `stream_failed`:
    the media stream did not do its work. `until_s`: when to `step` although nothing happened.
    """

    def __init__(self, known: Known, now_s: float) -> None:
        self._known = known
        self._voice = CarrierVoice(known)
        self._speaks_by_carrier = False
        self._closing_since_s = now_s
        self._stream_error: MediaStreamError | None = None
        self._peer_closed = False
        self._broken_part = Part.MESSAGE
        self._is_shown_whole = False
        self.stream_failed = False
        self.is_over = False
        self.ending: Ending | None = None
        self._enter(State.QUEUED, now_s, self._ring_limit_s)
        self._show("ringing", now_s)
        known.begin_polling(now_s)

    # --- ask ---

    @property
    def state(self) -> State:
        """Where it stands."""
        return self._voice.state if self._speaks_by_carrier else self._state

    @property
    def until_s(self) -> float:
        """When to `step` although nothing happened."""
        own_s = self._voice.until_s if self._speaks_by_carrier else self._until_s
        return min(own_s, self._out_of_time_at_s) if self.state in ANSWERED else own_s

    @property
    def carrier_spoke(self) -> bool:
        """The last that was heard, if anything, was the carrier's own voice."""
        return self._voice.spoke

    @property
    def carrier_heard_ms(self) -> int | None:
        """How much was heard where its voice was cut, by estimate."""
        return self._voice.heard_ms

    # --- step ---

    def step(self, now_s: float) -> None:
        """Go on from what is known."""
        if self.is_over:
            return
        if self._known.is_stopped:
            self._end(None, now_s)
        elif self.state in ANSWERED and now_s >= self._out_of_time_at_s:
            talk = None if self._voice.spoke else self._known.streams.talk
            self._end(ending_out_of_time(talk, now_s), now_s)
        elif self._speaks_by_carrier:
            self._carrier_voice(now_s)
        else:
            self._own_step(now_s)

    def _own_step(self, now_s: float) -> None:
        match self._state:
            case State.QUEUED | State.RINGING:
                self._ringing(now_s)
            case State.AWAITING_STREAM:
                self._awaiting_stream(now_s)
            case State.SPEAKING:
                self._speaking(now_s)
            case State.LOST_STOP:
                self._lost_stop(now_s)
            case State.CLOSING if self._known.is_settled(now_s):
                self._closed(now_s)
            case State.BROKEN if self._known.is_settled(now_s):
                self._closing_since_s, self._peer_closed = now_s, self._known.answer is True
                self._enter(State.DOUBTING, now_s, CALLBACK_WAIT_S)
            case State.DOUBTING | State.LOOKING:
                self._doubting(now_s)

    def _end(self, ending: Ending | None, now_s: float) -> None:
        self._voice.cut(now_s)
        self.ending, self.is_over = ending, True

    def _enter(self, state: State, now_s: float, within_s: float) -> None:
        self._state, self._until_s = state, now_s + within_s

    def _show(self, stage: Stage, now_s: float) -> None:
        logger.info("%s", stage)
        self._known.actions.append(Show(stage=stage, since_s=now_s))

    @property
    def _out_of_time_at_s(self) -> float:
        limit_s = self._known.plan.limits.max_duration_s
        answered_at_s = self._known.facts.progress.answered_at_s
        return float("inf") if limit_s is None or answered_at_s is None else answered_at_s + limit_s

    @property
    def _ring_limit_s(self) -> float:
        return self._known.plan.limits.ring_timeout_s + RING_GRACE_S

    # --- ringing ---

    def _ringing(self, now_s: float) -> None:
        known, progress = self._known, self._known.facts.progress
        if known.is_speech_lost:
            self._end(self._without_speech(), now_s)
        elif progress.is_final and progress.unanswered_outcome() is not None:
            self._end(None, now_s)
        elif progress.answered_at_s is not None or progress.is_final:
            self._answered(now_s)
        elif self._state is State.QUEUED and progress.status not in {None, CallStatus.QUEUED}:
            self._enter(State.RINGING, now_s, self._ring_limit_s)
        elif now_s >= self._until_s:
            is_queued = self._state is State.QUEUED
            kept = "the carrier kept the call in its queue"
            detail = kept if is_queued else "nobody answered within the ring time-out"
            self._end(Ending(outcome=Outcome.NO_ANSWER, detail=detail), now_s)
        else:
            known.poll(now_s)

    def _answered(self, now_s: float) -> None:
        self._show("answered", now_s)
        if self._known.opens_stream:
            self._enter(State.AWAITING_STREAM, now_s, self._known.plan.limits.stream_timeout_s)
            return
        answered_at_s = self._known.facts.progress.answered_at_s
        self._listen(HandOver(since_s=now_s if answered_at_s is None else answered_at_s), now_s)

    def _without_speech(self) -> Ending:
        """The message cannot be completed, by nobody."""
        return Ending(
            outcome=Outcome.SPEECH_FAILED,
            detail="the speech broke off, and no fallback was allowed",
            error=self._known.message.error,
        )

    # --- our voice ---

    def _awaiting_stream(self, now_s: float) -> None:
        if self._known.streams.talk is not None:
            self._speak(self._known.streams.talk, now_s)
        elif self._known.facts.progress.is_final or now_s >= self._until_s:
            self._stream_is_missing(now_s)
        else:
            self._known.poll(now_s)

    def _speak(self, talk: Talk, now_s: float) -> None:
        logger.info("speaking, over stream %s", talk.stream_sid)
        self._speaks_by_carrier = False
        self._enter(State.SPEAKING, now_s, MAX_TIME_LIMIT_S)
        self._show_speaking(talk, now_s)

    def _show_speaking(self, talk: Talk, now_s: float) -> None:
        message, started_at_s = self._known.message, self._known.streams.started_at_s
        self._is_shown_whole = message.has_ended
        self._known.actions.append(
            Show(
                stage="speaking",
                since_s=now_s if started_at_s is None else started_at_s,
                total_ms=int(duration_ms(message.length_bytes)) if message.is_complete else None,
                played_ms=talk.session.played_ms,
                awaits_key=lambda: talk.dialogue.awaits_key,
            )
        )

    def _stream_is_missing(self, now_s: float) -> None:
        """Turn away who still stands at the door, and let somebody speak."""
        known, streams = self._known, self._known.streams
        at_door = tuple(streams.at_door)  # connected, and without a start message
        if at_door or not known.plan.has_fallback:
            streams.is_awaited = False
        for talk in at_door:
            streams.refuse(NEVER_STARTED, now_s)
            known.actions.append(CloseStream(talk))
        if streams.refusal is not None:  # who is turned away goes on by itself
            since_s = now_s if streams.refused_at_s is None else streams.refused_at_s
            self._without_stream(streams.never_came, HandOver(since_s=since_s), now_s)
        elif known.plan.has_fallback or known.facts.progress.is_final:
            self._speaks_by_carrier = True
            self._voice.instead_of_stream(now_s)
        else:
            self._without_stream(streams.never_came, None, now_s)

    def _speaking(self, now_s: float) -> None:
        known = self._known
        if known.message.has_ended and not self._is_shown_whole and known.streams.talk is not None:
            self._show_speaking(known.streams.talk, now_s)
        if known.streams.end is not None:
            self._judge(known.streams.end, now_s)
        elif known.facts.progress.is_final:
            self._enter(State.LOST_STOP, now_s, CALLBACK_WAIT_S)
        elif now_s >= self._until_s:
            self._end(Ending(outcome=Outcome.CUT_SHORT, detail="the call lasted too long"), now_s)
        elif known.asks_who_answered:
            known.poll(now_s)

    def _lost_stop(self, now_s: float) -> None:
        known = self._known
        if known.streams.end is None and now_s >= self._until_s and known.streams.talk is not None:
            # The call is over and its stream does not know: the `stop` was lost on its way.
            known.streams.talk.connection_lost(known.facts.progress.ended_at_s or now_s)
            known.streams.end = Ended(by_carrier=True)
        if known.streams.end is not None:
            self._judge(known.streams.end, now_s)

    def _judge(self, end: Finished | AudioDropped | SpeechBroke | Ended, now_s: float) -> None:
        talk = self._known.streams.talk
        if talk is None:
            raise ValueError("a stream that never was came to something")
        match end:
            case Finished(outcome=outcome, by_mark=by_mark):
                self._end(ending_of_dialogue(talk, outcome, evidence_of(by_mark)), now_s)
            case AudioDropped():  # or the carrier would wait for more of it
                self._close(talk, MediaStreamError("the carrier dropped the audio"), now_s)
            case SpeechBroke(by_mark=by_mark, name=name):
                self._speech_broke(talk, Part(name), by_mark=by_mark, now_s=now_s)
            case Ended():
                self._stream_ended(talk, now_s)

    def _close(self, talk: Talk, error: MediaStreamError | None, now_s: float) -> None:
        """What stands behind the stream in the TwiML begins once it is closed."""
        self._stream_error, self._closing_since_s = error, now_s
        self._enter(State.CLOSING, now_s, CLOSING_S)
        self._known.ask(CloseStream(talk), now_s, CLOSING_S)

    def _closed(self, now_s: float) -> None:
        hand_over = HandOver(since_s=self._closing_since_s, is_certain=self._known.answer is True)
        if self._stream_error is not None:
            self._without_stream(self._stream_error, hand_over, now_s)
        else:
            self._listen(hand_over, now_s)

    # --- the stream ended ---

    def _stream_ended(self, talk: Talk, now_s: float) -> None:
        """Because the call did, or alone? `stop` should tell, the call's end decides."""
        if (ending := ending_of_broken_talk(talk, now_s)) is not None:
            self._end(ending, now_s)
            return
        # If it only fell silent, the carrier still waits for more of it.
        self._enter(State.BROKEN, now_s, CLOSING_S)
        self._known.ask(CloseStream(talk), now_s, CLOSING_S)

    def _doubting(self, now_s: float) -> None:
        known = self._known
        is_final = known.facts.progress.is_final
        if self._state is State.DOUBTING and not is_final:
            if now_s >= self._until_s:
                self._enter(State.LOOKING, now_s, CALLBACK_WAIT_S)
                known.ask(Fetch(str(known.facts.call_sid)), now_s, CALLBACK_WAIT_S)
            return
        if not is_final and not known.is_settled(now_s):
            return
        by_carrier = isinstance(known.streams.end, Ended) and known.streams.end.by_carrier
        ended_at_s = known.facts.progress.ended_at_s
        at_once = ended_at_s is not None and ended_at_s - self._closing_since_s < SHORTEST_READING_S
        if is_final and (by_carrier or (at_once and known.plan.has_fallback)):
            self._end(LEFT_EARLY, now_s)
        elif by_carrier and not is_final and (known.answer is None or isinstance(known.answer, Exception)):
            self._end(LEFT_EARLY, now_s)  # nobody can be asked: the `stop` is all the proof there is
        else:
            known.facts.stop_received = False
            hand_over = HandOver(since_s=self._closing_since_s, is_certain=by_carrier or self._peer_closed)
            self._without_stream(MediaStreamError("the media stream broke"), hand_over, now_s)

    # --- the speech broke ---

    def _speech_broke(self, talk: Talk, part: Part, *, by_mark: bool, now_s: float) -> None:
        """What was made of the message was heard, and the line changes voices, or goes down."""
        known = self._known
        if not known.plan.has_fallback:
            self._end(self._without_speech(), now_s)
            return
        utterance = known.streams.utterances[part]
        whole = min(utterance.whole_sentences, len(known.text.message) - 1) if part is Part.MESSAGE else 0
        if known.carrier_text_from(whole) is None:  # what is missing has no words
            self._end(ending_of_dialogue(talk, talk.dialogue.without_key, evidence_of(by_mark)), now_s)
            return
        self._broken_part = part
        if whole:
            self._speaks_by_carrier = True
            self._voice.go_on_from(whole, now_s)
        else:
            self._says_the_whole(now_s)

    def _says_the_whole(self, now_s: float) -> None:
        self._warn_of_broken_speech("the whole message")
        talk = self._known.streams.talk
        if talk is None:
            raise ValueError("there is no stream to close")
        self._speaks_by_carrier = False
        self._close(talk, None, now_s)

    def _warn_of_broken_speech(self, said: str) -> None:
        error = self._known.streams.utterances[self._broken_part].error
        self._known.warn(f"the speech broke off: {error}; the carrier's voice says {said}")

    # --- the carrier's voice ---

    def _carrier_voice(self, now_s: float) -> None:
        voice, streams = self._voice, self._known.streams
        is_waiting = voice.state in {State.ASKING_NOTES, State.ASKING_ACCOUNT, State.PAUSING}
        if is_waiting and not voice.spoke and streams.talk is not None and streams.end is None:
            self._speak(streams.talk, now_s)  # it came after all
            return
        spoke_before = voice.spoke
        voice.step(now_s)
        if voice.spoke and not spoke_before:
            self._carrier_begins()
        if voice.refused:
            self._says_the_whole(now_s)
        elif voice.ending is not None:
            self.stream_failed = self.stream_failed or (self._known.opens_stream and streams.talk is None)
            self._end(voice.ending, now_s)

    def _carrier_begins(self) -> None:
        """The carrier was told to speak, or found to speak: why, the user should know."""
        if self._known.streams.talk is not None:
            self._warn_of_broken_speech("the rest, from the sentence in which it broke")
        else:
            self.stream_failed = True
            self._known.streams.is_awaited = False  # a later one finds the door closed
            self._known.warn(f"{self._known.streams.never_came}; the carrier's voice says the message")

    def _without_stream(self, error: MediaStreamError, hand_over: HandOver | None, now_s: float) -> None:
        """What follows a failed stream: the carrier's voice, or nothing."""
        self.stream_failed = True
        self._known.streams.is_awaited = False
        if not self._known.plan.has_fallback:
            self._end(ending_of(error), now_s)
            return
        self._known.warn(f"{error}; the carrier's voice says the message")
        self._listen(hand_over or HandOver(since_s=now_s), now_s)

    def _listen(self, hand_over: HandOver, now_s: float) -> None:
        self._speaks_by_carrier = True
        self._voice.listen(hand_over, now_s)
