"""The agent's local API, which has no password: it listens where nobody looks for it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Callable
from pathlib import Path

from cartesia_call.vendors.ngrok import NgrokTunnel
from tests.vendors.ngrok_stand_in import write_stand_in_agent

UNUSED_PORT = 9


def tunnel_in(folder: Path, choose_port: Callable[[], int] | None = None) -> NgrokTunnel:
    return NgrokTunnel(
        agent_path=str(write_stand_in_agent(folder)),
        authtoken="2fakeNgrokToken_0000000000000000",
        domain=None,
        tunnel_timeout_s=20,
        state_dir=folder / "state",
        environment={"PATH": os.environ["PATH"]},
        choose_port=choose_port,
    )


async def test_the_agents_api_is_where_nobody_expects_it(tmp_path: Path) -> None:
    """On a port of loopback that is another one each time: whoever asks 4040 finds nothing of ours."""
    ports = []
    for _ in range(3):
        tunnel = tunnel_in(tmp_path)
        await tunnel.open(UNUSED_PORT)
        config = (tmp_path / "state" / "ngrok.yml").read_text()
        (port,) = re.findall(r"^web_addr: 127\.0\.0\.1:(\d+)$", config, re.MULTILINE)
        ports.append(int(port))
        with socket.create_connection(("127.0.0.1", ports[-1]), timeout=5):
            pass
        await tunnel.close()
    assert 4040 not in ports
    assert len(set(ports)) > 1


async def test_a_port_that_somebody_else_took_is_given_up(tmp_path: Path) -> None:
    """Between the choice and the agent's start; with the next one the tunnel opens."""
    with socket.socket() as faster, socket.socket() as free:
        faster.bind(("127.0.0.1", 0))
        faster.listen()
        free.bind(("127.0.0.1", 0))
        ports = [free.getsockname()[1], faster.getsockname()[1]]
        free.close()
        tunnel = tunnel_in(tmp_path, choose_port=ports.pop)
        assert await tunnel.open(UNUSED_PORT)
        assert ports == []
        await tunnel.close()
