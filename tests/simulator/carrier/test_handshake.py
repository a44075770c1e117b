"""Opening the media stream: what cannot be connected is noted, and the next verb runs."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.handshake import with_wrong_secret
from tests.simulator.customer import closed_port, codes, customer_of


@pytest.mark.parametrize(
    ("url", "code"),
    [
        ("wss://example.com/media?secret=1", 31920),
        ("https://example.com/media", 31922),
        ("ws://192.0.2.1/media", 31922),
        ("/media", 31923),
        ("wss://[::1/media", 31923),
        ("wss://exa mple.com/media", 31923),
    ],
)
async def test_an_address_that_cannot_be_connected_falls_through(url: str, code: int) -> None:
    """Each with its own code, and the next verb runs."""
    async with customer_of() as customer:
        await customer.place(
            twiml=f'<Response><Connect><Stream url="{url}"/></Connect><Say>Goodbye</Say></Response>'
        )
        await customer.until_over()
        assert codes(customer) == [code]
        assert customer.call.said_by_carrier == ["Goodbye"]


async def test_a_server_that_is_not_there_falls_through() -> None:
    """31902."""
    with closed_port() as port:
        async with customer_of() as customer:
            url = f"ws://127.0.0.1:{port}/media"
            await customer.place(twiml=f'<Response><Connect><Stream url="{url}"/></Connect></Response>')
            await customer.until_over()
            assert codes(customer) == [31902]


async def test_a_refused_handshake_falls_through() -> None:
    """Any answer but 101 is 31920 with the status in its text."""
    async with customer_of() as customer:
        customer.stream_status = 403
        await customer.place(twiml=customer.connect(then="<Say>Goodbye</Say>"))
        await customer.until_over()
        assert [(entry.code, "403" in entry.message) for entry in customer.call.warnings] == [(31920, True)]
        assert customer.call.said_by_carrier == ["Goodbye"]


async def test_a_track_with_connect_is_refused() -> None:
    """31941 for anything but inbound_track."""
    async with customer_of() as customer:
        url = customer.stream_url()
        await customer.place(
            twiml=f'<Response><Connect><Stream url="{url}" track="both_tracks"/></Connect></Response>'
        )
        await customer.until_over()
        assert codes(customer) == [31941]
        assert customer.peers.empty()


@pytest.mark.parametrize(
    ("url", "wrong"),
    [
        ("wss://example.com/media/secret", "wss://example.com/media/Aecret"),
        ("wss://example.com:1234/media/Asecret", "wss://example.com:1234/media/Bsecret"),
        ("ws://127.0.0.1:1/media/%2Fx", "ws://127.0.0.1:1/media/A2Fx"),
        ("wss://example.com/", "wss://example.com/A"),
        ("wss://example.com", "wss://example.com/A"),
        ("wss://[::1/media", "wss://[::1/media"),
    ],
)
def test_a_wrong_secret_stands_where_the_right_one_was(url: str, wrong: str) -> None:
    """As long, and nothing else is touched; what is no address stays what it is."""
    assert with_wrong_secret(url) == wrong
