"""One outbound call leg as a pure machine: what happens goes in, what is to be done comes out.

Sans I/O. **Feed** `place`, `answered`, `status_event`, `stream_text` and the others; **ask** `actions`,
`next_deadline_s`, `is_over`, `ending`; `check` when the deadline has come. Time is an argument, in seconds of
one clock.

Two laws hold whatever is fed, in whatever order: every state but the last three has a deadline, and every
state in which a call may exist leads through hanging up. What happens is noted as a fact first; then the part
of the leg that is under way looks at the facts, so nothing depends on which of two events came first. The
parts follow one another: `Placing`, `Following`, `HangingUp`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from cartesia_call.audio.mulaw import duration_s
from cartesia_call.conversation.parts import Part
from cartesia_call.conversation.talk import Talk
from cartesia_call.leg.deciding import decide, leaving_now
from cartesia_call.leg.endings import Ending
from cartesia_call.leg.following import Following
from cartesia_call.leg.hanging_up import HangingUp
from cartesia_call.leg.known import Known
from cartesia_call.leg.placing import Placing
from cartesia_call.leg.plan import CallPlan
from cartesia_call.leg.requests import (
    Action,
    Answer,
    CloseStream,
    HurrySpeech,
    NotePlaced,
    Post,
    RaiseTimeLimit,
    Request,
    Show,
)
from cartesia_call.leg.states import OVER, POLLED, State
from cartesia_call.loggers import logger_of
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallSnapshot, StatusEvent
from cartesia_call.telephony.estimates import proven_time_limit_s
from cartesia_call.telephony.instructions import CallInstructions, CallRequest

logger = logger_of(__name__)


class Leg:
    """One attempt, from its preparation until no call of it is up, or until nobody can know.

    `known` is what is known of it; `ending`, once it is over, what it came to. `text` brings the message of a
    plan that has none.
    """

    def __init__(self, plan: CallPlan, now_s: float, text: MessageText | None = None) -> None:
        self.plan = plan
        self.known = Known(plan, text)
        self.began_at_s = now_s
        self.placed_at_s: float | None = None
        self.interrupted_by: int | None = None
        self.bug: BaseException | None = None
        self._is_interrupted = self._is_fault = False
        self.ending: Ending | None = None
        self._over: State | None = None
        self._placing = Placing(self.known, now_s)
        self.following: Following | None = None
        self.hanging_up: HangingUp | None = None
        self._is_limit_checked = False
        self.known.actions.append(Show(stage="connecting", since_s=now_s))

    # --- feed: our side ---

    def place(
        self,
        utterances: Mapping[Part, Utterance],
        *,
        stream_url: str | None,
        status_url: str | None,
        intent_at: datetime,
        now_s: float,
    ) -> None:
        """All stands that must stand before a phone may ring. No `stream_url`: the carrier's voice speaks.

        ValueError, and nothing is done, where that has no words either: nobody would hear a thing.
        """
        known, plan = self.known, self.plan
        fallback = known.carrier_text_from(0)
        if stream_url is None and fallback is None:
            raise ValueError("a call without a stream needs words for the carrier's voice")
        known.streams.utterances = utterances
        known.opens_stream, known.calls_back = stream_url is not None, status_url is not None
        known.carrier_text = fallback
        request = CallRequest(
            to=plan.to,
            caller_id=plan.caller_id,
            instructions=CallInstructions(
                stream_url=stream_url,
                fallback_text=fallback.text if fallback else None,
                voice=plan.say_voice,
            ),
            status_callback_url=status_url,
            limits=plan.limits,
            time_limit_s=plan.time_limit_s,
            send_digits=plan.send_digits,
            detects_machine=plan.conversation.carrier_judges,
        )
        if not known.is_stopped:
            self._placing.begin(request, intent_at, now_s)
        self._go_on(now_s)

    def do_not_place(self, ending: Ending, now_s: float) -> None:
        """It cannot be made ready, or a rule holds it back."""
        self._placing.fail(ending)
        self._go_on(now_s)

    def stop(self, signal_number: int | None, now_s: float) -> None:
        """A signal, or a cancellation from inside: the line is put down."""
        self.interrupted_by = self.interrupted_by or signal_number
        self._is_interrupted = True
        self.known.is_stopped = True
        self._go_on(now_s)

    def fail(self, bug: BaseException, now_s: float) -> None:
        """A fault of ours: the line is put down, without an outcome unless the call has come to one."""
        self.bug = self.bug or bug
        self._is_fault = self._is_fault or self.own_ending is None
        self.known.is_stopped = True
        self._go_on(now_s)

    def answered(self, request: Request, answer: Answer, now_s: float) -> None:
        """What came of `request`. After the end of the leg it is no news."""
        if self.is_over:
            return
        if isinstance(request, Post):
            self.known.facts.post_is_pending = False
            if isinstance(answer, CallSnapshot):
                self._prove(answer.call_sid)
        self.known.answered(request, answer, now_s)
        if self.hanging_up is not None:
            self.hanging_up.answered(request, answer, now_s)
        self._go_on(now_s)

    def check(self, now_s: float) -> None:
        """Notice that a deadline has passed, or that an utterance has grown or ended."""
        if self.is_over:
            return
        self.known.actions += [CloseStream(talk) for talk in self.known.streams.check(now_s)]
        self._go_on(now_s)

    # --- feed: the carrier's side ---

    def status_event(self, event: StatusEvent, now_s: float) -> None:
        """An authenticated status callback; one about another call is not ours."""
        if self.is_over or self.known.facts.call_sid not in {None, event.call_sid}:
            return
        self._prove(event.call_sid)
        self.known.take_status(event, now_s)
        self._go_on(now_s)

    def answered_by(self, word: str, now_s: float) -> None:
        """The carrier's verdict on who answered."""
        self.known.take_answered_by(word, now_s)
        self._go_on(now_s)

    @property
    def wants_stream(self) -> bool:
        """Whether one may still come in."""
        return self.known.streams.wants_one and not self.is_over

    def stream_connected(self, now_s: float) -> Talk:
        """A websocket that knows the secret is at the door: this is what may speak on it."""
        talk = self.known.streams.connected(now_s)
        self._go_on(now_s)
        return talk

    def stream_refused(self, reason: str, now_s: float) -> None:
        """Somebody knew the stream secret and was turned away before that."""
        self.known.streams.refuse(reason, now_s)
        self._go_on(now_s)

    def stream_text(self, talk: Talk, text: str, now_s: float) -> bool:
        """One text message of the carrier's. False, as fifty times a second: it is nothing to act upon, and
        no deadline came of it."""
        is_news = talk.receive_text(text, now_s)
        if talk.has_events:
            self._go_on(now_s)
        return is_news

    def stream_broke(self, talk: Talk, now_s: float) -> None:
        """The connection takes no more of what we send."""
        talk.connection_lost(now_s)
        self._go_on(now_s)

    def stream_gone(self, talk: Talk, now_s: float) -> None:
        """The websocket is closed, by whomever."""
        talk.connection_lost(now_s)
        self._take_stream_events(now_s)
        self.known.streams.gone(talk, now_s)
        self._go_on(now_s)

    def _take_stream_events(self, now_s: float) -> None:
        """Until there are none: what is said next may be over at once."""
        streams = self.known.streams
        is_silent = self.known.is_stopped or self.hanging_up is not None
        while refused := streams.take_events(now_s, None if is_silent else self.known.verdicts):
            self.known.actions += [CloseStream(talk) for talk in refused]
        if streams.starves:
            streams.starves = False
            self.known.actions.append(HurrySpeech())

    def _prove(self, call_sid: str) -> None:
        """The carrier's answer, or somebody who knows our secrets, names the call."""
        self.known.facts.call_sid = self.known.facts.call_sid or call_sid

    # --- how it goes on ---

    def _go_on(self, now_s: float) -> None:
        """Let the part that is under way act until there is nothing more to do."""
        while not self.is_over:
            self._take_stream_events(now_s)
            self.known.look_into_doubt(now_s)
            before = self.state
            self._step(now_s)
            if self.state is before:
                break
        self._keep_time_limit_long_enough()

    def _step(self, now_s: float) -> None:
        if self.hanging_up is not None:
            self.hanging_up.step(now_s)
            if self.hanging_up.is_over:
                self._end(State.UNCONFIRMED if self.hanging_up.unconfirmed else State.DOWN, now_s)
        elif self.following is not None:
            self.following.step(now_s)
            if self.following.is_over:
                self._put_down(self.following.ending, now_s)
        else:
            self._placing.step(now_s)
            self._leave_placing(now_s)

    def _leave_placing(self, now_s: float) -> None:
        facts = self.known.facts
        if facts.call_sid is not None:
            self.placed_at_s = now_s
            logger.info("placed call %s", facts.call_sid)
            self.known.actions.append(NotePlaced(facts.call_sid))
            too_late = self._placing.ending_if_placed_now
            if too_late is not None or self.known.is_stopped:
                self._put_down(too_late, now_s)
            else:
                self.following = Following(self.known, now_s)
        elif self._placing.ending is not None:
            self._end(State.UNKNOWN if facts.is_unknown else State.DOWN, now_s)

    def _put_down(self, ending: Ending | None, now_s: float) -> None:
        stream_failed = self.following is not None and self.following.stream_failed
        self.hanging_up = HangingUp(self.known, ending, now_s, stream_failed=stream_failed)

    def _end(self, state: State, now_s: float) -> None:
        self._over = state
        self.ending = decide(
            self.known,
            self.own_ending,
            unconfirmed=self.hanging_up.unconfirmed if self.hanging_up is not None else None,
            is_heard=self._is_heard(now_s),
            is_interrupted=self._is_interrupted,
            is_fault=self._is_fault,
        )

    def _is_heard(self, now_s: float) -> bool:
        talk = self.known.streams.talk
        return self.carrier_spoke or (talk is not None and talk.session.played_ms(now_s) > 0)

    @property
    def carrier_spoke(self) -> bool:
        """The last that was heard, if anything, was the carrier's own voice."""
        return self.following is not None and self.following.carrier_spoke

    @property
    def carrier_heard_ms(self) -> int | None:
        """How much was heard of the carrier's voice where it was cut, by estimate."""
        return None if self.following is None else self.following.carrier_heard_ms

    def _keep_time_limit_long_enough(self) -> None:
        """Raise the live call's `TimeLimit` if the audio proves longer than any reading we expected."""
        message, call_sid = self.known.message, self.known.facts.call_sid
        if self._is_limit_checked or call_sid is None or not message.has_ended:
            return
        self._is_limit_checked = True
        if self.hanging_up is not None:
            return
        needed_s = proven_time_limit_s(duration_s(message.length_bytes), self.plan.limits.max_duration_s)
        if needed_s > self.plan.time_limit_s:
            self.known.actions.append(RaiseTimeLimit(call_sid, needed_s))

    # --- ask ---

    @property
    def state(self) -> State:
        """Where the leg stands."""
        if self._over is not None:
            return self._over
        return (self.hanging_up or self.following or self._placing).state

    @property
    def is_over(self) -> bool:
        """Nothing more is done."""
        return self._over in OVER

    def actions(self) -> list[Action]:
        """What to do now, in this order, since the last time somebody asked."""
        actions, self.known.actions = self.known.actions, []
        return actions

    def next_deadline_s(self) -> float | None:
        """When to `check` although nothing happened; a moment in the past means at once. None: it is over."""
        if self.is_over:
            return None
        deadline_s = (self.hanging_up or self.following or self._placing).until_s
        if self._is_polled:
            deadline_s = min(deadline_s, self.known.next_poll_s)
        stream_s = self.known.streams.next_deadline_s()
        return deadline_s if stream_s is None else min(deadline_s, stream_s)

    @property
    def _is_polled(self) -> bool:
        asks = self.known.asks_who_answered and self.state is State.SPEAKING
        return self.state in POLLED or asks or self.known.is_in_doubt

    @property
    def hang_up_asked_at_s(self) -> float | None:
        """When the carrier was first asked to end the call."""
        return None if self.hanging_up is None else self.hanging_up.asked_at_s

    @property
    def own_ending(self) -> Ending | None:
        """What the call itself came to, whatever else applies."""
        return (self.hanging_up or self.following or self._placing).ending

    def ending_now(self, now_s: float) -> Ending:
        """The ending, if the program had to leave at this moment."""
        is_fault = self._is_fault and not self._is_interrupted
        return self.ending or leaving_now(self.known, is_heard=self._is_heard(now_s), is_fault=is_fault)

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        self.known.warn(sentence)
