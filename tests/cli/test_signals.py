"""SIGINT, SIGTERM, SIGHUP: hang up first, then leave with the signal's status; a second one at once."""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import json
import os
import signal
import subprocess
import sys
import termios
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from cartesia_call.cli.signals import HANDLED, Wishes, stoppable
from cartesia_simulator.network import BuiltInNetwork
from tests.cli.call_moments import MESSAGE, MOMENTS, Account, CallUnderWay, Moment, at_each_moment
from tests.cli.live_network import is_listening, live_environment, live_network, only_call, reached
from tests.cli_process import CommandLine
from tests.leaks import processes_of_home
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.ngrok_watch import StartedAgent, watching_agents

NUMBER = "+12025550143"

NOT_HUNG_UP = {
    "placing request under way, nothing proves the call": 30,
    "hang-up ignored": 31,
    "hang-up refused": 31,
}
"""The moments after which a call may be up, and the exit statuses that say so."""

NEWS_TRAVELS_S = 1.0
LEAVES_WITHIN_S = 2.0
"""Real seconds; the hang-up alone would go on for longer."""

PAIR_TRIES = 2
LATER = threading.Event()
"""Never set: for waiting real time, in the order of what an operating system does."""


def _speaks(network: BuiltInNetwork) -> bool:
    return any(call.stream_audio for call in network.carrier.calls.values())


@pytest.mark.long
async def test_sigterm_hangs_up_at_any_moment(
    run_cli: CommandLine, clean_environment: dict[str, str]
) -> None:
    """The line goes down, nothing stays up, and status, object, line and ledger say the same."""
    account = Account(run_cli)

    async def stop(moment: Moment, number: str) -> dict[str, Any]:
        async with account.call_at(moment, "--json", to=number) as under_way:
            under_way.process.send_signal(signal.SIGTERM)
            ran = await under_way.end
            assert not is_listening(under_way.network.public_port)
            fields: dict[str, Any] = json.loads(ran.stdout)
            assert fields["exit_code"] == ran.status
            assert f"{fields['outcome']}: +1202***{number[-4:]}" in ran.stderr
            await _line_is_down(under_way, fields)
            return fields

    results = await at_each_moment(stop)
    statuses = {name: fields["exit_code"] for name, fields in results.items()}
    assert statuses == dict.fromkeys(statuses, 143) | NOT_HUNG_UP
    assert results["speech asked for"]["detail"] == "interrupted; nothing was dialled"
    assert not processes_of_home(Path(clean_environment["HOME"]))
    listed = await asyncio.to_thread(run_cli, "history", "--other-carrier", "--json", "--limit", "100")
    rows = {row["to"]: row for row in map(json.loads, listed.stdout.splitlines())}
    for fields in results.values():
        row = rows[fields["to"]]
        assert {name: row[name] for name in fields} == {**fields, "heard_text": None}
        assert row["settled"] is None


async def _line_is_down(under_way: CallUnderWay, fields: dict[str, Any]) -> None:
    """Put down by us, or by its own TwiML where nobody could: then the exit status has said so."""
    call = under_way.call
    if fields["outcome"] == "interrupted":
        assert fields["call_sid"] == (call.sid if call else None)
        assert call is None or call.ended_by == "api"
    else:
        assert call is not None
        await reached(lambda: call.is_over)
        assert call.ended_by == "twiml"


