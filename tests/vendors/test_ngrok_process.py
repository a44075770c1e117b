"""What becomes of the agent, and of the terminal, when a whole program opens a tunnel."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from cartesia_call.vendors.ngrok_process import Keeper, KeeperGone, agent_environment
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.ngrok_watch import AgentWatch, watching_agents

TOKEN = "2fakeNgrokToken_0000000000000000"  # evidently fake
PROGRAM = """
import asyncio, os, sys
from pathlib import Path
from cartesia_call.errors import CartesiaCallError
from cartesia_call.vendors.ngrok import NgrokTunnel

async def main():
    tunnel = NgrokTunnel(
        agent_path=sys.argv[1], authtoken=sys.argv[2], domain=None, tunnel_timeout_s=20,
        state_dir=Path(sys.argv[1]).parent / "state", environment=os.environ,
    )
    try:
        await tunnel.open(9)
    except CartesiaCallError:
        sys.exit(20)
    print("up", flush=True)
    await asyncio.Event().wait()

asyncio.run(main())
"""


@pytest.fixture
async def watch() -> AsyncIterator[AgentWatch]:
    async with watching_agents() as watch:
        yield watch


async def run_program(agent: Path, environment: dict[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-c", PROGRAM, str(agent), TOKEN),
        env=environment,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
async def test_the_agent_does_not_outlive_the_program(
    tmp_path: Path, watch: AgentWatch, clean_environment: dict[str, str], number: signal.Signals
) -> None:
    """A program that dies without any clean-up takes its agent with it, `kill -9` included."""
    program = await run_program(write_stand_in_agent(tmp_path, report_port=watch.port), clean_environment)
    assert program.stdout is not None
    assert await program.stdout.readline() == b"up\n"

    program.send_signal(number)
    await program.communicate()

    agent = await watch.next_agent()
    await agent.wait_until_gone()


async def test_a_program_killed_while_it_opens_leaves_no_agent(
    tmp_path: Path, watch: AgentWatch, clean_environment: dict[str, str]
) -> None:
    """The agent is bound to us from its first moment on, before it has said a word."""
    program = await run_program(
        write_stand_in_agent(tmp_path, silent=True, report_port=watch.port), clean_environment
    )
    agent = await watch.next_agent()

    program.kill()
    await program.communicate()

    await agent.wait_until_gone()


async def test_nothing_is_printed(
    tmp_path: Path, watch: AgentWatch, clean_environment: dict[str, str]
) -> None:
    """Neither the agent's words nor pyngrok's reach the terminal, refused or not."""
    working = write_stand_in_agent(tmp_path / "working", report_port=watch.port)
    refused = write_stand_in_agent(tmp_path / "refused", refuse_start="ERR_NGROK_107", report_port=watch.port)

    program = await run_program(refused, clean_environment)
    assert await program.communicate() == (b"", b"")
    assert program.returncode == 20

    program = await run_program(working, clean_environment)
    assert program.stdout is not None
    assert await program.stdout.readline() == b"up\n"
    program.terminate()
    assert await program.communicate() == (b"", b"")


async def test_a_keeper_that_was_killed_is_noticed(tmp_path: Path, watch: AgentWatch) -> None:
    """Whoever waits for an answer learns that none will come."""
    agent_path = write_stand_in_agent(tmp_path, silent=True, report_port=watch.port)
    (tmp_path / "ngrok.yml").write_text("version: '2'\n")
    keeper = Keeper(agent_environment({"PATH": "/usr/bin:/bin"}, authtoken=TOKEN))
    asking = asyncio.create_task(
        keeper.ask(
            {
                "agent_path": str(agent_path),
                "config_path": str(tmp_path / "ngrok.yml"),
                "domain": None,
                "local_port": 9,
                "limit_s": 60,
            }
        )
    )
    await watch.next_agent()

    keeper.kill()
    keeper.kill()

    with pytest.raises(KeeperGone):
        await asking
    with pytest.raises(KeeperGone):
        await keeper.ask({})
    await keeper.stop()


def test_loopback_is_out_of_every_proxys_reach() -> None:
    """What the user excludes stays excluded, and loopback is added; foreign variables are not passed on."""
    environment = agent_environment(
        {"PATH": "/bin", "no_proxy": "example.com", "NO_PROXY": "ignored", "http_proxy": "", "LANG": "C"},
        authtoken=TOKEN,
    )

    assert environment == {
        "PATH": "/bin",
        "no_proxy": "example.com,127.0.0.1,localhost",
        "NO_PROXY": "example.com,127.0.0.1,localhost",
        "NGROK_AUTHTOKEN": TOKEN,
    }
