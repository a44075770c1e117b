"""Who answered? A guess from the length of speech and silence after the answer, and from tones.

The thresholds are those of Twilio's detection where it names one (its documentation, "Answering Machine
Detection"), so that both judges mean the same by a long greeting. It knows no words: a person who answers
with a long sentence is taken for a machine, a mailbox that says one word for a person until it beeps.
"""

from __future__ import annotations

from enum import StrEnum

from cartesia_call.listening.limits import BEEP_WAIT_S, MACHINE_SPEECH_S, SPEECH_END_S
from cartesia_call.listening.sounds import (
    Beep,
    FaxTone,
    MusicHeard,
    NetworkHeard,
    Sound,
    SpeechBegan,
    SpeechEnded,
)
from cartesia_call.listening.speech import UTTERANCE_END_S
from cartesia_call.records import dataclass

SURE_SPEECH_S = 6.0
"""Nobody's hello is that long: the most that Twilio takes as `MachineDetectionSpeechThreshold`. Shorter, it
may be a firm's ("Acme, Sarah speaking, how may I help you?"), and a machine is a guess."""
INITIAL_SILENCE_S = 5.0
"""Silence from the answer on after which nothing can be said: Twilio's `MachineDetectionSilenceTimeout`."""
BEEP_COUNTS_S = 30.0
"""From the answer on, unless a machine is assumed: Twilio's `MachineDetectionTimeout`. Later, something
beeps in a person's room."""
SHORT_GREETING_BEEP_S = 3.0
"""Behind a short greeting a beep must begin within that time: above the 1.2 to 2.4 s of silence that Twilio
tells of. Later, it is a recorded line's warning tone, every 10 to 15 s (1400 Hz; E.180, supplement 2), or a
person's room."""
_TOLD_AFTER_S = UTTERANCE_END_S + 0.2
"""How much later than its end the end of speech is known at the latest, as audio goes; see `detector`."""


class Answered(StrEnum):
    """Who probably answered. `SCREENING`: a long greeting, no beep, and then silence. So does a robot that
    asks who is calling and waits for the answer, and so does a mailbox that records without a beep."""

    HUMAN = "human"
    MACHINE = "machine"
    SCREENING = "screening"
    FAX = "fax"
    UNKNOWN = "unknown"


@dataclass(frozen=True, kw_only=True)
class Guess:
    """Probably `kind`, found out at `at_s`. `may_record`: what is said from now on is recorded, if it is a
    machine that records at all. `is_sure`: a beep, a fax tone or the length of the greeting shows a machine,
    and not only that most people are shorter."""

    kind: Answered
    at_s: float
    may_record: bool = False
    is_sure: bool = False


