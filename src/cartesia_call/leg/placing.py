"""Placing the call: one request, and finding out what became of it when its answer was lost."""

from __future__ import annotations

from datetime import datetime

from cartesia_call.errors import (
    CallRefused,
    CarrierUnavailable,
    CartesiaCallError,
    PlacementUnknown,
    SpeechUnavailable,
    Unauthorized,
)
from cartesia_call.leg.endings import Ending, ending_of
from cartesia_call.leg.known import Known
from cartesia_call.leg.requests import AskList, Fetch, Post
from cartesia_call.leg.states import State
from cartesia_call.loggers import logger_of
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.instructions import CallRequest
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

REQUEST_GRACE_S = 5.0
"""The carrier's client ends a request within its own time-out; one that does not is not waited for longer."""

FIRST_RETRY_S = 1.0
LONGEST_RETRY_S = 8.0
"""Between placing requests that were answered with 429: Twilio never processed them ("always safe to retry",
its error 20429) and asks for growing pauses."""

TOO_MANY_REQUESTS = 429

FIRST_LOOK_S = 2.0  # assumes: lost-call-is-listed
"""The carrier's list is eventually consistent: asked at once, it may not show the call yet."""

LOOK_INTERVAL_S = 4.0
LOOKS = 5
"""The list is asked so often, over some 20 s, before the call counts as not found."""

PROOF_S = 2.0
"""How long a proof may be on its way when all else is given up."""

PROVEN_TOO_LATE = "the call was proven to be ours too late, and hung up"


