"""One call at a time to one number: who waits, for how long, and what follows; one call for all."""

from __future__ import annotations

import asyncio
import dataclasses
from datetime import timedelta
from pathlib import Path

import pytest

from cartesia_call.calls.escalation import without_call
from cartesia_call.calls.joining import Joining
from cartesia_call.calls.ledger_row import intent_of
from cartesia_call.calls.turn_taking import number_to_itself
from cartesia_call.clock import SystemClock
from cartesia_call.leg.plan import CallPlan
from cartesia_call.policy.guard import GUARD
from cartesia_call.policy.joining import WaitingAlert
from cartesia_call.policy.withheld import Rule, Withheld
from cartesia_call.speech.message_text import Message
from cartesia_call.store.directories import directories
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.store.tickets import FileTickets
from cartesia_call.telephony.attempt import AttemptResult
from cartesia_call.telephony.call_states import CallStatus
from cartesia_call.telephony.outcomes import Outcome
from cartesia_call.ticket_ports import Turn
from cartesia_simulator.carrier.call import SimulatedCall
from tests.calls.listed import listed, row
from tests.calls.rehearsed import CALLEE, SECOND, Rehearsed, rehearsed

LIMIT_S = 1200
SOON = "0.2s"


@pytest.fixture
def tickets(tmp_path: Path) -> FileTickets:
    return FileTickets([tmp_path / "numbers"], clock=SystemClock())


async def test_while_the_number_is_called_the_next_person_gets_their_turn(tickets: FileTickets) -> None:
    """After the time-out; the number itself is withheld, and whoever called it is not disturbed."""
    async with (
        asyncio.timeout(LIMIT_S),
        rehearsed("answers,ring:1s", then=SECOND, turn_timeout=SOON) as rehearsal,
    ):
        other = await tickets.take(CALLEE, for_s=LIMIT_S)
        result = await rehearsal.run(tickets=tickets)
        await other.give_back()
        assert [told.result.outcome for told in rehearsal.told] == [Outcome.WITHHELD, Outcome.DELIVERED]
        assert "(--turn-timeout)" in rehearsal.told[0].result.detail
        assert (result.to, rehearsal.simulated.to) == (SECOND, SECOND)


async def test_where_no_ticket_can_be_had_the_call_is_made(tmp_path: Path) -> None:
    """And it says so."""
    (tmp_path / "file").touch()
    nowhere = FileTickets([tmp_path / "file" / "numbers"], clock=SystemClock())
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        result = await rehearsal.run(tickets=nowhere)
        assert result.outcome is Outcome.DELIVERED
        [warning] = rehearsal.told[0].warnings
        assert "going on without waiting" in warning


async def test_a_signal_ends_the_wait_and_nobody_else_is_called(tickets: FileTickets) -> None:
    """At once, whatever the time-out is."""
    async with asyncio.timeout(LIMIT_S), rehearsed(then=SECOND) as rehearsal:
        other = await tickets.take(CALLEE, for_s=LIMIT_S)
        running = asyncio.create_task(rehearsal.run(tickets=tickets))
        await asyncio.sleep(0.1)
        rehearsal.interruption.raise_signal(15)
        result = await running
        await other.give_back()
        assert (result.outcome, result.interrupted_by, result.id) == (
            Outcome.INTERRUPTED,
            15,
            rehearsal.plan.id,
        )
        assert not rehearsal.network.carrier.calls


async def test_rules_are_asked_again_after_a_wait(tickets: FileTickets) -> None:
    """A window has closed meanwhile."""
    closed = Withheld(rule=Rule.WINDOW, detail="it is night there", until=None)
    answers = iter([None, closed])
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        other = await tickets.take(CALLEE, for_s=LIMIT_S)
        ports = dataclasses.replace(rehearsal.line.ports, tickets=tickets)
        rehearsal.people = rehearsal.people_on(ports, withholds=lambda _: next(answers))
        running = asyncio.create_task(rehearsal.people.run())
        await asyncio.sleep(0.1)
        await other.give_back()
        result = await running
        assert (result.outcome, result.detail) == (Outcome.WITHHELD, "it is night there")
        assert not rehearsal.network.carrier.calls


