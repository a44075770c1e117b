"""The plain words of a text, for a voice that knows no tags."""

from __future__ import annotations

import unicodedata

from cartesia_call.speech.tags import TAG


def without_tags(text: str) -> str:
    """`text` for a voice that would read Cartesia's tags aloud: their contents stay, the tags go."""
    return TAG.sub(lambda tag: " " if tag[0].lower().startswith("<break") else "", text).strip()


def says_nothing(text: str) -> bool:
    """True if no voice could make a sound of `text`: only tags, white space and invisible characters."""
    return all(unicodedata.category(character)[0] in "ZC" for character in without_tags(text))
