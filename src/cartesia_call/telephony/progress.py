"""What is known of one call leg, gathered from callbacks and REST answers in whatever order they arrive."""

from __future__ import annotations

from cartesia_call.telephony.call_states import CallSnapshot, CallStatus, StatusEvent
from cartesia_call.telephony.outcomes import Outcome

_DECLINED_SIP_CODES = frozenset({603, 607, 608})  # assumes: sip-code-is-told
"""Decline, Unwanted, Rejected (RFC 3261, 8197, 8688): the callee refused, or somebody for them.

US networks answer 603 also where they block a call themselves (603+), and Twilio shows its own block so."""

_TELEPHONES_SIP_CODES = frozenset({486, 487})
"""Busy Here, Request Terminated (RFC 3261): the callee's own telephone, or our ring time-out. Nobody blocked
anything."""

_RANK = {
    CallStatus.QUEUED: 0,
    CallStatus.INITIATED: 1,
    CallStatus.RINGING: 2,
    CallStatus.IN_PROGRESS: 3,
}
_FINAL_RANK = 4


class CallProgress:
    """The furthest state the leg is known to have reached. Times are the call's clock, in seconds."""

    def __init__(self) -> None:
        self.status: CallStatus | None = None
        self.ringing_at_s: float | None = None
        self.answered_at_s: float | None = None
        self.ended_at_s: float | None = None
        self.final_callback_seen = False
        self.sip_code: int | None = None
        self.duration_s: int | None = None
        self.price: str | None = None
        self.price_unit: str | None = None

    @property
    def is_final(self) -> bool:
        """True when the leg is known to be down."""
        return self.status is not None and self.status.is_final

    def take_event(self, event: StatusEvent, now_s: float) -> None:
        """A status callback, in whatever order it arrives.

        Sequence numbers follow the order of the states, so one that was overtaken changes nothing.
        """
        self._reach(event.status, now_s)
        self.final_callback_seen = self.final_callback_seen or event.status.is_final
        self.sip_code = event.sip_code if event.sip_code is not None else self.sip_code
        self.duration_s = event.duration_s if event.duration_s is not None else self.duration_s

    def take_snapshot(self, snapshot: CallSnapshot, now_s: float) -> None:
        """A REST answer. The resource lags behind the call, so it never sets the status back either."""
        self._reach(snapshot.status, now_s)
        self.duration_s = snapshot.duration_s if snapshot.duration_s is not None else self.duration_s
        self.price = snapshot.price or self.price
        self.price_unit = snapshot.price_unit or self.price_unit

    def stream_started(self, now_s: float) -> None:
        """The media stream is open: somebody answered, whether or not a callback said so."""
        self._reach(CallStatus.IN_PROGRESS, now_s)

    def _reach(self, status: CallStatus, now_s: float) -> None:
        if self.status is not None and _rank(status) <= _rank(self.status):
            return
        self.status = status
        if status is CallStatus.RINGING:
            self.ringing_at_s = now_s
        elif status is CallStatus.IN_PROGRESS:
            self.answered_at_s = now_s
        elif status.is_final:
            self.ended_at_s = now_s

    def unanswered_outcome(self) -> Outcome | None:
        """How a call that nobody answered ended; None while it is up, or if it was answered.

        A SIP code of a refusal decides whatever the status says; without the code, declining is not guessed.
        """
        if not self.is_final or self.status is CallStatus.COMPLETED:
            return None
        if self.sip_code in _DECLINED_SIP_CODES:
            return Outcome.DECLINED
        if self.status is CallStatus.BUSY:
            return Outcome.BUSY
        if self.status is CallStatus.FAILED:
            return Outcome.UNREACHABLE
        return Outcome.NO_ANSWER

    @property
    def may_be_blocked(self) -> bool:
        """Whether a network on the way may have ended the call before anybody could answer.

        A refusal's SIP code, a failure, and an end that no code explains leave that open; busy is busy.
        """
        outcome = self.unanswered_outcome()
        if outcome is None or self.status is CallStatus.CANCELED or self.answered_at_s is not None:
            return False
        return outcome is not Outcome.BUSY and self.sip_code not in _TELEPHONES_SIP_CODES


def _rank(status: CallStatus) -> int:
    return _RANK.get(status, _FINAL_RANK)
