"""Languages as the rest of the program names them: `de`, or `de-AT` where the region matters."""

from __future__ import annotations


def base_language(tag: str) -> str:
    """The language of a BCP 47 tag without its region: `de` of `de-AT`."""
    return tag.partition("-")[0].lower()