@pytest.mark.parametrize("is_sid_known", [True, False])
async def test_the_call_of_a_killed_process_is_waited_for(tickets: FileTickets, is_sid_known: bool) -> None:
    """The carrier's voice may be speaking in it; also where the process died before it knew its call."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        ports, plan = rehearsal.line.ports, rehearsal.plan
        assert isinstance(ports.ledger, SqliteLedger)
        intent = dataclasses.replace(intent_of(plan, ports.clock.utc_now()), id="of-a-killed-process")
        await ports.ledger.begin(intent)
        left = SimulatedCall(ports.clock, account_sid=plan.account_sid, to=plan.to, caller_id=plan.caller_id)
        rehearsal.network.carrier.calls[left.sid] = left
        if is_sid_known:
            await ports.ledger.placed(intent.id, left.sid)
        [lock] = directories(rehearsal=True).state.glob("rows/of-a-killed-process.lock")
        lock.unlink()  # as the kernel frees it
        left.ringing()
        left.answered()
        asyncio.get_running_loop().call_later(30, left.ended, "twiml", CallStatus.COMPLETED, 200)
        async with number_to_itself(plan, dataclasses.replace(ports, tickets=tickets)) as is_free:
            assert not is_free  # nor does a list call
        result = await rehearsal.run(tickets=tickets)
        assert result.outcome is Outcome.DELIVERED
        [_, own] = rehearsal.network.carrier.calls.values()
        assert left.finished_at is not None
        assert own.created_at >= left.finished_at


async def test_a_list_looks_again_a_little_later(tickets: FileTickets) -> None:
    """Its other rows are called meanwhile."""
    rows = [row(1), row(2)]
    async with asyncio.timeout(LIMIT_S), listed(rows, tickets=tickets) as calls:
        other = await tickets.take(rows[0].to, for_s=LIMIT_S)
        ending = []
        calls.then = lambda: ending.append(asyncio.create_task(other.give_back()))
        await calls.dial_list.run()
        await asyncio.gather(*ending)
        assert calls.outcomes == {1: "delivered", 2: "delivered"}
        assert [call.to for call in calls.calls] == [rows[1].to, rows[0].to]
        assert [told.attempt for told in calls.told] == [1, 1]


async def test_a_list_gives_a_number_up_that_is_called_all_the_time(tickets: FileTickets) -> None:
    """After `--turn-timeout`, which begins with the first look."""
    rows = [row(1)]
    async with asyncio.timeout(LIMIT_S), listed(rows, tickets=tickets, turn_timeout="20s") as calls:
        other = await tickets.take(rows[0].to, for_s=LIMIT_S)
        await calls.dial_list.run()
        await other.give_back()
        assert calls.outcomes == {1: "withheld"}
        [told] = calls.told
        assert told.attempt == 1
        assert not calls.calls


async def test_nobody_else_calls_inside(tickets: FileTickets) -> None:
    """Whoever asks meanwhile is told so, and may call afterwards."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        ports = dataclasses.replace(rehearsal.line.ports, tickets=tickets)
        async with number_to_itself(rehearsal.plan, ports) as is_free:
            assert is_free
            async with number_to_itself(rehearsal.plan, ports) as is_free_too:
                assert not is_free_too
        async with number_to_itself(rehearsal.plan, ports) as is_free:
            assert is_free


def joining_of(rehearsal: Rehearsed) -> Joining:
    def plan_for(text: str) -> CallPlan:
        return dataclasses.replace(rehearsal.plan, message=Message.of(text))

    return Joining(manner="one", plan_for=plan_for)


async def test_what_waits_is_said_in_the_same_call(tickets: FileTickets) -> None:
    """In order; each learns what became of it, and who was spoken of as well."""
    options = {"message": "The disk is full.", "ack": "1"}
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:1s,presses:1@9s", **options) as rehearsal:
        people = rehearsal.people_on(
            dataclasses.replace(rehearsal.line.ports, tickets=tickets), joining=joining_of(rehearsal)
        )
        rehearsal.people = people
        other = await tickets.take(CALLEE, for_s=LIMIT_S)
        running = asyncio.create_task(people.run())
        await asyncio.sleep(0.1)
        waiting = await tickets.take(
            CALLEE, for_s=LIMIT_S, alert=WaitingAlert(id="b", text="The web is down", manner="one")
        )
        await other.give_back()
        own = await running
        turn = await waiting.look()
        await waiting.give_back()
        assert turn is not None
        assert turn.told is not None
        assert own.joined == turn.told.joined == (rehearsal.plan.id, "b")
        assert (own.outcome, turn.told.outcome) == (Outcome.ACKNOWLEDGED, Outcome.ACKNOWLEDGED)
        assert (own.heard_text, turn.told.heard_text) == ("The disk is full.", "The web is down.")
        transcripts = [context.transcript for context in rehearsal.network.speech.contexts.values()]
        assert transcripts[0] == "Two alerts. One: The disk is full. Two: The web is down."


async def alert_after_three_calls(
    rehearsal: Rehearsed, tickets: FileTickets, *, joins: bool = True
) -> asyncio.Task[AttemptResult]:
    """The process of an alert to a number that was called three times in the last minutes, under way."""
    ports = dataclasses.replace(rehearsal.line.ports, tickets=tickets)
    rehearsal.plan = dataclasses.replace(rehearsal.plan, guard=GUARD)
    assert isinstance(ports.ledger, SqliteLedger)
    for minutes in (4, 3, 2):
        intent = intent_of(rehearsal.plan, ports.clock.utc_now() - timedelta(minutes=minutes))
        await ports.ledger.begin(dataclasses.replace(intent, id=f"{minutes} minutes ago"))
        await ports.ledger.placed(f"{minutes} minutes ago", f"CA{minutes:032x}")
    for lock in directories(rehearsal=True).state.glob("rows/*.lock"):
        lock.unlink()  # their processes are gone
    rehearsal.people = rehearsal.people_on(ports, joining=joining_of(rehearsal) if joins else None)
    return asyncio.create_task(rehearsal.people.run())


