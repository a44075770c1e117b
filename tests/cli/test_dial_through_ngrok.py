"""`dial` through ngrok: pyngrok and the real vendor code drive an executable stand-in for the agent."""

from __future__ import annotations

import asyncio
import json
import signal
import stat
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


def test_an_old_agent_is_warned_of_before_it_is_refused(run_cli: CommandLine, tmp_path: Path) -> None:
    """One line beside the result; one that opens nothing costs the path, and says which it is."""
    arguments = ("dial", "--rehearse", "--tunnel", "ngrok", NUMBER, "Hello there")
    old = run_cli(*arguments, env=with_agent(write_stand_in_agent(tmp_path, version="3.19.1")))
    assert old.status == 0
    assert "past its end of life" in old.stderr
    gone = with_agent(write_stand_in_agent(tmp_path, version="2.3.41"))
    ran = run_cli(*arguments, "--fallback", "none", env=gone)
    assert ran.status == 24
    assert "version 2.3.41" in ran.stderr


async def test_a_live_call_goes_through_the_agent(run_cli: CommandLine, tmp_path: Path) -> None:
    """The same with live settings, the network in another process."""
    agent = write_stand_in_agent(tmp_path)
    async with live_network() as network:
        environment = network.environment() | with_agent(agent)
        ran = await asyncio.to_thread(run_cli, "dial", NUMBER, "Hello there", "--json", env=environment)
        assert ran.status == 0, ran.stderr
        assert json.loads(ran.stdout)["heard_ms"] > 0
        assert not only_call(network).warnings


@pytest.fixture
def nowhere_to_write(clean_environment: dict[str, str]) -> dict[str, str]:
    """A home in which no directory of ours can be made; there is a runtime directory."""
    in_the_way = Path(clean_environment["HOME"]) / "a file"
    in_the_way.write_text("")
    folders = {f"XDG_{kind}_HOME": str(in_the_way / kind) for kind in ("DATA", "STATE", "CACHE")}
    return {**folders, "XDG_RUNTIME_DIR": clean_environment["XDG_RUNTIME_DIR"]}


def folders_of_agents(environment: dict[str, str]) -> list[Path]:
    return list(Path(environment["XDG_RUNTIME_DIR"]).glob("cartesia-call-agent-*"))


async def test_without_a_place_for_files_cartesia_is_heard_all_the_same(
    run_cli: CommandLine, tmp_path: Path, nowhere_to_write: dict[str, str]
) -> None:
    """The agent's files are in a private temporary directory for as long as it runs, and a line says so."""
    agent = write_stand_in_agent(tmp_path / "agent")
    message = "The database is down, and somebody should look at it."
    async with live_network() as network:
        environment = network.environment() | with_agent(agent) | nowhere_to_write
        process = run_cli.start("dial", NUMBER, message, "--json", env=environment)
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        (folder,) = folders_of_agents(nowhere_to_write)
        assert (stat.S_IMODE(folder.stat().st_mode), [path.name for path in folder.iterdir()]) == (
            *(0o700, ["ngrok.yml"]),
        )
        ran = await asyncio.to_thread(run_cli.wait, process)
    fields = json.loads(ran.stdout)
    assert (ran.status, fields["voice"], fields["evidence"]) == (0, "cartesia", "mark")
    assert "warning: the ngrok agent's files are in a temporary directory" in ran.stderr
    assert not folders_of_agents(nowhere_to_write)


async def test_a_killed_program_leaves_no_temporary_files(
    run_cli: CommandLine, tmp_path: Path, nowhere_to_write: dict[str, str]
) -> None:
    """The keeper, which ends the agent then, removes them."""
    agent = write_stand_in_agent(tmp_path / "agent")
    async with live_network() as network:
        environment = network.environment() | with_agent(agent) | nowhere_to_write
        process = run_cli.start("dial", NUMBER, "The database is down. " * 20, env=environment)
        await reached(lambda: any(call.stream_audio for call in network.carrier.calls.values()))
        assert folders_of_agents(nowhere_to_write)
        process.kill()
        await asyncio.to_thread(run_cli.wait, process)
        await reached(lambda: not folders_of_agents(nowhere_to_write))


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
    message = "It is down."
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
