"""`--public-url`: an address of the user's own."""

from __future__ import annotations

import pytest

from cartesia_call.errors import InputError
from cartesia_call.vendors.own_address import OwnAddress


@pytest.mark.parametrize(
    ("given", "normalised"),
    [
        ("https://calls.example.com", "https://calls.example.com"),
        (" HTTPS://Calls.Example.com:443/ ", "https://calls.example.com"),
        ("https://calls.example.com:8443/phone/", "https://calls.example.com:8443/phone"),
        ("http://127.0.0.1:8080/", "http://127.0.0.1:8080"),
        ("http://[::1]:8080", "http://[::1]:8080"),
    ],
)
async def test_open_returns_the_normalised_address(given: str, normalised: str) -> None:
    """Paths can be appended to what `open` returns; the local port plays no part."""
    path = OwnAddress(given)

    assert await path.open(1) == normalised
    await path.close()


@pytest.mark.parametrize(
    "given",
    [
        "",
        "calls.example.com",
        "http://calls.example.com",
        "wss://calls.example.com",
        "https://",
        "https://calls.example.com:port",
        "https://user:hunter2@calls.example.com",
        "https://calls.example.com/?key=hunter2",
        "https://[::1",
    ],
)
def test_anything_else_is_refused(given: str) -> None:
    """What the carrier could not call is refused before anything is sent, and no password is repeated."""
    with pytest.raises(InputError) as caught:
        OwnAddress(given)

    assert "hunter2" not in str(caught.value)
    assert "https://" in str(caught.value.hint)
