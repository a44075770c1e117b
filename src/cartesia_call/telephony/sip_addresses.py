"""SIP addresses as callees: which are accepted, and how they are masked for logs."""

from __future__ import annotations

import re

from cartesia_call.errors import InputError

LONGEST_ADDRESS_CHARACTERS = 255

_SCHEME = re.compile(r"(?i)sips?:")
_ADDRESS = re.compile(
    r"""sip: (?P<user>[\w.!~*'()&=+$,;?/%-]+)
    @ (?P<host> [a-z0-9] [a-z0-9.-]* | \[[0-9a-f:.]+\] )
    (?P<port> : [0-9]{1,5} )?
    (?P<parameters> (?: ;[\w.!~*'()&+$/:%-]+ (?: = [\w.!~*'()&+$/:%-]+ )? )* )
    """,
    re.VERBOSE | re.ASCII | re.IGNORECASE,
)
"""RFC 3261, 19.1, without a password and without headers: either would be kept and sent where it is not
expected. `sips:` is no address for Twilio, which encrypts with `;transport=tls`."""
_IN_TEXT = re.compile(r"(?i)\b(sips?(?::|%3A))([^\s@]{1,255}?)(?=@|%40)")
_EMERGENCY_USERS = frozenset({"112", "911"})
"""A call for help at SIP providers everywhere. Other short users are extensions of a switchboard."""


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
            hint="Write sip:user@host, perhaps with a port, or ;transport=tls at its end.",
        )
    if match["user"] in _EMERGENCY_USERS:
        raise InputError(
            f"{text!r} leads to an emergency number, which this program never calls.",
            hint="Call emergency services from a telephone.",
        )
    return f"sip:{match['user']}@{match['host'].lower()}{match['port'] or ''}{match['parameters']}"


def mask_sips_in(text: str) -> str:
    """`text` with the user of every SIP address masked, in URLs (`sip%3Aalice%40...`) too.

    `sip:alice@example.com` becomes `sip:a***@example.com`; of a short user nothing stays readable.
    """

    def mask(match: re.Match[str]) -> str:
        user = match[2]
        return f"{match[1]}{user[0] if len(user) > 3 else ''}***"

    return _IN_TEXT.sub(mask, text)
