"""`dial --then`, and the guard, as a script meets them: statuses, lines, and one object for each attempt."""

from __future__ import annotations

import asyncio
import json

from tests.cli.live_network import live_environment, live_network
from tests.cli_process import CommandLine

FIRST, SECOND = "+12025550143", "+12025550144"
REHEARSAL = ("dial", "--rehearse", FIRST, "Hello there.", "--then", SECOND)


def test_who_took_it_is_on_the_one_line(run_cli: CommandLine) -> None:
    """The attempts before it are lines on standard error."""
    ran = run_cli(*REHEARSAL, "--ack", "1", "--callee", "busy;answers,ring:1s,presses:1@2s")
    assert ran.status == 0, ran.stderr
    assert ran.stdout.startswith("REHEARSAL: acknowledged by +1202***0144 (key 1, ")
    assert "2 attempts" in ran.stdout
    (line,) = ran.stderr.splitlines()
    assert "busy: +1202***0143" in line


def test_json_prints_an_object_for_each_attempt(run_cli: CommandLine) -> None:
    """Each on a line of its own, and nothing else."""
    ran = run_cli(*REHEARSAL, "--json", "--callee", "busy;no-answer", "--ring-timeout", "5s")
    assert ran.status == 11
    attempts = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [(a["to"], a["outcome"], a["attempts"]) for a in attempts] == [
        (FIRST, "busy", 1),
        (SECOND, "no-answer", 2),
    ]
    assert len({a["id"] for a in attempts}) == 2


def test_a_withheld_number_is_status_18_and_says_why(run_cli: CommandLine) -> None:
    """Nothing is sent."""
    ran = run_cli(*REHEARSAL[:4], "--window", "00:00-00:01", "--timezone", "Pacific/Kiritimati", "--json")
    again = run_cli(*REHEARSAL[:4], "--window", "00:01-00:00", "--timezone", "Pacific/Kiritimati", "--json")
    outcomes = {json.loads(each.stdout)["outcome"] for each in (ran, again)}
    assert outcomes == {"withheld", "delivered"}  # one of the two windows is open
    assert {ran.status, again.status} == {18, 0}


async def test_the_guard_lets_three_calls_to_one_number_through(run_cli: CommandLine) -> None:
    """The fourth within fifteen minutes is withheld, unless somebody gives a reason, which is kept."""
    async with live_network("answers,ring:0s,hangs-up@0.1s") as network:
        environment = live_environment(network)
        dialling = (asyncio.to_thread(run_cli, "dial", FIRST, "Hi.", env=environment) for _ in range(3))
        for ran in await asyncio.gather(*dialling):
            assert ran.status in {0, 15}, ran.stderr
        held = await asyncio.to_thread(run_cli, "dial", FIRST, "Hi.", "--json", env=environment)
        assert held.status == 18
        assert json.loads(held.stdout)["call_sid"] is None
        assert "3 calls" in json.loads(held.stdout)["detail"]
        assert len(network.carrier.calls) == 3
        reason = ("--no-guard", "the pager is down")
        other, forced = await asyncio.gather(
            asyncio.to_thread(run_cli, "dial", SECOND, "Hi.", env=environment),
            asyncio.to_thread(run_cli, "dial", FIRST, "Hi.", *reason, env=environment),
        )
        assert (other.status in {0, 15}, forced.status in {0, 15}) == (True, True)
        rows = [
            json.loads(line) for line in run_cli("history", "--other-carrier", "--json").stdout.splitlines()
        ]
        assert [row["no_guard_reason"] for row in rows if row["no_guard_reason"]] == ["the pager is down"]
        assert [row["outcome"] for row in rows].count("withheld") == 1
