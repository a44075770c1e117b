"""Rows are taken by one worker each, and those of a worker that is gone come back."""

from __future__ import annotations

import asyncio
import itertools

import pytest

from cartesia_call.errors import PlaceClaimed
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.lists import FleetLists
from cartesia_call.fleet_ports import Begun, QueuedRow, Verdict
from cartesia_call.telephony.outcomes import Outcome
from tests.fleet.workers import POOL, IdleWorker, enqueue, joined, let_die, list_row
from tests.store.attempts import ENDED


async def test_each_row_is_taken_once(database: FleetDatabase) -> None:
    """By whichever of many that ask at the same time, and in the order of the file."""
    await enqueue(database, count=20)
    workers = [await joined(database) for _ in range(3)]
    rows: list[int] = []
    async with asyncio.timeout(10):
        while len(rows) < 20:  # while one makes jobs of rows, the others find none
            taken = await asyncio.gather(*(worker.queue.take("a") for worker in workers))
            rows += [row.number for row in taken if row is not None]
    assert sorted(rows) == list(range(1, 21))
    assert await workers[0].queue.take("a") is None


async def test_a_list_says_what_came_with_it(database: FleetDatabase) -> None:
    """And only the workers of its own pool see it."""
    await enqueue(database, rows=[list_row(1, message="Guten Tag.")])
    ours, others = await joined(database), await joined(database, pool="AC1 us1")
    (queued,) = await ours.queue.open_lists()
    assert (queued.id, queued.cps, queued.settings) == ("a", 1000, {"CARTESIA_CALL_ATTEMPTS": "2"})
    assert await others.queue.open_lists() == []
    row = await ours.queue.take("a")
    assert row is not None
    assert (row.row, row.attempts, row.withheld) == (list_row(1, message="Guten Tag."), [], None)


async def test_what_is_done_is_gone(database: FleetDatabase) -> None:
    """What was said to whom is kept for no longer than it is needed; the list ends with its last row."""
    await enqueue(database, count=1)
    worker = await joined(database)
    row = await worker.queue.take("a")
    assert row is not None
    await worker.call(row)
    assert await worker.queue.done(row)
    async with database.connection() as connection:
        for table in ("rows", "procrastinate_jobs"):
            counted = await connection.execute(f"SELECT count(*) AS n FROM {table}".encode())
            assert (await counted.fetchone() or {})["n"] == 0
    assert await worker.queue.tend()
    (state,) = await FleetLists(database).states("a")
    assert (state.word, state.outcomes, state.waiting) == ("done", {"delivered": 1}, 0)


async def test_a_row_comes_again_with_what_was_made_of_it(database: FleetDatabase) -> None:
    """Not before its time, and to whomever."""
    await enqueue(database, count=1)
    one, other = await joined(database), await joined(database)
    row = await one.queue.take("a")
    assert row is not None
    await one.call(row, Outcome.BUSY)
    assert await one.queue.again(row, 0.3, tells=True)
    assert await other.queue.take("a") is None
    async with asyncio.timeout(5):
        while (again := await other.queue.take("a")) is None:
            await asyncio.sleep(0.05)
    assert [(each.attempt, each.outcome) for each in again.attempts] == [(1, Outcome.BUSY)]


async def test_rows_of_a_dead_worker_come_back(database: FleetDatabase) -> None:
    """With its attempt, which is open; and it can do nothing with them any more."""
    await enqueue(database, count=2)
    dead, alive = await joined(database), await joined(database)
    row, unbegun = await dead.queue.take("a"), await dead.queue.take("a")
    assert row is not None
    assert unbegun is not None
    await dead.ledger.begin(dead.intent_for(row))
    await alive.queue.tend()
    assert await alive.queue.take("a") is None
    await let_die(database, dead)
    await alive.queue.tend()
    back = [await alive.queue.take("a"), await alive.queue.take("a")]
    assert [(one.number, [each.is_open for each in one.attempts]) for one in back if one] == [
        (1, [True]),
        (2, []),
    ]
    with pytest.raises(PlaceClaimed, match="another worker's by now"):
        await dead.ledger.begin(dead.intent_for(unbegun))
    assert not await dead.queue.done(unbegun)
    assert not await dead.queue.again(row, 0, tells=False)
    assert [orphan.id for orphan in await alive.ledger.orphans()] == ["a-1-1"]


async def test_who_lives_has_no_orphans(database: FleetDatabase) -> None:
    await enqueue(database, count=1)
    worker = await joined(database)
    row = await worker.queue.take("a")
    assert row is not None
    await worker.ledger.begin(worker.intent_for(row))
    assert await worker.ledger.orphans() == []
    await worker.queue.leave()
    assert [orphan.id for orphan in await worker.ledger.orphans()] == ["a-1-1"]


