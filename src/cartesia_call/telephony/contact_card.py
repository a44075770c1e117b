"""The caller ID as a card for telephones' address books: a contact gets past what strangers do not."""

from __future__ import annotations

import unicodedata

from cartesia_call.errors import InputError

LINE_END = "\r\n"
_LONGEST_LINE_BYTES = 75
"""RFC 2426, 2.6: the rest goes on in the next line, behind a space."""
_LONGEST_NAME = 100
"""Characters; telephones show some thirty."""
_ESCAPES = str.maketrans({"\\": "\\\\", ",": "\\,", ";": "\\;"})
"""RFC 2426, 5: what would end a value, or a part of it."""


def contact_card(name: str, number: str) -> list[str]:
    """The lines of a vCard 3.0 (RFC 2426), in UTF-8 and each to end in `LINE_END`.

    `number` is E.164. What is invisible in `name` is left out; InputError if the rest is empty, longer than
    100 characters, or no text.
    """
    name = " ".join("".join(mark for mark in name if unicodedata.category(mark) != "Cf").split())
    if not name or len(name) > _LONGEST_NAME or not name.isprintable():
        raise InputError(
            f"--name: {name!r} is no name for a contact",
            hint=f"write 1 to {_LONGEST_NAME} printable characters",
        )
    written = name.translate(_ESCAPES)
    lines = [
        "BEGIN:VCARD",
        "VERSION:3.0",
        f"N:;{written};;;",  # family, given, additional, prefixes, suffixes; it may not be missing
        f"FN:{written}",
        f"TEL;TYPE=WORK,VOICE:{number}",
        "END:VCARD",
    ]
    return [part for line in lines for part in _folded(line)]


def _folded(line: str) -> list[str]:
    """In parts that are short enough. No character is torn apart."""
    parts = [""]
    for character in line:
        if len((parts[-1] + character).encode()) > _LONGEST_LINE_BYTES:
            parts.append(" ")
        parts[-1] += character
    return parts
