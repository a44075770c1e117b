"""Which way from the internet leads here, and what the ledger knows of the agent that keeps it open."""

from __future__ import annotations

import asyncio
import contextlib
import functools
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING

from cartesia_call.blocking import in_daemon_thread
from cartesia_call.errors import LedgerError
from cartesia_call.ports import Clock, PublicPath
from cartesia_call.settings.model import Settings
from cartesia_call.store.directories import directories, passing_places
from cartesia_call.store.ledger import SqliteLedger
from cartesia_call.wiring.line_checks import uses_built_in_tunnel

if TYPE_CHECKING:
    from cartesia_call.vendors.ngrok_left_over import AgentIdentity
    from cartesia_simulator.faults import FaultPlan

logger = logging.getLogger(__name__)


def public_path(
    settings: Settings,
    environment: Mapping[str, str],
    ledger: SqliteLedger,
    *,
    clock: Clock,
    faults: FaultPlan | None,
) -> PublicPath:
    """The own address, the built-in tunnel of a rehearsal, or ngrok.

    `faults` are those of the rehearsal's network, None in a live call.
    """
    if faults is not None and uses_built_in_tunnel(settings):
        from cartesia_simulator.tunnel import built_in_tunnel

        return built_in_tunnel(faults, clock, tunnel_timeout_s=settings.limits.tunnel_timeout_s)
    if settings.path.public_url is not None:
        from cartesia_call.vendors.own_address import OwnAddress

        return OwnAddress(settings.path.public_url)
    return RememberedTunnel(settings, environment, ledger)


class RememberedTunnel:
    """An ngrok tunnel whose agent is in the ledger while it runs, and which first ends left-over ones."""

    def __init__(self, settings: Settings, environment: Mapping[str, str], ledger: SqliteLedger) -> None:
        from cartesia_call.vendors.ngrok import NgrokTunnel

        self._ledger = ledger
        self._agent: AgentIdentity | None = None
        self._noting: set[asyncio.Task[None]] = set()
        self._tunnel = NgrokTunnel(
            agent_path=settings.path.ngrok_path,
            # A rehearsal may drive an agent that belongs to no account; no agent takes an empty token.
            authtoken=settings.path.ngrok_authtoken or "rehearsal",
            domain=settings.path.ngrok_domain,
            tunnel_timeout_s=settings.limits.tunnel_timeout_s,
            state_dir=directories(rehearsal=settings.rehearse).state,
            environment=environment,
            passing_places=passing_places(),
            remember_agent=self._remember,
        )

    @property
    def warnings(self) -> tuple[str, ...]:
        return self._tunnel.warnings

    async def open(self, local_port: int) -> str:
        """As `NgrokTunnel.open`. An agent that a killed run left holds the account's one domain: end it."""
        await self._end_left_over_agents()
        return await self._tunnel.open(local_port)

    async def close(self) -> None:
        """As `NgrokTunnel.close`, and the ledger forgets the agent."""
        await self._tunnel.close()
        if self._agent is not None:
            await asyncio.gather(*self._noting)
            with contextlib.suppress(LedgerError):
                await self._ledger.forget_agent(self._agent.pid)
            self._agent = None

    def _remember(self, agent: AgentIdentity) -> None:
        self._agent = agent
        self._noting.add(asyncio.create_task(self._note(agent), name="noting the agent"))

    async def _note(self, agent: AgentIdentity) -> None:
        try:
            await self._ledger.remember_agent(agent.pid, agent.started)
        except LedgerError as error:
            logger.debug("the ngrok agent is not in the ledger: %s", error)

    async def _end_left_over_agents(self) -> None:
        from cartesia_call.vendors.ngrok_left_over import AgentIdentity, end_left_over

        with contextlib.suppress(LedgerError):
            for agent in await self._ledger.left_over_agents():
                identity = AgentIdentity(agent.pid, agent.started)
                if await in_daemon_thread(functools.partial(end_left_over, identity)):
                    logger.info("ended the ngrok agent %d that an earlier run had left", agent.pid)
                await self._ledger.forget_agent(agent.pid)
