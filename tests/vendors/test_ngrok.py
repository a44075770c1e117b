"""The tunnel against a real agent process: pyngrok, the keeper and the stand-in."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import stat
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.http11 import Request, Response

from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.vendors.ngrok import NgrokTunnel
from cartesia_call.vendors.ngrok_left_over import AgentIdentity, identity_of_agent
from tests.vendors.ngrok_stand_in import Behaviour, write_stand_in_agent
from tests.vendors.ngrok_watch import AgentWatch, watching_agents

TOKEN = "2fakeNgrokToken_0000000000000000"  # evidently fake
AMPLE_S = 20.0
UNUSED_PORT = 9


@pytest.fixture
async def watch() -> AsyncIterator[AgentWatch]:
    async with watching_agents() as watch:
        yield watch


@pytest.fixture
async def echo() -> AsyncIterator[int]:
    """A local server that answers GET with the headers it saw, and echoes on a websocket; its port."""

    async def serve_socket(connection: ServerConnection) -> None:
        async for message in connection:
            await connection.send(message)

    def serve_get(connection: ServerConnection, request: Request) -> Response | None:
        if "Upgrade" in request.headers:
            return None
        return connection.respond(200, f"proto={request.headers['X-Forwarded-Proto']}")

    async with serve(serve_socket, "127.0.0.1", 0, process_request=serve_get) as server:
        yield next(iter(server.sockets)).getsockname()[1]


def tunnel_through(
    agent: Path,
    *,
    tunnel_timeout_s: float = AMPLE_S,
    environment: dict[str, str] | None = None,
    remembered: list[AgentIdentity] | None = None,
) -> NgrokTunnel:
    return NgrokTunnel(
        agent_path=str(agent),
        authtoken=TOKEN,
        domain=None,
        tunnel_timeout_s=tunnel_timeout_s,
        state_dir=agent.parent / "state",
        environment={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], **(environment or {})},
        remember_agent=None if remembered is None else remembered.append,
    )


def process_file(pid: int, name: str) -> bytes:
    """What Linux shows of a process; nothing elsewhere."""
    return Path(f"/proc/{pid}/{name}").read_bytes() if sys.platform == "linux" else b""


def modes_of(path: Path) -> list[int]:
    """The permission bits of `path` and of its folder."""
    return [stat.S_IMODE(place.stat().st_mode) for place in (path, path.parent)]


def files_below(folder: Path, pattern: str = "*") -> list[str]:
    return [file.name for file in folder.rglob(pattern)]


def text_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


async def get(url: str) -> bytes:
    """The whole answer to a GET, status line included."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"GET / HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_http_and_websocket_traffic_passes(tmp_path: Path, watch: AgentWatch, echo: int) -> None:
    """An open tunnel carries requests and a websocket to the local port; after `close` the agent is gone."""
    remembered: list[AgentIdentity] = []
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, report_port=watch.port), remembered=remembered)

    url = await tunnel.open(echo)

    assert not url.endswith("/")
    answer = await get(url)
    assert answer.startswith(b"HTTP/1.1 200")
    assert answer.endswith(b"proto=https")
    async with connect(f"ws{url.removeprefix('http')}/media") as peer:
        await peer.send("x" * 100_000)
        assert await peer.recv() == "x" * 100_000
    agent = await watch.next_agent()
    assert remembered == [identity_of_agent(agent.pid)]
    await tunnel.close()
    await tunnel.close()
    await agent.wait_until_gone()


async def test_the_agent_learns_no_key_but_its_own(tmp_path: Path, watch: AgentWatch) -> None:
    """The token stands in no argument list, and no other credential in the agent's environment."""
    tunnel = tunnel_through(
        write_stand_in_agent(tmp_path, report_port=watch.port),
        environment={
            "TWILIO_AUTH_TOKEN": "fake-twilio-token",
            "CARTESIA_API_KEY": "fake-cartesia-key",
            "HTTPS_PROXY": "http://127.0.0.1:9",
            "NO_PROXY": "example.com",
        },
    )

    await tunnel.open(UNUSED_PORT)

    agent = await watch.next_agent()
    assert TOKEN not in " ".join(agent.arguments)
    for pid in (agent.pid, agent.parent):
        assert TOKEN.encode() not in process_file(pid, "cmdline")
        assert b"fake-" not in process_file(pid, "environ")
    system_given = {"LC_CTYPE", "__CF_USER_TEXT_ENCODING"}
    assert agent.environment.keys() - system_given == {
        "PATH",
        "HOME",
        "HTTPS_PROXY",
        "NO_PROXY",
        "no_proxy",
        "NGROK_AUTHTOKEN",
    }
    assert agent.environment["NO_PROXY"] == "example.com,127.0.0.1,localhost"
    await tunnel.close()