async def _taken(database: FleetDatabase, count: int) -> tuple[list[IdleWorker], list[tuple[int, QueuedRow]]]:
    """Three workers, and so many rows with the one of them that has it."""
    workers = [await joined(database) for _ in range(3)]
    for worker in workers:
        await worker.queue.open_lists()
    rows: list[tuple[int, QueuedRow]] = []
    for number in range(count):
        row = await workers[number % 3].queue.take("a")
        assert row is not None
        rows.append((number % 3, row))
    return workers, rows


async def _ask(database: FleetDatabase, count: int, longest_s: float = 10) -> list[tuple[Verdict, float]]:
    """The turns of so many rows, by three workers; all ask at the same time."""
    workers, rows = await _taken(database, count)
    asked = (workers[by].queue.turn(row, longest_s=longest_s) for by, row in rows)
    return await asyncio.gather(*asked)


async def _moments(database: FleetDatabase, count: int) -> list[float]:
    """The moments of so many calls, by three workers that ask at the same time."""
    workers, rows = await _taken(database, count)
    asked = (workers[by].queue.moment(row, longest_s=100) for by, row in rows)
    return sorted([moment.key for moment in await asyncio.gather(*asked)])


async def test_workers_share_one_pace(database: FleetDatabase) -> None:
    """Whoever asks, their moments are as far apart as the pace says."""
    await enqueue(database, count=12, cps=20)
    moments = await _moments(database, 12)
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    assert gaps == pytest.approx([1 / 20] * 11, abs=0.001)


async def test_a_far_moment_is_nobodys_yet(database: FleetDatabase) -> None:
    """Who asks too early is told when to ask again, and keeps nobody from it."""
    await enqueue(database, count=2, cps=1)
    workers, ((_, first), (_, second)) = await _taken(database, 2)
    given = await workers[0].queue.moment(first, longest_s=0.1)
    early = [await worker.queue.moment(second, longest_s=0.1) for worker in workers]
    assert given.is_given
    assert {one.is_given for one in early} == {False}
    assert [one.key - given.key for one in early] == pytest.approx([1] * 3)


async def test_nobody_follows_before_a_call_is_known_to_have_begun(database: FleetDatabase) -> None:
    """Then a second after that; and of a worker that never tells after five seconds more."""
    await enqueue(database, count=3, cps=1)
    (worker, *_), ((_, first), (_, second), (_, third)) = await _taken(database, 3)
    given = await worker.queue.moment(first, longest_s=4)
    assert not (await worker.queue.moment(second, longest_s=4)).is_given
    begun = Begun(key=given.key, latest_s=given.at_s + 0.3)
    await worker.queue.tell_moments("a", missed=[], begun=[begun])
    following = await worker.queue.moment(second, longest_s=4)
    assert following.is_given
    assert following.key - given.key == pytest.approx(1.3, abs=0.03)
    after_silence = await worker.queue.moment(third, longest_s=10)
    assert after_silence.is_given
    assert after_silence.key - following.key == pytest.approx(6)


async def test_a_missed_moment_is_the_next_ones(database: FleetDatabase) -> None:
    """As if it had never been given away."""
    await enqueue(database, count=2, cps=1)
    (worker, *_), ((_, first), (_, second)) = await _taken(database, 2)
    missed = await worker.queue.moment(first, longest_s=1)
    await worker.queue.tell_moments("a", missed=[missed.key], begun=[])
    again = await worker.queue.moment(second, longest_s=1)
    assert again.is_given
    assert again.key - missed.key < 0.5


async def test_who_asks_late_is_owed_the_time(database: FleetDatabase) -> None:
    """As far as a second has room for it: that nobody asked for 0.3 s costs no call."""
    await enqueue(database, count=1, cps=10)
    async with database.transaction() as connection:
        await connection.execute(
            "INSERT INTO paces (name, due_s, given_s, begun_s)"
            " SELECT name, 999.7, '{999.6}', '{999.6}' FROM (VALUES (%s), ('list a')) AS names (name)",
            [POOL],
        )
        found = await connection.execute(
            "SELECT at_s FROM generate_series(1, 9) AS n, LATERAL next_moment('a', n::text, 100, 1000)"
        )
        moments = [row["at_s"] for row in await found.fetchall()]
    assert moments[:4] == pytest.approx([1000, 1000.05, 1000.1, 1000.15])
    assert moments[-1] == pytest.approx(999.7 + 8 / 10)


async def test_nobody_waits_for_a_far_moment(database: FleetDatabase) -> None:
    """Who would keep a place for long asks again later."""
    await enqueue(database, count=3, cps=0.5)
    (first, _), (second, soon_s), _ = await _ask(database, 3, longest_s=1)
    assert {first, second} == {Verdict.GO, Verdict.LATER}
    assert soon_s < 2.1


