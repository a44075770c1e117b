"""Putting one leg down, whatever happened on it, before anything else is given up."""

from __future__ import annotations

from cartesia_call.errors import HangUpNotConfirmed
from cartesia_call.leg.endings import Ending
from cartesia_call.leg.hang_up import HangUp
from cartesia_call.leg.known import Known
from cartesia_call.leg.requests import Answer, AskWhoEnded, CloseStream, Fetch, ReadNotes, Request, Show
from cartesia_call.leg.states import State
from cartesia_call.loggers import logger_of
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

COMPLETED_WAIT_S = 2.0  # assumes: completed-is-told-soon
"""After the hang-up the bridge stays up this long for the `completed` callback, so that it finds somebody."""

LAST_RESORT_S = 5.0
"""So long before the limit the stream is closed, where nothing but a hang-up stands behind it."""

NOTES_WAIT_S = 3.0  # assumes: notes-tell-stream-errors
NOTES_INTERVAL_S = 1.0
"""How long after a failed stream, and how often, the carrier's debugger is asked why."""

BLOCK_WAIT_S = 4.0
BLOCK_INTERVAL_S = 1.5
"""How long after a call that reached nobody, and how often, the debugger is asked whether it was
blocked: three times at most. Estimates: Twilio tells nowhere how late it writes. Somebody who declined keeps
the next person waiting as long."""

LEDGER_WAIT_S = 3.0
"""How long the ledger may take to tell who ended the call."""

ENDED_ELSEWHERE = "somebody else ended the call, through the carrier's API"


