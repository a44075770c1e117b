"""The way from the internet to this process."""

from __future__ import annotations

from dataclasses import field
from urllib.parse import urlsplit

from cartesia_call.addresses import is_loopback
from cartesia_call.declarations.setting import PLACE, REACHED, Section, one_of
from cartesia_call.declarations.trust import Trust
from cartesia_call.records import dataclass
from cartesia_call.settings import parsers
from cartesia_call.settings.parsers import numeric_loopback
from cartesia_call.settings.reader import ENV_FILE, Reader

SECTION = Section("The public path")

NGROK_AUTHTOKEN = SECTION.optional(
    vendor_names=("NGROK_AUTHTOKEN",),
    secret=True,
    least_trust=Trust.FOUND,
    parse=parsers.secret,
    help="ngrok's authtoken.",
    remedy="copy it from dashboard.ngrok.com/get-started/your-authtoken, or name your own "
    "address: --public-url",
)
NGROK_DOMAIN = SECTION.optional(
    "--ngrok-domain",
    vendor_names=("NGROK_DOMAIN",),
    metavar="DOMAIN",
    parse=parsers.ngrok_domain,
    help="Your ngrok domain; without it, the account's own.",
    commands=REACHED,
)
CLOUDFLARED_PATH = SECTION.optional(
    vendor_names=("CARTESIA_CALL_CLOUDFLARED_PATH",),
    parse=parsers.program,
    help="The program file of cloudflared with its whole path, where it is not on PATH.",
)
NGROK_PATH = SECTION.optional(
    vendor_names=("PYNGROK_NGROK_PATH",),
    leads_keys=True,
    parse=parsers.program,
    help="The ngrok agent's program file with its whole path, where it is not found by itself.",
    file_note="Under cron PATH is short.",
)
TUNNEL = SECTION.setting(
    "--tunnel",
    metavar="auto|ngrok|cloudflared|none",
    default="auto",
    parse=one_of("auto", "ngrok", "cloudflared", "none"),
    help="auto: your public address if there is one, the built-in tunnel in a rehearsal, else ngrok. "
    "ngrok: always ngrok. cloudflared: a quick tunnel, without any account. none: never a tunnel, only your "
    "public address.",
    file_note="A rehearsal takes no tunnel from this file.",
    commands=REACHED,
)
PUBLIC_URL = SECTION.optional(
    "--public-url",
    metavar="URL",
    parse=parsers.origin,
    help="Your own public address instead of ngrok, such as https://calls.example.com.",
    commands=REACHED,
)
BIND = SECTION.optional(
    "--bind",
    metavar="HOST:PORT",
    parse=parsers.bind_address,
    default_note="127.0.0.1 and any free port",
    help="Where to listen; what --public-url leads to.",
    commands=REACHED,
)
ALLOW_REMOTE_BIND = SECTION.switch(
    "--allow-remote-bind",
    help="Let --bind name an address that other machines can reach.",
    commands=REACHED,
)

NGROK = "ngrok"
CLOUDFLARED = "cloudflared"
NONE = "none"
AGENTS = frozenset({NGROK, CLOUDFLARED})
"""Tunnels that an agent keeps, which a rehearsal too may ask for."""
_ANY_PORT = ("127.0.0.1", 0)
_FORWARDED_TO = frozenset({"127.0.0.1", "0.0.0.0"})  # noqa: S104  # compared, not bound
"""Where an agent, which forwards to 127.0.0.1, finds us listening."""


@dataclass(frozen=True, kw_only=True)
class PathSettings:
    """How the internet reaches this process.

    `public_url` (an origin, no trailing slash) replaces ngrok. `bind_port` 0 means any free port.
    `tunnel` is `ngrok`, `cloudflared`, `none`, or `auto`: the public URL if there is one, the built-in tunnel
    in a rehearsal, else ngrok. `public_url` is None whenever `tunnel` is one of `AGENTS`.
    """

    public_url: str | None = None
    bind_host: str = "127.0.0.1"
    bind_port: int = 0
    ngrok_authtoken: str | None = field(default=None, repr=False)
    ngrok_domain: str | None = None
    ngrok_path: str | None = None
    cloudflared_path: str | None = None
    tunnel: str = "auto"
    no_probe: bool = SECTION.switch(
        "--no-probe",
        help="Do not prove the public path before dialling, where this machine cannot reach its own address.",
        commands=REACHED,
    ).field
    no_verify_signature: bool = SECTION.switch(
        "--no-verify-signature",
        help="Let the secret in the address alone decide who is Twilio.",
        commands=PLACE,
    ).field


def read_path(reader: Reader, *, rehearse: bool, required: bool) -> PathSettings:
    """Tunnel or own address. `required`: one of them must be there.

    A rehearsal takes the built-in tunnel, unless another was asked for outside the env file: what a
    script's rehearsal opens to the internet is never decided by a file.
    """
    tunnel = reader.value(TUNNEL)
    found = reader.find(TUNNEL)
    if rehearse and found is not None and found.source == ENV_FILE:
        tunnel = "auto"
    public_url = None
    host, port = _ANY_PORT
    if required:
        public_url = _public_url(reader, tunnel)
        # A malformed address of one's own is its own problem, and does not mean ngrok.
        by_agent = tunnel in AGENTS or (tunnel != NONE and reader.find(PUBLIC_URL) is None)
        host, port = _bind_address(reader, public_url, agent=_agent(tunnel) if by_agent else None)
        if by_agent and tunnel != CLOUDFLARED:
            reader.required(NGROK_AUTHTOKEN)
        if tunnel == NONE and reader.find(PUBLIC_URL) is None:
            reader.problems.append(
                "--tunnel none leaves --public-url (CARTESIA_CALL_PUBLIC_URL), and nothing sets that"
            )
    uses_ngrok = tunnel == NGROK or (tunnel == "auto" and not rehearse and required and public_url is None)
    return reader.read(
        PathSettings,
        public_url=public_url,
        bind_host=host,
        bind_port=port,
        ngrok_authtoken=reader.value(NGROK_AUTHTOKEN) if uses_ngrok else None,
        ngrok_domain=reader.value(NGROK_DOMAIN) if uses_ngrok else None,
        ngrok_path=reader.value(NGROK_PATH) if uses_ngrok else None,
        cloudflared_path=reader.value(CLOUDFLARED_PATH) if tunnel == CLOUDFLARED else None,
        tunnel=tunnel,
    )


def _public_url(reader: Reader, tunnel: str) -> str | None:
    if tunnel not in AGENTS:
        return reader.value(PUBLIC_URL)
    if reader.given_on_command_line(TUNNEL) and reader.given_on_command_line(PUBLIC_URL):
        reader.problems.append(f"--tunnel {tunnel} and --public-url exclude each other: give one of them")
    return None


def _agent(tunnel: str) -> str:
    return CLOUDFLARED if tunnel == CLOUDFLARED else NGROK


def _bind_address(reader: Reader, public_url: str | None, *, agent: str | None) -> tuple[str, int]:
    found = reader.find(BIND)
    address = reader.value(BIND)
    if found is not None and address is None:
        return _ANY_PORT
    if address is None and public_url is not None:
        address = _loopback_address(public_url)
    host, port = address or _ANY_PORT
    if agent is not None and host not in _FORWARDED_TO:
        reader.problems.append(
            f"{agent} forwards to 127.0.0.1, and a program bound to {host} does not listen there: "
            "bind 127.0.0.1, or name your own public address with --public-url"
        )
    elif not is_loopback(host) and not reader.value(ALLOW_REMOTE_BIND):
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
