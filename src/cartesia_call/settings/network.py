"""Proxy and certificates for Twilio, Cartesia and the probe."""

from __future__ import annotations

from cartesia_call.addresses import NetworkRules
from cartesia_call.declarations.setting import Section
from cartesia_call.settings import parsers
from cartesia_call.settings.reader import Reader

SECTION = Section("The network")

HTTPS_PROXY = SECTION.optional(
    vendor_names=("HTTPS_PROXY", "https_proxy"),
    secret=True,
    leads_keys=True,
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
    leads_keys=True,
    parse=parsers.ca_file,
    help="CA certificates to trust instead of the built-in ones.",
    file_note="In PEM form.",
)


def read_network(reader: Reader) -> NetworkRules:
    """What leaves this machine goes by these."""
    return NetworkRules(
        https_proxy=reader.value(HTTPS_PROXY),
        no_proxy=reader.value(NO_PROXY),
        ca_file=reader.value(CA_FILE),
    )
