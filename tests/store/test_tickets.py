"""Tickets of those who call one number: who comes first, who counts, and what they hand each other."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import stat
from pathlib import Path

import pytest

from cartesia_call.clock import SystemClock
from cartesia_call.errors import LedgerError
from cartesia_call.policy.joining import WaitingAlert
from cartesia_call.store.tickets import FileTickets
from cartesia_call.ticket_ports import Turn
from tests.full_disk import full_disk
from tests.store.attempts import CALLEE, result
from tests.store.ledgers import until

OTHER = "+12025550144"
SAME_PHONE = "sip:2025550143@trunk.example.com"
FOR_S = 60.0


def tickets_in(*folders: Path) -> FileTickets:
    return FileTickets(folders, clock=SystemClock())


def alert(id: str) -> WaitingAlert:
    return WaitingAlert(id=id, text=f"Service {id} is down.", manner="one")


async def test_who_came_first_calls_first(folder: Path) -> None:
    """Spellings that may be one telephone are one; other numbers wait for nobody."""
    tickets = tickets_in(folder)
    first = await tickets.take(CALLEE, for_s=FOR_S)
    second = await tickets.take(SAME_PHONE, for_s=FOR_S)
    other = await tickets.take(OTHER, for_s=FOR_S)
    assert [await ticket.look() for ticket in (first, second, other)] == [Turn(), None, Turn()]
    waiting = asyncio.create_task(second.turn())
    await first.give_back()
    assert await asyncio.wait_for(waiting, 10) == Turn()
    await first.give_back()  # once more is nothing
    await second.give_back()
    await other.give_back()
    assert [path.name for path in folder.iterdir()] == ["order.lock"]


async def test_whoever_gives_the_wait_up_holds_nobody_up(folder: Path) -> None:
    """The third comes behind the first then."""
    tickets = tickets_in(folder)
    first, second, third = [await tickets.take(CALLEE, for_s=FOR_S) for _ in range(3)]
    waiting = asyncio.create_task(second.turn())
    await asyncio.sleep(0)
    waiting.cancel()
    assert await second.leave()
    await first.give_back()
    assert await third.look() == Turn()
    await third.give_back()


async def test_a_ticket_of_no_living_process_counts_for_nothing_and_goes(folder: Path) -> None:
    """What was to be said does not stay on the disk either."""
    tickets = tickets_in(folder)
    await (await tickets.take(CALLEE, for_s=FOR_S)).give_back()
    dead = folder / "000000000001-00000000-%2B12025550143.ticket"
    dead.write_text('{"id": "a", "text": "Secret.", "manner": "one"}', encoding="utf-8")
    for suffix in (".rests", ".claim", ".told", ".told.00000000.new"):
        dead.with_suffix(suffix).write_text("left over", encoding="utf-8")
    ticket = await tickets.take(CALLEE, for_s=FOR_S)
    assert await ticket.look() == Turn()
    assert {path.suffix for path in folder.iterdir()} == {".lock", ".ticket"}
    assert len([*folder.iterdir()]) == 2
    await ticket.give_back()


async def test_a_process_that_is_stopped_holds_nobody_up_for_ever(folder: Path) -> None:
    """Its time is over though it lives; holding it anew gives it more."""
    tickets = tickets_in(folder)
    stopped = await tickets.take(CALLEE, for_s=-1.0)
    ticket = await tickets.take(CALLEE, for_s=FOR_S)
    assert await ticket.look() == Turn()
    await stopped.hold(FOR_S)
    assert await ticket.look() is None
    await stopped.give_back()
    await ticket.give_back()


async def test_one_calls_for_others_and_tells_them(folder: Path) -> None:
    """Those that it chose of those that may be joined, in their order; the rest waits on."""
    tickets = tickets_in(folder)
    caller = await tickets.take(CALLEE, for_s=FOR_S, alert=alert("a"))
    told, waits = [await tickets.take(CALLEE, for_s=FOR_S, alert=alert(id)) for id in "bc"]
    alone = await tickets.take(CALLEE, for_s=FOR_S)
    sip = await tickets.take(SAME_PHONE, for_s=FOR_S, alert=alert("d"))
    seen: list[str] = []

    def choose(others: object) -> list[WaitingAlert]:
        assert isinstance(others, list)
        seen.extend(other.id for other in others)
        return others[:1]

    await caller.claim(choose)
    assert seen == ["b", "c"]
    assert not await told.leave()  # it is being spoken
    came_to = dataclasses.replace(result("b"), heard_text="Service b is down.", joined=("a", "b"))
    await caller.tell([came_to])
    await caller.give_back()
    assert await told.look() == Turn(told=came_to)
    await told.give_back()
    assert await waits.look() == Turn()
    for ticket in (waits, alone, sip):
        await ticket.give_back()
    assert [path.name for path in folder.iterdir()] == ["order.lock"]


async def test_whoever_rests_is_passed_and_may_be_spoken_for(folder: Path) -> None:
    """By those behind as well; in its place again, it does not call while another speaks its alert."""
    tickets = tickets_in(folder)
    resting = await tickets.take(CALLEE, for_s=FOR_S, alert=alert("a"))
    await resting.rest()
    assert await resting.look() is None
    caller = await tickets.take(CALLEE, for_s=FOR_S, alert=alert("b"))
    assert await caller.look() == Turn()
    await caller.claim(lambda others: others)
    await resting.resume()
    assert await resting.look() is None
    assert not await resting.leave()
    later = await tickets.take(CALLEE, for_s=FOR_S, alert=alert("c"))
    seen: list[WaitingAlert] = []
    await later.claim(lambda others: seen.extend(others) or [])  # type: ignore[func-returns-value]
    assert not seen  # it is spoken for already
    await caller.give_back()  # as the kernel does for one that was killed: nobody was told
    assert await resting.look() == Turn()
    for ticket in (resting, later):
        await ticket.give_back()
    assert [path.name for path in folder.iterdir()] == ["order.lock"]


async def test_of_whom_nobody_was_told_the_next_takes_care(folder: Path) -> None:
    """The claim of one that is gone is none."""
    tickets = tickets_in(folder)
    caller, first, second = [await tickets.take(CALLEE, for_s=FOR_S, alert=alert(id)) for id in "abc"]
    await caller.claim(lambda others: others)
    await caller.give_back()
    assert await first.look() == Turn()
    claimed: list[WaitingAlert] = []
    await first.claim(lambda others: claimed.extend(others) or others)  # type: ignore[func-returns-value]
    assert claimed == [alert("c")]
    await first.give_back()
    assert await second.leave()


async def test_who_left_is_not_told(folder: Path) -> None:
    """Its result would stay on the disk."""
    tickets = tickets_in(folder)
    caller, gone = [await tickets.take(CALLEE, for_s=FOR_S, alert=alert(id)) for id in "ab"]
    await caller.claim(lambda others: others)
    await gone.give_back()
    await caller.tell([result("b")])
    await caller.give_back()
    assert [path.name for path in folder.iterdir()] == ["order.lock"]


@pytest.mark.parametrize("words", ["no JSON", "[]", '{"outcome": "told-by-a-newer-release"}'])
async def test_words_of_another_release_tell_nothing(folder: Path, words: str) -> None:
    """Whoever cannot read them calls itself."""
    caller, told = [await tickets_in(folder).take(CALLEE, for_s=FOR_S, alert=alert(id)) for id in "ab"]
    await caller.claim(lambda others: others)
    await caller.tell([result("b")])
    [path] = folder.glob("*.told")
    path.write_text(words, encoding="utf-8")
    await caller.give_back()
    assert await told.look() == Turn()
    await told.give_back()


async def test_what_is_to_be_said_is_for_nobody_elses_eyes(folder: Path) -> None:
    """Directory 0700, every file 0600."""
    tickets = tickets_in(folder)
    caller, told = [await tickets.take(CALLEE, for_s=FOR_S, alert=alert(id)) for id in "ab"]
    await caller.claim(lambda others: others)
    await caller.tell([result("b")])
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    modes = {path.suffix: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert modes == dict.fromkeys((".lock", ".ticket", ".claim", ".told"), 0o600)
    await caller.give_back()
    await told.give_back()


async def test_a_folder_that_takes_nothing_is_passed_over(folder: Path, tmp_path: Path) -> None:
    """Where none does, it says why."""
    nothing = tmp_path / "file"
    nothing.touch()
    ticket = await tickets_in(nothing / "numbers", folder).take(CALLEE, for_s=FOR_S)
    await until(folder.exists)
    await ticket.give_back()
    with pytest.raises(LedgerError, match="cannot be kept apart"):
        await tickets_in(nothing / "numbers").take(CALLEE, for_s=FOR_S)


async def test_an_address_too_long_for_a_files_name_is_itself_alone(folder: Path) -> None:
    """SIP addresses have up to 255 characters."""
    long = f"sip:{'x' * 120}@{'y.' * 60}example.com"
    tickets = tickets_in(folder)
    first, second, other = [
        await tickets.take(to, for_s=FOR_S) for to in (long, f"{long}:5060", long.replace("x@", "z@"))
    ]
    assert [await ticket.look() for ticket in (first, second, other)] == [Turn(), None, Turn()]
    for ticket in (first, second, other):
        await ticket.give_back()


async def test_on_a_full_disk_the_order_holds(folder: Path) -> None:
    """Nobody calls for the one whose words found no room; it has its own turn."""
    tickets = tickets_in(folder)
    await (await tickets.take(OTHER, for_s=FOR_S)).give_back()
    with full_disk():
        first, second = [await tickets.take(CALLEE, for_s=FOR_S, alert=alert(id)) for id in "ab"]
        seen: list[WaitingAlert] = []
        await first.claim(lambda others: seen.extend(others) or [])  # type: ignore[func-returns-value]
        assert seen == []
        assert await second.look() is None
        await first.give_back()
        assert await second.look() == Turn()
        await second.give_back()


async def test_twenty_at_once_have_an_order(folder: Path) -> None:
    """Each its own place, whoever numbers them at the same time; one is the first."""
    taken = await asyncio.gather(*(tickets_in(folder).take(CALLEE, for_s=FOR_S) for _ in range(20)))
    numbers = sorted(int(name.partition("-")[0]) for name in os.listdir(folder) if name != "order.lock")
    assert numbers == list(range(1, 21))
    turns = [await ticket.look() for ticket in taken]
    assert turns.count(Turn()) == 1
    for ticket in taken:
        await ticket.give_back()
