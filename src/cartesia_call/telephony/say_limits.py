"""How much text the carrier's own voice takes, counted as it travels: in XML, as UTF-8, in a URL."""

from __future__ import annotations

import functools
import re
from urllib.parse import quote_plus

from cartesia_call.patterns import regex
from cartesia_call.records import dataclass

_NO_ASCII_OF_XML = regex("[^\t\n\r\x20-\x7f]")


@functools.cache
def _not_in_xml() -> re.Pattern[str]:
    """Everything that XML 1.0, section 2.2, allows in no document, escaped or not. Compiling it takes
    milliseconds, which plain texts need not pay."""
    return re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def without_forbidden(text: str) -> str:
    """`text` as far as XML can hold it."""
    return (_NO_ASCII_OF_XML if text.isascii() else _not_in_xml()).sub("", text)


def escaped_length(text: str) -> int:
    """Characters that `text` takes inside an element: `&`, `<` and `>` grow, forbidden characters vanish.

    Everything else, non-ASCII too, is one character, as the builder writes it raw.
    """
    spoken = without_forbidden(text)
    return len(spoken) + 4 * spoken.count("&") + 3 * (spoken.count("<") + spoken.count(">"))


@dataclass(frozen=True, kw_only=True)
class SayLimits:
    """What a text may take at the most: characters by `escaped_length`, bytes as UTF-8, characters once it is
    encoded for a URL."""

    escaped_characters: int
    utf8_bytes: int
    url_encoded_characters: int

    def hold(self, text: str) -> bool:
        """Whether the carrier speaks all of `text`."""
        spoken = without_forbidden(text)
        return (
            escaped_length(text) <= self.escaped_characters
            and len(spoken.encode()) <= self.utf8_bytes
            and len(quote_plus(spoken)) <= self.url_encoded_characters
        )
