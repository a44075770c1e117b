"""Agents that ngrok may not let in any more: told before the tunnel needs them."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.errors import TunnelError
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.ngrok_watch import watching_agents
from tests.vendors.test_ngrok import UNUSED_PORT, tunnel_through


async def test_an_old_agent_is_warned_of_and_tried(tmp_path: Path) -> None:
    """A paid plan lets it in."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, version="3.19.1"))
    await tunnel.open(UNUSED_PORT)
    (warning,) = tunnel.warnings
    assert "past its end of life" in warning
    assert "check --install-agent" in warning
    await tunnel.close()


async def test_an_agent_of_version_2_is_not_even_started(tmp_path: Path) -> None:
    """The reason is told at once, and not after the time-out."""
    async with watching_agents() as watch:
        tunnel = tunnel_through(write_stand_in_agent(tmp_path, report_port=watch.port, version="2.3.41"))
        with pytest.raises(TunnelError, match=r"2\.3\.41") as caught:
            await tunnel.open(UNUSED_PORT)
        assert "check --install-agent" in str(caught.value.hint)
        assert not watch.agents


async def test_an_agent_that_says_no_version_is_tried(tmp_path: Path) -> None:
    """It may be a script around one."""
    tunnel = tunnel_through(write_stand_in_agent(tmp_path, version="unknown"))
    await tunnel.open(UNUSED_PORT)
    assert tunnel.warnings == ()
    await tunnel.close()
