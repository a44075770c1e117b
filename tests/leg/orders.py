"""Every order of events on one leg, made up by Hypothesis, and what must hold in all of them."""

from __future__ import annotations

import dataclasses
import math
from collections import Counter
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from cartesia_call.conversation.parts import ConversationPlan, Part, VoicemailMode
from cartesia_call.conversation.talk import Talk
from cartesia_call.errors import (
    CarrierUnavailable,
    SpeechUnavailable,
    TunnelError,
)
from cartesia_call.leg.endings import ending_of
from cartesia_call.leg.placing import TOO_MANY_REQUESTS
from cartesia_call.leg.requests import (
    CloseStream,
    End,
    Post,
    Redirect,
)
from cartesia_call.leg.states import OVER, State
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Evidence, Outcome
from tests.leg.answers import answers_to, ordinary_answer
from tests.leg.given import (
    LIMITS,
    OURS,
    STOP_TEXT,
    STRANGERS,
    Driven,
    call_plan,
    digit_text,
    echo_text,
    event,
    media_text,
    start_text,
)
from tests.leg.table import REACHED, play

CONVERSATIONS = [
    ConversationPlan(),
    ConversationPlan(
        parts=frozenset({Part.MESSAGE, Part.PROMPT, Part.CONFIRMATION, Part.IDENTITY}),
        ack_key="1",
        reject_key="9",
        waits_for_greeting=True,
        carrier_judges=True,
        voicemail=VoicemailMode.LEAVE,
    ),
]
MOST_CLOSED = 6
"""As many things may close one stream, each once."""
LONGEST_S = 15 * 3600.0
"""Longer than every limit of a leg in a row."""


