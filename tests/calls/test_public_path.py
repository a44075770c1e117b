"""The way from outside: opened once, proven for each person, never waited for anew where there is none."""

from __future__ import annotations

import asyncio

import pytest

from cartesia_call.calls.public_path import ProvenPath
from cartesia_call.clock import SystemClock
from cartesia_call.errors import TunnelError, Unauthorized
from cartesia_call.vendors.bridge import MediaBridge
from tests.calls.interference import Interfering, Work
from tests.checking.told import ToldPath
from tests.vendors.carriers import DIRECT
from tests.vendors.http_peers import unused_port

LIMIT_S = 10.0


class Way:
    """A bridge on a real socket, a path to it, and how often each was asked."""

    def __init__(self, path: ToldPath, *, timeout_s: float = LIMIT_S, no_probe: bool = False) -> None:
        self.told = path
        self.opened = self.proven = 0
        self.is_broken = False
        self._bridge = MediaBridge(
            bind_host="127.0.0.1", bind_port=0, verifier=None, network=DIRECT, no_probe=no_probe
        )
        self.path = ProvenPath(
            Interfering(self._bridge, prove=self._prove),
            Interfering(path, open=self._open),
            SystemClock(),
            timeout_s=timeout_s,
        )

    async def _open(self, own: Work, local_port: int) -> str:
        self.opened += 1
        return str(await own(local_port))

    async def _prove(self, own: Work, public_url: str, *, within_s: float) -> float | None:
        self.proven += 1
        if self.is_broken:
            self.is_broken = False
            raise TunnelError("it leads nowhere any more")
        found = await own(public_url, within_s=within_s)
        return None if found is None else float(found)

    async def close(self) -> None:
        await self.told.close()
        await self._bridge.stop()


async def test_whoever_comes_later_finds_it_open_and_proves_it_again() -> None:
    """It is opened once."""
    way = Way(ToldPath())
    async with asyncio.timeout(LIMIT_S):
        first, second = await way.path.open(), await way.path.open()
        await way.close()
    assert second == first
    assert (way.opened, way.proven) == (1, 2)
    assert first.round_trip_ms is not None


async def test_one_that_leads_nowhere_any_more_is_opened_anew() -> None:
    """And proven, before anybody is called."""
    way = Way(ToldPath())
    async with asyncio.timeout(LIMIT_S):
        await way.path.open()
        way.is_broken = True
        await way.path.open()
        await way.close()
    assert (way.opened, way.proven) == (2, 3)


@pytest.mark.parametrize("error", [TunnelError("the domain is in use"), Unauthorized("a wrong token")])
async def test_one_that_could_not_be_had_is_not_tried_again(error: TunnelError | Unauthorized) -> None:
    """Whoever comes later is told the same at once."""
    way = Way(ToldPath(error=error))
    for _ in range(2):
        with pytest.raises(type(error)) as raised:
            await way.path.open()
        assert raised.value is error
    await way.close()
    assert way.opened == 1


async def test_one_that_hangs_is_waited_for_once() -> None:
    """As long as the limit says."""
    way = Way(ToldPath(hangs=True), timeout_s=0.05)
    async with asyncio.timeout(LIMIT_S):
        for _ in range(2):
            with pytest.raises(TunnelError, match=r"within 0\.05 s"):
                await way.path.open()
        await way.close()
    assert way.opened == 1


async def test_without_a_probe_nothing_is_proven() -> None:
    """`--no-probe`: a path that leads elsewhere is taken, too."""
    way = Way(ToldPath(other_port=await unused_port()), no_probe=True)
    async with asyncio.timeout(LIMIT_S):
        assert (await way.path.open()).round_trip_ms is None
        await way.path.open()
        await way.close()
    assert way.opened == 1
