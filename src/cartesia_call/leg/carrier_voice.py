"""The carrier's own voice: how it comes to speak, and listening until it has."""

from __future__ import annotations

import dataclasses
from typing import Literal

from cartesia_call.errors import CarrierError
from cartesia_call.leg.carrier_evidence import HandOver, judge, listened_s, nobody_spoke
from cartesia_call.leg.carrier_text import CarrierText
from cartesia_call.leg.endings import Ending, ending_of, not_understood, stream_failed
from cartesia_call.leg.known import POLL_INTERVAL_S, Known
from cartesia_call.leg.requests import AskAccount, ReadNotes, Redirect
from cartesia_call.leg.states import State
from cartesia_call.loggers import logger_of
from cartesia_call.telephony.estimates import SHORTEST_READING_S, fastest_reading_s
from cartesia_call.telephony.instructions import CallInstructions, CarrierNote
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

QUESTION_S = 3.0
"""So long the carrier's debugger, or its account, may take to answer while perhaps nobody speaks."""

FIRST_PAUSE_S = 1.0
"""Between requests to redirect the call; each pause is twice the one before."""

YIELD_S = 2.0  # assumes: next-verb-speaks
"""New instructions close the stream; a carrier that has not closed it by then did not follow them."""

TRIAL_SENTENCE = "The Stream verb is not available on trial accounts."
"""What Twilio says in the place of a stream (its page on trial accounts), before anything that follows."""

WAITS = "the carrier waits for its media stream and could not be redirected"
NEVER_ENDED = "the call lasted until its time limit, so the carrier's voice cannot have ended it"


