"""The way from outside to our bridge: listened at, opened, proven, and proven again for the next person."""

from __future__ import annotations

import asyncio

from cartesia_call.errors import CartesiaCallError, TunnelError
from cartesia_call.loggers import logger_of
from cartesia_call.ports import Bridge, Clock, PublicPath
from cartesia_call.records import dataclass

logger = logger_of(__name__)

AGAIN_S = 2.0
"""In which a path that was proven before has to prove itself again, for the next call."""

PATIENCE_S = 0.5
"""So much longer than the limit: whoever waits inside it has a better sentence about what was missing."""


@dataclass(frozen=True, kw_only=True)
class OpenPath:
    """Where we are reached. `opened_ms` is how long listening and opening took, `round_trip_ms` that of the
    proof; None: `--no-probe`."""

    public_url: str
    opened_ms: float
    round_trip_ms: float | None


class ProvenPath:
    """One public path of one command, for any number of calls.

    Everything until the proof takes `timeout_s` at most, and a path that could not be had is not tried again:
    everybody would wait for it anew. A proof holds for `good_for_s`, whoever asks. Whoever made bridge and
    path closes them.
    """

    def __init__(
        self,
        bridge: Bridge,
        path: PublicPath,
        clock: Clock,
        *,
        timeout_s: float,
        good_for_s: float = 0.0,
    ) -> None:
        self._bridge = bridge
        self._path = path
        self._clock = clock
        self._timeout_s = timeout_s
        self._good_for_s = good_for_s
        self._turn = asyncio.Lock()
        self._port: int | None = None
        self._open: OpenPath | None = None
        self._proven_at_s = 0.0
        self._error: CartesiaCallError | None = None

    async def open(self) -> OpenPath:
        """Listen, open the way from outside, prove it; of a path that is open, only that it still leads here,
        else it is opened anew. TunnelError within the limit, or Unauthorized.
        """
        async with self._turn:
            return await self._open_in_turn()

    async def _open_in_turn(self) -> OpenPath:
        if self._error is not None:
            raise self._error
        if self._open is not None and self._clock.now_s() - self._proven_at_s < self._good_for_s:
            return self._open
        try:
            async with asyncio.timeout(self._timeout_s + PATIENCE_S):
                self._open = await self._opened()
                self._proven_at_s = self._clock.now_s()
        except TimeoutError:
            self._error = TunnelError(
                f"there was no proven public path within {self._timeout_s:g} s",
                hint="--tunnel-timeout sets how long to wait",
            )
            raise self._error from None
        except CartesiaCallError as error:
            self._error = error
            raise
        return self._open

    async def _opened(self) -> OpenPath:
        now_s = self._clock.now_s
        began_at_s = now_s()
        deadline_s = began_at_s + self._timeout_s
        if self._port is None:
            self._port = await self._bridge.start(within_s=self._timeout_s)
        if self._open is not None:
            if await self._still_leads_here(self._open.public_url):
                return self._open
            await self._path.close()
            self._open = None
        public_url = await self._path.open(self._port)
        opened_ms = (now_s() - began_at_s) * 1000
        round_trip_ms = await self._prove(public_url, within_s=max(0.0, deadline_s - now_s()))
        return OpenPath(public_url=public_url, opened_ms=opened_ms, round_trip_ms=round_trip_ms)

    async def _still_leads_here(self, public_url: str) -> bool:
        try:
            await self._prove(public_url, within_s=AGAIN_S)
        except CartesiaCallError as error:
            logger.info("the public path is gone: %s", error)
            return False
        return True

    async def _prove(self, public_url: str, *, within_s: float) -> float | None:
        """The round trip in milliseconds; None if nothing is to be proven."""
        round_trip_ms = await self._bridge.prove(public_url, within_s=within_s)
        if round_trip_ms is not None:
            logger.info("the public path is proven, round trip %.0f ms", round_trip_ms)
        return round_trip_ms
