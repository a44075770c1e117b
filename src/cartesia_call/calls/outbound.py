"""One outbound call, whole: prepare, place, follow, put down, tell.

Whatever happens after the carrier was asked to place the call, an interruption or a fault of ours included,
passes through the same hang-up before anything else is given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Coroutine
from datetime import datetime
from typing import Any

from cartesia_call.calls.beside import BesideCall
from cartesia_call.calls.books import Books
from cartesia_call.calls.following import Follower
from cartesia_call.calls.hangup import how_to_end, not_confirmed
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.looking import read_notes
from cartesia_call.calls.material import Material, Prepared
from cartesia_call.calls.placing import Placement
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.preparing import Preparation
from cartesia_call.calls.putting_down import PuttingDown
from cartesia_call.calls.reception import CallReception
from cartesia_call.calls.result import build_result, ending_of, explained
from cartesia_call.calls.talk_ending import ending_by_key
from cartesia_call.errors import CartesiaCallError, HangUpNotConfirmed
from cartesia_call.ports import CallInstructions, CallRequest, Phase, Ports
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Evidence, Outcome, Played

logger = logging.getLogger(__name__)

TEAR_DOWN_S = 5.0
"""Real seconds that closing path and bridge may take altogether; the ledger has a limit of its own."""

NOTES_WAIT_S = 3.0
NOTES_INTERVAL_S = 1.0
"""How long after a failed stream, and how often, the carrier's debugger is asked why."""

MAY_BE_PLACED = Outcome.UNKNOWN.means.sentence


