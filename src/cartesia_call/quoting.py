"""What a service said, made fit for a sentence of ours: it ends up on terminals, in logs and in mails."""

from __future__ import annotations

import re
from collections.abc import Iterable

LONGEST_QUOTE_CHARACTERS = 300

_ESCAPE_SEQUENCE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]")
_SLASH = r"(?:\\|%(?:25)*5C)*(?:/|%(?:25)*2F)"
"""As it is, and escaped for JSON or for URLs, once or more often."""
_OF_SECRET_SHAPE = re.compile(
    rf"(?P<door>{_SLASH}(?:media|status|probe){_SLASH})[\w-]+"
    r"|(?P<scheme>\b(?:Basic|Bearer)\s+)[\w+/=.~-]{8,}"
    r"|sk_car_\S+",
    re.IGNORECASE,
)
"""The last part of an address that we gave the carrier; a login, as a header carries it; Cartesia's keys, a
part of one too."""


def quotable(text: str, *, secrets: Iterable[str] = ()) -> str:
    """`text` on one line, without control characters, escape sequences and secrets, of bounded length.

    `secrets` are hidden wherever they stand, and so is whatever has a secret's shape. They are looked for
    before anything is cut, and again where taking something out may have joined one.
    """
    hidden = tuple(secrets)
    visible = _ESCAPE_SEQUENCE.sub("", without_secrets(text, hidden))
    spaced = "".join(character if character.isprintable() else " " for character in visible)
    line = without_secrets(" ".join(spaced.split()), hidden)
    if len(line) <= LONGEST_QUOTE_CHARACTERS:
        return line
    return line[: LONGEST_QUOTE_CHARACTERS - 1] + "…"


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with `secrets`, and whatever has a secret's shape, replaced by `***`."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "***")
    return _OF_SECRET_SHAPE.sub(lambda match: f"{match['door'] or match['scheme'] or ''}***", text)
