"""What every request to Cartesia carries, and where it may go."""

from __future__ import annotations

from urllib.parse import urlsplit

from cartesia_call.addresses import is_loopback
from cartesia_call.errors import SettingsError, Unauthorized


def require_safe_address(base_url: str) -> None:
    """SettingsError unless the key may be sent to `base_url`: https://, or http:// to a loopback address."""
    parts = urlsplit(base_url)
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        raise SettingsError(["CARTESIA_BASE_URL is neither https:// nor http:// to a loopback address"])


def access_headers(api_key: str, version: str) -> dict[str, str]:
    """The key and the API's version, as headers. Unauthorized for a key that no header can carry."""
    if not (api_key.isascii() and api_key.isprintable()):
        # Such a character would end the header early, or could not be sent at all.
        raise Unauthorized("CARTESIA_API_KEY holds a character that no key has", hint="copy the key again")
    return {"Authorization": f"Bearer {api_key}", "Cartesia-Version": version}
