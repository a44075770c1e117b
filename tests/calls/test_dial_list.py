"""Everybody on a list is called once, at the pace, hears their own text, and the list ends truthfully."""

from __future__ import annotations

import asyncio
import dataclasses
from collections import Counter
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

from cartesia_call.calls.settling import LIST_IS_WHOLE_S
from cartesia_call.clock import SystemClock
from cartesia_call.dial_list.rows import ListRow
from cartesia_call.ledger_ports import CallIntent, DialListRecord, ListPlace
from cartesia_call.policy.guard import GUARD, Budget
from cartesia_call.store.directories import directories
from cartesia_call.wiring.line import open_ledger
from tests.calls.listed import LIST_ID, Listed, listed, row


async def test_everybody_hears_their_own_message() -> None:
    rows = [row(number, f"Hello number {number}.") for number in range(1, 13)]
    async with listed(rows, cps="10") as calls:
        await calls.run()
        spoken = [bytes(context.audio) for context in calls.network.speech.contexts.values()]
        heard = [call.stream_audio for call in calls.calls]
    assert Counter(calls.outcomes.values()) == {"delivered": 12}
    assert len(set(spoken)) == len(heard) == 12
    assert all(sum(one.startswith(audio) for one in heard) == 1 for audio in spoken)


async def test_one_text_is_made_once() -> None:
    async with listed([row(number) for number in range(1, 21)], cps="20", cache=False) as calls:
        await calls.run()
        contexts = len(calls.network.speech.contexts)
    assert Counter(calls.outcomes.values()) == {"delivered": 20}
    assert contexts == 1


async def test_the_pace_holds_at_the_carrier() -> None:
    async with listed([row(number) for number in range(1, 31)], cps="5") as calls:
        await calls.run()
        placed_at_s = calls.placed_at_s
    for place, start_s in enumerate(placed_at_s):
        assert sum(start_s <= other < start_s + 1 for other in placed_at_s[place:]) <= 5
    assert 29 / (placed_at_s[-1] - placed_at_s[0]) >= 0.98 * 5


async def test_the_next_rows_are_made_ready_while_nobody_hangs_up() -> None:
    message = "The meeting is at nine, and there is more to say about it before anybody hangs up."
    rows = [row(number, f"Hello number {number}. {message}") for number in range(1, 31)]
    async with listed(rows, cps="6", max_live="30") as calls:
        first_over_at_s = list[float]()
        calls.then = lambda: first_over_at_s.append(calls.line.ports.clock.utc_now().timestamp())
        await calls.run()
        placed_at_s = calls.placed_at_s
    assert sum(at_s < first_over_at_s[0] for at_s in placed_at_s) > 3.5 * 6
    assert max(later - earlier for earlier, later in pairwise(placed_at_s)) < 2 / 6


async def test_a_rehearsal_of_many_keeps_no_audio_of_calls_that_are_over() -> None:
    async with listed([row(number) for number in range(1, 21)], cps="2", recordings_kept=0) as calls:
        await calls.run()
        heard = [call.heard for call in calls.calls]
    assert Counter(calls.outcomes.values()) == {"delivered": 20}
    # Dropped when others come: those of the end are there still.
    assert not any(heard[:10])


async def test_a_rehearsal_of_many_keeps_calls_for_a_while_only() -> None:
    """Else its memory would grow with the list: what nobody asks for any more is forgotten, and the callees
    answer in turn all the same."""
    rows = [row(number, f"This is for number {number}.") for number in range(1, 26)]
    async with listed(rows, "busy;answers", cps="0.1", recordings_kept=0) as calls:
        await calls.run()
        network = calls.network
    assert Counter(calls.outcomes.values()) == {"busy": 1, "delivered": 24}
    assert len(network.carrier.calls) < 20
    assert len(network.speech.contexts) < 20
    assert network.carrier.requests == []
    assert network.speech.connections == []


async def test_no_more_calls_are_up_than_asked_for() -> None:
    async with listed([row(number) for number in range(1, 13)], cps="20", max_live="3") as calls:
        up = list[int]()
        calls.then = lambda: up.append(
            max(calls.dial_list.live, sum(not call.status.is_final for call in calls.calls))
        )
        await calls.run()
    assert calls.outcomes == dict.fromkeys(range(1, 13), "delivered")
    assert max(up) == 3


async def test_who_was_not_there_is_called_again_with_a_budget_of_their_own() -> None:
    callees = "busy;no-answer;answers,ring:1s"  # the last one is everybody after these
    async with listed([row(1), row(2), row(3)], callees, attempts="2", retry_after="30s") as calls:
        await calls.run()
        journal = await calls.journal.row_attempts(LIST_ID)
    assert calls.outcomes == {1: "delivered", 2: "delivered", 3: "delivered"}
    assert [(attempt.row, attempt.attempt, attempt.outcome) for attempt in journal] == [
        (1, 1, "busy"),
        (1, 2, "delivered"),
        (2, 1, "no-answer"),
        (2, 2, "delivered"),
        (3, 1, "delivered"),
    ]


