"""What a leg asks of carrier and ledger, carried out on the built-in network."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from cartesia_call.calls.ledger_row import intent_of
from cartesia_call.calls.requests import carry_out
from cartesia_call.errors import CallNotFound
from cartesia_call.leg.requests import (
    AskAccount,
    AskList,
    AskWhoEnded,
    End,
    Fetch,
    Post,
    RaiseTimeLimit,
    ReadNotes,
    Redirect,
)
from cartesia_call.telephony.call_states import CallSnapshot, CallStatus
from cartesia_call.telephony.instructions import CallInstructions, CallRequest
from cartesia_call.telephony.limits import CallLimits
from cartesia_call.wiring.line import open_ledger
from tests.calls.rehearsed import CALLEE, Rehearsed, rehearsed
from tests.leg.given import STRANGERS

LIMIT_S = 1200
SAYS = CallInstructions(stream_url=None, fallback_text="The database is down. " * 20)


@dataclasses.dataclass
class Placed:
    """One call in the built-in network that was placed without a leg."""

    rehearsal: Rehearsed
    request: CallRequest
    snapshot: CallSnapshot

    @property
    def sid(self) -> str:
        return self.snapshot.call_sid

    async def ask(self, request: object, *, keeps_ledger: bool = True) -> object:
        ports = self.rehearsal.line.ports
        return await carry_out(request, ports.carrier, ports.ledger if keeps_ledger else None)  # type: ignore[arg-type]  # one of them

    async def answered(self) -> None:
        while self.rehearsal.simulated.answered_at_s is None:
            await asyncio.sleep(0.1)


@contextlib.asynccontextmanager
async def placed(*faults: str) -> AsyncIterator[Placed]:
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s", *faults) as rehearsal:
        request = CallRequest(
            to=CALLEE,
            caller_id=rehearsal.plan.caller_id,
            instructions=SAYS,
            status_callback_url=None,
            limits=CallLimits(),
            time_limit_s=120,
            send_digits=None,
            detects_machine=False,
        )
        ports = rehearsal.line.ports
        snapshot = await carry_out(Post(request), ports.carrier, ports.ledger)
        assert isinstance(snapshot, CallSnapshot)
        try:
            yield Placed(rehearsal, request, snapshot)
        finally:
            await ports.carrier.close()


async def test_a_call_is_placed_looked_at_and_ended() -> None:
    """One request each, and a snapshot as the answer."""
    async with placed() as call:
        assert call.snapshot.status is CallStatus.QUEUED
        await call.answered()
        looked = await call.ask(Fetch(call.sid))
        assert isinstance(looked, CallSnapshot)
        assert (looked.call_sid, looked.status) == (call.sid, CallStatus.IN_PROGRESS)
        ended = await call.ask(End(call.sid))
        assert isinstance(ended, CallSnapshot)
        assert call.rehearsal.simulated.ended_by == "api"
        assert call.rehearsal.requests("POST") == 1


async def test_instructions_are_replaced() -> None:
    """By others, or by a bare hang-up."""
    async with placed() as call:
        await call.answered()
        await call.ask(Redirect(call.sid, dataclasses.replace(SAYS, fallback_text="Something else.")))
        await asyncio.sleep(0.5)
        assert call.rehearsal.simulated.said_by_carrier[-1] == "Something else."
        await call.ask(Redirect(call.sid, CallInstructions(stream_url=None, fallback_text=None)))
        await asyncio.sleep(0.5)
        assert call.rehearsal.simulated.ended_by == "twiml"


async def test_a_time_limit_is_raised() -> None:
    """The answer says nothing; the call lasts longer."""
    async with placed() as call:
        await call.answered()
        assert await call.ask(RaiseTimeLimit(call.sid, 600)) is None


async def test_account_and_notes_are_asked_for() -> None:
    """A whole account, and nothing to note."""
    async with placed() as call:
        assert await call.ask(AskAccount()) is False
        assert await call.ask(ReadNotes(call.sid)) == []
    async with placed("trial") as call:
        assert await call.ask(AskAccount()) is True


async def test_a_request_that_fails_raises() -> None:
    """Whoever asks makes an answer of it."""
    async with placed() as call:
        with pytest.raises(CallNotFound):
            await call.ask(Fetch(STRANGERS))


def search(call: Placed) -> AskList:
    since = call.rehearsal.line.ports.clock.utc_now() - timedelta(minutes=1)
    return AskList(to=CALLEE, caller_id=call.request.caller_id, since=since)


async def test_the_list_shows_calls_that_nobody_claims() -> None:
    """Of the same number, since then; without a ledger nobody claims any."""
    async with placed() as call:
        await call.rehearsal.line.ports.clock.sleep(5)
        for keeps_ledger in (True, False):
            found = await call.ask(search(call), keeps_ledger=keeps_ledger)
            assert isinstance(found, list)
            assert [one.call_sid for one in found] == [call.sid]
        other = dataclasses.replace(search(call), to="+12025550199")
        assert await call.ask(other) == []


async def test_a_call_that_another_row_holds_is_not_ours() -> None:
    """Somebody else placed it, to the same number."""
    async with placed() as call:
        await call.rehearsal.line.ports.clock.sleep(5)
        ports, plan = call.rehearsal.line.ports, call.rehearsal.plan
        assert ports.ledger is not None
        await ports.ledger.begin(intent_of(plan, ports.clock.utc_now()), None)
        await ports.ledger.placed(plan.id, call.sid)
        assert await call.ask(search(call)) == []


async def test_the_ledger_knows_which_call_a_command_ended() -> None:
    """Without one, nobody does."""
    async with placed() as call:
        ports, plan = call.rehearsal.line.ports, call.rehearsal.plan
        assert ports.ledger is not None
        await ports.ledger.begin(intent_of(plan, ports.clock.utc_now()), None)
        await ports.ledger.placed(plan.id, call.sid)
        assert await call.ask(AskWhoEnded(call.sid)) is False
        account_sid, region = plan.account_sid, plan.region
        await open_ledger(rehearsal=True).note_end_asked(
            call.sid, account_sid=account_sid, region=region, by="hangup"
        )
        assert await call.ask(AskWhoEnded(call.sid)) is True
        assert await call.ask(AskWhoEnded(call.sid), keeps_ledger=False) is False
