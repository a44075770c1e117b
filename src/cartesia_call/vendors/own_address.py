"""A public path that the user already has: a reverse proxy, a tunnel of their own, a public server."""

from __future__ import annotations


class OwnAddress:
    """Implements `ports.PublicPath` for `--public-url`: nothing is opened and nothing closed.

    `public_url` is an origin as `settings/` reads it.
    """

    warnings: tuple[str, ...] = ()

    def __init__(self, public_url: str) -> None:
        self._public_url = public_url

    async def open(self, local_port: int) -> str:
        """The address. That it leads to `local_port` is for the bridge's probe to prove."""
        return self._public_url

    async def close(self) -> None:
        """Nothing is held."""
