"""One outbound call, whole: what it begins with, the leg, the result."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses

from cartesia_call.calls.beginning import Beginning
from cartesia_call.calls.hanging_up import hang_up
from cartesia_call.calls.interruption import Interruption
from cartesia_call.calls.legs import Legs, RunningLeg
from cartesia_call.calls.preparing import Preparation, Prepared
from cartesia_call.calls.reception import CallReception
from cartesia_call.conversation.keys import OPT_OUT
from cartesia_call.errors import CartesiaCallError, HangUpNotConfirmed, OptOutNotKept, without_frames
from cartesia_call.ledger_ports import ListPlace
from cartesia_call.leg.endings import Ending, ending_of
from cartesia_call.leg.machine import Leg
from cartesia_call.leg.plan import CallPlan
from cartesia_call.leg.result import SpeechFigures, build_result
from cartesia_call.loggers import logger_of
from cartesia_call.policy.withheld import Withheld
from cartesia_call.records import write_all
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.outcomes import Outcome

logger = logger_of(__name__)

OPT_OUT_WAIT_S = 10.0
"""For the do-not-call file: longer than others may hold it, and no longer than a disk that hangs deserves."""


class OutboundCall:
    """One attempt, on ports and with a `preparation` that it shares with others. `run` once; the rest may be
    asked at any moment.
    """

    def __init__(
        self,
        plan: CallPlan,
        legs: Legs,
        interruption: Interruption,
        preparation: Preparation,
        place: ListPlace | None = None,
        *,
        begun: Beginning | None = None,
    ) -> None:
        """`place`: it is made for a row of a dial list. `begun`: what somebody began of it already."""
        ports = legs.ports
        self._plan = plan
        self._legs = legs
        self._ports = ports
        self._interruption = interruption
        self._preparation = preparation
        self._speech = preparation.speech
        self._begun = begun or Beginning(plan, ports, preparation, place)
        self._ledger_row = self._begun.ledger_row
        self._leg = Leg(plan, self._begun.made_at_s, preparation.text)
        self._begun.tell_warnings(self._leg.warn)
        note_in_ledger = self._ledger_row.note_placed

        def note_placed(call_sid: str) -> None:  # holds no call: neither would ever be let go of
            note_in_ledger(call_sid)
            write_all()  # while the phone rings, and nobody waits for a first word yet

        self._running = RunningLeg(legs, self._leg, note_placed=note_placed, hurry_speech=self._speech.starve)
        self._reception = CallReception(self._running)

    # --- ask ---

    @property
    def warnings(self) -> list[str]:
        """What the user should read beside the result."""
        return [*self._speech.warnings, *self._leg.known.warnings]

    @property
    def call_sid(self) -> str | None:
        """The call's SID, once it is certain."""
        return self._leg.known.facts.call_sid

    @property
    def withheld(self) -> Withheld | None:
        """The guard's word, if it let no call be placed."""
        return self._ledger_row.withheld

    @property
    def sent_audio(self) -> bytes:
        """The message's audio, mu-law, as far as it was made."""
        message = self._leg.known.message
        return message.read(0, message.length_bytes)

    @property
    def inbound_audio(self) -> bytes:
        """What the callee said, mu-law, if the plan asked to record it."""
        talk = self._leg.known.streams.talk
        return b"" if talk is None else talk.session.inbound_audio

    def result_so_far(self) -> AttemptResult:
        """The attempt as far as it is known, if the program had to leave at this moment."""
        return self._result(self._leg.ending_now(self._ports.clock.now_s()))

    def _result(self, ending: Ending) -> AttemptResult:
        return build_result(
            self._leg,
            ending,
            now_s=self._ports.clock.now_s(),
            started_at=self._begun.made_at,
            ended_at=self._ports.clock.utc_now(),
            speech=SpeechFigures(
                characters=self._speech.characters - self._speech.characters_told,
                asked_at_s=self._speech.asked_at_s,
                first_chunk_at_s=self._speech.first_chunk_at_s,
            ),
            secrets=self._ports.secrets,
        )

    # --- run ---

    async def run(self) -> AttemptResult:
        """Make the call and return its result. A bug is a result too: without an outcome, the line down.

        Whoever cancels this waits until the line is down and the ledger knows.
        """
        getting_ready = self._legs.begin(self._get_ready, "getting ready")
        unsubscribe = [
            self._interruption.subscribe(self._stop),
            self._speech.subscribe(self._running.check),
        ]
        try:
            await self._running.over()
        finally:
            for leave in unsubscribe:
                leave()
            getting_ready.cancel()
            await asyncio.wait({getting_ready})
            result = await self._close()
        return result

    async def _close(self) -> AttemptResult:
        if self._running.is_broken and self.call_sid is not None:
            await self._hang_up_all_the_same()
        # The carrier's trailing `<Say>` speaks at once if the callee answers a call that was given up.
        self._ports.bridge.detach(self._reception)
        result = await self._keep_opt_out(self._result(self._leg.ending_now(self._ports.clock.now_s())))
        await self._ledger_row.close(result)
        return result

    async def _keep_opt_out(self, result: AttemptResult) -> AttemptResult:
        """Whoever asked for it is called no more, whatever became of this call."""
        opt_outs = self._ports.opt_outs
        if result.key != OPT_OUT or opt_outs is None:
            return result
        try:
            async with asyncio.timeout(OPT_OUT_WAIT_S):
                told = await opt_outs.add(result.to)
        except (OptOutNotKept, TimeoutError) as error:
            told = f"the number is on no list: {str(error) or 'the disk does not answer'}"
            self._leg.warn(f"{result.to} asked not to be called again, and {told}; write it there yourself")
        return dataclasses.replace(result, detail=f"{result.detail}; {told}")

    async def _hang_up_all_the_same(self) -> None:
        """The leg itself is broken, and its call may be up."""
        ports, within_s = self._ports, self._plan.limits.hangup_timeout_s
        with contextlib.suppress(HangUpNotConfirmed):  # the result tells it: the call is not known to be down
            await hang_up(ports.carrier, ports.clock, self._leg.known.facts, within_s=within_s)

    def _stop(self, signal_number: int) -> None:
        self._running.feed(lambda now_s: self._leg.stop(signal_number, now_s))

    async def _get_ready(self) -> None:
        """Everything that must stand before a phone may ring, and the intent in the ledger."""
        leg, feed = self._leg, self._running.feed
        try:
            prepared = await self._begun.prepared()
        except CartesiaCallError as error:
            ending = ending_of(without_frames(error))
            feed(lambda now_s: leg.do_not_place(ending, now_s))
        except Exception as bug:
            logger.exception("a fault of ours before the call")
            fault = without_frames(bug)
            feed(lambda now_s: leg.fail(fault, now_s))
        else:
            if prepared is None:
                withheld = Ending(outcome=Outcome.WITHHELD, detail=self._ledger_row.withheld_detail)
                feed(lambda now_s: leg.do_not_place(withheld, now_s))
            else:
                self._place(prepared)

    def _place(self, prepared: Prepared) -> None:
        bridge, url, secrets = self._ports.bridge, prepared.public_url, self._reception.secrets
        if url is not None:
            bridge.attach(url, self._reception)
        self._running.feed(
            lambda now_s: self._leg.place(
                prepared.utterances,
                stream_url=bridge.stream_url(url, secrets) if url and prepared.has_speech else None,
                status_url=bridge.status_url(url, secrets) if url else None,
                intent_at=self._begun.intent_at,
                now_s=now_s,
            )
        )
