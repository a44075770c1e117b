"""People in turn: one message, one way to it, and calls until somebody took it."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest

from cartesia_call.calls.escalation import Escalation
from cartesia_call.errors import CarrierError, SpeechUnavailable, TunnelError
from cartesia_call.ledger_ports import CallIntent
from cartesia_call.policy.guard import GuardRule
from cartesia_call.policy.retry import EscalationPlan, escalation_plan
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.ports import Ports
from cartesia_call.speech.utterance import Utterance
from cartesia_call.speech_ports import SpeechRequest, SpeechService
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.call_states import CallSnapshot
from cartesia_call.telephony.outcomes import Outcome, Voice
from cartesia_call.wiring.call_machinery import load_calls
from tests.calls.interference import Interfering, Work
from tests.calls.rehearsed import CALLEE, Rehearsed, message_of, rehearsed

LIMIT_S = 1200
SECOND, THIRD = "+12025550144", "+12025550145"
ACK: dict[str, Any] = {"ack": "1", "repeat": "0", "ack_timeout": "2s"}


@dataclass
class Turns:
    """People in turn on a rehearsed network, and what was told about them."""

    rehearsal: Rehearsed
    people: Escalation
    escalation_plan: EscalationPlan
    told: list[tuple[AttemptResult, list[str]]]

    def people_with(self, ports: Ports) -> Escalation:
        """The same people on other ports."""
        return Escalation(
            self.rehearsal.plan,
            self.escalation_plan,
            ports,
            self.rehearsal.interruption,
            load=load_calls,
            new_id=lambda: f"attempt-{len(self.told) + 1}",
            withholds=lambda _: None,
            tell=lambda result, warnings: self.told.append((result, warnings)),
        )

    @property
    def called(self) -> list[str]:
        return [call.to for call in self.rehearsal.network.carrier.calls.values()]

    @property
    def outcomes(self) -> list[Outcome | None]:
        return [result.outcome for result, _ in self.told]


@contextlib.asynccontextmanager
async def escalating(
    callees: str,
    turns: EscalationPlan,
    *faults: str,
    withheld: frozenset[str] = frozenset(),
    message: str = "Hello there.",
    **options: Any,
) -> AsyncIterator[Turns]:
    ids = iter(f"attempt-{number}" for number in range(2, 20))

    def rule(to: str) -> Withheld | None:
        is_held = to in withheld
        return Withheld(rule=Rule.DO_NOT_CALL, detail="on the list", until=None) if is_held else None

    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed(callees, *faults, message=message, **options) as rehearsal,
    ):
        told: list[tuple[AttemptResult, list[str]]] = []
        people = Escalation(
            rehearsal.plan,
            turns,
            rehearsal.line.ports,
            rehearsal.interruption,
            load=load_calls,
            new_id=lambda: next(ids),
            withholds=rule,
            tell=lambda result, warnings: told.append((result, warnings)),
        )
        yield Turns(rehearsal, people, turns, told)


async def test_the_next_person_is_called_until_somebody_took_it() -> None:
    """Busy, then nobody presses, then the key: three calls, one synthesis, the last result decides."""
    async with escalating(
        "busy;answers,ring:1s;answers,ring:1s,presses:1@1s",
        escalation_plan([CALLEE, SECOND, THIRD], attempts=None),
        **ACK,
    ) as turns:
        result = await turns.people.run()
        assert turns.called == [CALLEE, SECOND, THIRD]
        assert turns.outcomes == [Outcome.BUSY, Outcome.NOT_ACKNOWLEDGED, Outcome.ACKNOWLEDGED]
        assert (result.outcome, result.to, result.attempts) == (Outcome.ACKNOWLEDGED, THIRD, 3)
        parts = len(turns.rehearsal.network.speech.contexts)
        assert parts == 3  # message, prompt and confirmation, for everybody
        plan = turns.rehearsal.plan
        assert plan.message is not None
        each_once = sum(len(said.text) for said in (plan.message, *plan.other_texts.values()))
        assert sum(result.characters for result, _ in turns.told) == each_once


async def test_who_was_reached_ends_it() -> None:
    """Nobody else is woken."""
    async with escalating("answers,ring:1s", escalation_plan([CALLEE, SECOND], attempts=None)) as turns:
        result = await turns.people.run()
        assert turns.called == [CALLEE]
        assert result.outcome is Outcome.DELIVERED


async def test_one_budget_for_everybody() -> None:
    """Who did not answer is called again in turn, until it is used up."""
    plan = escalation_plan([CALLEE, SECOND], attempts=3, retry_after_s=10, guard=None)
    async with escalating("busy", plan) as turns:
        result = await turns.people.run()
        assert turns.called == [CALLEE, SECOND, CALLEE]
        assert (result.outcome, result.attempts) == (Outcome.BUSY, 3)


async def test_a_withheld_number_is_passed_over() -> None:
    """It is told, it is no call, and the next person gets theirs."""
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    async with escalating("answers,ring:1s", people, withheld=frozenset({CALLEE})) as turns:
        result = await turns.people.run()
        assert turns.called == [SECOND]
        assert turns.outcomes == [Outcome.WITHHELD, Outcome.DELIVERED]
        assert result.outcome is Outcome.DELIVERED


async def test_a_call_that_may_be_up_decides_whatever_comes_after() -> None:
    """31 is what the caller has to know."""
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    async with escalating("answers,ring:1s", people, "hangup-500", **ACK) as turns:
        result = await turns.people.run()
        assert result.outcome is Outcome.HANGUP_UNCONFIRMED
        assert result.to == CALLEE


async def test_who_answers_a_call_that_was_given_up_hears_the_carrier_at_once() -> None:
    """Nothing proved the call in time, and the next person is being called: its stream finds nobody."""

    async def find(own: Work, **_: object) -> list[CallSnapshot]:
        raise CarrierError("the network is down")

    people = escalation_plan([CALLEE, SECOND], attempts=None)
    callees = "answers,ring:29s;answers,ring:1s"
    async with escalating(callees, people, "place-500", "callbacks-lost", message=message_of(700)) as turns:
        ports = turns.rehearsal.line.ports
        lost = dataclasses.replace(ports, carrier=Interfering(ports.carrier, find=find))
        running = asyncio.create_task(turns.people_with(lost).run())
        while not turns.told:
            await asyncio.sleep(0.01)
        given_up, *_ = turns.rehearsal.network.carrier.calls.values()
        while not given_up.said_by_carrier:
            await asyncio.sleep(0.01)
            assert given_up.answered_for_s < 8, "the callee hears nothing"
        assert not running.done()  # the next person is on the line
        result = await running
        assert turns.outcomes == [Outcome.UNKNOWN, Outcome.DELIVERED]
        assert (result.outcome, given_up.stream_sid) == (Outcome.UNKNOWN, None)


async def test_a_signal_in_the_pause_ends_the_turns() -> None:
    """Nobody else is called, and the result says so."""
    plan = escalation_plan([CALLEE], attempts=2, retry_after_s=600)
    async with escalating("busy", plan) as turns:
        running = asyncio.create_task(turns.people.run())
        while not turns.told:
            await asyncio.sleep(0.01)
        turns.rehearsal.interruption.raise_signal(15)
        result = await running
        assert turns.called == [CALLEE]
        assert turns.outcomes == [Outcome.BUSY, Outcome.INTERRUPTED]
        assert result.interrupted_by == 15


async def test_a_signal_during_a_call_ends_the_turns() -> None:
    """The call is hung up, and nobody else is called."""
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    async with escalating("answers,ring:1s", people, **ACK) as turns:
        running = asyncio.create_task(turns.people.run())
        while not any(call.stream_audio for call in turns.rehearsal.network.carrier.calls.values()):
            await asyncio.sleep(0.01)
        turns.rehearsal.interruption.raise_signal(2)
        result = await running
        assert turns.called == [CALLEE]
        assert result.outcome is Outcome.INTERRUPTED


async def test_a_number_that_the_guard_withholds_costs_the_next_nothing() -> None:
    """The speech that was begun goes on: it is made once, and heard once, whole."""

    async def begin(own: Work, intent: CallIntent, guard: GuardRule | None = None) -> Withheld | None:
        if intent.to == CALLEE:
            return Withheld(rule=Rule.GUARD, detail="too many calls", until=None)
        return await own(intent, guard)  # type: ignore[no-any-return]  # the ledger's own method

    async with escalating("answers,ring:1s", escalation_plan([CALLEE, SECOND], attempts=None)) as turns:
        ports = turns.rehearsal.line.ports
        withholding = dataclasses.replace(ports, ledger=Interfering(ports.ledger, begin=begin))
        people = turns.people_with(withholding)
        result = await people.run()
        assert turns.outcomes == [Outcome.WITHHELD, Outcome.DELIVERED]
        assert result.outcome is Outcome.DELIVERED
        (call,) = turns.rehearsal.network.carrier.calls.values()
        assert call.stream_audio.rstrip(b"\xff") == turns.rehearsal.synthesised.rstrip(b"\xff")
        assert len(turns.rehearsal.network.speech.contexts) == 1


async def test_a_path_that_broke_is_opened_anew_for_the_next_person() -> None:
    """Who comes after the drop can still hear our voice, and press the key."""
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    async with escalating("answers,ring:1s;answers,ring:1s,presses:1@1s", people, **ACK) as turns:
        path = turns.rehearsal.line.ports.path
        opened = 0

        async def open_path(own: Work, local_port: int) -> str:
            nonlocal opened
            opened += 1
            return str(await own(local_port))

        proven = 0

        async def prove(own: Work, public_url: str, *, within_s: float) -> float:
            nonlocal proven
            proven += 1
            if proven == 2:
                raise TunnelError("it leads nowhere any more")
            return float(await own(public_url, within_s=within_s))

        ports = dataclasses.replace(
            turns.rehearsal.line.ports,
            path=Interfering(path, open=open_path),
            bridge=Interfering(turns.rehearsal.line.ports.bridge, prove=prove),
        )
        result = await turns.people_with(ports).run()
        assert turns.outcomes == [Outcome.NOT_ACKNOWLEDGED, Outcome.ACKNOWLEDGED]
        assert (result.to, opened, proven) == (SECOND, 2, 3)


class FailsOnce:
    """A voice that fails at `text` the first time. Implements `ports.SpeechService`."""

    def __init__(self, service: SpeechService, text: str) -> None:
        self._service = service
        self._text = text
        self.asked: list[str] = []

    @property
    def voice(self) -> Voice:
        return self._service.voice

    async def synthesise(
        self, request: SpeechRequest, utterance: Utterance, *, first_audio_by_s: float | None = None
    ) -> None:
        text = request.message.text
        self.asked.append(text)
        if text == self._text and self.asked.count(text) == 1:
            raise SpeechUnavailable("Cartesia broke off")
        await self._service.synthesise(request, utterance, first_audio_by_s=first_audio_by_s)


async def test_a_prompt_that_failed_is_made_anew_for_the_next_person() -> None:
    """Who heard no prompt did not know; the next person hears it, and presses. What did not fail is kept."""
    prompt = "Press one."
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    callees = "answers,ring:1s;answers,ring:1s,presses:1@4s"
    options = ACK | {"ack_timeout": "6s", "prompt": prompt, "confirmation": "Thanks."}
    async with escalating(callees, people, **options) as turns:
        ports = turns.rehearsal.line.ports
        voice = FailsOnce(ports.voices[0], prompt)
        result = await turns.people_with(dataclasses.replace(ports, voices=(voice,))).run()
        assert turns.outcomes == [Outcome.NOT_ACKNOWLEDGED, Outcome.ACKNOWLEDGED]
        assert (result.to, result.digits) == (SECOND, "1")
        assert voice.asked == ["Hello there.", prompt, "Thanks.", prompt]
        assert any("there is no prompt" in warning for warning in turns.told[0][1])
        spoken = b"".join(turns.rehearsal.network.voice.speak(prompt, language="en")).strip(b"\xff")
        first, second = turns.rehearsal.network.carrier.calls.values()
        assert [spoken in call.stream_audio for call in (first, second)] == [False, True]


OTHER_PARTS: list[dict[str, Any]] = [
    ACK,
    {"identify": "This is the weather office."},
    {"voicemail": "leave", "voicemail_message": "Please call us back."},
]


@pytest.mark.parametrize("options", OTHER_PARTS, ids=lambda options: next(iter(options)))
async def test_the_next_person_is_called_though_no_speech_comes(options: dict[str, Any]) -> None:
    """Whatever else would have been said: in the carrier's voice, within the time-outs that are stated."""
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    async with escalating("busy;answers,ring:1s", people, "speech-silent", **options) as turns:
        clock = turns.rehearsal.line.ports.clock
        began_at_s = clock.now_s()
        await turns.people.run()
        assert turns.called == [CALLEE, SECOND]
        assert turns.outcomes[0] is Outcome.BUSY
        assert turns.told[1][0].voice is Voice.CARRIER
        assert clock.now_s() - began_at_s < 2 * turns.rehearsal.plan.limits.speech_timeout_s + 5


