"""A conversation on a media stream: what the dialogue wants is played, what the stream tells is fed to it.

Sans I/O, in the shape of `MediaSession`, in whose place a stream can be driven by it.
"""

from __future__ import annotations

from collections.abc import Mapping

from cartesia_call.conversation.dialogue import Dialogue
from cartesia_call.conversation.limits import PART_SILENCE_S
from cartesia_call.conversation.parts import (
    Answerer,
    Clear,
    ConversationPlan,
    Finish,
    Judge,
    Part,
    Say,
    Verdict,
)
from cartesia_call.listening.detector import MISSING_AFTER_S, Listener
from cartesia_call.listening.greeting import Answered, GreetingJudge, Guess
from cartesia_call.mediastream.events import AudioDropped, Event, Played, Pressed, SpeechBroke
from cartesia_call.mediastream.session import MediaSession
from cartesia_call.records import dataclass
from cartesia_call.speech.utterance import Utterance
from cartesia_call.telephony.outcomes import Outcome


@dataclass(frozen=True)
class Finished:
    """The conversation is over. `by_mark`: what was played last to its end is known to be, by its mark; else
    by the time. None: nothing was.
    """

    outcome: Outcome
    by_mark: bool | None


TalkEvent = Event | Finished

_MESSAGES = frozenset({Part.MESSAGE, Part.VOICEMAIL})
"""Parts whose failure is the call's; without another the conversation goes on."""


