"""How connections leave this machine: proxy and certificate authorities, for every library alike."""

from __future__ import annotations

import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from cartesia_call.addresses import is_loopback
from cartesia_call.errors import SettingsError

_TLS_SCHEMES = frozenset({"https", "wss"})
_TLS_PORT = 443
_HOST_AND_PORT = re.compile(r"(\[.+\]|[^:]+):(\d+)")
"""Of an entry of NO_PROXY. Colons without brackets are an IPv6 address alone."""


@dataclass(frozen=True, kw_only=True)
class NetworkRules:
    """The values of HTTPS_PROXY, NO_PROXY and SSL_CERT_FILE or REQUESTS_CA_BUNDLE, wherever they were set.

    Libraries are told what this class answers and are kept from reading the environment themselves, or
    each of them would follow rules of its own. An empty value counts as unset.
    """

    https_proxy: str | None
    no_proxy: str | None
    ca_file: str | None

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

    def ssl_context(self) -> ssl.SSLContext:
        """A context of its own for each caller, which verifies names and certificates.

        With `ca_file` (a PEM file or a directory of them) only these authorities count. Without it the
        system's do, together with certifi's: some Python installations on macOS know no others.
        SettingsError if `ca_file` cannot be read.
        """
        if not self.ca_file:
            context = ssl.create_default_context()
            context.load_verify_locations(certifi.where())
            return context
        is_directory = Path(self.ca_file).is_dir()
        try:
            return ssl.create_default_context(
                cafile=None if is_directory else self.ca_file,
                capath=self.ca_file if is_directory else None,
            )
        except OSError as error:  # ssl.SSLError is one
            reason = error.strerror or "not a file of PEM certificates"
            raise SettingsError(
                [f"SSL_CERT_FILE or REQUESTS_CA_BUNDLE: {self.ca_file} cannot be used: {reason}"]
            ) from None


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
