"""The media streams that knocked at one call's door, and the one that was let in."""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.conversation.parts import Part, Verdict
from cartesia_call.conversation.talk import Finished, Talk, TalkEvent
from cartesia_call.errors import StreamNeverStarted
from cartesia_call.leg.facts import CallFacts
from cartesia_call.leg.plan import CallPlan
from cartesia_call.loggers import logger_of
from cartesia_call.mediastream.events import AudioDropped, Ended, Refused, SpeechBroke, Started, Starved
from cartesia_call.mediastream.session import MediaSession
from cartesia_call.speech.utterance import Utterance

logger = logger_of(__name__)

StreamEnd = Finished | AudioDropped | SpeechBroke | Ended
"""What the media stream came to; the first of them decides."""

NEVER_S = float("inf")

NEVER_STARTED = "it never sent its start message"


class Streams:
    """Admits one stream. `talk` is its conversation, `end` what it came to, `refusal` why another was
    refused.

    `is_over`: its connection is gone, or told of its end. `is_awaited` False: whoever comes finds the door
    closed. `starves`: the callee hears nothing and waits for more.
    """

    def __init__(self, plan: CallPlan, facts: CallFacts) -> None:
        self._plan = plan
        self._facts = facts
        self.utterances: Mapping[Part, Utterance] = {part: Utterance() for part in Part}
        self.talk: Talk | None = None
        self.started_at_s: float | None = None
        self.end: StreamEnd | None = None
        self.is_over = False
        self.is_awaited = True
        self.starves = False
        self.refusal: str | None = None
        self.refused_at_s: float | None = None
        self.at_door: dict[Talk, float] = {}
        """Connected and without a start message, until when at the latest."""

    @property
    def wants_one(self) -> bool:
        """False once a stream has passed every check: the secret is then used up."""
        return self.is_awaited and self.talk is None

    def connected(self, now_s: float) -> Talk:
        """Somebody who knows the secret is at the door: what will speak there, should they be let in."""
        plan = self._plan.conversation
        listens = plan.judges_by_ear or plan.waits_for_greeting or Part.IDENTITY in self._plan.other_texts
        session = MediaSession(
            account_sid=self._plan.account_sid,
            call_sid=self._facts.call_sid,
            record_inbound=self._plan.record_callee,
            reports_audio=listens,
        )
        talk = Talk(session, plan, self.utterances, listens=listens)
        self.at_door[talk] = now_s + self._plan.limits.stream_timeout_s
        return talk

    def gone(self, talk: Talk, now_s: float) -> None:
        """The websocket of `talk` is closed."""
        self.at_door.pop(talk, None)
        if talk.stream_sid is None and self.talk is None:
            self.refuse(NEVER_STARTED, now_s)

    def refuse(self, reason: str, now_s: float) -> None:
        """Somebody knew the secret and was turned away."""
        logger.debug("a media stream was refused: %s", reason)
        if self.refusal is None:
            self.refusal, self.refused_at_s = reason, now_s

    @property
    def never_came(self) -> StreamNeverStarted:
        """That no stream was let in, and why."""
        because = f": one was refused, for {self.refusal}" if self.refusal else ""
        return StreamNeverStarted(f"the media stream never came{because}")

    def check(self, now_s: float) -> list[Talk]:
        """Notice that a deadline has passed: those who should have sent a start message by now, and are to be
        turned away."""
        if self.talk is not None:
            self.talk.check(now_s)
        late = [talk for talk, until_s in self.at_door.items() if now_s >= until_s]
        for talk in late:
            self.at_door[talk] = NEVER_S
        return late

    def take_events(self, now_s: float, verdicts: list[Verdict] | None) -> list[Talk]:
        """Note what happened on every stream; those that are to be closed.

        `verdicts` on who answered are known already; None: nothing is to be said any more.
        """
        talks = [*self.at_door, *([] if self.talk is None else [self.talk])]
        events = [(talk, event) for talk in talks for event in talk.events()]
        return [talk for talk, event in events if not self._take(talk, event, now_s, verdicts)]

    def _take(self, talk: Talk, event: TalkEvent, now_s: float, verdicts: list[Verdict] | None) -> bool:
        """False if the stream is to be closed."""
        match event:
            case Refused(reason=reason):
                self.refuse(reason, now_s)
                return False
            case Started():
                return self._admit(talk, event, now_s, verdicts)
            case _ if talk is not self.talk:
                return True
            case Starved():
                self.starves = True
            case Finished() | AudioDropped() | SpeechBroke() | Ended():
                if isinstance(event, Ended):
                    self.is_over = True
                    self._facts.stop_received = self._facts.stop_received or event.by_carrier
                self.end = self.end or event
        return True

    def _admit(self, talk: Talk, started: Started, now_s: float, verdicts: list[Verdict] | None) -> bool:
        """The first stream that passes every check is the call's."""
        facts = self._facts
        if not self.wants_one or facts.call_sid not in {None, started.call_sid}:
            return False
        self.at_door.pop(talk, None)
        self.talk, self.started_at_s = talk, now_s
        facts.call_sid = started.call_sid
        facts.progress.stream_started(now_s)
        for verdict in verdicts or ():
            talk.judged(verdict, now_s)
        if verdicts is None:
            talk.mute()
        else:
            talk.begin(now_s)
        return True

    def next_deadline_s(self) -> float | None:
        """When a stream wants to act although nothing was received, or None."""
        own_s = None if self.talk is None else self.talk.next_deadline_s()
        deadline_s = min(self.at_door.values(), default=NEVER_S)
        deadline_s = deadline_s if own_s is None else min(deadline_s, own_s)
        return None if deadline_s == NEVER_S else deadline_s