async def test_the_agent_reads_a_private_configuration(tmp_path: Path, watch: AgentWatch) -> None:
    """Its configuration is ours, readable by nobody else, without inspection; the user's is not touched."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, report_port=watch.port))

    await tunnel.open(UNUSED_PORT)

    arguments = (await watch.next_agent()).arguments
    path = Path(arguments[arguments.index("--config") + 1])
    assert path == tmp_path / "state" / "ngrok.yml"
    assert modes_of(path) == [0o600, 0o700]
    assert "inspect_db_size: -1" in text_of(path)
    assert files_below(path.parent) == ["ngrok.yml"]
    assert not files_below(Path(os.environ["HOME"]), "ngrok*")
    await tunnel.close()


async def test_a_refused_token_is_unauthorized_at_once(tmp_path: Path, watch: AgentWatch) -> None:
    """A token that ngrok refuses ends the attempt without waiting, and is not repeated in the message."""
    tunnel = tunnel_through(
        write_stand_in_agent(tmp_path, refuse_start="ERR_NGROK_107", report_port=watch.port),
        tunnel_timeout_s=60,
    )

    with pytest.raises(Unauthorized, match="ERR_NGROK_107") as caught:
        await tunnel.open(UNUSED_PORT)

    assert TOKEN not in str(caught.value)
    assert "\\n" not in str(caught.value)
    assert caught.value.hint
    await (await watch.next_agent()).wait_until_gone()


@pytest.mark.parametrize(
    ("refusal", "code", "starts"),
    [("refuse_start", "ERR_NGROK_108", 3), ("refuse_endpoint", "ERR_NGROK_334", 1)],
)
async def test_what_passes_is_waited_for(
    tmp_path: Path,
    watch: AgentWatch,
    refusal: Literal["refuse_start", "refuse_endpoint"],
    code: str,
    starts: int,
) -> None:
    """A stale session or a domain in use is tried again, until it is granted."""
    behaviour: Behaviour = {"refusals": 2, "report_port": watch.port, "slow_s": 0.01}
    behaviour[refusal] = code
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, **behaviour))

    assert (await tunnel.open(UNUSED_PORT)).startswith("http://127.0.0.1:")

    assert len(watch.agents) == starts
    await tunnel.close()


async def test_a_domain_in_use_is_taken_over_when_it_is_free(tmp_path: Path, watch: AgentWatch) -> None:
    """Two calls that share one domain: the second gets it when the first has ended."""
    agent = write_stand_in_agent(tmp_path, exclusive=True, report_port=watch.port)
    first, second = tunnel_through(agent), tunnel_through(agent)
    await first.open(UNUSED_PORT)
    await watch.next_agent()

    opening = asyncio.create_task(second.open(UNUSED_PORT))
    await watch.next_agent()
    await first.close()

    assert (await opening).startswith("http://127.0.0.1:")
    await second.close()


async def test_a_domain_that_stays_in_use_is_an_error_at_the_time_out(
    tmp_path: Path, watch: AgentWatch
) -> None:
    """After the tunnel time-out the last reason of ngrok's is what the user reads."""
    agent = write_stand_in_agent(tmp_path, refuse_endpoint="ERR_NGROK_334", report_port=watch.port)

    with pytest.raises(TunnelError, match=r"within 3 s: .*already online") as caught:
        await tunnel_through(agent, tunnel_timeout_s=3).open(UNUSED_PORT)

    assert caught.value.code == "ERR_NGROK_334"
    assert caught.value.hint


async def test_another_refusal_is_an_error_at_once(tmp_path: Path, watch: AgentWatch) -> None:
    """A refusal that will not pass by itself is not tried again."""
    agent = write_stand_in_agent(tmp_path, refuse_endpoint="ERR_NGROK_725", report_port=watch.port)

    with pytest.raises(TunnelError, match="ERR_NGROK_725") as caught:
        await tunnel_through(agent, tunnel_timeout_s=60).open(UNUSED_PORT)

    assert "allowance" in str(caught.value.hint)


