"""Proxy and certificates, as the vendors' code takes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cartesia_call.settings.network import NetworkSettings

if TYPE_CHECKING:
    from cartesia_call.vendors.network import NetworkRules


def network_rules(settings: NetworkSettings) -> NetworkRules:
    """The vendors' form of the network settings."""
    from cartesia_call.vendors.network import NetworkRules

    return NetworkRules(
        https_proxy=settings.https_proxy, no_proxy=settings.no_proxy, ca_file=settings.ca_file
    )
