"""Settings of the way from the internet to this process."""

from __future__ import annotations

from urllib.parse import urlsplit

from cartesia_call.addresses import is_loopback
from cartesia_call.settings.model import PathSettings
from cartesia_call.settings.parsers import numeric_loopback
from cartesia_call.settings.reader import COMMAND_LINE, ENV_FILE, Reader

NGROK = "ngrok"
_ANY_PORT = ("127.0.0.1", 0)
_FORWARDED_TO = frozenset({"127.0.0.1", "0.0.0.0"})  # noqa: S104  # compared, not bound
"""Where ngrok's agent, which forwards to 127.0.0.1, finds us listening."""


def read_path(reader: Reader, *, rehearse: bool, required: bool) -> PathSettings:
    """Tunnel or own address. `required`: one of them must be there.

    A rehearsal takes the built-in tunnel, unless `ngrok` was asked for outside the env file: what a
    script's rehearsal opens to the internet is never decided by a file that lies about.
    """
    tunnel = reader.value("tunnel") or "auto"
    found = reader.find("tunnel")
    if rehearse and found is not None and found.source == ENV_FILE:
        tunnel = "auto"
    public_url = None
    host, port = _ANY_PORT
    if required:
        public_url = _public_url(reader, tunnel)
        # A malformed address of one's own is its own problem, and does not mean ngrok.
        by_ngrok = tunnel == NGROK or reader.find("public_url") is None
        host, port = _bind_address(reader, public_url, by_ngrok=by_ngrok)
        if by_ngrok:
            reader.required("ngrok_authtoken")
    uses_ngrok = tunnel == NGROK if rehearse else required and public_url is None
    return PathSettings(
        public_url=public_url,
        bind_host=host,
        bind_port=port,
        ngrok_authtoken=reader.value("ngrok_authtoken") if uses_ngrok else None,
        ngrok_domain=reader.value("ngrok_domain") if uses_ngrok else None,
        ngrok_path=reader.value("ngrok_path") if uses_ngrok else None,
        tunnel=tunnel,
        probe=not reader.value("no_probe"),
        verify_signature=not reader.value("no_verify_signature"),
    )


def _public_url(reader: Reader, tunnel: str) -> str | None:
    if tunnel != NGROK:
        public_url: str | None = reader.value("public_url")
        return public_url
    given = [reader.find("tunnel"), reader.find("public_url")]
    if all(found is not None and found.source == COMMAND_LINE for found in given):
        reader.problems.append("--tunnel ngrok and --public-url exclude each other: give one of them")
    return None


def _bind_address(reader: Reader, public_url: str | None, *, by_ngrok: bool) -> tuple[str, int]:
    found = reader.find("bind")
    address: tuple[str, int] | None = reader.value("bind")
    if found is not None and address is None:
        return _ANY_PORT
    if address is None and public_url is not None:
        address = _loopback_address(public_url)
    host, port = address or _ANY_PORT
    if by_ngrok and host not in _FORWARDED_TO:
        reader.problems.append(
            f"ngrok forwards to 127.0.0.1, and a program bound to {host} does not listen there: "
            "bind 127.0.0.1, or name your own public address with --public-url"
        )
    elif not is_loopback(host) and not reader.value("allow_remote_bind"):
        reader.problems.append(
            f"the bind address {host} can be reached by other machines: "
            "bind 127.0.0.1, or add --allow-remote-bind if that is meant"
        )
    if public_url is not None and port == 0:
        reader.problems.append(
            f"the public URL {public_url} leads to a fixed port: "
            "say which with --bind or CARTESIA_CALL_BIND, such as 127.0.0.1:8080"
        )
    return host, port


def _loopback_address(public_url: str) -> tuple[str, int] | None:
    """A public URL on loopback that names its port is itself where to listen."""
    parts = urlsplit(public_url)
    host = parts.hostname or ""
    if not is_loopback(host) or parts.port is None:
        return None
    return numeric_loopback(host), parts.port