class Talk:
    """Leads `plan`'s conversation on `session`, with the `utterances` of its parts.

    A part of which nothing (more) comes is passed over after `PART_SILENCE_S`; where it was to be left on a
    machine, the message takes its place. `listens`: the callee's audio is listened to.
    """

    def __init__(
        self,
        session: MediaSession,
        plan: ConversationPlan,
        utterances: Mapping[Part, Utterance],
        *,
        listens: bool,
        missing_after_s: float = MISSING_AFTER_S,
    ) -> None:
        self.session = session
        self.dialogue = Dialogue(plan)
        self._utterances = utterances
        self._listener = Listener(missing_after_s) if listens else None
        self._greeting: GreetingJudge | None = None
        self._judges_by_ear = plan.judges_by_ear
        self._events: list[TalkEvent] = []
        self._saying: Part | None = None
        self._said_at_s = 0.0
        self._is_dispensable = False
        self._by_mark: dict[str, bool] = {}
        self._last_played: str | None = None
        self._next_deadline_s: float | None = None
        """The one that was told last."""
        self.first_text_at_s: float | None = None
        """When the first text was handed out to be sent."""

    # --- feed ---

    def receive_text(self, text: str, now_s: float) -> bool:
        """As `MediaSession.receive_text`; nor is what is heard news if it changes nothing yet."""
        is_news = self.session.receive_text(text, now_s)
        audio = self.session.take_audio()
        if audio is not None and self._listener is not None:
            self._listener.receive_audio(audio, now_s)
            if (is_news or self._listener.has_sounds) and self._go_on(now_s):
                return True
        elif not is_news:
            return False
        elif self._go_on(now_s):
            return True
        told_s = self._next_deadline_s
        deadline_s = self._deadline_of_audio(now_s)
        return deadline_s is not None and (told_s is None or deadline_s < told_s)

    def _deadline_of_audio(self, now_s: float) -> float | None:
        """The nearest of those that can come of audio alone: until the playing ends, the listener's."""
        if self._listener is not None and now_s < self.session.playout.ends_at_s:
            return self._listener.next_deadline_s()
        return self.next_deadline_s()

    def heard(self, now_s: float) -> bool:
        """As `MediaSession.heard`."""
        return self.session.heard(now_s)

    def connection_lost(self, now_s: float) -> None:
        """As `MediaSession.connection_lost`."""
        self.session.connection_lost(now_s)
        self._go_on(now_s)

    def judged(self, verdict: Verdict, now_s: float) -> None:
        """Somebody else found out who answered."""
        self.dialogue.judged(verdict, now_s)
        self._go_on(now_s)

    def check(self, now_s: float) -> None:
        self.session.check(now_s)
        silence_ends_at_s = self._silence_ends_at_s
        if silence_ends_at_s is not None and now_s >= silence_ends_at_s:
            self._pass_over(now_s)
        if self._listener is not None:
            self._listener.check(now_s)
        if self._greeting is not None:
            self._greeting.check(now_s)
        self.dialogue.check(now_s)
        self._go_on(now_s)

    # --- act ---

    def begin(self, now_s: float) -> None:
        """The stream is the call's: what is said now is heard."""
        if self._listener is not None:
            self._greeting = GreetingJudge(now_s)
        self.dialogue.started(now_s)
        self._go_on(now_s)

    @property
    def is_sending(self) -> bool:
        """A text that was handed out is not sent yet: the next one is asked for when it is."""
        return self.session.is_sending

    @is_sending.setter
    def is_sending(self, is_sending: bool) -> None:
        self.session.is_sending = is_sending

    @property
    def reads_audio(self) -> bool:
        """As `MediaSession.reads_audio`."""
        return self.session.reads_audio

    def mute(self) -> None:
        """Say nothing more; what was sent plays on."""
        self.session.mute()

    # --- ask ---

    def events(self) -> list[TalkEvent]:
        """What happened since the last time somebody asked."""
        events, self._events = self._events, []
        return events

    @property
    def has_events(self) -> bool:
        return bool(self._events)

    def next_text(self, now_s: float) -> str | None:
        """As `MediaSession.next_text`."""
        text = self.session.next_text(now_s)
        if text is not None and self.first_text_at_s is None:
            self.first_text_at_s = now_s
        return text

    def next_deadline_s(self) -> float | None:
        """When to `check` and to ask `next_text` again although nothing was received, or None."""
        nearest_s = _earlier(self.session.next_deadline_s(), self.dialogue.next_deadline_s())
        nearest_s = _earlier(nearest_s, self._silence_ends_at_s)
        if self._listener is not None:
            nearest_s = _earlier(nearest_s, self._listener.next_deadline_s())
        if self._greeting is not None:
            nearest_s = _earlier(nearest_s, self._greeting.next_deadline_s())
        self._next_deadline_s = nearest_s
        return nearest_s

    @property
    def stream_sid(self) -> str | None:
        """The stream's id, once it has started."""
        return self.session.stream_sid

    def played_by_mark(self) -> bool:
        """Whether a mark shows that the message, or what was left on a machine, was played."""
        part = Part.VOICEMAIL if Part.VOICEMAIL in self._by_mark else Part.MESSAGE
        return self._by_mark.get(part, False)

    # --- how it goes on ---

    def _go_on(self, now_s: float) -> bool:
        """False if nothing came of it but that the callee was heard."""
        is_news = False
        for event in self.session.events():
            is_news = True
            self._take(event, now_s)
        if self._listener is not None:
            is_news = self._listen(self._listener, now_s) or is_news
        while actions := self.dialogue.actions():
            is_news = True
            for action in actions:
                self._act(action, now_s)
        return is_news

    def _take(self, event: Event, now_s: float) -> None:
        match event:
            case Played(by_mark=by_mark, name=name):
                self._by_mark[name] = by_mark
                self._last_played = name
                self._played(Part(name), now_s)
            case AudioDropped() | SpeechBroke() if self._saying not in _MESSAGES:
                if self._saying is not None:
                    self._played(self._saying, now_s)
            case Pressed(digit=digit):
                self._events.append(event)
                self.dialogue.pressed(digit, now_s)
            case _:
                self._events.append(event)

    def _played(self, part: Part, now_s: float) -> None:
        self._saying = None
        self.dialogue.played(part, now_s)

    def _say(self, part: Part, utterance: Utterance, now_s: float) -> None:
        self._saying, self._said_at_s = part, now_s
        self._is_dispensable = utterance is not self._utterances[Part.MESSAGE]
        self.session.speak(utterance, part)

    @property
    def _silence_ends_at_s(self) -> float | None:
        """When what is being said is passed over if no more of it comes. The message is not: it may still be
        being written, and that it comes to an end is somebody else's care."""
        if self._saying is None or not self._is_dispensable:
            return None
        since_s = self.session.silent_since_s
        if since_s is None:
            return None
        return max(since_s, self._said_at_s) + PART_SILENCE_S

    def _pass_over(self, now_s: float) -> None:
        """Nothing more comes of what is being said: go on, or leave the message on the machine instead."""
        part = self._saying
        self.session.clear(now_s)
        if part is Part.VOICEMAIL:
            self._say(part, self._utterances[Part.MESSAGE], now_s)
        elif part is not None:
            self._played(part, now_s)

    def _listen(self, listener: Listener, now_s: float) -> bool:
        """Whether anything was told to the dialogue, or to whoever judges the greeting."""
        sounds = listener.sounds()
        for sound in sounds:
            self.dialogue.receive_sound(sound, now_s)
            if self._greeting is not None:
                self._greeting.receive_sound(sound, now_s)
                self._guess(self._greeting, now_s)
        is_judged = self._greeting is not None and self._guess(self._greeting, now_s)
        return bool(sounds) or is_judged

    def _guess(self, greeting: GreetingJudge, now_s: float) -> bool:
        guesses = greeting.guesses()
        for guess in guesses:
            # While the message is left on it, a machine's beeps tell nothing new.
            if self._judges_by_ear and self._saying is not Part.VOICEMAIL:
                self.dialogue.judged(_verdict(guess), now_s)
        return bool(guesses)

    def _act(self, action: Say | Clear | Finish, now_s: float) -> None:
        match action:
            case Say(part=part):
                utterance = self._utterances[part]
                if part is Part.VOICEMAIL and not utterance.length_bytes and utterance.error is not None:
                    utterance = self._utterances[Part.MESSAGE]  # better than nothing
                if part not in _MESSAGES and utterance.error is not None and not utterance.length_bytes:
                    self.dialogue.played(part, now_s)  # it cannot be said, and the conversation goes on
                    return
                self._say(part, utterance, now_s)
            case Clear():
                self._saying = None
                self.session.clear(now_s)
            case Finish(outcome=outcome):
                last = self._last_played
                self._events.append(Finished(outcome, None if last is None else self._by_mark[last]))


def _earlier(one_s: float | None, other_s: float | None) -> float | None:
    if one_s is None or other_s is None:
        return other_s if one_s is None else one_s
    return min(one_s, other_s)


def _verdict(guess: Guess) -> Verdict:
    """Our guess as a verdict. A screening robot is a machine to whoever has nothing to tell it."""
    is_recorder = guess.kind is Answered.MACHINE and guess.may_record
    answerer = {
        Answered.HUMAN: Answerer.HUMAN,
        Answered.MACHINE: Answerer.MACHINE,
        Answered.SCREENING: Answerer.MACHINE,
        Answered.FAX: Answerer.FAX,
        Answered.UNKNOWN: Answerer.UNKNOWN,
    }[guess.kind]
    return Verdict(
        answerer=answerer,
        judge=Judge.LOCAL,
        may_record=guess.may_record or guess.kind is Answered.SCREENING,
        heard_beep=is_recorder,
        is_sure=guess.is_sure,
    )
