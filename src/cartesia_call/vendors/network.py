"""How connections leave this machine: proxy and certificate authorities, for every library alike."""

from __future__ import annotations

import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import certifi

from cartesia_call.errors import SettingsError

_TLS_SCHEMES = frozenset({"https", "wss"})


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
        NO_PROXY is a comma-separated list of hosts, `host:port` or domain suffixes, or `*` for everything.
        """
        parts = urlsplit(url)
        host = parts.hostname or ""
        if not self.https_proxy or parts.scheme not in _TLS_SCHEMES or _is_loopback(host):
            return None
        if self.no_proxy and _is_listed(host, parts.port, self.no_proxy):
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


def _is_listed(host: str, port: int | None, no_proxy: str) -> bool:
    """The rules of curl and the standard library's `proxy_bypass_environment`."""
    if no_proxy.strip() == "*":
        return True
    for entry in no_proxy.lower().split(","):
        name = entry.strip().lstrip(".")
        for address in (host, f"{host}:{port}"):
            if name and (address == name or address.endswith(f".{name}")):
                return True
    return False


def _is_loopback(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