class GreetingJudge:
    """Judges one call from its answer on. Times are seconds of the call's clock.

    The first guess is made once; only a machine's greeting that goes on or ends, a beep or a fax tone changes
    it. Every beep is told, for a machine may beep twice; behind one, silence tells nothing more. A network's
    tone makes all of it undone. A beep behind a short greeting that may be ringing counts when it does not
    come again. Who plays music is a machine; whoever speaks
    behind it is judged anew.
    """

    def __init__(self, answered_at_s: float) -> None:
        self._answered_at_s = answered_at_s
        self._kind: Answered | None = None
        self._speaking_since_s: float | None = None
        self._spoken_s = 0.0
        self._ended_at_s: float | None = None
        self._has_beeped = self._is_behind_network = self._is_behind_music = self._is_sure = False
        self._doubtful_until_s: float | None = None
        self._guesses: list[Guess] = []

    @property
    def kind(self) -> Answered | None:
        return self._kind

    def receive_sound(self, sound: Sound, now_s: float) -> None:
        match sound:
            case SpeechBegan(at_s=at_s):
                self._speaking_since_s, self._ended_at_s = at_s, None
                self._doubtful_until_s = None
                if self._is_behind_music or (self._is_behind_network and self._kind is Answered.UNKNOWN):
                    self._kind, self._is_behind_music = None, False
            case SpeechEnded(at_s=at_s, length_s=length_s):
                self._speaking_since_s, self._ended_at_s = None, at_s
                self._spoken_s += length_s
            case Beep():
                self._beep(sound, now_s)
            case NetworkHeard(at_s=at_s):
                self._begin_again(at_s)
            case MusicHeard(at_s=at_s):
                kind = self._kind
                self._begin_again(at_s)
                self._kind, self._is_behind_music = kind, True
            case FaxTone():
                if self._kind is not Answered.FAX and now_s - self._answered_at_s <= BEEP_COUNTS_S:
                    self._is_sure = True
                    self._guess(Answered.FAX, now_s)
        self.check(now_s)

    def check(self, now_s: float) -> None:
        """Time has passed: guess what silence, or speech that does not end, tells."""
        deadline_s = self.next_deadline_s()
        while deadline_s is not None and now_s >= deadline_s:
            self._judge(now_s)
            deadline_s = self.next_deadline_s()

    def guesses(self) -> list[Guess]:
        """What was guessed since this was last asked, in order."""
        guesses, self._guesses = self._guesses, []
        return guesses

    def next_deadline_s(self) -> float | None:
        """When to `check`, if no sound comes before; None if only a sound can tell more."""
        if self._doubtful_until_s is not None:
            return self._doubtful_until_s
        if self._kind is None:
            return self._first_deadline_s()
        if self._kind is not Answered.MACHINE or self._has_beeped:
            return None
        if self._ended_at_s is not None:
            return self._ended_at_s + BEEP_WAIT_S
        return None if self._is_sure else self._spoken_at_s(SURE_SPEECH_S)

    def _first_deadline_s(self) -> float:
        spoken_at_s = self._spoken_at_s(MACHINE_SPEECH_S)
        if spoken_at_s is not None:
            return spoken_at_s
        if self._ended_at_s is None:
            return self._answered_at_s + INITIAL_SILENCE_S
        return self._ended_at_s + (0.0 if self._is_long else SPEECH_END_S)

    def _spoken_at_s(self, length_s: float) -> float | None:
        """When so much will have been said for sure, if nobody stops; None if nobody speaks."""
        since_s = self._speaking_since_s
        return None if since_s is None else since_s + length_s - self._spoken_s + _TOLD_AFTER_S

    @property
    def _is_long(self) -> bool:
        return self._speaking_since_s is not None or self._spoken_s >= MACHINE_SPEECH_S

    def _judge(self, now_s: float) -> None:
        if self._doubtful_until_s is not None:
            self._machine_beeped(now_s)
        elif self._kind is Answered.MACHINE and self._ended_at_s is None:
            self._is_sure = True
            self._guess(Answered.MACHINE, now_s)
        elif self._kind is Answered.MACHINE:
            self._is_sure |= self._spoken_s >= SURE_SPEECH_S
            self._guess(Answered.SCREENING, now_s, may_record=True)
        elif self._is_long:
            self._guess(Answered.MACHINE, now_s)
        else:
            self._guess(Answered.UNKNOWN if self._ended_at_s is None else Answered.HUMAN, now_s)

    def _beep(self, beep: Beep, now_s: float) -> None:
        if self._kind in (Answered.MACHINE, Answered.SCREENING) or self._is_long:
            self._machine_beeped(now_s)
        elif self._kind is Answered.FAX or now_s - self._answered_at_s > BEEP_COUNTS_S:
            return
        elif self._ended_at_s is None:
            self._machine_beeped(now_s)
        elif beep.at_s - beep.length_s - self._ended_at_s <= SHORT_GREETING_BEEP_S:
            if beep.may_ring:
                self._doubtful_until_s = beep.settled_at_s
            else:
                self._machine_beeped(now_s)

    def _machine_beeped(self, now_s: float) -> None:
        self._has_beeped = self._is_sure = True
        self._doubtful_until_s = None
        self._guess(Answered.MACHINE, now_s, may_record=True)

    def _begin_again(self, at_s: float) -> None:
        """The network is heard, and nobody yet: whoever answers is judged anew, however late."""
        self._answered_at_s, self._kind = at_s, None
        self._speaking_since_s = self._ended_at_s = self._doubtful_until_s = None
        self._spoken_s, self._has_beeped, self._is_behind_network = 0.0, False, True
        self._is_sure = False

    def _guess(self, kind: Answered, now_s: float, *, may_record: bool = False) -> None:
        self._kind = kind
        is_sure = self._is_sure
        self._guesses.append(Guess(kind=kind, at_s=now_s, may_record=may_record, is_sure=is_sure))
