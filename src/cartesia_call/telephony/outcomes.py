"""How an attempt to call somebody can end, in the field's words. Scripts depend on these names.

All that an outcome means to the rest of the program stands in its row of `Outcome`, and nowhere else.
"""

from __future__ import annotations

from enum import Enum, IntEnum, StrEnum, auto
from typing import TYPE_CHECKING, Self

from cartesia_call.records import dataclass


class CallLeft(IntEnum):
    """What became of the call. The higher the value, the less a later call to somebody makes it good."""

    NONE = auto()
    """Nothing was placed, unless a call SID is known."""
    OVER = auto()
    """There was or may have been a call, and it is over."""
    MAY_EXIST = auto()
    """Nothing has proven that there is a call, nor that there is none."""
    MAY_BE_UP = auto()
    """A call was placed, and nothing has proven that it is over."""


class Played(Enum):
    """How much of the message was played to somebody for whom it was meant."""

    NOTHING = auto()
    """Nobody was there, or somebody for whom it was not meant: what they heard of it is no news."""
    AS_TOLD = auto()
    """As much as the result says."""
    WHOLE = auto()
    """All that was known of it when the call ended."""


class Next(Enum):
    """What follows for the people who are called in turn."""

    REACHED = auto()
    """Somebody took the message: nobody else is called."""
    STOP = auto()
    """Nobody else would be called any better, or should be."""
    GO_ON = auto()
    """The next one is called, this one never again."""
    AGAIN_IF_ASKED = auto()
    """This one may be called again, where `--retry-on` names the outcome."""
    AGAIN = auto()
    """This one may be called again without being asked for: they were not there, or nothing was placed."""
    AGAIN_TWICE = auto()
    """As AGAIN. A silenced phone looks like this from outside: it rings on, or its mailbox takes the call. So
    `--ring-twice` calls it a second time before anybody else."""


class Cause(Enum):
    """Whom else the reason meets: whoever calls a list stops it for what is ours."""

    THIS_CALL = auto()
    """Nobody else: it is the callee's, the number's, or that of one moment."""
    OURS = auto()
    """Every other call of this account and machine as well."""
    BY_ERROR = auto()
    """The carrier's refusal tells: `ErrorReport.account_wide`."""


@dataclass(frozen=True)
class Meaning:
    """All that an outcome means: the exit status that tells it (None: it depends on the signal), what became
    of the call, how much was played, what follows for the people in turn, whom else its reason meets, and the
    sentence for people where nothing more is known."""

    status: int | None
    left: CallLeft
    played: Played
    next: Next
    cause: Cause
    sentence: str

    @property
    def ends_turns(self) -> bool:
        """Nobody else is called."""
        return self.next in {Next.REACHED, Next.STOP}

    @property
    def is_retryable(self) -> bool:
        """`--retry-on` may name it."""
        return self.is_retried_unasked or self.next is Next.AGAIN_IF_ASKED

    @property
    def is_retried_unasked(self) -> bool:
        """Without `--retry-on`, too."""
        return self.next in {Next.AGAIN, Next.AGAIN_TWICE}

    @property
    def rings_twice(self) -> bool:
        """`--ring-twice` calls the same number again: the phone may have been silenced."""
        return self.next is Next.AGAIN_TWICE