async def test_what_the_guard_holds_back_waits_for_its_next_free_moment(tickets: FileTickets) -> None:
    """With `--join`: all that came meanwhile is said in that one call, and each is told why so late."""
    async with asyncio.timeout(LIMIT_S), rehearsed(message="The disk is full.") as rehearsal:
        clock = rehearsal.line.ports.clock
        began_at_s = clock.now_s()
        running = await alert_after_three_calls(rehearsal, tickets)
        waiting = await tickets.take(
            CALLEE, for_s=LIMIT_S, alert=WaitingAlert(id="b", text="The web is down", manner="one")
        )
        await waiting.rest()
        own = await running
        assert 11 * 60 <= clock.now_s() - began_at_s < 12 * 60
        turn = await waiting.look()
        await waiting.give_back()
        assert turn is not None
        assert turn.told is not None
        assert own.joined == turn.told.joined == (rehearsal.plan.id, "b")
        assert own.outcome is Outcome.DELIVERED
        [warning] = rehearsal.told[0].warnings
        assert warning.startswith("the call waited: the guard lets 3 calls to one number in 15 minutes")


async def test_a_disk_that_does_not_answer_for_a_while_ends_no_long_wait(
    tickets: FileTickets, tmp_path: Path
) -> None:
    """It is asked again, up to `--turn-timeout`."""
    async with asyncio.timeout(LIMIT_S), rehearsed() as rehearsal:
        running = await alert_after_three_calls(rehearsal, tickets)
        await asyncio.sleep(60)
        [ticket] = (tmp_path / "numbers").glob("*.ticket")
        in_the_way = ticket.with_suffix(".told")
        in_the_way.mkdir()  # reading it is an error
        await asyncio.sleep(60)
        in_the_way.rmdir()
        assert not running.done()
        assert (await running).outcome is Outcome.DELIVERED


@pytest.mark.parametrize("options", [{"then": SECOND}, {"turn_timeout": "10m"}, {"joins": False}])
async def test_nobody_waits_for_the_guard_in_vain(tickets: FileTickets, options: dict[str, object]) -> None:
    """While there is somebody else, where the time does not last, or without `--join`: 18, at once."""
    joins = bool(options.pop("joins", True))
    async with asyncio.timeout(LIMIT_S), rehearsed(**options) as rehearsal:  # type: ignore[arg-type]
        began_at_s = rehearsal.line.ports.clock.now_s()
        await (await alert_after_three_calls(rehearsal, tickets, joins=joins))
        first = rehearsal.told[0].result
        assert (first.to, first.outcome) == (CALLEE, Outcome.WITHHELD)
        assert rehearsal.line.ports.clock.now_s() - began_at_s < 60


async def test_a_signal_to_the_one_that_calls_is_nobody_elses(tickets: FileTickets) -> None:
    """Its call ends; whose alert was in it as well is told nothing, and has its own turn now."""
    async with asyncio.timeout(LIMIT_S), rehearsed("answers,ring:20s") as rehearsal:
        people = rehearsal.people_on(
            dataclasses.replace(rehearsal.line.ports, tickets=tickets), joining=joining_of(rehearsal)
        )
        rehearsal.people = people
        other = await tickets.take(CALLEE, for_s=LIMIT_S)
        running = asyncio.create_task(people.run())
        await asyncio.sleep(0.1)
        waiting = await tickets.take(
            CALLEE, for_s=LIMIT_S, alert=WaitingAlert(id="b", text="The web is down", manner="one")
        )
        asyncio.get_running_loop().call_later(10, rehearsal.interruption.raise_signal, 15)
        await other.give_back()
        own = await running
        assert (own.outcome, own.joined) == (Outcome.INTERRUPTED, (rehearsal.plan.id, "b"))
        assert rehearsal.simulated.is_over
        assert await waiting.look() == Turn()
        await waiting.give_back()


async def test_who_was_told_by_another_goes_on_as_if_it_had_called(tickets: FileTickets) -> None:
    """Nobody answered there: its own next person is called, about its own alert alone."""
    async with asyncio.timeout(LIMIT_S), rehearsed(then=SECOND, message="The web is down.") as rehearsal:
        caller = await tickets.take(CALLEE, for_s=LIMIT_S)
        people = rehearsal.people_on(
            dataclasses.replace(rehearsal.line.ports, tickets=tickets), joining=joining_of(rehearsal)
        )
        rehearsal.people = people
        running = asyncio.create_task(people.run())
        await asyncio.sleep(0.1)
        claimed: list[WaitingAlert] = []
        await caller.claim(lambda others: claimed.extend(others) or others)  # type: ignore[func-returns-value]
        clock = rehearsal.line.ports.clock
        told = without_call(rehearsal.plan, Outcome.NO_ANSWER, "nobody answered", clock)
        await caller.tell([dataclasses.replace(told, joined=("a", told.id))])
        await caller.give_back()
        result = await running
        assert [one.text for one in claimed] == ["The web is down."]
        assert (result.to, result.outcome, result.joined) == (SECOND, Outcome.DELIVERED, ())
        assert rehearsal.simulated.to == SECOND
