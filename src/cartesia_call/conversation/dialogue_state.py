"""What a dialogue knows, and what others may ask of it."""

from __future__ import annotations

from cartesia_call.conversation.callee import Callee
from cartesia_call.conversation.keys import outcome_of
from cartesia_call.conversation.parts import Action, Answerer, ConversationPlan, Judge, Part
from cartesia_call.conversation.phase import TO_MACHINE, TO_ROBOT, Phase
from cartesia_call.telephony.outcomes import Outcome


class DialogueState:
    """The state of one conversation, which `Dialogue` leads. **Ask** the properties."""

    def __init__(self, plan: ConversationPlan) -> None:
        self._plan = plan
        self._phase = Phase.NOT_STARTED
        self._saying: Part | None = None
        self._ends_at_s: float | None = None
        self._actions: list[Action] = []
        self._outcome: Outcome | None = None
        self._settling: Outcome | None = None
        self._digits = ""
        self._key: str | None = None
        self._words = plan.answers
        self._answers = {digit: outcome_of(word) for digit, word in self._words.items()}
        self._asks_for_key = plan.asks_for_key
        self._repeats_left = plan.repeats
        self._callee = Callee(plan)
        self._said_at_s = self._now_s = self._voicemail_from_s = 0.0
        self._rings_until_s = 0.0
        self._screened = self._voicemail_left = self._began_anew = False

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
    def awaits_recorder(self) -> bool:
        """It rings, a machine greets still, or a robot looks for somebody: what was said reached nobody."""
        return self._phase in {Phase.RINGING, Phase.MACHINE, Phase.SEEKING_PERSON, Phase.IDENTITY}

    @property
    def without_key(self) -> Outcome:
        """How it ends when all was said and nothing more comes of it."""
        if self._asks_for_key:
            return Outcome.NOT_ACKNOWLEDGED
        return (
            Outcome.VOICEMAIL_LEFT
            if self._phase is Phase.VOICEMAIL or self._voicemail_left
            else Outcome.DELIVERED
        )
