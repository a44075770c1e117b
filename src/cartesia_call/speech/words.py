"""Where the words of a message end: in its text and in its audio."""

from __future__ import annotations

from typing import NamedTuple


class WordEnd(NamedTuple):
    """The first `characters` of the text are spoken when `audio_bytes` of its mu-law were played."""

    characters: int
    audio_bytes: int
