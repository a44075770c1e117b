"""How Cartesia is reached, and as whom."""

from __future__ import annotations

from dataclasses import field
from urllib.parse import urlsplit

from cartesia_call.addresses import NetworkRules, is_loopback
from cartesia_call.errors import SettingsError, Unauthorized
from cartesia_call.records import dataclass
from cartesia_call.trace_ports import Tracer


@dataclass(frozen=True, kw_only=True)
class CartesiaAccess:
    """`base_url` is https://, or http:// to a loopback address: SettingsError for any other.

    The key travels in a header and is never quoted. `connect_timeout_s` limits a websocket's handshake, and a
    request to the REST API as a whole. `tracer` is told of what passes.
    """

    api_key: str = field(repr=False)
    base_url: str
    version: str
    connect_timeout_s: float
    network: NetworkRules
    tracer: Tracer | None = None

    def __post_init__(self) -> None:
        parts = urlsplit(self.base_url)
        if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
            raise SettingsError(["CARTESIA_BASE_URL is neither https:// nor http:// to a loopback address"])

    @property
    def host(self) -> str:
        """With its port, as a sentence names it."""
        return urlsplit(self.base_url).netloc

    def headers(self) -> dict[str, str]:
        """The key and the API's version. Unauthorized for a key that no header can carry."""
        if not (self.api_key.isascii() and self.api_key.isprintable()):
            # Such a character would end the header early, or could not be sent at all.
            raise Unauthorized(
                "CARTESIA_API_KEY holds a character that no key has", hint="copy the key again"
            )
        return {"Authorization": f"Bearer {self.api_key}", "Cartesia-Version": self.version}
