"""`kill -9` at any moment of a call: the callee hears the message, the call ends, the next run settles it."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.cut_off import TOLD_AT_MOST
from cartesia_simulator.carrier.call import SimulatedCall
from tests.cli.call_moments import MESSAGE, MOMENTS, Account, CallUnderWay, Moment, at_each_moment
from tests.cli.live_network import is_listening, live_environment, live_network, reached
from tests.cli_process import CommandLine
from tests.leaks import processes_of_home
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.ngrok_watch import watching_agents

SETTLING = "+12025550199"
"""Who is called by the run that settles."""


@pytest.mark.long
async def test_the_message_is_heard_the_call_ends_and_the_next_run_settles_it(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """Nobody is left on a silent line, whenever the program dies; nothing of it stays but ledger rows."""
    home = Path(clean_environment["HOME"])
    account = Account(run_cli)

    async def kill(moment: Moment, number: str) -> SimulatedCall | None:
        async with account.call_at(moment, to=number) as under_way:
            under_way.process.send_signal(signal.SIGKILL)
            assert (await under_way.end).status == -signal.SIGKILL
            assert not is_listening(under_way.network.public_port)
            if under_way.call is not None:
                await _ends_by_itself_with_the_message_heard(under_way, under_way.call)
            return under_way.call

    calls = await at_each_moment(kill)
    ended_by = {name: call.ended_by if call else None for name, call in calls.items()}
    del ended_by["mark echoed"]  # the hang-up may have been faster than the kill
    assert ended_by == dict.fromkeys(ended_by, "twiml") | {"speech asked for": None, "hung up": "api"}
    assert not processes_of_home(home)
    _let_an_hour_pass_for_calls_that_nobody_knows(home)
    told = await _dial_beside(run_cli, account)
    assert told.count("was cut off with its process; ") == TOLD_AT_MOST
    rows = {row["to"]: row for row in await _history(run_cli) if row["to"] != SETTLING}
    placed = {call.to: call.sid for call in calls.values() if call is not None}
    assert rows.keys() >= placed.keys()
    for to, row in rows.items():
        assert row["settled"], row
        assert row["ended_at"], row
        assert row["call_sid"] in {None, placed.get(to)}


async def test_the_next_run_tells_that_a_call_was_cut_off(run_cli: CommandLine) -> None:
    """Once, number masked; it goes as if nothing had been before, and its exit status is its own."""
    account = Account(run_cli)
    async with account.call_at(MOMENTS["half heard"], to="+12025550143") as under_way:
        under_way.process.send_signal(signal.SIGKILL)
        assert (await under_way.end).status == -signal.SIGKILL
        await reached(lambda: under_way.call is not None and under_way.call.is_over)
    told, *silent = [await _dial_beside(run_cli, account) for _ in range(2)]
    assert re.fullmatch(
        r"cartesia-call: warning: NOT TWILIO \(\S+\): the call to \+1202\*\*\*0143 at [\d-]+ [\d:]+ was "
        r"cut off with its process; the carrier says completed, so it was answered, and how much was "
        r"heard is not known\n",
        told,
    )
    assert silent == [""]


async def test_killed_behind_ngrok_the_agent_goes_and_the_carrier_speaks(
    run_cli: CommandLine, tmp_path: Path
) -> None:
    """In mid-message: the tunnel ends with the program, so that the stream breaks at once."""
    async with watching_agents() as watch:
        agent_path = write_stand_in_agent(tmp_path, report_port=watch.port)
        env = {"PYNGROK_NGROK_PATH": str(agent_path), "NGROK_AUTHTOKEN": "evidently-fake-ngrok-token"}
        calling = Account(run_cli).call_at(MOMENTS["half heard"], to="+12025550143", env=env)
        async with calling as under_way:
            assert under_way.call is not None
            under_way.process.send_signal(signal.SIGKILL)
            assert (await under_way.end).status == -signal.SIGKILL
            await (await watch.next_agent()).wait_until_gone()
            await _ends_by_itself_with_the_message_heard(under_way, under_way.call)
            assert under_way.call.ended_by == "twiml"


async def _ends_by_itself_with_the_message_heard(under_way: CallUnderWay, call: SimulatedCall) -> None:
    await reached(lambda: call.is_over)
    message, streamed = under_way.synthesised, call.stream_audio
    assert message.startswith(streamed[: len(message)])
    if call.ended_by == "api":
        assert len(streamed) >= len(message)
    else:
        assert call.said_by_carrier == [MESSAGE]


async def _dial_beside(run_cli: CommandLine, account: Account) -> str:
    """What one `dial` of the same user tells, at the same carrier: it goes as if nothing had been before."""
    async with live_network(calls=account.calls) as network:
        ran = await asyncio.to_thread(
            run_cli, "dial", SETTLING, "Hello. It is a long call.", "--json", env=live_environment(network)
        )
        assert ran.status == 0, ran.stderr
        fields = json.loads(ran.stdout)
        assert fields["evidence"] == "mark"
        posts = [request for request in network.carrier.requests if request.method == "POST"]
        assert all(post.path.endswith(("/Calls.json", f"{fields['call_sid']}.json")) for post in posts)
        return ran.stderr


async def _history(run_cli: CommandLine) -> list[dict[str, Any]]:
    ran = await asyncio.to_thread(run_cli, "history", "--other-carrier", "--json", "--limit", "100")
    assert (ran.status, ran.stderr) == (0, "")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def _let_an_hour_pass_for_calls_that_nobody_knows(home: Path) -> None:
    """A row without a call SID is settled when a call that it may have become must be over."""
    (path,) = home.rglob("ledger.sqlite3")
    with closing(sqlite3.connect(path)) as database, database:
        rows = database.execute("SELECT id, created_at FROM calls WHERE call_sid IS NULL").fetchall()
        for id, created_at in rows:
            earlier = datetime.fromisoformat(created_at) - timedelta(hours=1)
            database.execute("UPDATE calls SET created_at = ? WHERE id = ?", (earlier.isoformat(), id))
