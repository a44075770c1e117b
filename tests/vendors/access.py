"""How a test reaches what answers as Cartesia does."""

from __future__ import annotations

from cartesia_call.addresses import NetworkRules
from cartesia_call.vendors.cartesia_access import CartesiaAccess
from tests.vendors.carriers import DIRECT


def access_to(
    base_url: str,
    *,
    key: str = "sk_car_fake",
    version: str = "2026-03-01",
    timeout_s: float = 5,
    network: NetworkRules = DIRECT,
) -> CartesiaAccess:
    return CartesiaAccess(
        api_key=key, base_url=base_url, version=version, connect_timeout_s=timeout_s, network=network
    )
