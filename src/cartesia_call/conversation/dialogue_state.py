"""What a dialogue knows, and what others may ask of it."""

from __future__ import annotations

from enum import Enum, auto

from cartesia_call.conversation.callee import Callee
from cartesia_call.conversation.keys import outcome_of
from cartesia_call.conversation.parts import Action, Answerer, ConversationPlan, Judge, Manner, Part
from cartesia_call.telephony.outcomes import Outcome


class Phase(Enum):
    """What is being said, or waited for. The waiting ones are silent and have a limit."""

    NOT_STARTED = auto()
    GREETING = auto()
    """The callee may say hello first."""
    MESSAGE = auto()
    PROMPT = auto()
    KEY = auto()
    """A key may come."""
    VERDICT = auto()
    """Was it a machine?"""
    RINGING = auto()
    """It rings on behind the answer: until somebody speaks, or it stops."""
    HOLD = auto()
    """Music plays: until somebody says hello, or it has been silent for long."""
    MACHINE = auto()
    """Until the machine records."""
    VOICEMAIL = auto()
    IDENTITY = auto()
    SEEKING_PERSON = auto()
    """Until the screening robot has found the person, or whoever answered has shown what they are."""
    SETTLING = auto()
    """Until the beep cannot be the network's tone any more."""
    CONFIRMATION = auto()
    FINISHED = auto()


TO_PERSON = frozenset({Phase.GREETING, Phase.RINGING, Phase.MESSAGE, Phase.PROMPT, Phase.KEY, Phase.VERDICT})
"""The callee is held for a person."""

TO_MACHINE = frozenset({Phase.MACHINE, Phase.VOICEMAIL, Phase.SETTLING})
"""The callee is held for a machine that records."""

TO_ROBOT = frozenset({Phase.IDENTITY, Phase.SEEKING_PERSON})
"""The callee is held for a robot that screens calls."""


class DialogueState:
    """The state of one conversation, which `Dialogue` leads. **Ask** the properties."""

    def __init__(self, plan: ConversationPlan) -> None:
        self._plan = plan
        self._phase = Phase.NOT_STARTED
        self._saying: Part | None = None
        self._ends_at_s: float | None = None
        self._actions: list[Action] = []
        self._outcome: Outcome | None = None
        self._manner: Manner | None = None
        self._settling: Outcome | None = None
        self._digits = ""
        self._key: str | None = None
        self._words = plan.answers
        self._answers = {digit: outcome_of(word) for digit, word in self._words.items()}
        self._asks_for_key = plan.asks_for_key
        self._repeats_left = plan.repeats
        self._callee = Callee(plan)
        self._said_at_s = self._now_s = self._voicemail_from_s = 0.0
        self._rings_until_s = self._holds_until_s = self._music_at_s = self._tone_at_s = 0.0
        self._screened = False
        self._nothing_said_yet()

    def _nothing_said_yet(self) -> None:
        """Nothing was left on a machine, nor said in vain; or what was is taken back."""
        self._voicemail_left = self._began_anew = False
        self._left_behind_beep = self._met_silence = False
        self._said_in_doubt = self._waited_in_vain = False

    @property
    def outcome(self) -> Outcome | None:
        """How it ends: decided by an answering key when it is pressed, by anything else at `Finish`."""
        return self._outcome

    @property
    def decided_by_key(self) -> Outcome | None:
        """The same, if a key decided it."""
        return self._outcome if self._outcome in self._answers.values() else None

    @property
    def key(self) -> str | None:
        """The word of the key that decided it; None if none did."""
        return self._key

    @property
    def digits(self) -> str:
        """All keys that were pressed, in order."""
        return self._digits

    @property
    def acknowledged(self) -> bool | None:
        """Whether a key that acknowledges was pressed; None if none was asked for."""
        return self._outcome is Outcome.ACKNOWLEDGED if self._asks_for_key else None

    @property
    def answered_by(self) -> Answerer | None:
        """Who answered, by the verdict that holds; a key proves a person. None: nobody said."""
        return self._callee.judgement.answerer

    @property
    def answered_by_source(self) -> Judge | None:
        """Whose verdict holds; a key is our own finding."""
        return self._callee.judgement.judge

    @property
    def screened(self) -> bool:
        """A screening robot seemed to ask who is calling, and was told."""
        return self._screened

    @property
    def is_with_machine(self) -> bool:
        """The callee is held for a machine or a robot."""
        return self._phase in TO_MACHINE or self._phase in TO_ROBOT

    @property
    def awaits_key(self) -> bool:
        """A key was asked for, the callee is held for a person, and they have not answered by one."""
        return self._asks_for_key and self._phase in TO_PERSON and self.decided_by_key is None

    @property
    def awaits_recorder(self) -> bool:
        """It rings, music plays, a machine greets still, or a robot looks for somebody: what was said reached
        nobody."""
        if self._phase in {Phase.SEEKING_PERSON, Phase.HOLD}:
            return not self._said_in_doubt
        return self._phase in {Phase.RINGING, Phase.MACHINE, Phase.IDENTITY}

    @property
    def without_key(self) -> Outcome:
        """How it ends when all was said and nothing more comes of it."""
        if self._asks_for_key:
            return Outcome.NOT_ACKNOWLEDGED
        if not self._is_left:
            return Outcome.DELIVERED
        is_in_vain = self._left_in_vain is not None
        return Outcome.VOICEMAIL_SKIPPED if is_in_vain and self._plan.needs_beep else Outcome.VOICEMAIL_LEFT

    @property
    def manner(self) -> Manner | None:
        """How it came to its outcome, where that does not say it."""
        if self._manner is not None or self._asks_for_key:
            return self._manner
        return self._left_in_vain if self._is_left else None

    @property
    def beep(self) -> bool | None:
        """Whether a machine's beep was heard, or the carrier's; False: it was silent, and had none. None: no
        machine, or not so far."""
        judgement = self._callee.judgement
        if self._is_left and self._left_behind_beep:
            return True
        if judgement.is_person or judgement.answerer is not Answerer.MACHINE:
            return None
        if self._left_behind_beep or self._callee.speech.has_beeped or self._callee.tone_may_screen:
            return True
        return False if self._met_silence or judgement.may_record else None

    @property
    def _is_left(self) -> bool:
        return self._phase is Phase.VOICEMAIL or self._voicemail_left

    @property
    def _left_in_vain(self) -> Manner | None:
        """Why nothing shows that what was left will be heard; None if something does.

        Whoever speaks behind the tone is a robot, and so may be who hangs up on our saying who calls. Who is
        silent for as long as a robot looks for somebody records.
        """
        callee = self._callee
        if callee.is_on_hold:
            return Manner.SAID_ON_HOLD
        if not self._left_behind_beep:
            return Manner.WITHOUT_BEEP
        is_robot = callee.speech.began_at_s is not None or (self._screened and not self._waited_in_vain)
        return Manner.MAYBE_SCREENED if callee.tone_may_screen and is_robot else None