async def test_no_agent_outlives_a_signal(run_cli: CommandLine, tmp_path: Path) -> None:
    """Each of the three, in mid-message through ngrok: hung up, and the agent is gone with the program."""

    async def stop(number: signal.Signals) -> None:
        async with watching_agents() as watch:
            agent = write_stand_in_agent(tmp_path / number.name, report_port=watch.port)
            env = {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": "evidently-fake-ngrok-token"}
            calling = Account(run_cli).call_at(MOMENTS["half heard"], "--json", to=NUMBER, env=env)
            async with calling as under_way:
                under_way.process.send_signal(number)
                ran = await under_way.end
                await _is_gone(await watch.next_agent())
                fields = json.loads(ran.stdout)
                assert (ran.status, fields["exit_code"]) == (128 + number, 128 + number)
                await _line_is_down(under_way, fields)

    async with asyncio.TaskGroup() as group:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            group.create_task(stop(number))


async def test_a_signal_while_the_tunnel_opens_leaves_no_agent(run_cli: CommandLine, tmp_path: Path) -> None:
    """Nobody was rung, and the agent that never said a word is gone with the program."""
    async with live_network() as network, watching_agents() as watch:
        agent = write_stand_in_agent(tmp_path, silent=True, report_port=watch.port)
        env = {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": "evidently-fake-ngrok-token"}
        process = run_cli.start("dial", NUMBER, MESSAGE, env=network.environment() | env)
        started = await watch.next_agent()
        process.send_signal(signal.SIGTERM)
        ran = await asyncio.to_thread(run_cli.wait, process)
        await _is_gone(started)
        assert ran.status == 143
        assert "nothing was dialled" in ran.stderr
        assert not network.carrier.calls


async def _is_gone(agent: StartedAgent) -> None:
    """Gone already, but for the moment in which the news travels."""
    async with asyncio.timeout(NEWS_TRAVELS_S):
        await agent.gone.wait()


async def test_a_job_started_with_ampersand_obeys_sigint(clean_environment: dict[str, str]) -> None:
    """A shell ignores SIGINT for its background jobs; a call must be hung up all the same."""
    async with live_network("answers,ring:0.2s") as network:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            f'"$0" -m cartesia_call dial {NUMBER} "$1" & echo $!; wait $!; exit $?',
            sys.executable,
            MESSAGE,
            env=clean_environment | live_environment(network),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        assert process.stdout is not None
        job = int(await process.stdout.readline())
        await reached(lambda: _speaks(network))
        os.kill(job, signal.SIGINT)
        await process.communicate()
        assert process.returncode == 130
        assert only_call(network).ended_by == "api"


async def test_nohup_keeps_its_word(clean_environment: dict[str, str]) -> None:
    """A SIGHUP that was ignored from the start stays ignored: the message is heard to its end."""
    async with live_network("answers,ring:0.2s") as network:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            f"trap '' HUP; exec \"$0\" -m cartesia_call dial {NUMBER} 'A short message.'",
            sys.executable,
            env=clean_environment | live_environment(network),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        await reached(lambda: _speaks(network))
        process.send_signal(signal.SIGHUP)
        stdout, _ = await process.communicate()
        assert process.returncode == 0
        assert b"delivered" in stdout


async def test_a_second_signal_leaves_at_once_and_says_which_call(run_cli: CommandLine) -> None:
    """Even while the hang-up is not confirmed: the object as far as known, and how to end the call."""
    for later in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        async with _hanging_up(run_cli, signal.SIGTERM) as under_way:
            await asyncio.to_thread(LATER.wait, 1.0)
            under_way.process.send_signal(later)
            ran = await asyncio.wait_for(asyncio.shield(under_way.end), LEAVES_WITHIN_S)
            sid = only_call(under_way.network).sid
            assert ran.status == 31
            fields = json.loads(ran.stdout)
            assert (fields["call_sid"], fields["outcome"]) == (sid, "hangup-unconfirmed")
            assert f"cartesia-call hangup {sid}" in ran.stderr


@pytest.mark.long
async def test_a_signal_sent_twice_at_once_is_one_wish(run_cli: CommandLine, tmp_path: Path) -> None:
    """As systemd and a closing terminal send them: hung up, told, and the ledger's row is closed."""
    account = Account(run_cli)
    pairs = [
        (signal.SIGTERM, signal.SIGTERM, 0.002),
        (signal.SIGTERM, signal.SIGTERM, 0.005),
        (signal.SIGHUP, signal.SIGHUP, 0.0002),
        (signal.SIGTERM, signal.SIGHUP, 0.0),  # systemd with SendSIGHUP=yes
        (signal.SIGINT, signal.SIGTERM, 0.1),
    ]

    async def stop(one: signal.Signals, other: signal.Signals, apart_s: float, to: str) -> None:
        async with account.call_at(MOMENTS["half heard"], "--json", to=to) as under_way:
            under_way.process.send_signal(one)
            LATER.wait(apart_s)
            under_way.process.send_signal(other)
            ran = await under_way.end
            assert ran.status in {128 + one, 128 + other}  # which of two at once is told first is open
            await _line_is_down(under_way, json.loads(ran.stdout))

    tries = [(*pair, f"+12025550{110 + place}") for place, pair in enumerate(pairs * PAIR_TRIES)]
    for start in range(0, len(tries), 5):
        async with asyncio.TaskGroup() as group:
            for a_try in tries[start : start + 5]:
                group.create_task(stop(*a_try))
    listed = await asyncio.to_thread(run_cli, "history", "--other-carrier", "--json", "--limit", "100")
    outcomes = {row["to"]: row["outcome"] for row in map(json.loads, listed.stdout.splitlines())}
    assert outcomes == {to: "interrupted" for *_, to in tries}


async def test_a_repeated_hangup_of_the_terminal_is_never_a_second_wish(run_cli: CommandLine) -> None:
    """Seconds after the first too: whoever notices that the terminal is gone says so once more."""
    async with _hanging_up(run_cli, signal.SIGHUP) as under_way:
        await asyncio.to_thread(LATER.wait, 1.0)
        under_way.process.send_signal(signal.SIGHUP)
        sent_at_s = time.monotonic()
        ran = await under_way.end
        assert time.monotonic() - sent_at_s > LEAVES_WITHIN_S  # it tried to the end
        assert ran.status == 31


@contextlib.asynccontextmanager
async def _hanging_up(run_cli: CommandLine, number: signal.Signals) -> AsyncIterator[CallUnderWay]:
    """A call whose hang-up the carrier ignores, and which `number` has asked to end."""
    ignored = Moment(
        reached=lambda under_way: _speaks(under_way.network),
        faults=("hangup-ignored",),
        options=("--hangup-timeout", "4s", "--json"),
    )
    async with Account(run_cli).call_at(ignored, to=NUMBER) as under_way:
        under_way.process.send_signal(number)
        requests = under_way.network.carrier.requests
        await reached(lambda: any(request.parameters.get("Status") for request in requests))
        yield under_way


@pytest.mark.parametrize(
    ("signals_at_s", "wishes"),
    [
        ([(signal.SIGTERM, 0.0), (signal.SIGTERM, 0.005)], 1),
        ([(signal.SIGTERM, 0.0), (signal.SIGINT, 0.3)], 1),
        ([(signal.SIGTERM, 0.0), (signal.SIGTERM, 0.2), (signal.SIGTERM, 0.4)], 2),
        ([(signal.SIGTERM, 0.0), (signal.SIGTERM, 1.0)], 2),
        ([(signal.SIGHUP, 0.0), (signal.SIGHUP, 5.0), (signal.SIGHUP, 9.0)], 1),
        ([(signal.SIGHUP, 0.0), (signal.SIGHUP, 5.0), (signal.SIGINT, 9.0)], 2),
        ([(signal.SIGTERM, 0.0), (signal.SIGHUP, 0.001), (signal.SIGHUP, 4.0)], 1),
        ([(signal.SIGTERM, 0.0), (signal.SIGHUP, 2.0)], 2),
    ],
)
def test_what_is_one_wish(signals_at_s: list[tuple[int, float]], wishes: int) -> None:
    """Within 0.3 s of the first, and each repeated SIGHUP, is the same wish; any other is a second one."""
    heard = Wishes()
    assert sum([heard.is_new(number, at_s) for number, at_s in signals_at_s]) == wishes


async def test_standard_output_may_be_closed(clean_environment: dict[str, str]) -> None:
    """A signal with nobody to print to still hangs up, and its status stands."""
    async with live_network("answers,ring:0.2s") as network:
        process = await asyncio.create_subprocess_exec(
            "/bin/sh",
            "-c",
            f'exec "$0" -m cartesia_call dial {NUMBER} "$1" --json >&- 2>&-',
            sys.executable,
            MESSAGE,
            env=clean_environment | live_environment(network),
            stdin=subprocess.DEVNULL,
        )
        await reached(lambda: _speaks(network))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 143
        assert only_call(network).ended_by == "api"


def _wait_until_read(pipe: int) -> None:
    """Until nothing that was written is left in the pipe."""
    pause = threading.Event()
    for _ in range(1_000):
        if fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)) == bytes(4):
            return
        pause.wait(0.01)
    raise TimeoutError("nobody reads what was written")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_before_the_call_a_signal_is_a_line_and_an_object(
    run_cli: CommandLine, number: signal.Signals
) -> None:
    """While the message is awaited on standard input: nothing was dialled, and the status says so."""
    reading, writing = os.pipe()
    with open(reading, "rb") as pipe, open(writing, "wb", buffering=0) as writer:
        process = run_cli.start("dial", "--rehearse", NUMBER, "-", "--json", stdin=reading)
        writer.write(b"The")
        _wait_until_read(pipe.fileno())
        process.send_signal(number)
        ran = run_cli.wait(process)
    assert ran.status == 128 + number
    assert json.loads(ran.stdout)["exit_code"] == 128 + number
    assert ran.stderr == "cartesia-call: interrupted\n"


async def test_signals_mean_the_same_behind_work_that_was_stoppable() -> None:
    """A list is looked for first, and called then: SIGHUP is not taken for one that `nohup` ignores."""
    before = [signal.signal(number, signal.SIG_DFL) for number in HANDLED]
    try:
        await stoppable(asyncio.sleep(0))
        assert [signal.getsignal(number) for number in HANDLED] == [signal.SIG_DFL] * 3
    finally:
        for number, handler in zip(HANDLED, before, strict=True):
            signal.signal(number, handler)