class OutboundCall:
    """One attempt. `run` once; `result_so_far` may be asked at any moment."""

    def __init__(
        self,
        plan: DialPlan,
        ports: Ports,
        interruption: Interruption,
        preparation: Preparation | None = None,
    ) -> None:
        """A `preparation` is shared with other calls, and whoever made it closes the ports."""
        self._plan = plan
        self._ports = ports
        self._interruption = interruption
        self._clock = ports.clock
        self._started_at = ports.clock.utc_now()
        self._shares_ports = preparation is not None
        self._preparation = preparation or Preparation(plan, ports, Material(ports.clock))
        self._leg = Leg(ports.clock, self._preparation.material)
        self._reception = CallReception(plan, self._leg)
        self._beside = BesideCall(plan, ports, self._leg)
        self._books = Books(plan, self._leg, ports.ledger)
        self._calls_back = False
        self._placement = Placement(self._leg, plan, ports.carrier, ports.ledger)

    @property
    def warnings(self) -> list[str]:
        """What the user should read beside the result."""
        return [*self._leg.material.warnings, *self._leg.warnings]

    @property
    def call_sid(self) -> str | None:
        """The call's SID, once it is certain."""
        return self._leg.call_sid

    @property
    def sent_audio(self) -> bytes:
        """The message's audio, mu-law, as far as it was made."""
        utterance = self._leg.utterance
        return utterance.read(0, utterance.length_bytes)

    @property
    def inbound_audio(self) -> bytes:
        """What the callee said, mu-law, if the plan asked to record it."""
        return self._leg.stream.session.inbound_audio if self._leg.stream else b""

    def result_so_far(self) -> AttemptResult:
        """The attempt as far as it is known, if the program had to leave at this moment."""
        return self._result(self._ending_of_leaving_now(), None)

    def _result(self, ending: Ending, bug: BaseException | None) -> AttemptResult:
        return build_result(
            self._plan,
            self._leg,
            ending,
            started_at=self._started_at,
            ended_at=self._clock.utc_now(),
            interrupted_by=self._interruption.signal_number,
            bug=bug,
        )

    async def run(self) -> AttemptResult:
        """Make the call and return its result. A bug is a result too: without an outcome, the line down."""
        phases = asyncio.create_task(self._phases(), name="call")
        interrupted = asyncio.create_task(self._interruption.wait(), name="interruption")
        try:
            await asyncio.wait({phases, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if not phases.done():
                # Only the carrier's answer knows the call, and the request itself has a time-out.
                await self._leg.until(lambda: not self._leg.post_is_pending or self._leg.is_placed, None)
                phases.cancel()
                await asyncio.wait({phases})
            down = PuttingDown(self._leg, self._plan, self._ports, calls_back=self._calls_back)
            unconfirmed = await down.whatever_happens(self._books)
            await self._explain_stream()
        finally:
            interrupted.cancel()
            await self._tear_down()
        ending = self._ending(phases, unconfirmed)
        if ending.outcome is Outcome.STREAM_FAILED:
            ending = explained(ending, self._leg.notes)
        else:
            self._warn_of_notes()
        result = self._result(ending, _bug_of(phases))
        await self._books.close(result)
        return result

    async def _phases(self) -> Ending:
        self._beside.settle_earlier_calls()
        self._ports.observer.show(Phase(kind="connecting", since_s=self._clock.now_s()))
        intent_at = self._clock.utc_now()
        writing = self._books.begin(intent_at)
        prepared = await self._prepare_unless_withheld(writing)
        if prepared is None:
            return Ending(outcome=Outcome.WITHHELD, detail=self._books.withheld_detail)
        await self._place(prepared, intent_at)
        self._books.note_placed()
        self._beside.keep_time_limit_long_enough()
        self._beside.ask_who_answered()
        follower = Follower(
            self._leg,
            self._plan,
            self._ports.carrier,
            self._ports.observer,
            streams=prepared.public_url is not None and prepared.has_speech,
            calls_back=prepared.public_url is not None,
        )
        return await follower.follow()

    async def _prepare_unless_withheld(self, writing: asyncio.Task[None]) -> Prepared | None:
        """Everything that must stand before a phone may ring; None, and as little paid for as can be, if the
        guard lets no call be placed."""
        preparing = asyncio.create_task(self._preparation.prepare(), name="waiting to be prepared")
        try:
            await asyncio.wait({preparing, writing}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done() and preparing.exception() is None:
                await asyncio.wait({writing})
            if self._books.withheld is not None:
                return None
            return await preparing
        finally:
            preparing.cancel()
            await asyncio.wait({preparing})

    async def _place(self, prepared: Prepared, intent_at: datetime) -> None:
        url, bridge, secrets = prepared.public_url, self._ports.bridge, self._reception.secrets
        if url is not None:
            bridge.attach(url, self._reception)
            self._calls_back = True
        self._leg.carrier_text = fallback = self._plan.fallback_from(0)
        request = CallRequest(
            to=self._plan.to,
            caller_id=self._plan.caller_id,
            instructions=CallInstructions(
                stream_url=bridge.stream_url(url, secrets) if url and prepared.has_speech else None,
                fallback_text=fallback.text if fallback else None,
                language=self._plan.speech.language,
            ),
            status_callback_url=bridge.status_url(url, secrets) if url else None,
            ring_timeout_s=math.ceil(self._plan.limits.ring_timeout_s),
            time_limit_s=self._plan.time_limit_s,
            send_digits=self._plan.send_digits,
            detects_machine=self._plan.conversation.carrier_judges,
        )
        if self._interruption.signal_number is not None:
            raise asyncio.CancelledError
        if self._plan.fallback_text is None and self._leg.utterance.error is not None:
            raise self._leg.utterance.error  # it broke after its first audio, and nobody has been rung yet
        await self._placement.place(request, intent_at)

    async def _explain_stream(self) -> None:
        """Why the media stream failed, as the carrier saw it; its notes may follow the call by a moment."""
        leg = self._leg
        if not leg.stream_failed or self._interruption.signal_number is not None:
            return
        deadline_s = self._clock.now_s() + NOTES_WAIT_S
        while not leg.notes and (left_s := deadline_s - self._clock.now_s()) > 0:
            await read_notes(leg, self._ports.carrier, within_s=left_s)
            await leg.until(lambda: bool(leg.notes), min(NOTES_INTERVAL_S, left_s))

    def _warn_of_notes(self) -> None:
        for note in self._leg.notes:
            if note.ended_stream:
                self._leg.warn(f"the carrier noted {note.code}: {note.sentence}")

    def _ending(self, phases: asyncio.Task[Ending], unconfirmed: HangUpNotConfirmed | None) -> Ending:
        """What decides when several things apply: 31, 30, the signal, then the call's own outcome."""
        leg = self._leg
        if unconfirmed is None and leg.is_placed and not leg.is_down:
            unconfirmed = not_confirmed(str(leg.call_sid), None)  # its proof came when all was given up
        own = self._as_far_as_written(_own_ending(phases))
        if unconfirmed is not None:
            return self._unconfirmed(unconfirmed, own)
        if leg.is_unknown:
            unknown = own is not None and own.outcome is Outcome.UNKNOWN
            return own if own and unknown else Ending(outcome=Outcome.UNKNOWN, detail=MAY_BE_PLACED)
        if self._interruption.signal_number is not None:
            return Ending(
                outcome=Outcome.INTERRUPTED,
                detail=self._interruption_detail(),
                evidence=own.evidence if own else Evidence.NONE,
            )
        if own is not None and own.outcome is Outcome.UNKNOWN and leg.is_placed:
            detail = "the call was proven to be ours too late, and hung up"
            return Ending(outcome=Outcome.CUT_SHORT, detail=detail, error=own.error)
        decided = ending_by_key(leg.stream.talk) if leg.stream is not None else None
        if decided is not None and (own is None or own.outcome is not decided.outcome):
            return decided  # the key was pressed while something else ended the call
        return own or Ending(outcome=None, detail="a fault of ours, please report it")

    def _as_far_as_written(self, own: Ending | None) -> Ending | None:
        """A message whose end never came was played no further than that."""
        text = self._plan.text
        is_whole = own is not None and own.outcome is not None and own.outcome.means.played is Played.WHOLE
        if own is None or text is None or text.error is None or not is_whole:
            return own
        detail = f"{text.error}; what was written before was played"
        return Ending(outcome=Outcome.CUT_SHORT, detail=detail, evidence=own.evidence, error=text.error)

    def _ending_of_leaving_now(self) -> Ending:
        leg = self._leg
        if leg.is_placed and not leg.is_down:
            return self._unconfirmed(not_confirmed(str(leg.call_sid), None), None)
        if leg.is_unknown:
            return Ending(outcome=Outcome.UNKNOWN, detail=MAY_BE_PLACED)
        return Ending(outcome=Outcome.INTERRUPTED, detail=self._interruption_detail())

    def _unconfirmed(self, error: HangUpNotConfirmed, own: Ending | None) -> Ending:
        """31: what is known of the message stays known, and what may happen on the line is said."""
        detail = str(error)
        if self._plan.fallback_text is not None:
            verb = "repeat" if self._has_been_heard() else "say"
            detail += f", and the carrier's voice may now {verb} the message"
        # None for a call in a network that ends with this program.
        hint = None if self._plan.rehearsal else how_to_end(error.call_sid, self._plan.region)
        error = HangUpNotConfirmed(error.call_sid, error.message, hint=hint)
        return Ending(
            outcome=Outcome.HANGUP_UNCONFIRMED,
            detail=detail,
            evidence=own.evidence if own else Evidence.NONE,
            error=error,
        )

    def _has_been_heard(self) -> bool:
        stream = self._leg.stream
        return self._leg.carrier_spoke or (
            stream is not None and stream.session.heard_ms(self._clock.now_s()) > 0
        )

    def _interruption_detail(self) -> str:
        if not self._leg.is_placed:
            return "interrupted; nothing was dialled"
        return "interrupted; the call was hung up"

    async def _tear_down(self) -> None:
        """Give up everything that was opened; nothing that blocks delays the end."""
        self._leg.let_go()
        tasks: list[asyncio.Task[Any]] = [*self._beside.tasks]
        tasks += [self._placement.post] if self._placement.post else []
        tasks += [] if self._shares_ports else self._preparation.tasks
        for task in tasks:
            task.cancel()
        closing = [] if self._shares_ports else close_ports(self._ports)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TEAR_DOWN_S):
                results = await asyncio.gather(*closing, *tasks, return_exceptions=True)
                _log_faults(results)


def close_ports(ports: Ports) -> list[Coroutine[Any, Any, None]]:
    """What gives up everything that the calls of one command opened."""
    return [ports.bridge.stop(), ports.path.close(), ports.carrier.close()]


def _own_ending(phases: asyncio.Task[Ending]) -> Ending | None:
    """What the phases came to; None if they were cancelled or met a bug."""
    if phases.cancelled():
        return None
    error = phases.exception()
    if error is None:
        return phases.result()
    return ending_of(error) if isinstance(error, CartesiaCallError) else None


def _bug_of(phases: asyncio.Task[Ending]) -> BaseException | None:
    error = None if phases.cancelled() else phases.exception()
    if error is None or isinstance(error, CartesiaCallError):
        return None
    logger.error("a fault of ours", exc_info=error)
    return error


def _log_faults(results: list[Any]) -> None:
    for result in results:
        if isinstance(result, Exception):
            logger.warning("a fault of ours while closing: %r", result)
