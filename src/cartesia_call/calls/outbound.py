"""One outbound call, whole: prepare, place, follow, put down, tell.

Whatever happens after the carrier was asked to place the call, an interruption or a fault of ours included,
passes through the same hang-up before anything else is given up.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine
from datetime import datetime
from typing import Any

from cartesia_call.audio.mulaw import duration_s
from cartesia_call.calls.following import Follower
from cartesia_call.calls.hangup import hang_up, not_confirmed
from cartesia_call.calls.leg import Leg
from cartesia_call.calls.placing import place
from cartesia_call.calls.plan import DialPlan, Ending
from cartesia_call.calls.preparing import Preparation, Prepared
from cartesia_call.calls.reception import CallReception
from cartesia_call.calls.result import build_result, ending_of
from cartesia_call.calls.settling import settle_orphans
from cartesia_call.errors import CarrierError, CartesiaCallError, HangUpNotConfirmed, LedgerError
from cartesia_call.ports import CallInstructions, CallIntent, CallRequest, Ledger, Phase, Ports
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.estimates import MAX_TIME_LIMIT_S, TIME_LIMIT_MARGIN_S
from cartesia_call.telephony.outcomes import Outcome

logger = logging.getLogger(__name__)

COMPLETED_WAIT_S = 2.0
"""After the hang-up the bridge stays up this long for the `completed` callback, so that it finds somebody."""

TEAR_DOWN_S = 5.0
"""Real seconds that closing the path, the bridge and the ledger's row may take altogether."""


class Interruption:
    """A signal to stop, raised from outside at most once."""

    def __init__(self) -> None:
        self.signal_number: int | None = None
        self._raised = asyncio.Event()

    def raise_signal(self, signal_number: int) -> None:
        """Stop the call in an orderly way; later signals do not change the first one's number."""
        self.signal_number = self.signal_number or signal_number
        self._raised.set()

    async def wait(self) -> None:
        """Until somebody raised it."""
        await self._raised.wait()


