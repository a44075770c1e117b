"""SIGINT, SIGTERM, SIGHUP: hang up first, then leave with the signal's status; a second one at once."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

import pytest

from cartesia_call.simulator.network import BuiltInNetwork
from tests.cli.live_network import live_environment, live_network, only_call, reached
from tests.cli_process import CommandLine, Finished

NUMBER = "+12025550143"
MESSAGE = " ".join(["The database is down, and somebody should look at it."] * 4)

PHASES: dict[str, Callable[[BuiltInNetwork], bool]] = {
    "ringing": lambda network: any(call.status == "ringing" for call in network.carrier.calls.values()),
    "speaking": lambda network: any(call.stream_audio for call in network.carrier.calls.values()),
}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("phase", PHASES)
async def test_a_signal_hangs_up_first(run_cli: CommandLine, number: signal.Signals, phase: str) -> None:
    """Whichever of the three, in any phase: the carrier's call is ended by our request."""
    async with live_network("answers,ring:1s") as network:
        process = run_cli.start("dial", NUMBER, MESSAGE, "--json", env=live_environment(network))
        await reached(lambda: PHASES[phase](network))
        process.send_signal(number)
        ran: Finished = await asyncio.to_thread(run_cli.wait, process)
        assert ran.status == 128 + number
        fields = json.loads(ran.stdout)
        assert (fields["outcome"], fields["exit_code"]) == ("interrupted", 128 + number)
        call = only_call(network)
        assert call.ended_by == "api"
        assert "interrupted" in ran.stderr


async def test_before_anything_was_placed_nothing_is(run_cli: CommandLine) -> None:
    """A signal while the speech is awaited: no POST reaches the carrier."""
    async with live_network("answers", "speech-silent") as network:
        process = run_cli.start("dial", NUMBER, MESSAGE, env=live_environment(network))
        await reached(lambda: bool(network.speech.connections))
        process.send_signal(signal.SIGTERM)
        ran = await asyncio.to_thread(run_cli.wait, process)
        assert ran.status == 143
        assert "nothing was dialled" in ran.stderr
        assert not network.carrier.calls


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
        await reached(lambda: PHASES["speaking"](network))
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
        await reached(lambda: PHASES["speaking"](network))
        process.send_signal(signal.SIGHUP)
        stdout, _ = await process.communicate()
        assert process.returncode == 0
        assert b"delivered" in stdout


async def test_a_second_signal_leaves_at_once_and_says_which_call(run_cli: CommandLine) -> None:
    """Even while the hang-up is not confirmed: the object as far as known, and how to end the call."""
    async with live_network("answers,ring:0.2s", "hangup-ignored") as network:
        process = run_cli.start("dial", NUMBER, MESSAGE, "--json", env=live_environment(network))
        await reached(lambda: PHASES["speaking"](network))
        process.send_signal(signal.SIGTERM)
        await reached(lambda: any(request.parameters.get("Status") for request in network.carrier.requests))
        process.send_signal(signal.SIGINT)
        ran = await asyncio.to_thread(run_cli.wait, process, timeout_s=10)
        sid = only_call(network).sid
        assert ran.status == 31
        fields = json.loads(ran.stdout)
        assert (fields["call_sid"], fields["outcome"]) == (sid, "hangup-unconfirmed")
        assert f"cartesia-call hangup {sid}" in ran.stderr


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
        await reached(lambda: PHASES["speaking"](network))
        process.send_signal(signal.SIGTERM)
        assert await process.wait() == 143
        assert only_call(network).ended_by == "api"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_before_the_call_a_signal_is_a_line_and_an_object(
    run_cli: CommandLine, number: signal.Signals
) -> None:
    """While the message is awaited on standard input: nothing was dialled, and the status says so."""
    process = run_cli.start("dial", "--rehearse", NUMBER, "--json", stdin=subprocess.PIPE)
    assert process.stderr is not None
    threading.Event().wait(1.5)  # there is nothing to see of a program that waits for its input
    process.send_signal(number)
    ran = run_cli.wait(process)
    assert ran.status == 128 + number
    assert json.loads(ran.stdout)["exit_code"] == 128 + number
    assert ran.stderr == "cartesia-call: interrupted\n"
