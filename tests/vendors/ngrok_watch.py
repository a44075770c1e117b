"""Who was started as an agent, with what, and whether it is gone: told by the stand-in itself, not polled."""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

_PATIENCE_S = 10.0


@dataclass(frozen=True)
class StartedAgent:
    """One stand-in process. `gone` is set when the kernel has closed what it held open."""

    pid: int
    parent: int
    arguments: list[str]
    environment: dict[str, str]
    gone: asyncio.Event = field(default_factory=asyncio.Event)

    async def wait_until_gone(self) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            await self.gone.wait()


class AgentWatch:
    """Listens for the reports of stand-ins written with `report_port=watch.port`."""

    def __init__(self) -> None:
        self.port = 0
        self.agents: list[StartedAgent] = []
        self._arrivals: asyncio.Queue[StartedAgent] = asyncio.Queue()

    async def next_agent(self) -> StartedAgent:
        async with asyncio.timeout(_PATIENCE_S):
            return await self._arrivals.get()

    async def take_report(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            agent = StartedAgent(**json.loads(await reader.readline()))
            self.agents.append(agent)
            self._arrivals.put_nowait(agent)
            with contextlib.suppress(ConnectionError):
                await reader.read()
            agent.gone.set()


@contextlib.asynccontextmanager
async def watching_agents() -> AsyncIterator[AgentWatch]:
    """A watch that ends only when every agent that reported is gone; TimeoutError if one stays."""
    watch = AgentWatch()
    async with await asyncio.start_server(watch.take_report, "127.0.0.1", 0) as server:
        watch.port = server.sockets[0].getsockname()[1]
        yield watch
        for agent in watch.agents:
            await agent.wait_until_gone()
