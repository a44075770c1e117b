"""`history --lists` and `history --list ID`: dial lists for people and, with --json, for programs."""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import sqlite3
from datetime import timedelta

import pytest

from cartesia_call.cli.history import history, show
from cartesia_call.errors import InputError
from cartesia_call.store.directories import directories
from cartesia_call.store.schema import DATABASE_NAME
from tests.cli.test_history import MASKED_CALLEE, ledger, run
from tests.store.attempts import ENDED, STARTED, intent, result
from tests.store.dial_lists import claim, dial_list


def write_two_lists() -> None:
    """One with two rows, called in the wrong order, one of them twice; a newer one without a call."""

    async def write() -> None:
        book = ledger()
        await book.begin_list(dial_list("ab1", rows=2))
        await book.begin_list(dial_list("ab2", rows=9, created_at=STARTED + timedelta(days=1)))
        for row, attempt in ((2, 1), (1, 1), (1, 2)):
            await book.begin(claim("ab1", row, attempt=attempt))
            await book.close(result(f"ab1-{row}-{attempt}"))
        await book.end_list("ab1", ENDED)
        await book.begin(intent("aa1"))
        await book.close(result("aa1"))

    asyncio.run(write())


def test_dial_lists_are_named_newest_first() -> None:
    """With how many rows they have and when all of them were done; --limit counts here, too."""
    write_two_lists()
    heading, newer, older = run(history, "--lists").output.splitlines()
    assert re.split(r"  +", heading) == ["ID", "WHEN", "ROWS", "DONE", "NAME"]
    assert re.split(r"  +", newer)[0::2] == ["ab2", "9", "ab2.csv"]
    assert re.split(r"  +", newer)[3] == "no"
    assert re.split(r"  +", older)[3] == ENDED.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    first, second = map(json.loads, run(history, "--lists", "--json").output.splitlines())
    assert (first["id"], first["ended_at"]) == ("ab2", None)
    assert second == {
        **{"schema": 1, "id": "ab1", "name": "ab1.csv", "rows": 2, "digest": "d1"},
        **{"created_at": "2026-03-01T12:00:00.000Z", "ended_at": "2026-03-01T12:00:20.500Z"},
    }
    assert len(run(history, "--lists", "--json", "--limit", "1").output.splitlines()) == 1


def test_one_list_is_told_by_row_and_attempt() -> None:
    """All of it unless --limit is given; the list's ID may be cut short as long as it is one list's."""
    write_two_lists()
    heading, *lines = run(history, "--list", "ab1").output.splitlines()
    assert re.split(r"  +", heading)[:4] == ["ROW", "ATTEMPT", "ID", "WHEN"]
    assert [re.split(r"  +", line)[:3] for line in lines] == [
        *(["1", "1", "ab1-1-1"], ["1", "2", "ab1-1-2"], ["2", "1", "ab1-2-1"])
    ]
    assert all(MASKED_CALLEE in line for line in lines)
    objects = [json.loads(line) for line in run(history, "--list", "ab1", "--json").output.splitlines()]
    assert [each["place"] for each in objects] == [
        {"list_id": "ab1", "row": row, "attempt": attempt} for row, attempt in ((1, 1), (1, 2), (2, 1))
    ]
    assert len(run(history, "--list", "ab1", "--json", "--limit", "2").output.splitlines()) == 2


def test_a_call_tells_its_place() -> None:
    """`show` of one that belongs to a list, and of one that does not."""
    write_two_lists()
    shown = dict(re.split(r"  +", line, maxsplit=1) for line in run(show, "ab1-2-1").output.splitlines())
    assert (shown["place.list_id"], shown["place.row"], shown["place.attempt"]) == ("ab1", "2", "1")
    assert json.loads(run(show, "aa1", "--json").output)["place"] is None


@pytest.mark.parametrize(
    ("name", "sentence"), [("zz", "no dial list 'zz'"), ("ab", "2 dial lists begin with 'ab'")]
)
def test_no_single_list_is_wrong_usage(name: str, sentence: str) -> None:
    write_two_lists()
    with pytest.raises(InputError, match=sentence) as caught:
        history.main(["--list", name], standalone_mode=False)
    assert caught.value.hint


def test_what_was_not_called_yet_is_said() -> None:
    """On standard error; and only one of both options has a meaning."""
    finished = run(history, "--lists")
    assert (finished.stdout, finished.stderr) == ("", "cartesia-call: the ledger knows no dial list yet\n")
    write_two_lists()
    for form in ([], ["--json"]):
        finished = run(history, "--list", "ab2", *form)
        assert (finished.exit_code, finished.stdout) == (0, "")
        assert "nobody was called for this list yet" in finished.stderr
    assert run(history, "--lists", "--list", "ab1").exit_code == 2


def test_a_list_is_read_in_pieces() -> None:
    """None of its rows is missing where one piece ends and the next begins."""

    async def write() -> None:
        book = ledger()
        await book.begin_list(dial_list("many"))
        await book.begin(claim("many", 1))
        await book.close(result("many-1-1"))

    asyncio.run(write())
    path = directories(rehearsal=False).state / DATABASE_NAME
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.executemany(
            "INSERT INTO calls (id, created_at, to_number, caller_id, account_sid, region, time_limit_s,"
            " list_id, list_row, list_attempt) SELECT 'many-' || ?1, created_at, to_number, caller_id,"
            " account_sid, region, time_limit_s, list_id, ?1, list_attempt FROM calls WHERE list_row = 1",
            [(row,) for row in range(2, 2_051)],
        )
    lines = run(history, "--list", "many", "--json").output.splitlines()
    assert [json.loads(line)["place"]["row"] for line in lines] == list(range(1, 2_051))
