"""What one `dial` is to do, checked and complete, before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cartesia_call.conversation.parts import ConversationPlan, Part
from cartesia_call.leg.limits import CallLimits
from cartesia_call.policy.guard import GuardRule
from cartesia_call.speech.message_text import MessageText
from cartesia_call.speech_ports import SpeechRequest


@dataclass(frozen=True, kw_only=True)
class CarrierText:
    """What the carrier's own voice says, short enough for TwiML. `is_cut`: its end is missing."""

    text: str
    is_cut: bool


@dataclass(frozen=True, kw_only=True)
class DialPlan:
    """One message for one number.

    `speech` is the message; while it is still being written, `text` brings its sentences. `other_parts` are
    what else may be said. `judges_by_ear`: what the callee sounds like counts as a verdict on who answered.
    `fallback_from` tells what the carrier's own voice may say from a sentence of the message on (0: all of
    it), None if it must not speak or nothing is left to say. `prepare_s` is how long path and speech may
    take together, at the most. `tunnel_timeout_s` limits the public path until it is proven,
    `speech_timeout_s` the wait for a voice's first audio and from one piece to the next.
    `attempt` counts the calls of one command. `guard` withholds a call to a number that was called too often;
    `no_guard_reason` says why there is none. `proves_callbacks`: a status callback that reaches the leg is
    the carrier's, by its signature; else only somebody's who knows its address. `secrets` are what no
    sentence may quote.
    """

    id: str
    to: str
    caller_id: str
    account_sid: str
    region: str
    speech: SpeechRequest
    text: MessageText | None = None
    other_parts: Mapping[Part, SpeechRequest] = field(default_factory=dict)
    conversation: ConversationPlan = field(default_factory=ConversationPlan)
    judges_by_ear: bool = False
    send_digits: str | None = None
    fallback_from: Callable[[int], CarrierText | None]
    time_limit_s: int
    limits: CallLimits
    prepare_s: float
    tunnel_timeout_s: float
    speech_timeout_s: float
    probe: bool = True
    proves_callbacks: bool = True
    record_callee: bool = False
    rehearsal: bool = False
    attempt: int = 1
    guard: GuardRule | None = None
    no_guard_reason: str | None = None
    secrets: tuple[str, ...] = field(default=(), repr=False)

    @property
    def sentences(self) -> tuple[str, ...]:
        """Those of the message, as far as they are known."""
        return self.speech.sentences if self.text is None else self.text.sentences

    @property
    def fallback_text(self) -> str | None:
        """The whole message, as far as the carrier's own voice may say it behind a stream; None: nothing."""
        fallback = self.fallback_from(0)
        return None if fallback is None else fallback.text
