"""The plain words of a text, for a voice that knows no tags."""

from __future__ import annotations

import unicodedata

from cartesia_call.speech.tags import TAG

_VARIATION_SELECTORS = frozenset(map(chr, (*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))
"""Marks that say how the character before them looks, and look like nothing."""
_MOST_SIGNS = 8
"""So many different ones say that it is signs."""


def without_tags(text: str) -> str:
    """`text` for a voice that would read Cartesia's tags aloud: their contents stay, the tags go."""
    if "<" not in text:
        return text.strip()
    return TAG.sub(lambda tag: " " if tag[0].lower().startswith("<break") else "", text).strip()


def says_nothing(text: str) -> bool:
    """True if no voice could make a sound of `text`: only tags, white space and invisible characters."""
    return all(unicodedata.category(character)[0] in "ZC" for character in without_tags(text))


def has_words(text: str) -> bool:
    """True if there is a letter or a digit in `text`, of any script, beside its tags."""
    return any(map(str.isalnum, without_tags(text)))


def signs_by_name(text: str) -> str:
    """A text of signs alone in words, each sign once, as Unicode calls them: "vertical line" for `|`.

    Voices pass over most of them, and somebody would be called to hear nothing. What has no name stays away;
    `text` itself if none has one.
    """
    signs = [sign for sign in dict.fromkeys(without_tags(text)) if not says_nothing(sign)]
    seen = [sign for sign in signs if sign not in _VARIATION_SELECTORS] or signs
    names = [name.lower().replace("-", " ") for sign in seen if (name := unicodedata.name(sign, ""))]
    return ", ".join(names[:_MOST_SIGNS]) or text
