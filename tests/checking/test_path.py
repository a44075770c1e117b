"""The public path over real sockets: proven, or failed with the reason, and always taken down again."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.checking.findings import Finding, Status
from cartesia_call.checking.path import PathChecks
from cartesia_call.clock import SystemClock
from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.vendors.bridge import MediaBridge
from tests.checking.told import ToldAgent, ToldPath
from tests.vendors.carriers import DIRECT
from tests.vendors.http_peers import unused_port


async def checked(
    path: ToldPath, agent: ToldAgent | None = None, *, no_probe: bool = False, limit_s: float = 10
) -> list[Finding]:
    bridge = MediaBridge(bind_host="127.0.0.1", bind_port=0, verifier=None, network=DIRECT, no_probe=no_probe)
    checks = PathChecks(bridge, path, agent, SystemClock(), limit_s=limit_s)
    lines = [checks.path()] if agent is None else [checks.path(), checks.agent()]
    async with asyncio.timeout(30):
        findings = list(await asyncio.gather(*lines))
    assert not path.is_open
    return findings


async def test_a_path_is_proven_by_a_real_websocket() -> None:
    """With its round trip, in milliseconds."""
    (finding,) = await checked(ToldPath())
    assert finding.status is Status.PASS
    assert finding.value is not None
    assert str(finding.value["public_url"]).startswith("http://127.0.0.1:")
    assert float(str(finding.value["round_trip_ms"])) < 10_000


async def test_a_path_that_leads_nowhere_fails() -> None:
    path = ToldPath(other_port=await unused_port())
    (finding,) = await checked(path, limit_s=0.5)
    assert isinstance(finding.error, TunnelError)
    assert "refused" in finding.detail


@pytest.mark.parametrize("error", [TunnelError("the domain is in use"), Unauthorized("a wrong token")])
async def test_what_the_tunnel_refuses_is_told(error: TunnelError | Unauthorized) -> None:
    (finding,) = await checked(ToldPath(error=error))
    assert finding.error is error


async def test_a_tunnel_that_never_opens_is_given_up() -> None:
    (finding,) = await checked(ToldPath(hangs=True), limit_s=0.05)
    assert isinstance(finding.error, TunnelError)
    assert "within 0.05 s" in finding.detail


async def test_without_a_probe_nothing_is_proven() -> None:
    """--no-probe: opened, and said to be unproven."""
    (finding,) = await checked(ToldPath(), no_probe=True)
    assert finding.status is Status.SKIPPED


async def test_the_agent_is_looked_at_first() -> None:
    """Its version is a line of its own."""
    path, agent = await checked(ToldPath(), ToldAgent())
    assert (agent.status, path.status) == (Status.PASS, Status.PASS)
    assert agent.value == {"version": "3.39.10", "path": "/usr/local/bin/ngrok"}


async def test_what_speaks_against_the_agent_is_a_warning() -> None:
    """The path is tried all the same, and proves whether it holds."""
    path, agent = await checked(ToldPath(), ToldAgent(doubts=("it is old", "it is confined")))
    assert (agent.status, path.status) == (Status.WARNING, Status.PASS)
    assert agent.detail == "ngrok 3.39.10 at /usr/local/bin/ngrok: it is old; it is confined"
    assert agent.hint == "get another"


async def test_without_an_agent_no_path_is_opened() -> None:
    """One line fails, and the other points to it."""
    path, agent = await checked(ToldPath(error=TunnelError("opened")), ToldAgent(TunnelError("no agent")))
    assert (agent.status, path.status) == (Status.FAIL, Status.SKIPPED)