class HangingUp:
    """Of a leg that is ours: until it is down, and as much as can be learned of it is known.

    The media stream stays open meanwhile, and silent, for whoever closes it first starts the trailing
    `<Say>`; without one, closing it is the last resort. `is_over` at the end; then `unconfirmed` says what
    may still be up. `until_s`: when to `step` although nothing happened.
    """

    def __init__(self, known: Known, ending: Ending | None, now_s: float, *, stream_failed: bool) -> None:
        self._known = known
        self._timeout_s = known.plan.limits.hangup_timeout_s
        self._down_by_s = now_s + self._timeout_s
        self._hang_up: HangUp | None = None
        self._stream_failed = stream_failed
        self._explained_by_s = now_s
        self._has_last_resort = not known.plan.has_fallback
        self.ending = ending
        self.asked_at_s: float | None = None
        self.unconfirmed: HangUpNotConfirmed | None = None
        self.is_over = False
        if known.streams.talk is not None:
            known.streams.talk.mute()
        self._put_down(now_s)

    # --- feed ---

    def answered(self, request: Request, answer: Answer, now_s: float) -> None:
        """What came of a request of this hang-up, or of another."""
        if self._hang_up is not None:
            self._hang_up.answered(request, answer, now_s)

    # --- step ---

    def step(self, now_s: float) -> None:
        """Go on from what is known."""
        match self.state:
            case State.HANGING_UP:
                self._hanging_up(now_s)
            case State.CONFIRMING:
                self._confirming(now_s)
            case State.EXPLAINING:
                self._explaining(now_s)
            case State.ASKING_WHO_ENDED if self._known.is_settled(now_s):
                self._told_who_ended()

    def _put_down(self, now_s: float) -> None:
        facts = self._known.facts
        if facts.is_down:
            self._confirm(now_s)
            return
        logger.info("hanging up")
        self._known.actions.append(Show(stage="hanging-up", since_s=now_s))
        self.asked_at_s = now_s if self.asked_at_s is None else self.asked_at_s
        self._hang_up = HangUp(facts, until_s=self._down_by_s, now_s=now_s)
        self._known.actions += self._hang_up.requests()
        self.state = State.HANGING_UP
        self._set_deadline(self._hang_up)

    def _hanging_up(self, now_s: float) -> None:
        hang_up, talk = self._hang_up, self._known.streams.talk
        if hang_up is None:
            raise ValueError("nothing is being hung up")
        hang_up.check(now_s)
        self._known.actions += hang_up.requests()
        if self._has_last_resort and talk is not None and now_s >= self._last_resort_at_s:
            self._has_last_resort = False
            self._known.actions.append(CloseStream(talk))
        if not hang_up.is_over:
            self._set_deadline(hang_up)
        elif hang_up.failure is None:
            self._confirm(now_s)
        else:
            self.unconfirmed = hang_up.failure
            self._explain(now_s)

    def _set_deadline(self, hang_up: HangUp) -> None:
        is_closable = self._has_last_resort and self._known.streams.talk is not None
        last_resort_s = self._last_resort_at_s if is_closable else self._down_by_s
        self.until_s = min(hang_up.next_deadline_s(), last_resort_s)

    @property
    def _last_resort_at_s(self) -> float:
        return self._down_by_s - min(LAST_RESORT_S, self._timeout_s / 2)

    # --- is it really? ---

    def _confirm(self, now_s: float) -> None:
        self.state = State.CONFIRMING
        self.until_s = now_s + (COMPLETED_WAIT_S if self._known.calls_back else 0.0)
        self._is_looking = False

    def _confirming(self, now_s: float) -> None:
        """A `stop` alone may have ended the stream and not the call: look, where there is an answer."""
        known, progress = self._known, self._known.facts.progress
        if progress.is_final:
            # Behind a look the callback was waited for already.
            if progress.final_callback_seen or self._is_looking or now_s >= self.until_s:
                self._explain(now_s)
        elif self._is_looking:
            if not known.is_settled(now_s):
                return
            if known.answer is None or isinstance(known.answer, Exception):
                self._explain(now_s)  # nobody can be asked: the `stop` is all the proof there is
            else:
                known.facts.stop_received = False
                self._put_down(now_s)
        elif now_s >= self.until_s:
            self._is_looking = True
            within_s = max(COMPLETED_WAIT_S, self._down_by_s - now_s)
            self.until_s = known.ask(Fetch(str(known.facts.call_sid)), now_s, within_s)

    # --- what else can be learned ---

    def _explain(self, now_s: float) -> None:
        """Why the media stream failed, or the call reached nobody, as the carrier saw it; its notes may
        follow the call by a moment."""
        known = self._known
        wait_s = NOTES_WAIT_S if self._stream_failed else BLOCK_WAIT_S if self._may_be_blocked else 0.0
        if not wait_s or known.is_stopped or self._is_explained:
            self._ask_who_ended(now_s)
            return
        self._explained_by_s = now_s + wait_s
        self._read_notes(now_s)

    @property
    def _may_be_blocked(self) -> bool:
        return self.ending is None and self._known.facts.progress.may_be_blocked

    @property
    def _is_explained(self) -> bool:
        """Any note tells of a stream; of a call that reached nobody only one that says what blocked it."""
        notes = self._known.notes
        return bool(notes) if self._stream_failed else any(note.blocked_call for note in notes)

    def _read_notes(self, now_s: float) -> None:
        self.state, self._is_looking = State.EXPLAINING, True
        within_s = self._explained_by_s - now_s
        self.until_s = self._known.ask(ReadNotes(str(self._known.facts.call_sid)), now_s, within_s)

    def _explaining(self, now_s: float) -> None:
        is_of_use = self._stream_failed or self._may_be_blocked  # a late callback may bring the SIP code
        if self._is_explained or not is_of_use or self._known.is_stopped or now_s >= self._explained_by_s:
            self._ask_who_ended(now_s)
        elif self._is_looking and self._known.is_settled(now_s):
            pause_s = NOTES_INTERVAL_S if self._stream_failed else BLOCK_INTERVAL_S
            self._is_looking, self.until_s = False, min(now_s + pause_s, self._explained_by_s)
        elif not self._is_looking and now_s >= self.until_s:
            self._read_notes(now_s)

    def _ask_who_ended(self, now_s: float) -> None:
        """The carrier does not tell who hung up. If it was a command of ours, elsewhere, the ledger does."""
        known, progress = self._known, self._known.facts.progress
        may_be_ours = self.ending is None or self.ending.outcome is Outcome.HUNG_UP_EARLY
        # A telephone that only rings is silenced by nobody else.
        may_be_ours &= progress.answered_at_s is not None or progress.status is CallStatus.CANCELED
        if known.is_stopped or self.unconfirmed is not None or not may_be_ours:
            self.is_over = True
            return
        self.state = State.ASKING_WHO_ENDED
        self.until_s = known.ask(AskWhoEnded(str(known.facts.call_sid)), now_s, LEDGER_WAIT_S)

    def _told_who_ended(self) -> None:
        if self._known.answer is True:
            self.ending = Ending(outcome=Outcome.CUT_SHORT, detail=ENDED_ELSEWHERE)
        self.is_over = True
