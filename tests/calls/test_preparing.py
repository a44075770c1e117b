"""What must stand before a phone may ring, and how long that may take."""

from __future__ import annotations

import asyncio

from cartesia_call.addresses import NetworkRules
from cartesia_call.errors import TunnelError
from cartesia_call.vendors.bridge import MediaBridge
from tests.calls.rehearsed import rehearsed

OPENING_S = 0.05


class SlowPath:
    """A public path that takes its time. Implements `ports.PublicPath`."""

    warnings: tuple[str, ...] = ()

    async def open(self, local_port: int) -> str:
        await asyncio.sleep(OPENING_S)
        return f"http://127.0.0.1:{local_port}"

    async def close(self) -> None:
        """Nothing is held."""


class NotingBridge(MediaBridge):
    """A bridge that notes how long it may take to prove the path, and does not prove it."""

    def __init__(self) -> None:
        super().__init__(
            bind_host="127.0.0.1",
            bind_port=0,
            verifier=None,
            network=NetworkRules(https_proxy=None, no_proxy=None, ca_file=None),
        )
        self.granted_s: float | None = None

    async def prove(self, public_url: str, *, within_s: float) -> float:
        self.granted_s = within_s
        raise TunnelError("this path leads nowhere")


async def test_opening_and_proving_the_path_share_one_limit() -> None:
    """`--tunnel-timeout` counts once: the probe gets what the opening has left of it."""
    async with rehearsed(tunnel_timeout="7s", fallback="none") as call:
        bridge = NotingBridge()
        await call.run(path=SlowPath(), bridge=bridge)
    assert call.plan.limits.tunnel_timeout_s == 7
    assert bridge.granted_s is not None
    assert bridge.granted_s <= 7 - OPENING_S / 2
