"""Proxy and certificates for Twilio, Cartesia and the probe."""

from __future__ import annotations

from dataclasses import dataclass, field

from cartesia_call.settings import parsers
from cartesia_call.settings.reader import Reader
from cartesia_call.settings.setting import Section

SECTION = Section("The network")

HTTPS_PROXY = SECTION.optional(
    vendor_names=("HTTPS_PROXY", "https_proxy"),
    secret=True,
    parse=parsers.proxy_url,
    help="Proxy for Twilio, Cartesia and the probe. Loopback never goes through it.",
)
NO_PROXY = SECTION.optional(
    vendor_names=("NO_PROXY", "no_proxy"),
    parse=parsers.text,
    help="Hosts that are reached without the proxy, separated by commas.",
)
CA_FILE = SECTION.optional(
    vendor_names=("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"),
    parse=parsers.ca_file,
    help="CA certificates to trust instead of the built-in ones.",
)


@dataclass(frozen=True, kw_only=True)
class NetworkSettings:
    """Proxy and certificates for Twilio, Cartesia and the probe. A proxy's URL may hold a password."""

    https_proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: str | None = None


def read_network(reader: Reader) -> NetworkSettings:
    """What leaves this machine goes by these."""
    return NetworkSettings(
        https_proxy=reader.value(HTTPS_PROXY),
        no_proxy=reader.value(NO_PROXY),
        ca_file=reader.value(CA_FILE),
    )
