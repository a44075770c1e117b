"""An agent that opens no tunnel in time is quoted, also where it is in a pause and says nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.errors import TunnelError
from tests.vendors.ngrok_stand_in import write_stand_in_agent
from tests.vendors.ngrok_watch import watching_agents
from tests.vendors.test_ngrok import tunnel_through


async def test_the_last_words_of_an_agent_that_pauses_are_the_reason(tmp_path: Path) -> None:
    """It tries again after longer and longer pauses, in which it says nothing."""
    words = "failed to dial ngrok server: lookup connect.ngrok-agent.com: no such host"
    async with watching_agents() as watch:
        agent = write_stand_in_agent(tmp_path, complains=words, report_port=watch.port)
        with pytest.raises(TunnelError, match=r"within 2\.5 s: failed to dial .* no such host") as caught:
            await tunnel_through(agent, tunnel_timeout_s=2.5).open(1)
        assert "network connection" in str(caught.value.hint)
        (started,) = watch.agents
        await started.wait_until_gone()
