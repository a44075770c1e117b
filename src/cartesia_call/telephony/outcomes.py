"""How an attempt to call somebody can end, in the field's words. Scripts depend on these names."""

from __future__ import annotations

from enum import StrEnum


class Outcome(StrEnum):
    """One value per row of the exit-status table (`cli/exit_status.py` holds the numbers)."""

    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    VOICEMAIL_LEFT = "voicemail-left"
    BUSY = "busy"
    NO_ANSWER = "no-answer"
    DECLINED = "declined"
    UNREACHABLE = "unreachable"
    VOICEMAIL_SKIPPED = "voicemail-skipped"
    HUNG_UP_EARLY = "hung-up-early"
    NOT_ACKNOWLEDGED = "not-acknowledged"
    REJECTED = "rejected"
    WITHHELD = "withheld"
    UNAUTHORIZED = "unauthorized"
    REFUSED = "refused"
    CARRIER_UNAVAILABLE = "carrier-unavailable"
    SPEECH_FAILED = "speech-failed"
    TUNNEL_FAILED = "tunnel-failed"
    STREAM_FAILED = "stream-failed"
    CUT_SHORT = "cut-short"
    UNKNOWN = "unknown"
    HANGUP_UNCONFIRMED = "hangup-unconfirmed"
    INTERRUPTED = "interrupted"


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
