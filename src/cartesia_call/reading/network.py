"""Rules for what machines are called on a network: URLs, e-mail and IP addresses."""

from __future__ import annotations

import ipaddress
import re

from cartesia_call.reading.names import dotted_words, path_words
from cartesia_call.reading.rule import Manner, Rule

LONGEST_URL_PATH_PARTS = 3
"""Nobody types more of a URL than that by ear."""

_END = r".,;:!?'\"*_)\]}"
_URL = re.compile(
    r"(?:(?<![\w+.-])[A-Za-z][A-Za-z0-9+.-]{1,20}://|(?<![\w./@-])www\.)(?=[^\s])[^\s<>\"'`|\x00]+"
)
_AUTHORITY = re.compile(r"(?:[^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^:]*)(?::([0-9]{1,5}))?")
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1?[0-9]{1,2})"
_IPV4 = re.compile(
    rf"(?<![\w.-])({_OCTET}(?:\.{_OCTET}){{3}})(?:/([0-9]{{1,2}})|:([0-9]{{1,5}}))?(?![\w]|[.:-]\w)"
)
_IPV6 = re.compile(
    r"(?<![\w.:])\[?((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4})(%\w{1,15})?"
    r"(?:\](?::([0-9]{1,5}))?|/([0-9]{1,3}))?(?![\w:]|\.\w)"
)
_MAC = re.compile(r"(?<![\w:-])[0-9A-Fa-f]{2}([:-])(?:[0-9A-Fa-f]{2}\1){4}[0-9A-Fa-f]{2}(?![\w:]|-\w)")
_EMAIL = re.compile(
    r"(?<![\w.+%-])([A-Za-z0-9_.+%-]{1,64})@([A-Za-z0-9-]{1,63}(?:\.[A-Za-z0-9-]{1,63}){0,8})(?![\w-])"
)
_SIGNS_OF_MAIL = {".": " dot ", "-": " dash ", "_": " underscore ", "+": " plus ", "%": " percent "}


def host_words(host: str, port: str | None, manner: Manner) -> str:
    """A host's name or IP address, and its port."""
    said_port = f" port {port} " if port else ""
    bare = host.strip("[]")
    if ":" in bare:
        return f" {_ipv6_words(bare, manner)}{said_port}"
    if re.fullmatch(r"[0-9.]+", bare):
        return f" {' dot '.join(bare.split('.'))} {said_port}"
    return f" {dotted_words(bare, manner)} {said_port}"


def _url(found: re.Match[str], manner: Manner) -> str:
    whole = found[0].rstrip(_END)
    rest = found[0][len(whole) :]
    behind_scheme = whole.partition("://")[2] or whole
    address = re.split(r"[?#]", behind_scheme, maxsplit=1)[0]
    query = behind_scheme[len(address) :]
    authority, _, path = address.partition("/")
    named = _AUTHORITY.fullmatch(authority)
    host = host_words(named[1], named[2], manner) if named else dotted_words(authority, manner)
    parts = [part for part in path.split("/") if part]
    said = path_words("/" + "/".join(parts[:LONGEST_URL_PATH_PARTS]), manner) if parts else ""
    more = manner.and_more if query or len(parts) > LONGEST_URL_PATH_PARTS else ""
    return f"{host}{said}{more}{rest}"


def _email(found: re.Match[str], manner: Manner) -> str:
    user = re.sub(r"[._+%-]", lambda sign: _SIGNS_OF_MAIL[sign[0]], found[1])
    return f" {user} at {dotted_words(found[2], manner)} "


def _ipv4(found: re.Match[str], manner: Manner) -> str:
    network = f" slash {found[2]} " if found[2] else ""
    return host_words(found[1], found[3], manner) + network


def _ipv6(found: re.Match[str], manner: Manner) -> str | None:
    if (found[0][0] == "[") != ("]" in found[0]):
        return None
    try:
        ipaddress.IPv6Address(found[1])
    except ValueError:
        return None
    if found[1] == "::":
        return None
    zone = f" zone {found[2][1:]} " if found[2] else ""
    network = f" slash {found[4]} " if found[4] else ""
    return host_words(f"[{found[1]}]", found[3], manner) + zone + network


def _ipv6_words(address: str, manner: Manner) -> str:
    halves = [
        " colon ".join(manner.letters(block) for block in half.split(":") if block)
        for half in address.split("::")
    ]
    return " double colon ".join(halves)


def _mac(found: re.Match[str], manner: Manner) -> str:
    return ", ".join(manner.letters(pair).strip() for pair in found[0].split(found[1]))


NETWORK = (
    Rule(
        name="URL",
        does='Host, port and the first three parts of the path, with "and more" for the rest.',
        pattern=_URL,
        read=_url,
        leaves_out="the scheme, a user's name and password, and all behind the third part of the path",
    ),
    Rule(
        name="e-mail address",
        does='"At" for the sign, and the host\'s name as hosts are read; `root@host`, too.',
        pattern=_EMAIL,
        read=_email,
    ),
    Rule(
        name="MAC address",
        does="Letters and digits in pairs.",
        pattern=_MAC,
        read=_mac,
    ),
    Rule(
        name="IPv4 address",
        does='"Dot" between the numbers; a port and the size of a network are said.',
        pattern=_IPV4,
        read=_ipv4,
    ),
    Rule(
        name="IPv6 address",
        does='Letters and digits one by one, with "colon" between the groups.',
        pattern=_IPV6,
        read=_ipv6,
    ),
)
