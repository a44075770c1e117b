"""What of the callee's talking matters to a conversation: is it long, is it over, was there a beep?"""

from __future__ import annotations

from cartesia_call.conversation.limits import (
    GREETING_LIMIT_S,
    GREETING_OVER_S,
    LONG_SPEECH_S,
    QUESTION_LIMIT_S,
)
from cartesia_call.listening.sounds import (
    Beep,
    FaxTone,
    MusicHeard,
    NetworkHeard,
    Sound,
    SoundGoesOn,
    SpeechBegan,
    SpeechEnded,
)


class CalleeSpeech:
    """One stretch of talking: everything said with pauses shorter than `GREETING_OVER_S`.

    **Feed** `heard`, `beeped`, `listened_from`; **ask** the properties. Times in call seconds.
    """

    def __init__(self) -> None:
        self.began_at_s: float | None = None
        """When the stretch began; None while nobody has spoken."""
        self.length_s = 0.0
        """How much of the stretch is speech, without the utterance that is still going on."""
        self.utterance_s = 0.0
        """How long the latest utterance was."""
        self.is_speaking = False
        self.quiet_since_s: float | None = None
        """When the silence began that is going on, if that is known."""
        self.has_beeped = False
        """A beep was heard and nothing was said behind it."""
        self.settled_at_s = 0.0
        """Until then that beep may turn out to be the network's."""

    def receive_sound(self, sound: Sound) -> None:
        match sound:
            case SpeechBegan(at_s=at_s):
                self._speech_began(at_s)
            case SpeechEnded(at_s=at_s, length_s=length_s):
                if not self.is_speaking:
                    self._speech_began(at_s - length_s)
                self.length_s += length_s
                self.utterance_s = length_s
                self.is_speaking = False
                self.quiet_since_s = at_s
            case Beep(at_s=at_s, settled_at_s=settled_at_s):
                self.beeped(at_s)
                self.settled_at_s = settled_at_s
            case MusicHeard():
                self._nobody_spoke()
            case FaxTone() | NetworkHeard() | SoundGoesOn():
                pass

    def beeped(self, at_s: float) -> None:
        self.has_beeped = True
        self.is_speaking = False
        self.quiet_since_s = at_s

    def listened_from(self, at_s: float) -> None:
        """If nothing was heard so far, the silence counts from `at_s`."""
        if self.quiet_since_s is None and not self.is_speaking:
            self.quiet_since_s = at_s

    def _speech_began(self, at_s: float) -> None:
        over_at_s = self.over_at_s
        if self.began_at_s is None or (over_at_s is not None and at_s >= over_at_s):
            self.began_at_s, self.length_s = at_s, 0.0
        self.is_speaking = True
        self.has_beeped = False
        self.settled_at_s = 0.0
        self.quiet_since_s = None

    def _nobody_spoke(self) -> None:
        """What passed for a voice was music."""
        self.began_at_s = self.quiet_since_s = None
        self.length_s = 0.0
        self.is_speaking = self.has_beeped = False
        self.settled_at_s = 0.0

    @property
    def is_long(self) -> bool:
        """The stretch is longer than a person's hello."""
        return self.length_s >= LONG_SPEECH_S

    @property
    def over_at_s(self) -> float | None:
        """When the silence is long enough to end the stretch; None while somebody speaks or nobody has."""
        return None if self.quiet_since_s is None else self.quiet_since_s + GREETING_OVER_S

    def answers_the_ringing(self, started_at_s: float) -> bool:
        """The stretch began soon after the stream did, and goes on or was a long one."""
        if self.began_at_s is None or self.began_at_s > started_at_s + GREETING_LIMIT_S:
            return False
        return self.is_speaking or self.is_long

    def may_be_question(self, started_at_s: float) -> bool:
        """The stretch began soon after the stream did, and has been no longer so far than what a robot asks
        who then sounds a tone."""
        began_at_s = self.began_at_s
        is_early = began_at_s is not None and began_at_s <= started_at_s + GREETING_LIMIT_S
        return is_early and self.length_s <= QUESTION_LIMIT_S
