"""`--public-url`: an address of the user's own."""

from __future__ import annotations

from cartesia_call.vendors.own_address import OwnAddress


async def test_open_returns_the_address() -> None:
    """As the settings hold it; the local port plays no part."""
    path = OwnAddress("http://127.0.0.2:8080")

    assert await path.open(1) == "http://127.0.0.2:8080"
    await path.close()