async def test_a_drained_list_ends_its_calls_and_begins_no_other() -> None:
    async with listed([row(number) for number in range(1, 21)], cps="1") as calls:
        calls.then = calls.dial_list.drain
        await calls.run()
        journal = await calls.journal.row_attempts(LIST_ID)
    assert set(calls.outcomes.values()) == {"delivered"}
    assert len(calls.calls) == len(calls.outcomes) == len(journal) < 10
    assert not any(attempt.is_open for attempt in journal)


async def test_a_hard_stop_hangs_everybody_up() -> None:
    async with listed([row(number) for number in range(1, 21)], cps="2") as calls:
        calls.then = lambda: calls.interruption.raise_signal(2)
        await calls.run()
        assert all(call.status.is_final for call in calls.calls)
    assert len(calls.calls) == len(calls.told) < 20
    assert Counter(calls.outcomes.values())["interrupted"] > 0


async def test_a_reason_of_ours_stops_the_list() -> None:
    async with listed(
        [row(number) for number in range(1, 41)], "answers,ring:1s", "from-21210", cps="10"
    ) as calls:
        await calls.run()
    assert calls.dial_list.tripped is not None
    assert calls.dial_list.tripped.outcome == "refused"
    assert len(calls.told) < 20


async def test_enough_is_enough() -> None:
    async with listed(
        [row(number) for number in range(1, 41)],
        "answers,ring:1s,presses:1@1s",
        cps="1",
        ack="1",
        stop_after="3",
    ) as calls:
        await calls.run()
    assert calls.dial_list.is_satisfied
    assert 3 <= calls.dial_list.figures.reached == len(calls.calls) < 15


async def test_a_carrier_that_has_too_much_to_do_gets_fewer_calls() -> None:
    async with listed(
        [row(number) for number in range(1, 16)], "answers,ring:1s", "place-429", cps="5"
    ) as calls:
        rates = list[float]()
        calls.then = lambda: rates.append(calls.dial_list.rate)
        asyncio.get_running_loop().call_later(3, calls.network.faults.lift)
        await calls.run()
    assert set(calls.outcomes.values()) == {"delivered"}
    assert min(rates) < 5


async def test_a_row_waits_for_its_window_or_is_withheld() -> None:
    closed = closed_window()
    async with listed([row(1), row(2)], window=closed, timezone="UTC") as calls:
        await calls.run()
    assert calls.outcomes == {1: "withheld", 2: "withheld"}
    async with listed([row(3)], window=closed, timezone="UTC", wait=True) as calls:
        began = calls.line.ports.clock.utc_now()
        await calls.run()
        (call,) = calls.calls
    assert calls.outcomes == {3: "delivered"}
    assert timedelta(hours=1) < call.created_at - began < timedelta(hours=3)


async def test_who_was_called_is_not_called_by_the_next_run() -> None:
    rows = [row(number) for number in range(1, 11)]
    async with listed(rows, cps="2") as first:
        first.then = first.dial_list.drain
        await first.run()
    async with listed(rows, cps="2") as second:
        await second.run()
        figures = second.dial_list.figures
    assert set(first.outcomes).isdisjoint(second.outcomes)
    assert set(first.outcomes) | set(second.outcomes) == set(range(1, 11))
    assert figures.reached == figures.over == 10


async def test_a_claim_that_was_never_placed_is_called_again_once_that_is_proven() -> None:
    rows = [row(1), row(2)]
    async with listed(rows) as calls:
        await claim(calls, rows[0])
        began_s = calls.line.ports.clock.now_s()
        await calls.run()
        took_s = calls.line.ports.clock.now_s() - began_s
        journal = await calls.journal.row_attempts(LIST_ID)
    assert calls.outcomes == {1: "delivered", 2: "delivered"}
    assert [(attempt.row, attempt.attempt, attempt.outcome) for attempt in journal] == [
        (1, 1, "interrupted"),
        (1, 2, "delivered"),
        (2, 1, "delivered"),
    ]
    assert took_s > LIST_IS_WHOLE_S


async def test_a_journal_that_cannot_be_written_stops_the_list_with_nobody_called() -> None:
    async with listed([row(1), row(2)]) as calls:
        folder = directories(rehearsal=True).state
        await calls.journal.begin_list(
            DialListRecord(
                id=LIST_ID, digest="d", name="people.csv", rows=2, created_at=calls.line.ports.clock.utc_now()
            )
        )
        (folder / "ledger.sqlite3").unlink()
        (folder / "ledger.sqlite3").mkdir()
        calls.resumption.attend(calls.dial_list)
        await calls.dial_list.run()
    assert calls.dial_list.refused is not None
    assert not calls.calls


async def test_a_fault_of_ours_with_one_row_leaves_the_others_called() -> None:
    """It counts as not reached, and a later run calls it."""
    rows = [row(1), row(2, voice="one that nobody looked up"), row(3)]
    async with listed(rows) as calls:
        await calls.run()
        journal = await calls.journal.row_attempts(LIST_ID)
    assert calls.outcomes == {1: "delivered", 3: "delivered"}
    assert calls.dial_list.figures.outcomes == {"delivered": 2, None: 1}
    assert [attempt.row for attempt in journal] == [1, 3]


