"""The parts of a conversation: what may be said, what is wanted of it, and how it may end."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from enum import StrEnum

from cartesia_call.audio.durations import duration_between
from cartesia_call.conversation.keys import ACKNOWLEDGED_WORD, REJECTED_WORD, outcome_of
from cartesia_call.declarations.setting import one_of, setting
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass
from cartesia_call.telephony.outcomes import Outcome


class Part(StrEnum):
    """Something that is said as a whole. `VOICEMAIL` is the message for a machine, `IDENTITY` the answer to
    a screening robot's question who is calling."""

    MESSAGE = "message"
    PROMPT = "prompt"
    CONFIRMATION = "confirmation"
    VOICEMAIL = "voicemail"
    IDENTITY = "identity"


class Answerer(StrEnum):
    """Who answered, as far as somebody found out."""

    HUMAN = "human"
    MACHINE = "machine"
    FAX = "fax"
    UNKNOWN = "unknown"


class Judge(StrEnum):
    """Who found it out: the carrier's detection, or ours on the callee's audio, which is a guess."""

    CARRIER = "carrier"
    LOCAL = "local"


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """`answerer`, says `judge`. `may_record`: a machine's greeting is over, and what is said now is recorded.
    `heard_beep`: that is known by its beep, so what greeted is no screening robot (`machine_end_beep`).
    `is_sure`: False for a machine that is one only by what it says being long."""

    answerer: Answerer
    judge: Judge
    may_record: bool = False
    heard_beep: bool = False
    is_sure: bool = True


class VoicemailMode(StrEnum):
    """What to do about a machine: speak as to a person, hang up, or leave the message behind its beep."""

    IGNORE = "ignore"
    SKIP = "skip"
    LEAVE = "leave"


ACK_TIMEOUT = setting(
    "--ack-timeout",
    metavar="DURATION",
    default="15s",
    parse=duration_between(1, 600),
    help="How long a key is waited for after the prompt, 1s to 10m.",
    least_trust=Trust.FOUND,
)
GREETING = setting(
    "--greeting",
    metavar="wait|no",
    default="no",
    parse=lambda value: one_of("wait", "no")(value) == "wait",
    help="wait: let the callee say hello first, 1.2s of silence ends the wait. no: speak at once.",
)
VOICEMAIL = setting(
    "--voicemail",
    metavar="ignore|skip|leave",
    default="ignore",
    parse=lambda value: VoicemailMode(one_of(*VoicemailMode)(value)),
    help="What to do about a machine. ignore: speak as to a person; skip: hang up, which ends with 14; "
    "leave: speak after its beep.",
)
VOICEMAIL_BEEP = setting(
    "--voicemail-beep",
    metavar="required|optional",
    default="required",
    parse=lambda value: one_of("required", "optional")(value) == "required",
    help="required: what was left on a machine without a beep, behind silence, ends with 14: it may be an "
    "announcement, which records nothing. optional: it counts, and ends with 0.",
)
AMD_TIMEOUT = setting(
    "--amd-timeout",
    metavar="DURATION",
    default="8s",
    parse=duration_between(1, 60),
    help="How long after the message --voicemail skip or leave waits for a verdict, 1s to 60s.",
    least_trust=Trust.FOUND,
)


@dataclass(frozen=True, kw_only=True)
class ConversationPlan:
    """What is wanted of the conversation. `parts` are those that there is audio for; MESSAGE always is.

    `ack_key`, `reject_key` and `key_words`, the words of others by their digits, are the keys that answer;
    without one that acknowledges nothing is asked for. `repeats`: how often the message is said again without
    a key.
    `ack_timeout_s`: how long a key is waited for behind the prompt. `waits_for_greeting`: let the callee
    say hello first. `amd_timeout_s`: how long after the message a verdict is waited for, if `voicemail` is
    not IGNORE. `needs_beep`: what is left on a machine counts only behind its beep. `carrier_judges`: the
    carrier's detection is on, so a verdict of ours is a guess until the carrier has spoken. `judges_by_ear`:
    what the callee sounds like counts as a verdict on who answered, a guess. `needs_proof`: who is not for
    sure a machine is spoken to like a person, and is one only when the message is over. Times in call
    seconds.
    """

    parts: frozenset[Part] = frozenset({Part.MESSAGE})
    ack_key: str | None = None
    reject_key: str | None = None
    key_words: Mapping[str, str] = field(default_factory=dict)
    repeats: int = 0
    ack_timeout_s: float = ACK_TIMEOUT.field
    waits_for_greeting: bool = GREETING.field
    voicemail: VoicemailMode = VOICEMAIL.field
    needs_beep: bool = VOICEMAIL_BEEP.field  # assumes: no-beep-no-mailbox
    amd_timeout_s: float = AMD_TIMEOUT.field
    carrier_judges: bool = False
    judges_by_ear: bool = False
    needs_proof: bool = False

    @property
    def answers(self) -> dict[str, str]:
        """The word of each key that answers, by its digit, in the order in which they are offered."""
        own = ((self.ack_key, ACKNOWLEDGED_WORD), *self.key_words.items(), (self.reject_key, REJECTED_WORD))
        return {digit: word for digit, word in own if digit is not None}

    @property
    def asks_for_key(self) -> bool:
        """Whoever presses none has not acknowledged."""
        named = (outcome_of(word) for word in self.key_words.values())
        return self.ack_key is not None or any(outcome is Outcome.ACKNOWLEDGED for outcome in named)


@dataclass(frozen=True, kw_only=True)
class Say:
    """Play this part from its first word; nothing else is being played."""

    part: Part


@dataclass(frozen=True, kw_only=True)
class Clear:
    """Stop what is being played and drop what is queued."""


@dataclass(frozen=True, kw_only=True)
class Finish:
    """Put the line down: this is what the conversation came to."""

    outcome: Outcome


Action = Say | Clear | Finish


class Manner(StrEnum):
    """Each with its sentence."""

    FAX = "a fax machine answered"
    INFORMATION_TONES = "behind special information tones (SIT) the network announces why: nothing was left"
    NETWORK_TONE = "the network's busy or reorder tone was heard behind the answer"
    RANG_ON = "it rang on behind the answer, and nobody came"
    ON_HOLD = "music was played behind the answer, and nobody came"
    SAID_ON_HOLD = "the message was said behind hold music, and nobody answered it"
    WITHOUT_BEEP = "a machine answered, and the message was left without a beep"
    MAYBE_SCREENED = (
        "the message was left behind a tone, which may be that of call screening, and nobody came"
    )

    @property
    def is_left(self) -> bool:
        """The message was said to its end, and nothing shows that anybody will hear it."""
        return self in {Manner.SAID_ON_HOLD, Manner.WITHOUT_BEEP, Manner.MAYBE_SCREENED}
