"""Exit statuses: what a result or a failure comes to as a number. Scripts depend on them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartesia_call.errors import (
    CacheError,
    CallRefused,
    CallWithheld,
    CarrierError,
    CarrierUnavailable,
    CartesiaCallError,
    ChangeUnknown,
    DialListError,
    HangUpNotConfirmed,
    InputError,
    LedgerError,
    MediaStreamError,
    OptOutNotKept,
    PlacementUnknown,
    ServiceRefused,
    SettingsError,
    SpeechError,
    TunnelError,
    Unauthorized,
)
from cartesia_call.telephony.outcomes import Outcome

if TYPE_CHECKING:
    from cartesia_call.telephony.attempt import AttemptResult

BUG = 1
USAGE = 2
NO_PUBLIC_PATH = 24
PARTIAL = 19
"""Of a list: not everybody was reached."""

REFUSED_BY_US = frozenset({kind.__name__ for kind in (InputError, SettingsError, DialListError)})
"""Kinds of errors that mean: nothing was sent."""

SIGNAL_BASE = 128
"""A shell's own convention: 128 and the signal's number."""

ERROR_STATUSES: tuple[tuple[type[CartesiaCallError], int], ...] = (
    (InputError, USAGE),
    (SettingsError, USAGE),
    (DialListError, USAGE),
    (CallWithheld, 18),
    (Unauthorized, 20),
    (CallRefused, 21),
    (PlacementUnknown, 30),
    (CarrierUnavailable, 22),
    (CarrierError, 22),
    (SpeechError, 23),
    (ServiceRefused, 21),
    (ChangeUnknown, 23),
    (TunnelError, NO_PUBLIC_PATH),
    (MediaStreamError, 25),
    (HangUpNotConfirmed, 31),
    (LedgerError, USAGE),
    (CacheError, USAGE),
    (OptOutNotKept, USAGE),
)
"""For commands that end in an exception; the first class that fits decides."""


def of_result(result: AttemptResult) -> int:
    """The exit status of one attempt. Without an outcome it was wrong usage, or settings, or a bug."""
    return of_written(result.outcome, result.error.kind if result.error else None, result.interrupted_by)


def of_written(outcome: str | None, error_kind: str | None, signal_number: int | None) -> int:
    """The same of a result whose outcome stands in its word."""
    if outcome is None:
        return USAGE if error_kind in REFUSED_BY_US else BUG
    return of_outcome(Outcome(outcome), signal_number)


def of_outcome(outcome: Outcome, signal_number: int | None = None) -> int:
    """The exit status that tells `outcome`, which may have come of a signal."""
    status = outcome.means.status
    return SIGNAL_BASE + (signal_number or 0) if status is None else status


def of_error(error: CartesiaCallError) -> int:
    """The exit status of a command that failed with `error`; 1 for what has no meaning of its own."""
    return next((status for kind, status in ERROR_STATUSES if isinstance(error, kind)), BUG)