async def test_a_row_that_another_account_called_holds_nothing_up() -> None:
    """Nobody can look into its call: it stays unknown, and the others are called."""
    rows = [row(1), row(2)]
    async with listed(rows) as calls:
        await claim(calls, rows[0], account_sid="AC" + "f" * 32)
        began_s = calls.line.ports.clock.now_s()
        await calls.run()
        took_s = calls.line.ports.clock.now_s() - began_s
    assert calls.outcomes == {2: "delivered"}
    assert calls.dial_list.figures.outcomes == {"delivered": 1, "unknown": 1}
    assert took_s < LIST_IS_WHOLE_S


async def test_a_carrier_that_answers_nothing_holds_a_list_up_for_a_while_only() -> None:
    async with listed([row(1)]) as calls:
        await claim(calls, row(1))
        await calls.network.carrier.stop()
        began_s = calls.line.ports.clock.now_s()
        async with asyncio.timeout(3600):
            await calls.run()
        took_s = calls.line.ports.clock.now_s() - began_s
    assert calls.dial_list.figures.outcomes == {"unknown": 1}
    assert took_s < 600


async def test_enough_before_the_run_is_enough() -> None:
    """As where a run was killed just after the last row that was asked for."""
    rows = [row(number) for number in range(1, 11)]
    async with listed(rows, stop_after="1", stop_on="delivered") as first:
        await first.run()
    async with listed(rows, stop_after="1", stop_on="delivered") as second:
        await second.run()
    assert second.dial_list.is_satisfied
    assert not second.calls


async def test_who_asked_for_no_more_calls_is_not_called_by_a_later_row(tmp_path: Path) -> None:
    """Though the lists of numbers were read before."""
    (tmp_path / "never.txt").touch()
    never, opts_out = tmp_path / "never.txt", ("9=opt-out",)
    rows = [row(1), row(2), dataclasses.replace(row(3), to=row(1).to)]
    async with listed(
        rows, "answers,ring:1s,presses:9@2s", cps="0.05", key=opts_out, do_not_call=never
    ) as calls:
        await calls.run()
    assert calls.outcomes == {1: "rejected", 2: "rejected", 3: "withheld"}


async def test_a_limit_of_all_calls_together_is_waited_for_by_all() -> None:
    """One after the other is let through, and hardly one is tried in vain."""
    rows = [row(number) for number in range(1, 13)]
    budget = Budget(calls=4, within=timedelta(hours=1))
    async with listed(rows, cps="5", wait=True) as calls:
        calls.guard = dataclasses.replace(GUARD, budgets=(budget,))
        began = calls.line.ports.clock.utc_now()
        await calls.run()
        journal = await calls.journal.row_attempts(LIST_ID)
        last = max(call.created_at for call in calls.calls)
    assert calls.outcomes == dict.fromkeys(range(1, 13), "delivered")
    assert timedelta(hours=2) < last - began < timedelta(hours=2, minutes=5)
    assert len(journal) < 30


async def test_a_call_of_no_list_that_was_cut_off_is_told() -> None:
    """An alert, killed once it was placed; not the list's own row, which is called again and told then."""
    rows = [row(1), row(2)]
    async with listed(rows) as calls:
        await claim(calls, rows[0])
        await leave_behind(calls, "+12025550199", id="20261129T120000Z-dead0001", call_sid="CA" + "1" * 32)
        await calls.run()
    assert [(call.to, call.id) for call in calls.cut_off] == [("+12025550199", "20261129T120000Z-dead0001")]


async def claim(calls: Listed, of: ListRow, *, account_sid: str | None = None) -> None:
    """As a process that was killed before its request left: an intent, and no lock."""
    now = calls.line.ports.clock.utc_now()
    await calls.journal.begin_list(
        DialListRecord(id=LIST_ID, digest="d", name="people.csv", rows=2, created_at=now)
    )
    place = ListPlace(list_id=LIST_ID, row=of.number, attempt=1)
    await leave_behind(calls, of.to, id="20261129T120000Z-dead0000", account_sid=account_sid, place=place)


async def leave_behind(
    calls: Listed,
    to: str,
    *,
    id: str,
    account_sid: str | None = None,
    call_sid: str | None = None,
    place: ListPlace | None = None,
) -> None:
    """The row of a process that was killed; of a placed call it has a SID."""
    gone = open_ledger(rehearsal=True)
    await gone.begin(
        CallIntent(
            id=id,
            to=to,
            caller_id=calls.line.caller_id,
            created_at=calls.line.ports.clock.utc_now(),
            time_limit_s=200,
            account_sid=account_sid or calls.line.account_sid,
            region=calls.line.region,
            place=place,
        )
    )
    if call_sid is not None:
        await gone.placed(id, call_sid)
    gone._locks.release(id)


def closed_window() -> str:
    """One that opens in an hour or two, in UTC."""
    opens = SystemClock().utc_now() + timedelta(hours=2)
    return f"{opens:%H}:00-{opens + timedelta(hours=1):%H}:00"
