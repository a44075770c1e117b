"""Exit statuses: the only place where an outcome or a failure becomes a number. Scripts depend on them."""

from __future__ import annotations

from cartesia_call.errors import (
    CacheError,
    CallRefused,
    CallWithheld,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    ChangeUnknown,
    HangUpNotConfirmed,
    InputError,
    LedgerError,
    MediaStreamError,
    PlacementUnknown,
    ServiceRefused,
    SettingsError,
    SpeechError,
    TunnelError,
    Unauthorized,
)
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome

BUG = 1
USAGE = 2
REFUSED_BY_US = frozenset({InputError.__name__, SettingsError.__name__})
"""Kinds of errors that mean: nothing was sent."""

SIGNAL_BASE = 128
"""A shell's own convention: 128 and the signal's number."""

OUTCOME_STATUSES = {
    Outcome.DELIVERED: 0,
    Outcome.ACKNOWLEDGED: 0,
    Outcome.VOICEMAIL_LEFT: 0,
    Outcome.BUSY: 10,
    Outcome.NO_ANSWER: 11,
    Outcome.DECLINED: 12,
    Outcome.UNREACHABLE: 13,
    Outcome.VOICEMAIL_SKIPPED: 14,
    Outcome.HUNG_UP_EARLY: 15,
    Outcome.NOT_ACKNOWLEDGED: 16,
    Outcome.REJECTED: 17,
    Outcome.WITHHELD: 18,
    Outcome.UNAUTHORIZED: 20,
    Outcome.REFUSED: 21,
    Outcome.CARRIER_UNAVAILABLE: 22,
    Outcome.SPEECH_FAILED: 23,
    Outcome.TUNNEL_FAILED: 24,
    Outcome.STREAM_FAILED: 25,
    Outcome.CUT_SHORT: 26,
    Outcome.UNKNOWN: 30,
    Outcome.HANGUP_UNCONFIRMED: 31,
}
"""`interrupted` is the one outcome whose status depends on more: the signal."""

ERROR_STATUSES: tuple[tuple[type[CartesiaCallError], int], ...] = (
    (InputError, USAGE),
    (SettingsError, USAGE),
    (CallWithheld, OUTCOME_STATUSES[Outcome.WITHHELD]),
    (Unauthorized, 20),
    (CallRefused, 21),
    (PlacementUnknown, 30),
    (CarrierUnavailable, 22),
    (CarrierError, 22),
    (SpeechError, 23),
    (ServiceRefused, 21),
    (ChangeUnknown, 23),
    (TunnelError, 24),
    (MediaStreamError, 25),
    (HangUpNotConfirmed, 31),
    (LedgerError, USAGE),
    (CacheError, USAGE),
)
"""For commands that end in an exception; the first class that fits decides."""


def of_result(result: AttemptResult) -> int:
    """The exit status of one attempt. Without an outcome it was wrong usage, or settings, or a bug."""
    if result.outcome is None:
        return USAGE if result.error is not None and result.error.kind in REFUSED_BY_US else BUG
    if result.outcome is Outcome.INTERRUPTED:
        return SIGNAL_BASE + (result.interrupted_by or 0)
    return OUTCOME_STATUSES[result.outcome]


def of_error(error: CartesiaCallError) -> int:
    """The exit status of a command that failed with `error`; 1 for what has no meaning of its own."""
    return next((status for kind, status in ERROR_STATUSES if isinstance(error, kind)), BUG)
