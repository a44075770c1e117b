"""The public path, opened and proven as a call would do it, and taken down again."""

from __future__ import annotations

import asyncio

from cartesia_call.calls.public_path import ProvenPath
from cartesia_call.check_ports import TunnelAgent
from cartesia_call.checking.findings import Finding, failed, passed, skipped, warned
from cartesia_call.errors import CartesiaCallError
from cartesia_call.ports import Bridge, Clock, PublicPath

AGENT = "agent"
PATH = "public-path"


class PathChecks:
    """The lines about one public path, each to be run once. `agent` None: the path needs none."""

    def __init__(
        self,
        bridge: Bridge,
        path: PublicPath,
        agent: TunnelAgent | None,
        clock: Clock,
        *,
        limit_s: float,
    ) -> None:
        self._bridge = bridge
        self._path = path
        self._agent = agent
        self._clock = clock
        self._limit_s = limit_s
        self._has_agent = agent is None
        self._is_inspected = asyncio.Event()

    async def agent(self) -> Finding:
        """There is an ngrok agent, it says which, and that is one of use. The path waits for this."""
        assert self._agent is not None  # noqa: S101  # a line for paths that need one
        try:
            facts = await self._agent.inspect()
        except CartesiaCallError as error:
            return failed(AGENT, error)
        else:
            self._has_agent = True
            told = f"ngrok {facts.version} at {facts.path}"
            value = {"version": facts.version, "path": facts.path}
            if facts.doubts:
                return warned(AGENT, f"{told}: {'; '.join(facts.doubts)}", facts.hint, **value)
            return passed(AGENT, told, **value)
        finally:
            self._is_inspected.set()

    async def path(self) -> Finding:
        """The way from outside leads here, by a real websocket through it."""
        if self._agent is not None:
            await self._is_inspected.wait()
        return await self._open_and_prove() if self._has_agent else skipped(PATH, f"not opened: see {AGENT}")

    async def _open_and_prove(self) -> Finding:
        """Listen, open, prove, all within the limit; then take everything down."""
        path = ProvenPath(self._bridge, self._path, self._clock, timeout_s=self._limit_s)
        try:
            found = await path.open()
        except CartesiaCallError as error:
            return failed(PATH, error)
        finally:
            await self._path.close()
            await self._bridge.stop()
        if found.round_trip_ms is None:
            return skipped(PATH, f"--no-probe: whether {found.public_url} leads here is not proven")
        return passed(
            PATH,
            f"{found.public_url} leads here, a round trip takes {found.round_trip_ms:.0f} ms",
            public_url=found.public_url,
            opened_ms=round(found.opened_ms),
            round_trip_ms=round(found.round_trip_ms, 1),
        )
