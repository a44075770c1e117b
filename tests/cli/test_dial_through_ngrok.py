"""`dial` through ngrok: pyngrok and the real vendor code drive an executable stand-in for the agent."""

from __future__ import annotations

import asyncio
import json
import signal
from pathlib import Path

import pytest

from tests.cli.live_network import live_network, only_call, reached
from tests.cli_process import CommandLine
from tests.vendors.ngrok_stand_in import Behaviour, write_stand_in_agent

NUMBER = "+12025550143"
TOKEN = "evidently-fake-ngrok-token"


def with_agent(agent: Path) -> dict[str, str]:
    return {"PYNGROK_NGROK_PATH": str(agent), "NGROK_AUTHTOKEN": TOKEN}


def test_a_rehearsed_call_goes_through_a_real_agent_process(run_cli: CommandLine, tmp_path: Path) -> None:
    """Probe, callbacks and the media stream all pass the tunnel; nothing of the agent is printed or left."""
    agent = write_stand_in_agent(tmp_path)
    ran = run_cli(
        "dial", "--rehearse", "--tunnel", "ngrok", NUMBER, "Hello there", "--json", env=with_agent(agent)
    )
    assert (ran.status, ran.stderr) == (0, "")
    fields = json.loads(ran.stdout)
    assert (fields["outcome"], fields["evidence"]) == ("delivered", "mark")


async def test_a_live_call_goes_through_the_agent(run_cli: CommandLine, tmp_path: Path) -> None:
    """The same with live settings, the network in another process."""
    agent = write_stand_in_agent(tmp_path)
    async with live_network() as network:
        environment = network.environment() | with_agent(agent)
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "Hello there", "--json", env=environment)
        assert ran.status == 0, ran.stderr
        assert json.loads(ran.stdout)["heard_ms"] > 0
        assert not only_call(network).warnings


@pytest.mark.parametrize("code", ["ERR_NGROK_107", "ERR_NGROK_4018"])
def test_a_refused_token_is_unauthorized(run_cli: CommandLine, tmp_path: Path, code: str) -> None:
    """Exit 20 at once; ngrok's text repeats the token, ours never does."""
    agent = write_stand_in_agent(tmp_path, refuse_start=code)
    ran = run_cli(
        "dial",
        "--rehearse",
        "--tunnel",
        "ngrok",
        NUMBER,
        "Hello",
        "--fallback",
        "none",
        env=with_agent(agent),
    )
    assert ran.status == 20
    assert code in ran.stderr
    assert TOKEN not in ran.stderr
    assert len(ran.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "behaviour",
    [{"silent": True}, {"refuse_endpoint": "ERR_NGROK_334"}],
    ids=["silent agent", "domain in use"],
)
def test_a_tunnel_that_never_comes_is_given_up_in_time(
    run_cli: CommandLine, tmp_path: Path, behaviour: Behaviour
) -> None:
    """Exit 24 without a fallback; with it the carrier's voice says the message."""
    agents = [write_stand_in_agent(tmp_path / name, **behaviour) for name in ("first", "second")]
    message = "The database is down, and somebody should look at it before the night is over."
    arguments = ("dial", "--rehearse", "--tunnel", "ngrok", NUMBER, message, "--tunnel-timeout", "1.5s")
    first = run_cli.start(*arguments, "--fallback", "none", env=with_agent(agents[0]))
    second = run_cli.start(*arguments, "--json", env=with_agent(agents[1]))
    ran = run_cli.wait(first)
    assert ran.status == 24, ran.stderr
    ran = run_cli.wait(second)
    fields = json.loads(ran.stdout)
    assert (ran.status, fields["voice"], fields["evidence"]) == (0, "carrier", "duration")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_no_agent_outlives_the_program(
    run_cli: CommandLine, tmp_path: Path, number: signal.Signals
) -> None:
    """SIGTERM or kill -9 while it speaks: the fixture finds every process that is left."""
    agent = write_stand_in_agent(tmp_path)
    message = " ".join(["The database is down, and somebody should look at it."] * 4)
    async with live_network() as network:
        environment = network.environment() | with_agent(agent)
        process = run_cli.start("dial", NUMBER, message, env=environment)
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        process.send_signal(number)
        ran = await asyncio.to_thread(run_cli.wait, process)
        assert ran.status == (143 if number is signal.SIGTERM else -signal.SIGKILL)
