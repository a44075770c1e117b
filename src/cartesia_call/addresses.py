"""Which hosts are this machine itself, and how others are reached."""

from __future__ import annotations

import ipaddress
from dataclasses import field
from urllib.parse import urlsplit

from cartesia_call.patterns import regex
from cartesia_call.records import dataclass

_TLS_SCHEMES = frozenset({"https", "wss"})
_TLS_PORT = 443
_HOST_AND_PORT = regex(r"(\[.+\]|[^:]+):([0-9]{1,5})")
"""Of an entry of NO_PROXY. Colons without brackets are an IPv6 address alone."""


def is_loopback(host: str) -> bool:
    """Whether `host`, a name or an IP address without brackets, can only lead to this machine.

    True for `localhost`, 127.0.0.0/8, ::1, and the first two written as IPv6 (::ffff:127.0.0.1). Not for
    `calls.localhost`: most resolvers ask the network for such a name, which may answer anything.
    """
    name = host.lower().removesuffix(".")
    if name in {"localhost", "127.0.0.1"}:  # what is asked most: `ipaddress` need not be loaded
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped.is_loopback
    return address.is_loopback


@dataclass(frozen=True, kw_only=True)
class NetworkRules:
    """The values of HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE or REQUESTS_CA_BUNDLE, wherever they were set.

    Libraries are told what this class answers and are kept from reading the environment themselves, or
    each of them would follow rules of its own. An empty value counts as unset. A proxy's URL may hold a
    password.
    """

    https_proxy: str | None = field(default=None, repr=False)
    no_proxy: str | None = None
    ca_file: str | None = None

    def proxy_for(self, url: str) -> str | None:
        """The proxy's URL for `url` (https:// or wss://), or None for a direct connection.

        Loopback never goes through a proxy, nor does plain http:// or ws://, which is for loopback only.
        NO_PROXY is a comma-separated list of hosts, `host:port`, domain suffixes, and `*` for everything.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not self.https_proxy or parts.scheme not in _TLS_SCHEMES or is_loopback(host):
            return None
        if self.no_proxy and _is_listed(host, parts.port or _TLS_PORT, self.no_proxy):
            return None
        return self.https_proxy if "://" in self.https_proxy else f"http://{self.https_proxy}"


def _is_listed(host: str, port: int, no_proxy: str) -> bool:
    """The rules of curl, and a port where an entry names one. A dot at the end of a name says nothing."""
    host = host.removesuffix(".")
    for entry in no_proxy.lower().split(","):
        name, entry_port = entry.strip(), None
        if match := _HOST_AND_PORT.fullmatch(name):
            name, entry_port = match[1], int(match[2])
        if entry_port not in {None, port}:
            continue
        name = name.strip("[]").removeprefix("*.").removeprefix(".").removesuffix(".")
        if name == "*" or (name and (host == name or host.endswith(f".{name}"))):
            return True
    return False
