"""What becomes of tags in a text: some are obeyed, the others are left out or are words like all the rest.

A text may come from a stranger: a path that they asked for, a name that they chose. So nothing that is
written like a tag is refused, and none of the words in it is lost: what is no tag as it should be only loses
its angle brackets and slashes, `/?q=<break/>` is `/?q=break`.
"""

from __future__ import annotations

import re

from cartesia_call.patterns import regex
from cartesia_call.records import dataclass
from cartesia_call.speech.script import says_nothing
from cartesia_call.speech.tags import LONGEST_BREAK_S, Tag, break_s, find_tags

EVERY_TAG = frozenset({"break", "spell", "speed", "volume", "emotion", "phoneme"})
SPELLING = frozenset({"spell"})
NO_TAG = frozenset[str]()

_MOST_REMARKS = 3

_BEGINNING = regex(r"<(?=/?[a-z]{0,7}\Z)", re.IGNORECASE)
"""What a tag could become of, if that were joined to it which stands behind the next tag."""


@dataclass(frozen=True)
class TagReading:
    """`text` has no tags but those that are obeyed. `remarks` are sentences on what was done about others."""

    text: str
    remarks: tuple[str, ...] = ()


def read_tags(text: str, *, obeyed: frozenset[str], is_part: bool = False) -> TagReading:
    """`text` with the tags whose names are `obeyed`.

    Of the others, what is as Cartesia documents it is left out, and all else is read as words; all of them
    are words where nothing would be left to say, unless the text `is_part` of a longer one. A break is cut to
    `LONGEST_BREAK_S`. Takes time in proportion to the length of the text.
    """
    tags = list(find_tags(text)) if "<" in text else []
    if not tags:
        return TagReading(text)
    reading = _with_tags(text, tags, obeyed=obeyed, leaves_out=True)
    if says_nothing(reading.text) and not is_part:
        reading = _with_tags(text, tags, obeyed=NO_TAG, leaves_out=False)
    return reading


def _with_tags(text: str, tags: list[Tag], *, obeyed: frozenset[str], leaves_out: bool) -> TagReading:
    joined = _Joined()
    remarks = _Remarks(text)
    place = 0
    for tag in tags:
        joined.add(_BEGINNING.sub(" ", text[place : tag.start]))
        place = tag.end
        if tag.name in obeyed and tag.problem is None:
            is_long = tag.name == "break" and break_s(tag.inside) > LONGEST_BREAK_S
            joined.add(f'<break time="{LONGEST_BREAK_S:g}s"/>' if is_long else text[tag.start : tag.end])
            if is_long:
                remarks.add(tag, f"it is cut to {LONGEST_BREAK_S:g} seconds")
        elif tag.problem is None and tag.name != "phoneme" and leaves_out:
            joined.leave_out(is_gap=tag.name == "break")
            remarks.add(tag, "it is left out; --tags has tags obeyed")
        else:
            joined.add_words(_words(text[tag.start : tag.end]))
            if tag.name in obeyed:
                remarks.add(tag, f"it is read as words: {tag.problem}")
    joined.add(text[place:])
    return TagReading(joined.text, remarks.sentences)


def _words(tag: str) -> str:
    """Without its brackets and slashes; a `>` behind a space may be a comparison, and stays."""
    inside = tag.lstrip("</")
    if not inside.endswith(">") or inside.endswith(" >"):
        return inside
    return inside.removesuffix(">").rstrip("/ ")


class _Joined:
    """Pieces of a text, with a space where two words would become one and none where there would be two."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._last = ""
        self._needs_gap = False
        self._left_out = False

    @property
    def text(self) -> str:
        return "".join(self._pieces)

    def add(self, piece: str) -> None:
        if self._left_out and (not self._last or self._last.isspace()):
            piece = piece.lstrip(" ")
        if not piece:
            return
        if self._needs_gap and (self._last.isalnum() or self._last in ('"', "'")) and piece[0].isalnum():
            piece = f" {piece}"
        self._pieces.append(piece)
        self._last = piece[-1]
        self._needs_gap = self._left_out = False

    def add_words(self, words: str) -> None:
        self._needs_gap = True
        self.add(words)
        self._needs_gap = True

    def leave_out(self, *, is_gap: bool) -> None:
        self._left_out = True
        self._needs_gap = self._needs_gap or is_gap


class _Remarks:
    """Sentences about tags of `text`, of which only the first are kept: there may be thousands."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._sentences: list[str] = []
        self._count = 0

    def add(self, tag: Tag, remark: str) -> None:
        self._count += 1
        if self._count <= _MOST_REMARKS:
            self._sentences.append(f"{tag.quoted(self._text)}: {remark}")

    @property
    def sentences(self) -> tuple[str, ...]:
        more = self._count - len(self._sentences)
        return (*self._sentences, f"and of {more} more tags the same") if more else tuple(self._sentences)
