"""What the parts of one leg share: what is known of it, and its way to ask for something."""

from __future__ import annotations

from dataclasses import replace

from cartesia_call.conversation.judgement import carrier_verdict
from cartesia_call.conversation.parts import Part, Verdict
from cartesia_call.leg.carrier_text import CarrierText, carrier_text
from cartesia_call.leg.facts import CallFacts
from cartesia_call.leg.plan import CallPlan
from cartesia_call.leg.requests import Action, Answer, Fetch, ReadNotes, Request
from cartesia_call.leg.streams import Streams
from cartesia_call.loggers import logger_of
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus, StatusEvent
from cartesia_call.telephony.instructions import CarrierNote

logger = logger_of(__name__)

POLL_INTERVAL_S = 5.0
"""The carrier is asked this often while no callback or stream brings news."""

VERDICT_INTERVAL_S = 3.0
"""Between two questions who answered. Twilio's callback is faster; one page says that it comes by POST only,
which the bridge does not take."""

DOUBT_INTERVAL_S = 2.0
"""Between two questions whether the call is over, as somebody says who may be anybody. The carrier's own word
lags behind its callbacks by a second or so."""


class Known:
    """Facts about one leg, its streams, and what is to be done next.

    `ask` has one question open at a time; `answer` is what came of the latest, None also where nothing came
    within its limit. `text` is the message, as far as it is written; `carrier_text` is what the carrier's
    instructions hold. `is_stopped`: a signal, a cancellation or a fault of ours ends the leg.
    """

    def __init__(self, plan: CallPlan, text: MessageText | None = None) -> None:
        self.plan = plan
        self.text = plan.message_text(text)
        self.facts = CallFacts()
        self.streams = Streams(plan, self.facts)
        self.verdicts: list[Verdict] = []
        self.notes: list[CarrierNote] = []
        self.warnings: list[str] = []
        self.carrier_text: CarrierText | None = None
        self.is_stopped = False
        self.calls_back = False
        self.opens_stream = False
        self.actions: list[Action] = []
        self.answer: Answer = None
        self.question_ends_at_s = 0.0
        self._question: Request | None = None
        self._poll: Fetch | None = None
        self._polled_at_s = 0.0
        self._doubted: dict[CallStatus, tuple[StatusEvent, float]] = {}

    # --- asking ---

    def ask(self, request: Request, now_s: float, within_s: float) -> float:
        """Ask, and drop whatever was asked before. When the answer is no longer waited for."""
        self._question, self.answer = request, None
        self.question_ends_at_s = now_s + within_s
        self.actions.append(request)
        return self.question_ends_at_s

    def is_settled(self, now_s: float) -> bool:
        """The latest question was answered, or its time is up; then a late answer decides nothing more."""
        if self._question is not None and now_s >= self.question_ends_at_s:
            self._question = None
        return self._question is None

    def answered(self, request: Request, answer: Answer, now_s: float) -> None:
        """What came of `request`."""
        if isinstance(answer, CallSnapshot) and answer.call_sid == self.facts.call_sid:
            self._clear_doubt(answer)
            self.facts.progress.take_snapshot(answer, now_s)
            self.take_answered_by(answer.answered_by or "", now_s)
        if isinstance(request, ReadNotes) and isinstance(answer, list):
            self.notes = [note for note in answer if isinstance(note, CarrierNote)] or self.notes
        if request is self._question:
            self._question, self.answer = None, answer
        if request is self._poll:
            self._poll, self._polled_at_s = None, now_s

    # --- polling ---

    def begin_polling(self, now_s: float) -> None:
        """The first poll comes an interval from now."""
        self._polled_at_s = now_s

    def poll(self, now_s: float) -> None:
        """Ask the carrier how the call is, if it was not asked for a while."""
        if self._poll is None and now_s >= self.next_poll_s and self.facts.call_sid is not None:
            self._poll = Fetch(self.facts.call_sid)
            self.actions.append(self._poll)

    @property
    def next_poll_s(self) -> float:
        """When to ask next; infinite while an answer is awaited, for the carrier's client limits that."""
        return float("inf") if self._poll is not None else self._polled_at_s + self.poll_interval_s

    @property
    def poll_interval_s(self) -> float:
        """Seconds between two polls."""
        if self.is_in_doubt:
            return DOUBT_INTERVAL_S
        return VERDICT_INTERVAL_S if self.asks_who_answered else POLL_INTERVAL_S

    @property
    def asks_who_answered(self) -> bool:
        """The carrier finds it out, and somebody answered."""
        return self.plan.conversation.carrier_judges and self.facts.progress.answered_at_s is not None

    # --- what nobody signed ---

    @property
    def is_in_doubt(self) -> bool:
        """Somebody says that the call is over, and the carrier has not said so."""
        return bool(self._doubted) and not self.facts.progress.is_final

    def take_status(self, event: StatusEvent, now_s: float) -> None:
        """A status callback. That the call is over, an unsigned one only claims: who believes it hangs up no
        more, and the callee may still be listening."""
        if self.plan.proves_callbacks or not event.status.is_final or self.facts.progress.is_final:
            self.facts.progress.take_event(event, now_s)
            return
        logger.info("an unsigned callback says %s; the carrier is asked", event.status)
        if not self.is_in_doubt:
            self._polled_at_s = now_s - DOUBT_INTERVAL_S  # at once
        self._doubted[event.status] = event, now_s

    def look_into_doubt(self, now_s: float) -> None:
        """Ask the carrier, while there is something to be confirmed."""
        if self.is_in_doubt:
            self.poll(now_s)

    def _clear_doubt(self, snapshot: CallSnapshot) -> None:
        """The carrier's own word: a callback that said the same was right, and knows the SIP code."""
        if snapshot.status in self._doubted:
            event, at_s = self._doubted[snapshot.status]
            self.facts.progress.take_event(event, at_s)

    # --- facts ---

    def carrier_text_from(self, sentence: int) -> CarrierText | None:
        """What the carrier's own voice may say of the message from a sentence on; None: nothing.

        What is still being written is heard by nobody once it speaks.
        """
        limits = self.plan.say_limits
        found = carrier_text(self.text.message[sentence:], limits) if limits else None
        return found if found is None or self.text.is_whole else replace(found, is_cut=True)

    @property
    def message(self) -> Utterance:
        """The message's audio."""
        return self.streams.utterances[Part.MESSAGE]

    @property
    def is_speech_lost(self) -> bool:
        """True when the message cannot be completed any more, by anybody."""
        return self.message.error is not None and not self.plan.has_fallback

    def take_answered_by(self, word: str, now_s: float) -> None:
        """The carrier's verdict on who answered, in its words; one that was heard before says nothing new."""
        verdict = carrier_verdict(word)
        if verdict is None or verdict in self.verdicts:
            return
        logger.info("the carrier says who answered: %s", word)
        self.verdicts.append(verdict)
        if self.streams.talk is not None:
            self.streams.talk.judged(verdict, now_s)

    def warn(self, sentence: str) -> None:
        """Something the user should read beside the result."""
        if sentence not in self.warnings:
            self.warnings.append(sentence)
        logger.info("%s", sentence)
