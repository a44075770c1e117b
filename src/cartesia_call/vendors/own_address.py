"""A public path that the user already has: a reverse proxy, a tunnel of their own, a public server."""

from __future__ import annotations

from urllib.parse import urlsplit

from cartesia_call.errors import InputError

_LOOPBACK_NAMES = frozenset({"127.0.0.1", "::1", "localhost"})
_HINT = "give --public-url (CARTESIA_CALL_PUBLIC_URL) a base address such as https://calls.example.com"


class OwnAddress:
    """Implements `ports.PublicPath` for `--public-url`: nothing is opened and nothing closed."""

    def __init__(self, public_url: str) -> None:
        """InputError if `public_url` is not a base URL that the carrier could call."""
        self._public_url = normalised_base_url(public_url)

    async def open(self, local_port: int) -> str:
        """The address, normalised. That it leads to `local_port` is for the bridge's probe to prove."""
        return self._public_url

    async def close(self) -> None:
        """Nothing is held."""


def normalised_base_url(text: str) -> str:
    """`https://host[:port][/path]` without a trailing slash and without the default port; host in lower case.

    `http://` is accepted for loopback only. InputError for anything else, without repeating a password.
    """
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise InputError(f"the public URL is malformed: {error}", hint=_HINT) from error
    if "@" in parts.netloc or parts.query or parts.fragment:
        raise InputError("the public URL has a user name, a query or a fragment", hint=_HINT)
    if not host or not (parts.scheme == "https" or (parts.scheme == "http" and host in _LOOPBACK_NAMES)):
        raise InputError(f"{text.strip()!r} is no public https:// address", hint=_HINT)
    shown_host = f"[{host}]" if ":" in host else host
    default_port = 443 if parts.scheme == "https" else 80
    shown_port = "" if port in (None, default_port) else f":{port}"
    return f"{parts.scheme}://{shown_host}{shown_port}{parts.path.rstrip('/')}"
