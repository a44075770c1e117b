"""A list that is queued is called by whichever worker comes, and every command tells of it."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from cartesia_call.fleet.database import FleetDatabase
from cartesia_call.fleet.lists import FleetLists
from cartesia_call.telephony.outcomes import Outcome
from tests.cli_process import CommandLine
from tests.fleet.server import RELEASE
from tests.fleet.workers import joined
from tests.store.attempts import ENDED

MESSAGE = ("--message", "Hello {name}.", "--rehearse", "--cps", "10")


@pytest.fixture
def people(tmp_path: Path) -> str:
    path = tmp_path / "people.csv"
    path.write_text("to,name\n+12025550101,Ann\n+12025550102,Bob\n")
    return str(path)


async def test_a_list_is_queued_called_and_told(
    run_cli: CommandLine, database: FleetDatabase, queue_url: str, people: str, tmp_path: Path
) -> None:
    """Written at one place, called at another, waited for at a third; the worker ends with its calls."""
    env = {"CARTESIA_CALL_QUEUE": queue_url}
    queued = run_cli("batch", people, *MESSAGE, "--no-wait", "--json", env=env)
    assert queued.status == 0, queued.stderr
    list_id = json.loads(queued.stdout)["list"]
    worker = run_cli.start("worker", "--rehearse", "--callee", "answers,ring:0.1s", env=env)
    results = tmp_path / "results.csv"
    waited = run_cli("batch", people, *MESSAGE, "--resume", "--json", "--results", str(results), env=env)
    worker.terminate()
    assert run_cli.wait(worker).status == 0
    assert waited.status == 0, waited.stderr
    *attempts, end = [json.loads(line) for line in waited.stdout.splitlines()]
    assert sorted((one["row"], one["line"], one["outcome"], one["is_final"]) for one in attempts) == [
        (1, 2, "delivered", True),
        (2, 3, "delivered", True),
    ]
    assert (end["list"], end["reached"], end["exit_code"]) == (list_id, 2, 0)
    assert [line.split(",")[1:3] for line in results.read_text("utf-8-sig").splitlines()[1:]] == [
        ["Ann", "delivered"],
        ["Bob", "delivered"],
    ]
    status = json.loads(run_cli("queue", "status", list_id, "--json", env=env).stdout)
    assert (status["state"], status["outcomes"], status["waiting"]) == ("done", {"delivered": 2}, 0)
    told = run_cli("history", "--queue", "--list", list_id, "--json", env=env).stdout.splitlines()
    assert [json.loads(line)["place"]["row"] for line in told] == [1, 2]


async def test_the_same_list_is_queued_once(
    run_cli: CommandLine, database: FleetDatabase, queue_url: str, people: str
) -> None:
    """And one that was called off tells that nobody was called."""
    env = {"CARTESIA_CALL_QUEUE": queue_url}
    options = ("--message", "Hello {name}.", "--rehearse", "--no-wait")
    list_id = run_cli("batch", people, *options, env=env).stdout.split("list ")[1].strip(")\n")
    cancelled = run_cli("queue", "cancel", list_id[:-2], env=env)
    assert cancelled.stdout == f"{list_id}: cancelled; 0 calls up\n"
    waited = run_cli("batch", people, *options[:-1], "--resume", env=env)
    assert (waited.status, waited.stdout) == (19, "")
    assert "people.csv: 0 of 2 reached, 2 not called" in waited.stderr
    refused = run_cli("batch", people, *options[:-1], "--resume", "--redial-unknown", env=env)
    assert refused.status == 2
    assert f"the list {list_id} was called off" in refused.stderr


async def test_a_list_that_has_ended_is_called_again_as_it_is_asked_for(
    run_cli: CommandLine, database: FleetDatabase, queue_url: str, people: str
) -> None:
    """Who was not called for a reason of ours, and of whom nobody knows; once, and nobody else."""
    env = {"CARTESIA_CALL_QUEUE": queue_url}
    Path(people).write_text("to,name\n+12025550101,Ann\n+12025550102,Bob\n+12025550103,Cem\n")
    queued = run_cli("batch", people, *MESSAGE, "--no-wait", "--json", env=env)
    list_id = json.loads(queued.stdout)["list"]
    idle, lists = await joined(database), FleetLists(database)
    for outcome in (Outcome.DELIVERED, Outcome.UNKNOWN, Outcome.CARRIER_UNAVAILABLE):
        row = await idle.queue.take(list_id)
        assert row is not None
        await idle.call(row, outcome)
        await idle.queue.done(row)
    await idle.queue.leave()
    await lists.end_those_that_are_over(ENDED)
    worker = run_cli.start("worker", "--rehearse", "--callee", "answers,ring:0.1s", env=env)
    waited = run_cli("batch", people, *MESSAGE, "--resume", "--redial-unknown", "--json", env=env)
    worker.terminate()
    assert run_cli.wait(worker).status == 0
    assert f"2 rows of the list {list_id} are called again" in waited.stderr
    *attempts, end = [json.loads(line) for line in waited.stdout.splitlines()]
    assert sorted((one["row"], one["attempt"], one["outcome"], one["is_final"]) for one in attempts) == [
        (1, 1, "delivered", True),
        (2, 1, "unknown", False),
        (2, 2, "delivered", True),
        (3, 1, "carrier-unavailable", False),
        (3, 2, "delivered", True),
    ]
    assert (waited.status, end["list"], end["reached"]) == (0, list_id, 3)
    again = run_cli("batch", people, *MESSAGE, "--resume", "--redial-unknown", env=env)
    assert (again.status, "called again" in again.stderr) == (0, False)
    told = run_cli("history", "--queue", "--list", list_id, "--json", env=env).stdout.splitlines()
    assert len(told) == 5


async def test_a_worker_that_has_grown_old_says_what_to_install(
    run_cli: CommandLine, database: FleetDatabase, queue_url: str
) -> None:
    """It drains and ends, when a newer release has changed the queue's tables."""
    worker = run_cli.start("worker", "--rehearse", env={"CARTESIA_CALL_QUEUE": queue_url})
    async with database.connection(limit_s=90) as connection:
        async with asyncio.timeout(30):
            joined_yet = "SELECT 1 FROM procrastinate_workers"
            while await (await connection.execute(joined_yet)).fetchone() is None:
                await asyncio.sleep(0.05)
        await connection.execute("UPDATE schema_version SET version = version + 1, release = '9.1.0'")
        try:
            ended = run_cli.wait(worker, timeout_s=30)
        finally:
            await connection.execute(
                "UPDATE schema_version SET version = version - 1, release = %s", [RELEASE]
            )
    assert ended.status == 2
    assert "pip install 'cartesia-call[fleet]>=9.1.0'" in ended.stderr


def test_without_a_queue_nothing_is_served(run_cli: CommandLine) -> None:
    for arguments in (("worker", "--rehearse"), ("queue", "list"), ("history", "--queue")):
        refused = run_cli(*arguments)
        assert refused.status == 2
        assert "CARTESIA_CALL_QUEUE" in refused.stderr


def test_a_password_stands_in_no_argument(run_cli: CommandLine) -> None:
    refused = run_cli("worker", "--rehearse", "--queue", "postgresql://calls:correct-horse@127.0.0.1/calls")
    assert refused.status == 2
    assert "correct-horse" not in refused.stderr + refused.stdout