class CarrierVoice:
    """Sees to it that the carrier speaks, and listens until the call is over.

    Begun by `instead_of_stream`, `listen` or `go_on_from`. `ending` is what came of it. `refused`: the
    carrier would not go on by itself, and its stream is still open. `until_s`: when to `step` although
    nothing happened.
    """

    def __init__(self, known: Known) -> None:
        self._known = known
        self._hand_over: HandOver | None = None
        self._sentence = 0
        self._asked_at_s = 0.0
        self._asked_text: CarrierText | None = None
        self._ask_until_s = 0.0
        self._pause_s = FIRST_PAUSE_S
        self._is_missing_stream = False
        self.spoke = False
        self.heard_ms: int | None = None
        self.refused = False
        self.ending: Ending | None = None
        self.state = State.CARRIER_SPEAKS
        self.until_s = 0.0

    # --- how it comes to speak ---

    def instead_of_stream(self, now_s: float) -> None:
        """The stream did not come: see that the message is spoken all the same.

        By itself, where the carrier noted that the stream failed or leaves streams out of the calls of this
        account; else by instructions that replace the running ones.
        """
        self._is_missing_stream = True
        self._ask_until_s = now_s + (QUESTION_S if self._is_over else self._stream_timeout_s)
        self._ask_notes(now_s)

    def go_on_from(self, sentence: int, now_s: float) -> None:
        """Have the carrier say the message from `sentence` on, in the place of what it does now."""
        self._is_missing_stream = False
        self._redirect(sentence, now_s)

    def listen(self, hand_over: HandOver, now_s: float) -> None:
        """The carrier's voice goes on, until the call is over, which ends by itself behind it."""
        logger.info("the carrier's voice speaks")
        self._hand_over, self._is_missing_stream = hand_over, False
        self.spoke, self.refused = True, False
        within_s = self._known.plan.time_limit_s if hand_over.is_certain else self._stream_timeout_s
        self.state, self.until_s = State.CARRIER_SPEAKS, now_s + within_s
        self._known.begin_polling(now_s)

    def cut(self, now_s: float) -> None:
        """The line is put down while it speaks: what was heard of it is an estimate."""
        if self.spoke and not self._is_over and self._hand_over is not None:
            self.heard_ms = self._heard_ms(self._hand_over, now_s)

    def step(self, now_s: float) -> None:
        """Go on from what is known."""
        if self.ending is not None or self.refused:
            return
        match self.state:
            case State.ASKING_NOTES if self._known.is_settled(now_s):
                self._noted(now_s)
            case State.ASKING_ACCOUNT if self._known.is_settled(now_s):
                self._account_told(now_s)
            case State.PAUSING if now_s >= self.until_s:
                self._ask_notes(now_s)
            case State.REDIRECTING if self._known.is_settled(now_s):
                self._redirected(now_s)
            case State.STREAM_YIELDS:
                self._yielded(now_s)
            case State.CARRIER_SPEAKS:
                self._speaking(now_s)

    # --- does it speak already? ---

    def _ask_notes(self, now_s: float) -> None:
        self.state = State.ASKING_NOTES
        self.until_s = self._known.ask(ReadNotes(str(self._known.facts.call_sid)), now_s, QUESTION_S)

    def _noted(self, now_s: float) -> None:
        known = self._known
        if not isinstance(known.answer, list):
            self._found_out(None, now_s)  # nobody can tell
        elif any(isinstance(note, CarrierNote) and note.ended_stream for note in known.answer):
            self._found_out(HandOver(since_s=self._answered_at_s(now_s)), now_s)
        else:
            self.state = State.ASKING_ACCOUNT
            self.until_s = known.ask(AskAccount(), now_s, QUESTION_S)

    def _account_told(self, now_s: float) -> None:
        if self._known.answer is not True:
            self._found_out(False, now_s)
            return
        self._known.warn("this is a trial account, and Twilio opens no media streams for it")
        since_s = self._answered_at_s(now_s) + fastest_reading_s(TRIAL_SENTENCE)
        self._found_out(HandOver(since_s=since_s), now_s)

    def _found_out(self, speaks: HandOver | Literal[False] | None, now_s: float) -> None:
        """Since when the carrier speaks; False: it waits for the stream; None: nobody can tell."""
        if not self._is_missing_stream:
            self._make_certain(speaks, now_s)
            return
        is_last = now_s + self._pause_s > self._ask_until_s
        if isinstance(speaks, HandOver) and not self._known.plan.has_fallback:
            self.ending = ending_of(self._known.streams.never_came)  # it went on to the end of the call
        elif isinstance(speaks, HandOver):
            self.listen(speaks, now_s)
        elif self._is_over:
            if is_last:
                self.ending = nobody_spoke(self._known.facts.progress)
            else:
                self._pause(now_s)
        elif speaks is False or is_last:
            self._redirect(0, now_s)
        else:
            self._pause(now_s)

    def _make_certain(self, speaks: HandOver | Literal[False] | None, now_s: float) -> None:
        """Nothing shows that the carrier noticed the end of its stream: then nobody may be speaking."""
        if speaks is False:
            self._redirect(0, now_s)
        else:
            self._listen_on(now_s)

    def _listen_on(self, now_s: float) -> None:
        if self._hand_over is None:
            raise ValueError("nothing was handed over")
        self.listen(dataclasses.replace(self._hand_over, is_certain=True), now_s)

    def _pause(self, now_s: float) -> None:
        self.state, self.until_s = State.PAUSING, now_s + self._pause_s
        self._pause_s *= 2

    # --- new instructions ---

    def _redirect(self, sentence: int, now_s: float) -> None:
        """An answer that was lost counts for nothing: whether the stream ends is what shows it."""
        known = self._known
        text = known.carrier_text_from(sentence)
        if text is None or known.facts.call_sid is None:
            self._is_refused(now_s)
            return
        self._sentence, self._asked_text, self._asked_at_s = sentence, text, now_s
        known.streams.is_awaited = False
        known.facts.is_redirected = (
            True  # from now on a `stop` is the end of the stream, not that of the call
        )
        instructions = CallInstructions(stream_url=None, fallback_text=text.text, voice=known.plan.say_voice)
        within_s = known.plan.limits.connect_timeout_s + QUESTION_S
        self.state = State.REDIRECTING
        self.until_s = known.ask(Redirect(known.facts.call_sid, instructions), now_s, within_s)

    def _redirected(self, now_s: float) -> None:
        answer = self._known.answer
        if isinstance(answer, CarrierError):
            logger.info("the carrier's voice could not be asked to go on: %s", answer)
        if isinstance(answer, CarrierError) and answer.http_status is not None:
            self._is_refused(now_s)
        elif self._known.streams.talk is not None:
            self.state, self.until_s = State.STREAM_YIELDS, now_s + YIELD_S
        else:
            self._is_accepted(now_s)

    def _yielded(self, now_s: float) -> None:
        if self._known.streams.is_over:
            self._is_accepted(now_s)
        elif now_s >= self.until_s:
            self._is_refused(now_s)

    def _is_accepted(self, now_s: float) -> None:
        self._known.carrier_text = self._asked_text
        self.listen(HandOver(since_s=self._asked_at_s, from_sentence=self._sentence), now_s)

    def _is_refused(self, now_s: float) -> None:
        """It followed the old instructions nevertheless, or there is nothing to be said."""
        self._known.streams.is_awaited = self._is_missing_stream
        if self._hand_over is not None:
            self._listen_on(now_s)
        elif not self._is_missing_stream:
            self.refused = True
        elif now_s + self._pause_s > self._ask_until_s:
            self.ending = stream_failed(WAITS)
        else:
            self._pause(now_s)

    # --- what shows that it spoke ---

    def _speaking(self, now_s: float) -> None:
        hand_over = self._hand_over
        if hand_over is None:
            raise ValueError("nothing was handed over")
        if self._is_over:
            self.ending = self._judge(hand_over, now_s)
        elif now_s < self.until_s:
            self._known.poll(now_s)
        elif hand_over.is_certain:
            self.spoke, self.ending = False, stream_failed(NEVER_ENDED)
        else:
            self._ask_notes(now_s)

    def _judge(self, hand_over: HandOver, now_s: float) -> Ending:
        known = self._known
        if (known.facts.progress.duration_s or 0) >= known.plan.time_limit_s - 1:
            self.spoke = False
            return stream_failed(NEVER_ENDED)
        heard_s = self._listened_s(hand_over, now_s)
        all_of_it = known.carrier_text_from(hand_over.from_sentence)
        ending = judge(known.carrier_text, all_of_it, hand_over, heard_s)
        if ending.outcome is Outcome.HUNG_UP_EARLY:
            self.spoke = heard_s >= SHORTEST_READING_S  # else they left while our voice spoke, or nobody did
        if ending.outcome is not Outcome.DELIVERED:
            self.heard_ms = self._heard_ms(hand_over, now_s)
        elif known.plan.say_voice is None:
            return not_understood(known.plan.voicing.language)
        elif known.plan.conversation.asks_for_key:
            detail = f"{ending.detail}; it can take no key"
            return dataclasses.replace(ending, outcome=Outcome.NOT_ACKNOWLEDGED, detail=detail)
        return ending

    def _heard_ms(self, hand_over: HandOver, now_s: float) -> int:
        """An estimate: what our voice said before the sentence, and the carrier's since."""
        talk = self._known.streams.talk
        ours_ms = talk.session.played_ms(now_s) if talk is not None and hand_over.from_sentence > 0 else 0
        return ours_ms + int(max(0.0, self._listened_s(hand_over, now_s)) * 1000)

    def _listened_s(self, hand_over: HandOver, now_s: float) -> float:
        return listened_s(
            self._known.facts.progress, hand_over.since_s, now_s, polled_every_s=POLL_INTERVAL_S
        )

    @property
    def _is_over(self) -> bool:
        return self._known.facts.progress.is_final

    def _answered_at_s(self, now_s: float) -> float:
        answered_at_s = self._known.facts.progress.answered_at_s
        return now_s if answered_at_s is None else answered_at_s

    @property
    def _stream_timeout_s(self) -> float:
        return self._known.plan.limits.stream_timeout_s