async def test_live_calls_are_counted_over_all_machines(database: FleetDatabase) -> None:
    await enqueue(database, count=5, most_live=3)
    turns = await _ask(database, 5)
    assert sorted(verdict for verdict, _ in turns) == [Verdict.FULL] * 2 + [Verdict.GO] * 3


async def test_who_is_not_ready_yet_is_let_in_in_time(database: FleetDatabase) -> None:
    """As many as have their moments in so long; the others are told when to ask again."""
    await enqueue(database, count=8, cps=5)
    turns = await _ask(database, 8, longest_s=0.9)
    assert [verdict for verdict, _ in turns].count(Verdict.GO) == 5
    later_s = [wait_s for verdict, wait_s in turns if verdict is Verdict.LATER]
    assert later_s == pytest.approx([0.1] * 3, abs=0.05)


async def test_a_place_is_free_again(database: FleetDatabase) -> None:
    """After the call, or with the end of its worker; that of a dead one once its call is known to be over."""
    await enqueue(database, count=3, most_live=1)
    dead, alive = await joined(database), await joined(database)
    rows = [row for row in [await dead.queue.take("a") for _ in range(3)] if row is not None]
    assert (await dead.queue.turn(rows[0], longest_s=1))[0] is Verdict.GO
    await dead.queue.over(rows[0])
    assert (await dead.queue.turn(rows[1], longest_s=1))[0] is Verdict.GO
    await dead.ledger.begin(dead.intent_for(rows[1]))
    await let_die(database, dead)
    await alive.queue.tend()
    assert (await alive.queue.turn(rows[2], longest_s=1))[0] is Verdict.FULL
    await alive.ledger.settle("a-2-1", "found completed", None)
    await alive.queue.tend()
    assert (await alive.queue.turn(rows[2], longest_s=1))[0] is Verdict.GO


async def test_nobody_is_called_twice_at_the_same_time(database: FleetDatabase) -> None:
    """Nor from two lists."""
    for id in ("a", "b"):
        await enqueue(database, id, rows=[list_row(1, to="+12025550143")])
    worker, other = await joined(database), await joined(database)
    first, second = await worker.queue.take("a"), await other.queue.take("b")
    assert first is not None
    assert second is not None
    assert (await worker.queue.turn(first, longest_s=1))[0] is Verdict.GO
    assert (await other.queue.turn(second, longest_s=1))[0] is Verdict.NUMBER


async def test_a_carrier_with_too_much_to_do_slows_all_down(database: FleetDatabase) -> None:
    """To half the pace, once for what comes at the same time."""
    await enqueue(database, count=2, cps=10)
    worker = await joined(database)
    await worker.queue.open_lists()
    for _ in range(2):
        await worker.queue.slow_down()
    first, second = await _moments(database, 2)
    assert second - first == pytest.approx(1 / 5, abs=0.001)


async def test_nobody_of_a_paused_list_is_called(database: FleetDatabase) -> None:
    await enqueue(database, count=2)
    worker, lists = await joined(database), FleetLists(database)
    row = await worker.queue.take("a")
    assert row is not None
    await lists.pause("a")
    assert await worker.queue.open_lists() == []
    assert (await worker.queue.turn(row, longest_s=1))[0] is Verdict.PAUSED
    await lists.resume("a")
    assert [queued.id for queued in await worker.queue.open_lists()] == ["a"]
    assert (await worker.queue.turn(row, longest_s=1))[0] is Verdict.GO


async def test_nobody_of_a_list_that_was_called_off_is_called(database: FleetDatabase) -> None:
    """It ends once what is under way is over; what its rows held is gone at once."""
    await enqueue(database, count=2)
    worker, lists = await joined(database), FleetLists(database)
    row = await worker.queue.take("a")
    assert row is not None
    await lists.cancel("a", "wrong message")
    assert (await worker.queue.turn(row, longest_s=1))[0] is Verdict.CLOSED
    await lists.end_those_that_are_over(ENDED)
    (state,) = await lists.states("a")
    assert (state.word, state.waiting, state.note, state.record.ended_at) == (
        *("cancelled", 0, "wrong message"),
        None,
    )
    assert await worker.queue.done(row)
    await lists.end_those_that_are_over(ENDED)
    (state,) = await lists.states("a")
    assert (state.word, state.record.ended_at) == ("cancelled", ENDED)


async def test_a_list_ends_with_as_many_as_were_asked_for(database: FleetDatabase) -> None:
    await enqueue(database, count=3, stop_after=1)
    worker, lists = await joined(database), FleetLists(database)
    row = await worker.queue.take("a")
    assert row is not None
    await worker.call(row)
    await worker.queue.done(row)
    await lists.end_those_that_are_over(ENDED)
    (state,) = await lists.states("a")
    assert (state.outcomes, state.note, state.record.ended_at) == (
        *({"delivered": 1}, "as many as were asked for"),
        ENDED,
    )