class Outcome(StrEnum):
    """One row for each: its word, and what that means. Statuses are never used again: scripts depend on them.

    Never called again are people to whom a call may be up or may have been placed; the reject key is an
    answer; and what would only be refused or withheld again is not tried.
    """

    _value_: str
    means: Meaning

    if not TYPE_CHECKING:  # for everybody else it is looked up by its word alone: Outcome("busy")

        def __new__(cls, word: str, means: Meaning) -> Self:
            outcome = str.__new__(cls, word)
            outcome._value_ = word
            outcome.means = means
            return outcome

    DELIVERED = (
        "delivered",
        Meaning(
            0, CallLeft.OVER, Played.WHOLE, Next.REACHED, Cause.THIS_CALL, "the whole message was played"
        ),
    )
    ACKNOWLEDGED = (
        "acknowledged",
        Meaning(
            0,
            CallLeft.OVER,
            Played.AS_TOLD,
            Next.REACHED,
            Cause.THIS_CALL,
            "the callee acknowledged the message by its key",
        ),
    )
    VOICEMAIL_LEFT = (
        "voicemail-left",
        Meaning(
            0,
            CallLeft.OVER,
            Played.WHOLE,
            Next.REACHED,
            Cause.THIS_CALL,
            "the whole message was left on a machine",
        ),
    )
    BUSY = "busy", Meaning(10, CallLeft.OVER, Played.NOTHING, Next.AGAIN, Cause.THIS_CALL, "the line is busy")
    NO_ANSWER = (
        "no-answer",
        Meaning(11, CallLeft.OVER, Played.NOTHING, Next.AGAIN_TWICE, Cause.THIS_CALL, "nobody answered"),
    )
    DECLINED = (
        "declined",
        Meaning(
            12,
            CallLeft.OVER,
            Played.NOTHING,
            Next.AGAIN_IF_ASKED,
            Cause.THIS_CALL,
            "declined, or blocked on the way",
        ),
    )
    UNREACHABLE = (
        "unreachable",
        Meaning(
            13, CallLeft.OVER, Played.NOTHING, Next.AGAIN, Cause.THIS_CALL, "the number cannot be reached"
        ),
    )
    VOICEMAIL_SKIPPED = (
        "voicemail-skipped",
        Meaning(
            14,
            CallLeft.OVER,
            Played.NOTHING,
            Next.AGAIN_TWICE,
            Cause.THIS_CALL,
            "a machine answered, and nothing was left on it",
        ),
    )
    HUNG_UP_EARLY = (
        "hung-up-early",
        Meaning(
            15,
            CallLeft.OVER,
            Played.AS_TOLD,
            Next.AGAIN_IF_ASKED,
            Cause.THIS_CALL,
            "the callee hung up before the end of the message",
        ),
    )
    NOT_ACKNOWLEDGED = (
        "not-acknowledged",
        Meaning(
            16,
            CallLeft.OVER,
            Played.WHOLE,
            Next.AGAIN_TWICE,
            Cause.THIS_CALL,
            "the message was played, and the key not pressed",
        ),
    )
    REJECTED = (
        "rejected",
        Meaning(
            17,
            CallLeft.OVER,
            Played.AS_TOLD,
            Next.GO_ON,
            Cause.THIS_CALL,
            "the callee pressed the reject key",
        ),
    )
    WITHHELD = (
        "withheld",
        Meaning(18, CallLeft.NONE, Played.NOTHING, Next.GO_ON, Cause.THIS_CALL, "the call was withheld"),
    )
    UNAUTHORIZED = (
        "unauthorized",
        Meaning(20, CallLeft.NONE, Played.NOTHING, Next.STOP, Cause.OURS, "the credentials were refused"),
    )
    REFUSED = (
        "refused",
        Meaning(
            21, CallLeft.NONE, Played.NOTHING, Next.GO_ON, Cause.BY_ERROR, "the carrier refuses this call"
        ),
    )
    BLOCKED = (
        "blocked",
        Meaning(
            21,
            CallLeft.OVER,
            Played.NOTHING,
            Next.AGAIN_IF_ASKED,
            Cause.THIS_CALL,
            "a network on the way blocked the call as unwanted",
        ),
    )
    CARRIER_UNAVAILABLE = (
        "carrier-unavailable",
        Meaning(22, CallLeft.NONE, Played.NOTHING, Next.AGAIN, Cause.OURS, "the carrier cannot be reached"),
    )
    SPEECH_FAILED = (
        "speech-failed",
        Meaning(
            23, CallLeft.NONE, Played.AS_TOLD, Next.AGAIN_IF_ASKED, Cause.OURS, "the speech could not be made"
        ),
    )
    TUNNEL_FAILED = (
        "tunnel-failed",
        Meaning(
            24,
            CallLeft.NONE,
            Played.NOTHING,
            Next.AGAIN_IF_ASKED,
            Cause.OURS,
            "no public path could be opened",
        ),
    )
    STREAM_FAILED = (
        "stream-failed",
        Meaning(
            25, CallLeft.OVER, Played.AS_TOLD, Next.AGAIN_IF_ASKED, Cause.OURS, "the media stream failed"
        ),
    )
    CUT_SHORT = (
        "cut-short",
        Meaning(
            26,
            CallLeft.OVER,
            Played.AS_TOLD,
            Next.GO_ON,
            Cause.THIS_CALL,
            "the call was ended before the end of the message",
        ),
    )
    UNKNOWN = (
        "unknown",
        Meaning(
            30,
            CallLeft.MAY_EXIST,
            Played.AS_TOLD,
            Next.GO_ON,
            Cause.THIS_CALL,
            "a call may have been placed, and nothing has proven it",
        ),
    )
    HANGUP_UNCONFIRMED = (
        "hangup-unconfirmed",
        Meaning(
            31, CallLeft.MAY_BE_UP, Played.AS_TOLD, Next.GO_ON, Cause.THIS_CALL, "the call may still be up"
        ),
    )
    INTERRUPTED = (
        "interrupted",
        Meaning(None, CallLeft.NONE, Played.AS_TOLD, Next.STOP, Cause.THIS_CALL, "interrupted"),
    )


class Voice(StrEnum):
    """Whose voice was heard last."""

    CARTESIA = "cartesia"
    CACHE = "cache"
    LOCAL = "local"
    CARRIER = "carrier"


class Evidence(StrEnum):
    """What shows that the message was heard.

    `mark`: the carrier echoed the mark behind the last word, no earlier than it can have been played.
    `watchdog`: no echo came, but the audio's playing time is over. `duration`: the carrier's own voice
    spoke, and the call lasted as long as that takes by estimate. `none`: nothing shows it.
    """

    MARK = "mark"
    WATCHDOG = "watchdog"
    DURATION = "duration"
    NONE = "none"
