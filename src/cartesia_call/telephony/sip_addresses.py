"""SIP addresses as callees: which are accepted, and how they are masked for logs."""

from __future__ import annotations

import functools
import re
from urllib.parse import unquote

from cartesia_call.errors import InputError
from cartesia_call.patterns import regex

LONGEST_ADDRESS_CHARACTERS = 255

_SCHEME = regex(r"(?i)sips?:")
_ADDRESS = regex(
    r"""sip: (?!//) (?P<user>[\w.!~*'()&=+$,;?/%-]+)
    @ (?P<host> [a-z0-9] [a-z0-9.-]* | \[[0-9a-f:.]+\] )
    (?P<port> : [0-9]{1,5} )?
    (?P<parameters> (?: ;[\w.!~*'()&+$/:%-]+ (?: = [\w.!~*'()&+$/:%-]+ )? )* )
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
"""RFC 3261, 19.1, without a password and without headers: either would be kept and sent where it is not
expected. `sips:` is no address for Twilio, which encrypts with `;transport=tls`."""
_IN_TEXT = regex(r"(?i)\b(sips?(?::|%3A))([^\s@]{1,255}?)(?=@|%40)")
_VISUAL_SEPARATORS = regex(r"[-.()\s]")
"""They mean nothing in a telephone-subscriber (RFC 3261, 25.1), white space no more than they."""


_DIGITS = regex(r"\+?[0-9]+")
_REMEMBERED = 256
"""Addresses whose users are kept: each rule asks for that of the row that it looks at."""


def is_sip(text: str) -> bool:
    """Whether `text` is meant as a SIP address, right or wrong."""
    return _SCHEME.match(text) is not None


def parse_sip(text: str) -> str:
    """`sip:user@host`, perhaps with port and parameters, scheme and host in lower case.

    InputError with one sentence and a hint for anything else.
    """
    match = _ADDRESS.fullmatch(text)
    if match is None or len(text) > LONGEST_ADDRESS_CHARACTERS:
        raise InputError(
            f"{mask_sips_in(text)[:64]!r} is not a SIP address that can be called.",
            # An example in full would be masked like any address.
            hint='Write "sip:" without slashes, the user, "@" and the host, perhaps with a port, or '
            ";transport=tls at its end.",
        )
    return f"sip:{match['user']}@{match['host'].lower()}{match['port'] or ''}{match['parameters']}"


@functools.lru_cache(maxsize=_REMEMBERED)
def telephone_user(address: str) -> str | None:
    """The user of a SIP address as digits, perhaps after a plus; None if it is a name.

    Decoded, without its parameters (`911;phone-context=...`) and visual separators.
    """
    user = _VISUAL_SEPARATORS.sub("", _user(address))
    return user if _DIGITS.fullmatch(user) else None


def compared_sip(address: str) -> str:
    """A SIP address without what leaves its destination the same: port, parameters, a host's trailing dot.

    The user is decoded, and one of digits without visual separators.
    """
    host = address.rpartition("@")[2].lower()
    name, bracket, _ = host.partition("]")
    host = name + bracket if bracket else re.split("[:;]", host, maxsplit=1)[0]
    return f"sip:{telephone_user(address) or _user(address)}@{host.rstrip('.')}"


@functools.lru_cache(maxsize=_REMEMBERED)
def _user(address: str) -> str:
    """Decoded, without parameters."""
    return unquote(address.partition(":")[2].rpartition("@")[0]).partition(";")[0]


def mask_sips_in(text: str) -> str:
    """`text` with the user of every SIP address masked, in URLs (`sip%3Aalice%40...`) too.

    `sip:alice@example.com` becomes `sip:a***@example.com`; of a short user nothing stays readable.
    """

    def mask(match: re.Match[str]) -> str:
        user = match[2]
        return f"{match[1]}{user[0] if len(user) > 3 else ''}***"

    return _IN_TEXT.sub(mask, text)
