"""Whose a connection is that came over a line which several processes share: read off its first bytes.

Each process on a line has a name, and the addresses that it gives to the carrier carry it in front of the
secret: `/media/NAME.SECRET`. Whoever accepts a connection passes it on by that name; the secret is judged by
the process that it belongs to, and by nobody else.
"""

from __future__ import annotations

from cartesia_call.patterns import regex

NAME_BYTES = 8
"""Of randomness in a name: it is no secret, it only must not be in use already."""

_NAME = rf"[0-9a-f]{{{2 * NAME_BYTES}}}"
_NAMED = regex(_NAME)
_ADDRESSED = regex(rf"[A-Z]{{1,16}} /[a-z]{{1,8}}/({_NAME})\.".encode())
_DECIDED_BYTES = 16 + len(" /") + 8 + len("/") + 2 * NAME_BYTES + len(".")
"""By then a request has shown its name, or has none."""

PEEKED_BYTES = 256
"""Of a request that are looked at, and left where they are."""


def is_name(word: str) -> bool:
    return _NAMED.fullmatch(word) is not None


def prefix_of(name: str) -> str:
    """What stands in front of every secret in the addresses of the process called `name`."""
    return f"{name}."


def addressee(peeked: bytes) -> str | None:
    """The name in the request that begins with `peeked`; empty if it has none, None while that is open."""
    found = _ADDRESSED.match(peeked)
    if found is not None:
        return found[1].decode()
    return "" if len(peeked) >= _DECIDED_BYTES or b"\n" in peeked else None
