"""The rehearsal's tunnel: loopback is public enough for a telephone network on the same machine."""

from __future__ import annotations


class LoopbackTunnel:
    """Implements `ports.PublicPath`; plain http and ws to loopback are the strict carrier's one leniency."""

    async def open(self, local_port: int) -> str:
        return f"http://127.0.0.1:{local_port}"

    async def close(self) -> None:
        """Nothing is held open."""
