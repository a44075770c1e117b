"""The public path, opened and proven as a call would do it, and taken down again."""

from __future__ import annotations

import asyncio

from cartesia_call.check_ports import TunnelAgent
from cartesia_call.checking.findings import Finding, failed, passed, skipped
from cartesia_call.errors import CartesiaCallError, TunnelError
from cartesia_call.ports import Bridge, PublicPath

AGENT = "agent"
PATH = "public-path"

_PATIENCE_S = 0.5
"""So much longer than the limit: whoever waits inside it has a better sentence about what was missing."""


class PathChecks:
    """The lines about one public path, each to be run once. `agent` None: the path needs none.

    `limit_s` is in real seconds. `probe` False leaves the proof out.
    """

    def __init__(
        self, bridge: Bridge, path: PublicPath, agent: TunnelAgent | None, *, probe: bool, limit_s: float
    ) -> None:
        self._bridge = bridge
        self._path = path
        self._agent = agent
        self._probe = probe
        self._limit_s = limit_s
        self._has_agent = agent is None
        self._is_inspected = asyncio.Event()

    async def agent(self) -> Finding:
        """There is an ngrok agent, and it says which. The path waits for this."""
        assert self._agent is not None  # noqa: S101  # a line for paths that need one
        try:
            facts = await self._agent.inspect()
        except CartesiaCallError as error:
            return failed(AGENT, error)
        else:
            self._has_agent = True
            return passed(
                AGENT, f"ngrok {facts.version} at {facts.path}", version=facts.version, path=facts.path
            )
        finally:
            self._is_inspected.set()

    async def path(self) -> Finding:
        """The way from outside leads here, by a real websocket through it."""
        if self._agent is not None:
            await self._is_inspected.wait()
        return await self._open_and_prove() if self._has_agent else skipped(PATH, f"not opened: see {AGENT}")

    async def _open_and_prove(self) -> Finding:
        """Listen, open, prove, all within the limit; then take everything down."""
        now_s = asyncio.get_running_loop().time
        began_at_s = now_s()
        deadline_s = began_at_s + self._limit_s
        try:
            async with asyncio.timeout_at(deadline_s + _PATIENCE_S):
                port = await self._bridge.start(within_s=self._limit_s)
                public_url = await self._path.open(port)
                opened_ms = round((now_s() - began_at_s) * 1000)
                if not self._probe:
                    return skipped(PATH, f"--no-probe: whether {public_url} leads here is not proven")
                round_trip_ms = await self._bridge.prove(public_url, within_s=max(0.0, deadline_s - now_s()))
        except TimeoutError:
            return failed(
                PATH,
                TunnelError(
                    f"there was no proven public path within {self._limit_s:g} s",
                    hint="--tunnel-timeout sets how long to wait",
                ),
            )
        except CartesiaCallError as error:
            return failed(PATH, error)
        finally:
            await self._path.close()
            await self._bridge.stop()
        return passed(
            PATH,
            f"{public_url} leads here, a round trip takes {round_trip_ms:.0f} ms",
            public_url=public_url,
            opened_ms=opened_ms,
            round_trip_ms=round(round_trip_ms, 1),
        )
