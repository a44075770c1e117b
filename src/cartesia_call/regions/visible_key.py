"""Whether a key of which Cartesia shows a part may be one that is known whole."""

from __future__ import annotations

import re

_HEXADECIMAL = "[0-9a-fA-F]"
_LEAST_VISIBLE = 4
"""Hexadecimal digits without which nothing is said: of 65 536 keys one looks the same by chance."""


def is_same_key(shown: str | None, known: str | None) -> bool | None:
    """Compare the API key `known` with what is shown of one (`SK12****cdef`); None if that cannot be told.

    How much is shown, and what stands for the rest, is not documented: whatever is no digit hides some.
    """
    if not shown or not known:
        return None
    if shown.lower() == known.lower():
        return True
    match = re.fullmatch(rf"SK({_HEXADECIMAL}*)(.*?)({_HEXADECIMAL}*)", shown, re.IGNORECASE | re.DOTALL)
    if match is None or len(match[1]) + len(match[3]) < _LEAST_VISIBLE:
        return None
    if not match[2]:  # nothing is hidden, and it is another one
        return False
    digits = known[2:].lower()
    return digits.startswith(match[1].lower()) and digits.endswith(match[3].lower())
