"""From the text of one setting to its value. ValueError with half a sentence says what is wrong.

The sentence follows the setting's name and a colon. Parsers of settings that may hold a secret, or in whose
place one is easily pasted, never quote the text.
"""

from __future__ import annotations

import ipaddress
import os
import re
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, unquote, urlsplit

from cartesia_call.addresses import is_loopback
from cartesia_call.patterns import regex

REGION_EDGES = {"us1": "ashburn", "ie1": "dublin", "au1": "sydney"}
"""Twilio's processing regions with the edge that goes with each (twilio.com/docs/global-infrastructure)."""

_HOST_LABEL = regex(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")


def text(value: str) -> str:
    return value


def path(value: str) -> Path:
    return Path(value).expanduser()


def path_text(value: str) -> str:
    """A path or `-` for standard input."""
    return value if value == "-" else str(path(value))


def program(value: str) -> str:
    """An absolute path: a relative one is whatever program lies in the working directory."""
    found = path_text(value)
    if not os.path.isabs(found):
        raise ValueError(
            f"{value!r} is a relative path, which would run whatever lies in the working directory; "
            "write the whole path, such as /usr/local/bin/ngrok"
        )
    return found


def count(value: str) -> int:
    if re.fullmatch(r"[0-9]{1,2}", value):
        return int(value)
    raise ValueError(f"{value!r} is not a small whole number")


def words(value: str) -> tuple[str, ...]:
    """Words separated by commas or white space."""
    return tuple(word for word in re.split(r"[\s,]+", value) if word)


FALLBACKS = ("local", "say")
"""In the order in which they are tried, however they are written."""


def fallback(value: str) -> tuple[str, ...]:
    """Names of `FALLBACKS`, each once, or `none` alone."""
    names = words(value.lower())
    if names == ("none",):
        return ()
    remedy = "write say, local, both with a comma between them, or none"
    if unknown := [name for name in names if name not in {*FALLBACKS, "none"}]:
        raise ValueError(f"{unknown[0]!r} is not a fallback; {remedy}")
    if "none" in names:
        raise ValueError(f"none goes with no other fallback; {remedy}")
    if not names or len(set(names)) < len(names):
        raise ValueError(f"{value!r} does not name each fallback once; {remedy}")
    return tuple(name for name in FALLBACKS if name in names)


def country(value: str) -> str:
    if re.fullmatch(r"[A-Za-z]{2}", value):
        return value.upper()
    raise ValueError(f"{value!r} is not a country; write the two letters of ISO 3166, such as US")


def model_id(value: str) -> str:
    if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", value):
        return value
    raise ValueError(f"{value!r} is not a model ID; write one such as sonic-3.5")


def api_version(value: str) -> str:
    if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", value):
        return value
    raise ValueError(f"{value!r} is not an API version; write a date such as 2026-03-01")


def secret(value: str) -> str:
    """Anything that may stand in an HTTP header: printable ASCII without white space.

    No vendor's has quotes around it; they are left by whoever reads an env file without taking them off.
    """
    if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"":
        raise ValueError("is in quotes; take them off (docker --env-file keeps those of its file)")
    if re.fullmatch(r"[!-~]+", value):
        return value
    raise ValueError("has a space, a control or a non-ASCII character in it; copy it again")


def sid(prefix: str) -> Callable[[str], str]:
    def parse(value: str) -> str:
        if re.fullmatch(prefix + r"[0-9a-fA-F]{32}", value):
            return value
        raise ValueError(
            f"is not {prefix} and 32 hexadecimal digits (it has {len(value)} characters); copy it again"
        )

    return parse


def twilio_origin(value: str) -> str:
    """As `origin`, and none of Twilio's regional hosts without an edge, dead since 28 April 2026."""
    found = origin(value)
    if dead := re.fullmatch(r"https://api\.(ie1|au1|br1|de1|jp1|sg1|us2)\.twilio\.com", found):
        edge = REGION_EDGES.get(dead[1])
        instead = f"write https://api.{edge}.{dead[1]}.twilio.com, or " * (edge is not None) + "leave it out"
        raise ValueError(f"{found} does not exist any more; {instead}")
    return found


def origin(value: str) -> str:
    """`https://host[:port]`, or `http://` to loopback; in lower case, without `:443` or a trailing slash."""
    parts = _split(value)
    host = parts.hostname or ""
    if parts.scheme not in {"http", "https"} or not host:
        raise ValueError("is not an https:// address with a host name; write https://host")
    if parts.username is not None:
        raise ValueError("has a user name or password in it; write https://host")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or value[-1] in "?#":
        raise ValueError(f"has something after the host; write {parts.scheme}://{parts.netloc} alone")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError(f"plain http:// is accepted for loopback addresses only; write https://{host}")
    hostname(host)
    shown_host = f"[{host}]" if ":" in host else host
    has_default_port = parts.port is None or (parts.scheme == "https" and parts.port == 443)
    return f"{parts.scheme}://{shown_host}{'' if has_default_port else f':{parts.port}'}"


def ngrok_domain(value: str) -> str:
    """A host name; the `https://` of a copied address is dropped."""
    host = re.sub(r"(?i)^https://", "", value).removesuffix("/")
    if "." not in host:
        raise ValueError(f"{value!r} is not a domain; write one such as name.ngrok.app")
    return hostname(host).lower()


def hostname(value: str) -> str:
    """A DNS name or IP address; Twilio refuses callback hosts with an underscore."""
    try:
        ipaddress.ip_address(value)
    except ValueError:
        if "_" in value:
            raise ValueError(
                f"the host name {value!r} has an underscore, which Twilio refuses; use another name"
            ) from None
        if not all(_HOST_LABEL.fullmatch(label) for label in value.removesuffix(".").split(".")):
            raise ValueError(f"{value!r} is not a host name") from None
    return value


def bind_address(value: str) -> tuple[str, int]:
    """`HOST:PORT`, with an IP address or `localhost` for host; port 0 is any free one."""
    match = re.fullmatch(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+):([0-9]{1,5})", value)
    if match is None or int(match[2]) > 65535:
        raise ValueError(f"{value!r} is not HOST:PORT; write one such as 127.0.0.1:8080")
    host = numeric_loopback(match[1].strip("[]"))
    try:
        ipaddress.ip_address(host)
    except ValueError:
        raise ValueError(f"{host!r} is not an IP address; write one such as 127.0.0.1:8080") from None
    return host, int(match[2])


def numeric_loopback(host: str) -> str:
    """127.0.0.1 for `localhost`, which may be two addresses, each with a free port of its own."""
    return "127.0.0.1" if host.lower().removesuffix(".") == "localhost" else host


def proxy_url(value: str) -> str:
    """An HTTP proxy. `host:port` alone means `http://`, as curl reads it. Never quoted: passwords.

    What one of the libraries would refuse or read in its own way is refused here.
    """
    url = value if "://" in value else f"http://{value}"
    parts = _split(url)
    if parts.scheme not in {"http", "https"}:
        raise ValueError("names a kind of proxy that is not supported; write http://host:port")
    if not parts.hostname:
        raise ValueError("is not the address of a proxy; write http://host:port")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or url[-1] in "?#":
        raise ValueError("has something after the host; write http://host:port alone")
    if parts.username is not None and (not parts.username or parts.password is None):
        raise ValueError("has a user name or a password without the other; write http://user:password@host")
    if not unquote(url, errors="replace").isascii():
        raise ValueError("has a non-ASCII character in it")
    return f"{parts.scheme}://{parts.netloc}"


def ca_file(value: str) -> str:
    """A PEM file, or a directory of them, whose certificates are looked up when they are needed."""
    import ssl

    file = path(value)
    try:
        if not file.is_dir():
            ssl.create_default_context(cafile=file)
    except FileNotFoundError:
        raise ValueError(f"there is no file {value}; name a file of CA certificates in PEM form") from None
    except OSError as error:  # ssl.SSLError is one
        reason = "it holds no certificates" if isinstance(error, ssl.SSLError) else error.strerror
        raise ValueError(
            f"{value} cannot be used: {reason}; name a file of CA certificates in PEM form"
        ) from None
    return str(file)


def _split(url: str) -> SplitResult:
    """`urlsplit` whose failures, a port out of range among them, do not quote the text."""
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 - parsed when asked for
    except ValueError:
        raise ValueError(
            "is not an address that can be read; write https://host or https://host:port"
        ) from None
    if re.search(r"\s", url):
        raise ValueError("has white space in it")
    return parts