class Orders(RuleBasedStateMachine):
    """Feeds a leg whatever may happen, in whatever order."""

    driven: Driven
    states: list[State]

    @initialize(
        fallback=st.booleans(),
        limited=st.booleans(),
        conversation=st.sampled_from(CONVERSATIONS),
        complete=st.booleans(),
        start=st.sampled_from([None, *State]),
    )
    def begin(
        self,
        fallback: bool,
        limited: bool,
        conversation: ConversationPlan,
        complete: bool,
        start: State | None,
    ) -> None:
        """A leg at its beginning, whose speech may be complete already, or one that is in some state."""
        self.refused_posts = self.posts_before_stop = 0
        self.admitted: Talk | None = None
        if start is not None:
            self.driven = REACHED[start]()
            self.states = [start]
            self.posts_before_stop = self.driven.count(Post)
            self.refused_posts = self.driven.count(Post) - 1 if start is State.HELD_OFF else 0
            self.refused_posts += start is State.HELD_OFF
            return
        limits = LIMITS if limited else dataclasses.replace(LIMITS, max_duration_s=None)
        utterances = {part: Utterance() for part in conversation.parts}
        for utterance in utterances.values():
            utterance.append(b"m" * 8000)
            utterance.end_sentence()
            utterance.append(b"m" * 800)
            if complete:
                utterance.finish()
        plan = call_plan(fallback=fallback, limits=limits, conversation=conversation)
        self.driven = Driven(plan, utterances=utterances)
        self.states = [self.driven.leg.state]

    @property
    def leg(self) -> Any:
        return self.driven.leg

    def note(self) -> None:
        was_over = self.states[-1] in OVER
        actions = self.driven.look()
        assert not (was_over and actions), actions
        if self.leg.state is not self.states[-1]:
            self.states.append(self.leg.state)

    # --- our side ---

    @rule(streams=st.booleans(), calls_back=st.booleans())
    def place(self, streams: bool, calls_back: bool) -> None:
        if self.states == [State.PREPARING]:
            # Whoever may not fall back on the carrier's voice is called with a stream, or not at all.
            calls_back = calls_back or not self.leg.plan.has_fallback
            streams = streams or not self.leg.plan.has_fallback
            self.driven.place(streams=streams and calls_back, calls_back=calls_back)
        self.note()

    @rule(how=st.integers(0, 10))
    def do_not_place(self, how: int) -> None:
        if how == 0:
            self.leg.do_not_place(ending_of(TunnelError("no path")), self.driven.now_s)
        self.note()

    @rule(how=st.integers(0, 20))
    def stop(self, how: int) -> None:
        """Seldom, or no order would be long: a signal, a cancellation, a fault of ours."""
        match how:
            case 0:
                self.leg.stop(15, self.driven.now_s)
            case 1:
                self.leg.stop(None, self.driven.now_s)
            case 2:
                self.leg.fail(RuntimeError("a fault of ours"), self.driven.now_s)
        self.note()

    @rule(broken=st.booleans(), part=st.integers(0, 4))
    def speech_goes_on(self, broken: bool, part: int) -> None:
        utterance = list(self.driven.utterances.values())[part % len(self.driven.utterances)]
        if not utterance.has_ended:
            utterance.append(b"n" * 4000)
            utterance.fail(SpeechUnavailable("broke")) if broken else utterance.finish()
        self.leg.check(self.driven.now_s)
        self.note()

    # --- time ---

    @rule(seconds=st.sampled_from([0.0, 0.01, 0.5, 1.0, 3.0, 11.0, 50.0, 700.0]))
    def time_passes(self, seconds: float) -> None:
        self.driven.pass_time(seconds)
        self.note()

    # --- the carrier's side ---

    @precondition(lambda self: self.driven.open)
    @rule(which=st.integers(0, 5), data=st.data())
    def answer(self, which: int, data: st.DataObject) -> None:
        request = self.driven.open.pop(which % len(self.driven.open))
        answer = data.draw(answers_to(request))
        is_refused = isinstance(answer, CarrierUnavailable) and answer.http_status == TOO_MANY_REQUESTS
        self.refused_posts += isinstance(request, Post) and is_refused
        self.leg.answered(request, answer, self.driven.now_s)
        self.note()

    @precondition(lambda self: self.driven.open)
    @rule()
    def answer_well(self) -> None:
        """The oldest question, so that long ways are gone often."""
        request = self.driven.open.pop(0)
        self.leg.answered(request, ordinary_answer(request), self.driven.now_s)
        self.note()

    @rule()
    def all_is_played(self) -> None:
        """All that was sent, and its mark comes back."""
        play(self.driven)
        self.note()

    @rule(
        status=st.sampled_from(CallStatus),
        call_sid=st.sampled_from([OURS, OURS, OURS, STRANGERS]),
        sip_code=st.sampled_from([None, 486, 603]),
        duration_s=st.sampled_from([None, 0, 3, 500]),
    )
    def callback(
        self, status: CallStatus, call_sid: str, sip_code: int | None, duration_s: int | None
    ) -> None:
        if self.leg.known.calls_back and (call_sid == OURS or self.leg.known.facts.is_placed):
            found = event(status, call_sid, sip_code=sip_code, duration_s=duration_s)
            self.leg.status_event(found, self.driven.now_s)
        self.note()

    @rule(word=st.sampled_from(["human", "machine_start", "machine_end_beep", "fax", "nonsense"]))
    def answered_by(self, word: str) -> None:
        self.leg.answered_by(word, self.driven.now_s)
        self.note()

    @rule(text=st.sampled_from([start_text(), start_text(), start_text(STRANGERS), "{", ""]))
    def stream_knocks(self, text: str) -> None:
        if self.leg.known.opens_stream and self.leg.wants_stream:
            talk = self.leg.stream_connected(self.driven.now_s)
            self.driven.talks.append(talk)
            if text:
                self.leg.stream_text(talk, text, self.driven.now_s)
        self.note()

    @precondition(lambda self: self.driven.talks)
    @rule(
        which=st.integers(0, 3),
        what=st.sampled_from(["media", "1", "9", "5", "mark", "stop", "start", "broke", "gone", "gone"]),
    )
    def stream_says(self, which: int, what: str) -> None:
        driven = self.driven
        talk = driven.talks[which % len(driven.talks)]
        match what:
            case "gone":
                driven.talks.remove(talk)
                self.leg.stream_gone(talk, driven.now_s)
            case "broke":
                self.leg.stream_broke(talk, driven.now_s)
            case "mark":
                self.leg.stream_text(talk, echo_text(driven.marks[-1] if driven.marks else "x"), driven.now_s)
            case "stop":
                self.leg.stream_text(talk, STOP_TEXT, driven.now_s)
            case "start":
                self.leg.stream_text(talk, start_text(), driven.now_s)
            case "media":
                self.leg.stream_text(talk, media_text(0), driven.now_s)
            case digit:
                self.leg.stream_text(talk, digit_text(digit), driven.now_s)
        self.note()

    @rule(reason=st.just("its signature fits no token"))
    def stream_refused(self, reason: str) -> None:
        if self.leg.known.opens_stream:
            self.leg.stream_refused(reason, self.driven.now_s)
        self.note()

    # --- the laws ---

    @invariant()
    def every_state_but_the_last_has_a_deadline(self) -> None:
        """The first law."""
        deadline_s = self.leg.next_deadline_s()
        if self.leg.state in OVER:
            assert deadline_s is None
            assert self.leg.is_over
        else:
            assert deadline_s is not None
            assert math.isfinite(deadline_s)

    @invariant()
    def what_may_be_up_is_hung_up(self) -> None:
        """The second law."""
        if not self.leg.is_over:
            return
        facts, state, outcome = self.leg.known.facts, self.leg.state, self.leg.ending.outcome
        asked_to_end = any(isinstance(action, End | Redirect) for action in self.driven.asked)
        if facts.is_placed:
            assert state is not State.UNKNOWN
            assert self.leg.hanging_up is not None
            assert facts.is_down or asked_to_end
            assert (state is State.DOWN) == facts.is_down
            assert (outcome is Outcome.HANGUP_UNCONFIRMED) == (state is State.UNCONFIRMED)
        elif facts.is_unknown:
            assert state is State.UNKNOWN
            assert outcome is Outcome.UNKNOWN
        else:
            assert state is State.DOWN

    @invariant()
    def nothing_is_placed_twice(self) -> None:
        """A request is repeated only where the one before was certainly not processed."""
        posts = self.driven.count(Post)
        assert posts - self.refused_posts <= 1

    @invariant()
    def what_is_put_down_is_silent(self) -> None:
        """Whatever the callee does, and on whichever stream."""
        assert self.driven.sent_too_late == 0

    @invariant()
    def one_stream_is_let_in(self) -> None:
        """The first; each is closed a few times at the most, by whatever made it fail."""
        talk = self.leg.known.streams.talk
        assert self.admitted is None or talk is self.admitted
        self.admitted = talk
        closed = Counter(action.talk for action in self.driven.asked if isinstance(action, CloseStream))
        assert all(times <= MOST_CLOSED for times in closed.values()), closed

    @invariant()
    def only_our_call_is_touched(self) -> None:
        """A stranger's is looked at."""
        touched = [action for action in self.driven.asked if isinstance(action, End | Redirect)]
        assert {action.call_sid for action in touched} <= {self.leg.known.facts.call_sid}

    @invariant()
    def nothing_is_delivered_by_a_voice_without_words(self) -> None:
        """The carrier's has none where no fallback is allowed."""
        ending, plan = self.leg.ending, self.leg.plan
        assert ending is None or ending.evidence is not Evidence.DURATION or plan.has_fallback

    @invariant()
    def nothing_is_placed_for_who_wants_it_no_more(self) -> None:
        """After a signal or a fault of ours."""
        if not self.leg.known.is_stopped:
            self.posts_before_stop = self.driven.count(Post)
        assert self.driven.count(Post) <= self.posts_before_stop

    def teardown(self) -> None:
        """Whatever has happened: with time alone, the leg ends."""
        if not hasattr(self, "driven"):
            return
        for _ in range(5000):
            if self.leg.is_over:
                break
            deadline_s = self.leg.next_deadline_s()
            assert deadline_s is not None
            self.driven.now_s = max(self.driven.now_s, deadline_s)
            self.leg.check(self.driven.now_s)
            self.note()
            assert self.leg.is_over or self.leg.next_deadline_s() > self.driven.now_s, self.leg.state
        assert self.leg.is_over, self.states
        assert self.driven.now_s < LONGEST_S
        self.what_may_be_up_is_hung_up()
