"""A quick tunnel is open once it is connected; why it is not, its agent's words tell; nothing is left."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import Unpack

import pytest

from cartesia_call.errors import TunnelError
from cartesia_call.vendors.cloudflared import QuickTunnel, find_cloudflared
from cartesia_call.vendors.ngrok_left_over import AgentIdentity, end_left_over
from tests.vendors.bridge_callers import STATUS, RecordingReception, bridge, get
from tests.vendors.cloudflared_stand_in import Behaviour, write_stand_in_cloudflared


class Tunnel(QuickTunnel):
    """Through a stand-in, whose processes it knows."""

    def __init__(self, folder: Path, *, tunnel_timeout_s: float = 20, **behaviour: Unpack[Behaviour]) -> None:
        self.agents: list[AgentIdentity] = []
        super().__init__(
            agent_path=str(write_stand_in_cloudflared(folder, **behaviour)),
            tunnel_timeout_s=tunnel_timeout_s,
            environment={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
            remember_agent=self.agents.append,
        )


async def test_traffic_passes(tmp_path: Path) -> None:
    """And after `close` the agent is gone."""
    tunnel = Tunnel(tmp_path)
    async with bridge(reception := RecordingReception()) as (_, port):
        url = await tunnel.open(port)
        assert await get(int(url.rpartition(":")[2]), f"{STATUS}?CallSid=CA1") == (204, b"")
        (agent,) = tunnel.agents
        await tunnel.close()
    assert reception.statuses == [{"CallSid": "CA1"}]
    with pytest.raises(ProcessLookupError):
        os.kill(agent.pid, 0)
    await tunnel.close()


async def test_an_agent_of_2022(tmp_path: Path) -> None:
    """It words otherwise that it is connected."""
    tunnel = Tunnel(tmp_path, is_old=True)
    await tunnel.open(1)
    await tunnel.close()


async def test_a_left_over_agent_is_recognised(tmp_path: Path) -> None:
    tunnel = Tunnel(tmp_path)
    await tunnel.open(1)
    assert await asyncio.to_thread(end_left_over, tunnel.agents[0])
    await tunnel.close()


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (
            Behaviour(
                fails='failed to request quick Tunnel: Post "https://api.trycloudflare.com/tunnel": EOF'
            ),
            "failed to request quick Tunnel",
        ),
        (
            Behaviour(
                fails="2026-07-04T05:07:12Z ERR Error unmarshaling QuickTunnel response: error code: 1015 "
                "error=\"invalid character 'e' looking for beginning of value\" "
                'status_code="429 Too Many Requests"\n'
                "failed to unmarshal quick Tunnel: invalid character 'e' looking for beginning of value"
            ),
            r"no tunnel: Error unmarshaling .*429 Too Many Requests.*; failed to unmarshal quick Tunnel",
        ),
        (Behaviour(never_connects="Failed to dial a quic connection"), "Failed to dial a quic connection"),
        (Behaviour(silent=True), r"no tunnel within 2 s"),
    ],
)
async def test_why_there_is_none(tmp_path: Path, behaviour: Behaviour, said: str) -> None:
    """An address alone is none yet."""
    tunnel = Tunnel(tmp_path, tunnel_timeout_s=2, **behaviour)
    with pytest.raises(TunnelError, match=said) as caught:
        await tunnel.open(1)
    assert "trycloudflare.com" in str(caught.value.hint)
    assert tunnel.agents == []


def test_where_it_is_looked_for(tmp_path: Path) -> None:
    """Where it was said, else on PATH, never in a relative folder."""
    agent = str(write_stand_in_cloudflared(tmp_path))
    assert find_cloudflared(agent, None) == agent
    assert find_cloudflared(None, f".:relative:{tmp_path}") == agent
    with pytest.raises(TunnelError, match="CARTESIA_CALL_CLOUDFLARED_PATH names /nowhere"):
        find_cloudflared("/nowhere", None)
    with pytest.raises(TunnelError, match="not found on PATH") as caught:
        find_cloudflared(None, "relative")
    assert "cloudflared" in str(caught.value.hint)