class Placing:
    """From the first preparation until it is certain which call there is (`facts.is_placed`), or `ending`.

    A callback or stream that knows our secrets may be faster than the carrier's answer. A request is sent
    again only where it was answered with 429, for as long as the call may ring. `until_s`: when to `step`
    although nothing happened.
    """

    def __init__(self, known: Known, now_s: float) -> None:
        self._known = known
        self._request: CallRequest | None = None
        self._intent_at: datetime | None = None
        self._retry_s = FIRST_RETRY_S
        self._retry_until_s = now_s
        self._error: CartesiaCallError | None = None
        self._looks_left = LOOKS
        self._is_waiting = True
        self._found = "the carrier's list could not be asked"
        self._candidate: CallSnapshot | None = None
        self._watched_until_s = now_s
        self.ending: Ending | None = None
        self.state = State.PREPARING
        self.until_s = now_s + known.plan.prepare_s

    # --- feed ---

    def begin(self, request: CallRequest, intent_at: datetime, now_s: float) -> None:
        """All that must stand stands: place the call, unless nobody wants it any more."""
        if self.state is not State.PREPARING or self.ending is not None:
            return
        if self._known.is_speech_lost:  # it broke after its first audio, and nobody has been rung yet
            error = self._known.message.error
            self.ending = ending_of(error or SpeechUnavailable("the speech broke off"))
            return
        self._request, self._intent_at = request, intent_at
        self._retry_until_s = now_s + self._known.plan.limits.ring_timeout_s
        self._post(now_s)

    def fail(self, ending: Ending) -> None:
        """It cannot be prepared, or must not be placed."""
        if self.state is State.PREPARING and self.ending is None:
            self.ending = ending

    # --- step ---

    def step(self, now_s: float) -> None:
        """Go on from what is known."""
        if self._known.facts.is_placed or self.ending is not None:
            return
        match self.state:
            case State.PREPARING:
                self._preparing(now_s)
            case State.POSTING:
                self._posting(now_s)
            case State.HELD_OFF:
                self._held_off(now_s)
            case State.SEARCHING | State.WATCHING if self._known.is_stopped:
                self._give_up(now_s)
            case State.SEARCHING:
                self._searching(now_s)
            case State.WATCHING:
                self._watching(now_s)
            case State.PROVING if now_s >= self.until_s:
                self.ending = self._never_proven()

    @property
    def ending_if_placed_now(self) -> Ending | None:
        """A proof that comes when all was given up: there is a call, and it is only hung up."""
        if self.state is not State.PROVING or self._known.is_stopped:
            return None
        return Ending(outcome=Outcome.CUT_SHORT, detail=PROVEN_TOO_LATE, error=self._error)

    def _preparing(self, now_s: float) -> None:
        if self._known.is_stopped:
            self.ending = Ending(outcome=None, detail="nothing was dialled")
        elif now_s >= self.until_s:
            limit_s = self._known.plan.prepare_s
            self.ending = ending_of(SpeechUnavailable(f"path and speech were not ready within {limit_s:g} s"))

    def _post(self, now_s: float) -> None:
        if self._request is None:
            raise ValueError("there is nothing to place")
        self._known.facts.post_is_pending = True
        within_s = self._known.plan.limits.connect_timeout_s + REQUEST_GRACE_S
        self.state = State.POSTING
        self.until_s = self._known.ask(Post(self._request), now_s, within_s)

    def _posting(self, now_s: float) -> None:
        """A call that was placed is known by its answer already; what is left is why it was not."""
        known = self._known
        if not known.is_settled(now_s):
            return
        known.facts.post_is_pending = False
        error = known.answer if isinstance(known.answer, Exception) else None
        self._error = _told(error)
        if isinstance(error, CarrierUnavailable):
            is_too_fast = error.http_status == TOO_MANY_REQUESTS and not known.is_stopped
            if is_too_fast and now_s + self._retry_s < self._retry_until_s:
                logger.info("%s; trying again in %g s", error, self._retry_s)
                self.state, self.until_s = State.HELD_OFF, now_s + self._retry_s
                self._retry_s = min(2 * self._retry_s, LONGEST_RETRY_S)
            else:
                self.ending = ending_of(error)
        elif isinstance(error, Unauthorized | CallRefused):
            self.ending = ending_of(error)
        else:  # anything else, a fault of ours included, may have come behind the first byte
            logger.info("the answer to the placing request was lost: %s", self._error)
            known.facts.answer_was_lost = True
            self._wait_to_look(now_s, FIRST_LOOK_S)

    def _held_off(self, now_s: float) -> None:
        if self._known.is_stopped:
            self.ending = Ending(outcome=None, detail="nothing was dialled")
        elif now_s >= self.until_s:
            self._post(now_s)

    # --- the answer was lost ---

    def _wait_to_look(self, now_s: float, wait_s: float) -> None:
        self.state, self.until_s, self._is_waiting = State.SEARCHING, now_s + wait_s, True

    def _searching(self, now_s: float) -> None:
        """Wait for proof of the call, guided by the carrier's list."""
        known, plan = self._known, self._known.plan
        if self._is_waiting:
            if now_s < self.until_s:
                return
            self._looks_left -= 1
            self._is_waiting = False
            query = AskList(to=plan.to, caller_id=plan.caller_id, since=self._since)
            self.until_s = known.ask(query, now_s, 2 * plan.limits.connect_timeout_s + REQUEST_GRACE_S)
            return
        if not known.is_settled(now_s):
            return
        found = known.answer if isinstance(known.answer, list) else None
        calls = [call for call in found or () if isinstance(call, CallSnapshot)]
        if found is not None:
            self._found = "the carrier's list shows no such call"
        if calls:
            self._watch(calls, now_s)
        elif self._looks_left > 0:
            self._wait_to_look(now_s, LOOK_INTERVAL_S)
        else:
            self._give_up(now_s)

    @property
    def _since(self) -> datetime:
        if self._intent_at is None:
            raise ValueError("nothing was placed")
        return self._intent_at

    def _watch(self, calls: list[CallSnapshot], now_s: float) -> None:
        """Calls that may be ours. One alone is watched, without touching it, until it is proven or over."""
        plan = self._known.plan
        self.state, self._is_waiting = State.WATCHING, True
        if len(calls) == 1:
            self._candidate = calls[0]
            self._found = f"call {calls[0].call_sid} may be ours, and nothing has proven it"
            self._watched_until_s = now_s + plan.limits.ring_timeout_s + plan.time_limit_s
            self.until_s = now_s + LOOK_INTERVAL_S
        else:
            self._found = (
                f"{len(calls)} calls in the carrier's list may be ours, and nothing has proven which"
            )
            self._watched_until_s = self.until_s = now_s + plan.limits.ring_timeout_s

    def _watching(self, now_s: float) -> None:
        known, candidate = self._known, self._candidate
        if candidate is None or candidate.status.is_final or now_s >= self._watched_until_s:
            if candidate is not None or now_s >= self._watched_until_s:
                self._give_up(now_s)
        elif self._is_waiting and now_s >= self.until_s:
            self._is_waiting = False
            within_s = known.plan.limits.connect_timeout_s + REQUEST_GRACE_S
            asked_until_s = known.ask(Fetch(candidate.call_sid), now_s, within_s)
            self.until_s = min(asked_until_s, self._watched_until_s)
        elif not self._is_waiting and known.is_settled(now_s):
            self._candidate = known.answer if isinstance(known.answer, CallSnapshot) else candidate
            self._is_waiting, self.until_s = True, min(now_s + LOOK_INTERVAL_S, self._watched_until_s)
            self._watching(now_s)

    def _give_up(self, now_s: float) -> None:
        self.state, self.until_s = State.PROVING, now_s + PROOF_S

    def _never_proven(self) -> Ending:
        error = self._error
        unknown = PlacementUnknown(
            f"{error}; {self._found}",
            code=getattr(error, "code", None),
            http_status=getattr(error, "http_status", None),
            hint="it is not dialled again; look at the carrier's call log before you do",
        )
        return ending_of(unknown)


def _told(error: Exception | None) -> CartesiaCallError:
    """Why there is no answer. A fault of ours by its class alone: its words may quote the whole request."""
    if isinstance(error, CartesiaCallError):
        return error
    if error is None:
        return PlacementUnknown("the placing request was not answered")
    return PlacementUnknown(f"the placing request met a fault of ours ({type(error).__name__})")