async def test_a_silent_agent_is_killed_at_the_time_out(tmp_path: Path, watch: AgentWatch) -> None:
    """An agent that says nothing, and heeds no SIGTERM, costs the tunnel time-out and no more."""
    agent = write_stand_in_agent(tmp_path, silent=True, deaf=True, report_port=watch.port)

    with pytest.raises(TunnelError, match=r"within 2\.5 s"):
        await tunnel_through(agent, tunnel_timeout_s=2.5).open(UNUSED_PORT)

    await (await watch.next_agent()).wait_until_gone()


async def test_an_agent_that_cannot_be_executed_is_an_error(tmp_path: Path) -> None:
    """A file that is no program for this machine is a TunnelError, not a hang."""
    agent = tmp_path / "ngrok"
    agent.write_bytes(b"\x7fELF not really")
    agent.chmod(0o755)

    with pytest.raises(TunnelError, match="Exec format"):
        await tunnel_through(agent).open(UNUSED_PORT)


async def test_a_proxy_does_not_stand_between_us_and_the_agent(tmp_path: Path, watch: AgentWatch) -> None:
    """The agent's local API is asked directly, whatever proxy the environment names."""
    with socket.create_server(("127.0.0.1", 0)) as black_hole:  # accepts, and never answers
        proxy = f"http://127.0.0.1:{black_hole.getsockname()[1]}"
        tunnel = tunnel_through(
            write_stand_in_agent(tmp_path, report_port=watch.port), environment={"http_proxy": proxy}
        )

        assert await tunnel.open(UNUSED_PORT)

        await tunnel.close()


@pytest.mark.parametrize("end", ["cancel", "close", "kill"])
async def test_an_end_during_open_leaves_no_agent(tmp_path: Path, watch: AgentWatch, end: str) -> None:
    """`open` under way may be cancelled, closed from elsewhere, or killed: the agent goes with it."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, silent=True, report_port=watch.port))
    opening = asyncio.create_task(tunnel.open(UNUSED_PORT))
    agent = await watch.next_agent()

    if end == "cancel":
        opening.cancel()
    elif end == "close":
        await tunnel.close()
    else:
        tunnel.kill_now()

    with pytest.raises(asyncio.CancelledError if end == "cancel" else TunnelError):
        await opening
    await agent.wait_until_gone()


async def test_a_close_before_the_agent_exists_prevents_it(tmp_path: Path, watch: AgentWatch) -> None:
    """A `close` that comes while `open` only prepares holds: nothing is started after it."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, report_port=watch.port))
    opening = asyncio.create_task(tunnel.open(UNUSED_PORT))
    await asyncio.sleep(0)

    await tunnel.close()

    with pytest.raises(TunnelError, match="was ended"):
        await opening
    assert not watch.agents


async def test_an_agent_that_heeds_no_good_bye_is_killed(tmp_path: Path, watch: AgentWatch) -> None:
    """`close` gives an agent two seconds after SIGTERM and no more."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, deaf=True, report_port=watch.port))
    await tunnel.open(UNUSED_PORT)

    async with asyncio.timeout(5):
        await tunnel.close()

    await (await watch.next_agent()).wait_until_gone()


async def test_the_agent_of_a_killed_keeper_ends_with_close(tmp_path: Path, watch: AgentWatch) -> None:
    """Even if somebody killed the process between us and the agent, `close` leaves no agent."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, report_port=watch.port))
    await tunnel.open(UNUSED_PORT)
    agent = await watch.next_agent()
    os.kill(agent.parent, signal.SIGKILL)

    await tunnel.close()

    await agent.wait_until_gone()


async def test_a_closed_tunnel_may_be_opened_again(tmp_path: Path, watch: AgentWatch) -> None:
    """One object serves several tunnels, one after the other, and never two at once."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, report_port=watch.port))
    await tunnel.open(UNUSED_PORT)
    with pytest.raises(TunnelError, match="open already"):
        await tunnel.open(UNUSED_PORT)
    await tunnel.close()

    assert await tunnel.open(UNUSED_PORT)

    tunnel.kill_now()
