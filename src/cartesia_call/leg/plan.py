"""What one `dial` is to do, checked and complete, before anything is sent."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.policy.guard import GuardRule
from cartesia_call.records import dataclass
from cartesia_call.speech.delivery import Voicing
from cartesia_call.speech.message_text import Message, MessageText
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.telephony.say_limits import SayLimits
from cartesia_call.telephony.say_voices import SayVoice


@dataclass(frozen=True, kw_only=True)
class CallPlan:
    """One message for one number, as data that can be printed, stored and read back: each field is of a type
    that JSON knows, an enumeration, a length of time or again such data.

    `message` is None where it is still being written: that is no data, and whoever carries out the plan is
    handed its `MessageText` beside it. `other_texts` are what else may be said, `voicing` the voice that is
    asked to. `say_limits` is how much the carrier's own voice takes; None: it must not speak. `say_voice` is
    that voice, None where the carrier has none for the language: then its account's default one speaks, which
    hardly anybody understands. `prepare_s` is how long path and speech may take together, at the most.
    `joined` are the ids of the alerts that the message consists of, if there are several. `attempt` counts
    the calls of one command. `guard` withholds a call to a number that was called too often;
    `no_guard_reason` says why there is none. `proves_callbacks`: a status callback that reaches the leg is
    the carrier's, by its signature; else only somebody's who knows its address. `other_carrier` is the
    address of one that is not Twilio.
    """

    id: str
    to: str
    caller_id: str
    account_sid: str
    region: str
    message: Message | None
    other_texts: Mapping[Part, Message] = field(default_factory=dict)
    voicing: Voicing
    conversation: ConversationPlan = field(default_factory=ConversationPlan)
    send_digits: str | None = None
    say_limits: SayLimits | None
    say_voice: SayVoice | None
    time_limit_s: int
    limits: CallLimits
    prepare_s: float
    proves_callbacks: bool = True
    record_callee: bool = False
    rehearsal: bool = False
    joined: tuple[str, ...] = ()
    other_carrier: str | None = None
    attempt: int = 1
    guard: GuardRule | None = None
    no_guard_reason: str | None = None

    @property
    def has_fallback(self) -> bool:
        """The carrier's own voice may say the message."""
        return self.say_limits is not None

    def message_text(self, written: MessageText | None = None) -> MessageText:
        """The message: the plan's own, else what is `written`. ValueError if there is neither."""
        if written is not None:
            return written
        if self.message is None:
            raise ValueError("the message of this plan is being written, and nobody said where")
        return MessageText.whole(self.message)
