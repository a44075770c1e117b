"""Ending one call, and proving that it has ended. Sans I/O, in the shape of every machine of this room."""

from __future__ import annotations

from enum import Enum, auto

from cartesia_call.errors import CallNotFound, CartesiaCallError, HangUpNotConfirmed
from cartesia_call.leg.facts import CallFacts
from cartesia_call.leg.requests import Answer, End, Fetch, Redirect
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.instructions import CallInstructions

FIRST_WAIT_S = 1.0  # assumes: completed-ends-the-call
LONGEST_WAIT_S = 4.0  # assumes: young-404-passes
"""Between two requests: `stop` and the `completed` callback normally follow within a second."""

PLAIN_REQUESTS = 3
"""So many times `Status=completed` is asked for; then the running TwiML is replaced by a bare hang-up, which
takes another way through the carrier."""

BARE_HANG_UP = CallInstructions(stream_url=None, fallback_text=None)


class _Step(Enum):
    ASKING = auto()
    WAITING = auto()
    LOOKING = auto()


class HangUp:
    """Asks, waits, looks, and asks again, until the facts show that the call is down or `until_s` has come.

    An answer that the call does not exist or is not in progress is no proof by itself: a young call may not
    be visible yet. **Feed** `answered`; `check` after every change of the facts and when the deadline has
    come; **ask** `requests`, `next_deadline_s`, `is_over`, `failure`.
    """

    def __init__(self, facts: CallFacts, *, until_s: float, now_s: float) -> None:
        if facts.call_sid is None:
            raise ValueError("there is no call to hang up")
        self._facts = facts
        self._call_sid = facts.call_sid
        self._until_s = until_s
        self._requests: list[End | Redirect | Fetch] = []
        self._pending: End | Redirect | Fetch | None = None
        self._step = _Step.WAITING
        self._step_ends_at_s = now_s
        self._wait_s = FIRST_WAIT_S
        self._asked = 0
        self._last_error: Exception | None = None
        self._is_late = False
        if not facts.is_down:
            self._ask(now_s)

    def answered(self, request: object, answer: Answer, now_s: float) -> None:
        """What came of `request`; one that was not of this hang-up is no news."""
        if request is not self._pending:
            return
        self._pending = None
        if isinstance(answer, CallSnapshot):
            self._facts.progress.take_snapshot(answer, now_s)
        elif isinstance(answer, Exception) and self._step is _Step.ASKING:
            self._last_error = answer
        if self._step is _Step.ASKING:
            self._step, self._step_ends_at_s = _Step.WAITING, now_s + self._wait_s
        elif self._step is _Step.LOOKING and not self.is_over:
            self._wait_s = min(2 * self._wait_s, LONGEST_WAIT_S)
            self._ask(now_s)
        self.check(now_s)

    def check(self, now_s: float) -> None:
        """Notice that the call is down, or that a deadline has passed."""
        if self.is_over:
            return
        self._is_late = now_s >= self._until_s
        if self._step is _Step.WAITING and now_s >= self._step_ends_at_s and not self._is_late:
            self._step, self._pending = _Step.LOOKING, Fetch(self._call_sid)
            self._requests.append(self._pending)

    def requests(self) -> list[End | Redirect | Fetch]:
        """What to do now, since the last time somebody asked."""
        requests, self._requests = self._requests, []
        return requests

    def next_deadline_s(self) -> float:
        """When to `check` although nothing happened."""
        return min(self._until_s, self._step_ends_at_s) if self._step is _Step.WAITING else self._until_s

    @property
    def is_over(self) -> bool:
        """The call is down, or the time is up."""
        return self._facts.is_down or self._is_late

    @property
    def failure(self) -> HangUpNotConfirmed | None:
        """Once it is over: None if the call is down, else what is not known."""
        return None if self._facts.is_down else not_confirmed(self._call_sid, self._last_error)

    def _ask(self, now_s: float) -> None:
        self._asked += 1
        is_plain = self._asked <= PLAIN_REQUESTS
        self._pending = End(self._call_sid) if is_plain else Redirect(self._call_sid, BARE_HANG_UP)
        self._step, self._step_ends_at_s = _Step.ASKING, now_s
        self._requests.append(self._pending)


def not_confirmed(call_sid: str, cause: Exception | None) -> HangUpNotConfirmed:
    """Nothing shows that the call is down: which it is, and how to end it."""
    is_told = isinstance(cause, CartesiaCallError) and not isinstance(cause, CallNotFound)
    why = f" (the last answer: {cause})" if is_told else ""  # other words may quote the whole request
    return HangUpNotConfirmed(
        call_sid,
        f"call {call_sid} may still be up{why}",
        hint=how_to_end(call_sid, None),
    )


def how_to_end(call_sid: str, region: str | None) -> str:
    """The command for it. With the region: a call is known in no other, whatever the settings say by then."""
    return f"end it with: cartesia-call hangup {call_sid}" + (f" --region {region}" if region else "")