@pytest.mark.parametrize("options", OTHER_PARTS, ids=lambda options: next(iter(options)))
async def test_without_speech_and_fallback_nobody_is_called(options: dict[str, Any]) -> None:
    """And the command ends."""
    people = escalation_plan([CALLEE, SECOND], attempts=None)
    async with escalating("busy;answers", people, "speech-silent", fallback="none", **options) as turns:
        result = await turns.people.run()
        assert turns.called == []
        assert result.outcome is Outcome.SPEECH_FAILED


@pytest.mark.parametrize("hangs_up", ["5s", "7.5s"])
async def test_a_machine_that_hangs_up_first_has_no_message(hangs_up: str) -> None:
    """What was said over its greeting was not left on it, nor was the beginning of what followed."""
    async with rehearsed(
        f"voicemail,greeting:6s,hangs-up@{hangs_up}", message="Hello there, call us back.", voicemail="leave"
    ) as rehearsal:
        result = await rehearsal.run()
        assert result.outcome is Outcome.HUNG_UP_EARLY


async def test_a_key_counts_though_the_time_is_up() -> None:
    """It was pressed; that the confirmation is cut off changes nothing."""
    async with escalating(
        "answers,ring:1s,presses:1@2s",
        escalation_plan([CALLEE, SECOND], attempts=None),
        max_duration="2.5s",
        **ACK,
    ) as turns:
        result = await turns.people.run()
        assert turns.called == [CALLEE]
        assert (result.outcome, result.acknowledged) == (Outcome.ACKNOWLEDGED, True)
