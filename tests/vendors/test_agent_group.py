"""A tunnel's agent and its keeper: whoever closes the tunnel waits until the agent has said its good-bye."""

from __future__ import annotations

import os
from pathlib import Path

from cartesia_call.clock import running_s
from cartesia_call.vendors.ngrok import NgrokTunnel
from tests.vendors.ngrok_stand_in import write_stand_in_agent

UNUSED_PORT = 9
AMPLE_S = 20.0
DEREGISTERS_S = 0.3


async def test_a_close_waits_until_the_agent_has_deregistered(tmp_path: Path) -> None:
    """Else its domain is taken for the next call, and a process is left for a moment."""
    agent = write_stand_in_agent(tmp_path / "agent", deregisters_s=DEREGISTERS_S)
    tunnel = NgrokTunnel(
        agent_path=str(agent),
        authtoken="2fakeNgrokToken_0000000000000000",  # evidently fake
        domain=None,
        tunnel_timeout_s=AMPLE_S,
        state_dir=tmp_path / "state",
        environment={"PATH": os.environ["PATH"], "HOME": os.environ["HOME"]},
    )
    await tunnel.open(UNUSED_PORT)

    closed_at_s = running_s()
    await tunnel.close()

    assert running_s() - closed_at_s >= DEREGISTERS_S
