"""Lists are written whole or not at all, and what is told of them is told once."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest

from cartesia_call.dial_list.rows import ListRow
from cartesia_call.errors import InputError
from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.lists import FleetLists, ListOrder
from cartesia_call.telephony.outcomes import Outcome
from tests.fleet.workers import POOL, enqueue, joined, list_row
from tests.store.attempts import ENDED
from tests.store.dial_lists import dial_list

ORDER = ListOrder(pool=POOL, cps=1, most_live=1)


async def test_a_list_that_breaks_off_is_not_there(database: FleetDatabase) -> None:
    def rows() -> Iterator[tuple[ListRow, str | None]]:
        yield list_row(1), None
        raise InputError("the list has changed meanwhile")

    lists = FleetLists(database)
    with pytest.raises(InputError, match="meanwhile"):
        await lists.enqueue(dial_list("a"), ORDER, rows())
    assert await lists.states() == []


async def test_of_two_who_queue_the_same_list_one_does(database: FleetDatabase) -> None:
    lists = FleetLists(database)
    await lists.enqueue(dial_list("a", rows=1), ORDER, [(list_row(1), None)], known=frozenset())
    with pytest.raises(InputError, match="just begun this list: a"):
        await lists.enqueue(dial_list("b", rows=1), ORDER, [(list_row(1), None)], known=frozenset())


async def test_a_list_that_has_ended_goes_on_with_some_of_its_rows(database: FleetDatabase) -> None:
    """Those alone, with what was made of them before, called in the way that was asked for now; and it ends
    again."""
    await enqueue(database, count=3)
    worker, lists = await joined(database), FleetLists(database)
    for outcome in (Outcome.DELIVERED, Outcome.UNKNOWN, Outcome.DELIVERED):
        row = await worker.queue.take("a")
        assert row is not None
        await worker.call(row, outcome)
        await worker.queue.done(row)
    with pytest.raises(InputError, match="just gone on"):
        await lists.reopen("a", ORDER, [], {2: 1})
    await lists.end_those_that_are_over(ENDED)
    rows = [(list_row(number), None) for number in (1, 2, 3)]
    await lists.reopen("a", dataclasses.replace(ORDER, settings={"CARTESIA_CALL_WAIT": "true"}), rows, {2: 1})
    (state,) = await lists.states("a")
    assert (state.word, state.outcomes, state.waiting) == ("running", {"delivered": 2}, 1)
    (queued,) = await worker.queue.open_lists()
    assert queued.settings == {"CARTESIA_CALL_WAIT": "true"}
    row = await worker.queue.take("a")
    assert row is not None
    assert (row.number, row.again_after, [one.outcome for one in row.attempts]) == (2, 1, [Outcome.UNKNOWN])
    assert await worker.queue.take("a") is None
    await worker.call(row, attempt=2)
    await worker.queue.done(row)
    await lists.end_those_that_are_over(ENDED)
    (state,) = await lists.states("a")
    assert (state.word, state.outcomes) == ("done", {"delivered": 3})


async def test_who_may_not_be_called_comes_with_the_reason(database: FleetDatabase) -> None:
    await FleetLists(database).enqueue(dial_list("a", rows=1), ORDER, [(list_row(1), "on the list")])
    row = await (await joined(database)).queue.take("a")
    assert row is not None
    assert row.withheld == "on the list"


async def test_each_attempt_is_told_once_and_in_order(database: FleetDatabase) -> None:
    """Also where a reader looks while somebody is still writing: that comes with the next look."""
    await enqueue(database, count=3)
    worker, lists = await joined(database), FleetLists(database)
    rows = [row for row in [await worker.queue.take("a") for _ in range(3)] if row is not None]
    await worker.call(rows[0], Outcome.BUSY)
    await worker.queue.again(rows[0], 60, tells=True)
    for row in rows[1:]:
        await worker.call(row)
    async with database.transaction() as slow:
        await slow.execute("SELECT pg_current_xact_id()")
        await worker.queue.done(rows[1])
        before = await lists.told("a", after=None)
    (first,) = before
    assert (first.row.id, first.is_final) == ("a-1-1", False)
    await worker.queue.done(rows[2])
    rest = await lists.told("a", after=first.cursor)
    assert [(one.row.id, one.is_final) for one in rest] == [("a-2-1", True), ("a-3-1", True)]
    assert await lists.told("a", after=rest[-1].cursor) == []


async def test_a_row_that_was_only_looked_at_is_told_when_it_is_decided(database: FleetDatabase) -> None:
    """Somebody found its attempt open, and handed it back just when it was settled: that decides nothing."""
    await enqueue(database, count=1)
    worker, lists = await joined(database), FleetLists(database)
    row = await worker.queue.take("a")
    assert row is not None
    await worker.call(row)
    await worker.queue.again(row, 0, tells=False)
    assert await lists.told("a", after=None) == []
    row = await worker.queue.take("a")
    assert row is not None
    await worker.queue.done(row)
    assert [(one.row.id, one.is_final) for one in await lists.told("a", after=None)] == [("a-1-1", True)]


async def test_states_count_what_is_over_and_what_is_left(database: FleetDatabase) -> None:
    await enqueue(database, "a", count=3)
    worker, lists = await joined(database), FleetLists(database)
    row = await worker.queue.take("a")
    assert row is not None
    await worker.queue.turn(row, longest_s=1)
    (state,) = await lists.states()
    assert (state.word, state.waiting, state.live, state.workers) == ("running", 3, 1, 1)
    await worker.call(row, Outcome.DECLINED)
    await worker.queue.over(row)
    await worker.queue.done(row)
    await lists.pause("a")
    (state,) = await lists.states()
    assert (state.word, state.waiting, state.live, state.outcomes) == ("paused", 2, 0, {"declined": 1})