class OutboundCall:
    """One attempt. `run` once; `result_so_far` may be asked at any moment."""

    def __init__(self, plan: DialPlan, ports: Ports, interruption: Interruption) -> None:
        self._plan = plan
        self._ports = ports
        self._interruption = interruption
        self._clock = ports.clock
        self._started_at = ports.clock.utc_now()
        self._leg = Leg(ports.clock)
        self._reception = CallReception(plan, self._leg)
        self._preparation = Preparation(plan, ports, self._leg)
        self._ledger = ports.ledger
        self._beside: set[asyncio.Task[None]] = set()
        self._writing: set[asyncio.Task[None]] = set()
        self._ledger_lock = asyncio.Lock()

    @property
    def warnings(self) -> list[str]:
        """What the user should read beside the result."""
        return self._leg.warnings

    @property
    def sent_audio(self) -> bytes:
        """The message's audio, mu-law, as far as it was made."""
        utterance = self._leg.utterance
        return utterance.read(0, utterance.length_bytes)

    @property
    def inbound_audio(self) -> bytes:
        """What the callee said, mu-law, if the plan asked to record it."""
        return self._leg.stream.session.inbound_audio if self._leg.stream else b""

    def result_so_far(self, ending: Ending | None = None) -> AttemptResult:
        """The attempt as far as it is known; without an `ending`, as if the program had to leave now."""
        return build_result(
            self._plan,
            self._leg,
            ending or self._ending_of_leaving_now(),
            started_at=self._started_at,
            ended_at=self._clock.utc_now(),
            interrupted_by=self._interruption.signal_number,
        )

    async def run(self) -> AttemptResult:
        """Make the call and return its result; raises only what is a bug, after the line is down."""
        phases = asyncio.create_task(self._phases(), name="call")
        interrupted = asyncio.create_task(self._interruption.wait(), name="interruption")
        try:
            await asyncio.wait({phases, interrupted}, return_when=asyncio.FIRST_COMPLETED)
            if not phases.done():
                # Only the carrier's answer knows the call, and the request itself has a time-out.
                await self._leg.until(lambda: not self._leg.post_is_pending, None)
                phases.cancel()
                await asyncio.wait({phases})
            unconfirmed = await self._put_down()
        finally:
            interrupted.cancel()
            await self._tear_down()
        result = self.result_so_far(self._ending(phases, unconfirmed))
        self._write(
            self._with_ledger("close the row", lambda ledger: ledger.close(result)), "closing the row"
        )
        await asyncio.gather(*self._writing)
        return result

    async def _phases(self) -> Ending:
        self._beside_call(self._settle_earlier_calls(), "settling earlier calls")
        self._ports.observer.show(Phase(kind="connecting", since_s=self._clock.now_s()))
        intent_at = self._clock.utc_now()
        writing = self._write(self._write_intent(intent_at), "intent")
        prepared = await self._preparation.prepare()
        await asyncio.shield(writing)
        await self._place(prepared, intent_at)
        self._write(self._note_placed(), "noting the call SID")
        self._beside_call(self._keep_time_limit_long_enough(), "time limit")
        follower = Follower(
            self._leg,
            self._plan,
            self._ports.carrier,
            self._ports.observer,
            streams=prepared.public_url is not None and prepared.has_speech,
        )
        return await follower.follow()

    async def _place(self, prepared: Prepared, intent_at: datetime) -> None:
        url, bridge, secrets = prepared.public_url, self._ports.bridge, self._reception.secrets
        if url is not None:
            bridge.attach(url, self._reception)
        request = CallRequest(
            to=self._plan.to,
            caller_id=self._plan.caller_id,
            instructions=CallInstructions(
                stream_url=bridge.stream_url(url, secrets) if url and prepared.has_speech else None,
                fallback_text=self._plan.fallback_text,
                language=self._plan.speech.language,
            ),
            status_callback_url=bridge.status_url(url, secrets) if url else None,
            ring_timeout_s=math.ceil(self._plan.limits.ring_timeout_s),
            time_limit_s=self._plan.time_limit_s,
        )
        await place(
            self._leg,
            carrier=self._ports.carrier,
            ledger=self._ledger,
            plan=self._plan,
            request=request,
            intent_at=intent_at,
        )

    async def _put_down(self) -> HangUpNotConfirmed | None:
        """See to it that the leg is down, if there is one that is ours."""
        leg = self._leg
        if not leg.is_proven:
            return None
        if not leg.is_down:
            self._ports.observer.show(Phase(kind="hanging-up", since_s=self._clock.now_s()))
            try:
                await hang_up(leg, self._ports.carrier, timeout_s=self._plan.limits.hangup_timeout_s)
            except HangUpNotConfirmed as error:
                return error
        await leg.until(lambda: leg.progress.final_callback_seen, COMPLETED_WAIT_S)
        return None

    def _ending(self, phases: asyncio.Task[Ending], unconfirmed: HangUpNotConfirmed | None) -> Ending:
        """What decides when several things apply: 31, 30, the signal, then the call's own outcome."""
        own = None if phases.cancelled() else _own_ending(phases)
        leg = self._leg
        if unconfirmed is not None:
            return Ending(outcome=Outcome.HANGUP_UNCONFIRMED, detail=str(unconfirmed), error=unconfirmed)
        if own is not None and own.outcome is Outcome.UNKNOWN:
            return own
        if leg.answer_was_lost and not leg.is_proven:
            which = f"call {leg.call_sid} may be ours" if leg.call_sid else "a call may have been placed"
            return Ending(outcome=Outcome.UNKNOWN, detail=f"{which}, and nothing has proven it")
        if self._interruption.signal_number is not None:
            return Ending(outcome=Outcome.INTERRUPTED, detail=self._interruption_detail())
        assert own is not None  # noqa: S101  # only an interruption cancels the phases
        return own

    def _ending_of_leaving_now(self) -> Ending:
        leg = self._leg
        if leg.is_proven and not leg.is_down:
            error = not_confirmed(str(leg.call_sid), None)
            return Ending(outcome=Outcome.HANGUP_UNCONFIRMED, detail=str(error), error=error)
        if leg.post_is_pending or (leg.answer_was_lost and not leg.is_proven):
            return Ending(outcome=Outcome.UNKNOWN, detail="interrupted; a call may have been placed")
        return Ending(outcome=Outcome.INTERRUPTED, detail=self._interruption_detail())

    def _interruption_detail(self) -> str:
        if self._leg.call_sid is None:
            return "interrupted; nothing was dialled"
        return "interrupted; the call was hung up"

    # --- beside the call ---

    def _beside_call(self, work: Coroutine[Any, Any, None], name: str) -> None:
        self._beside.add(asyncio.create_task(work, name=name))

    async def _settle_earlier_calls(self) -> None:
        if self._ledger is None:
            return
        notes = await settle_orphans(
            self._ledger,
            self._ports.carrier,
            self._clock,
            account_sid=self._plan.account_sid,
            region=self._plan.region,
        )
        for note in notes:
            logger.info("earlier call %s", note)

    async def _write_intent(self, intent_at: datetime) -> None:
        intent = CallIntent(
            id=self._plan.id,
            to=self._plan.to,
            caller_id=self._plan.caller_id,
            created_at=intent_at,
            time_limit_s=self._plan.time_limit_s,
            account_sid=self._plan.account_sid,
            region=self._plan.region,
        )
        await self._with_ledger("write the intent", lambda ledger: ledger.begin(intent))

    async def _note_placed(self) -> None:
        call_sid = self._leg.call_sid
        if call_sid is not None:
            await self._with_ledger(
                "note the call SID", lambda ledger: ledger.placed(self._plan.id, call_sid)
            )

    def _write(self, work: Coroutine[Any, Any, None], name: str) -> asyncio.Task[None]:
        """Write to the ledger beside the call, in the order asked for, and never abandon half of it."""
        task = asyncio.create_task(work, name=name)
        self._writing.add(task)
        return task

    async def _with_ledger(self, what: str, work: Callable[[Ledger], Awaitable[None]]) -> None:
        """A ledger that cannot be written must not silence an alert: warn, and go on without it."""
        async with self._ledger_lock:  # first come, first served
            if self._ledger is None:
                return
            try:
                await work(self._ledger)
            except LedgerError as error:
                self._ledger = None
                self._leg.warn(f"cannot {what} in the ledger: {error}; going on without it")

    async def _keep_time_limit_long_enough(self) -> None:
        """Raise the live call's `TimeLimit` if the audio proves longer than any reading we expected."""
        leg = self._leg
        await leg.until(lambda: leg.utterance.has_ended, None)
        needed_s = math.ceil(2 * duration_s(leg.utterance.length_bytes) + TIME_LIMIT_MARGIN_S)
        if leg.call_sid is None or needed_s <= self._plan.time_limit_s:
            return
        try:
            await self._ports.carrier.set_time_limit(leg.call_sid, min(needed_s, MAX_TIME_LIMIT_S))
        except CarrierError as error:
            logger.info("the call's time limit could not be raised: %s", error)

    async def _tear_down(self) -> None:
        """Give up everything that was opened; nothing that blocks delays the end."""
        speech = self._preparation.speech_task
        tasks: list[asyncio.Task[Any]] = [*self._beside, *([speech] if speech else [])]
        for task in tasks:
            task.cancel()
        closing = [self._ports.bridge.stop(), self._ports.path.close(), self._ports.carrier.close()]
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(TEAR_DOWN_S):
                results = await asyncio.gather(*closing, *tasks, return_exceptions=True)
                _log_faults(results)


def _own_ending(phases: asyncio.Task[Ending]) -> Ending:
    try:
        return phases.result()
    except CartesiaCallError as error:
        return ending_of(error)


def _log_faults(results: list[Any]) -> None:
    for result in results:
        if isinstance(result, Exception):
            logger.warning("a fault of ours while closing: %r", result)
