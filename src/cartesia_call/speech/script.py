"""Where the sentences of a text end, and its plain words for a voice that knows no tags."""

from __future__ import annotations

import re
import unicodedata

from cartesia_call.speech.tags import TAG

MAX_SENTENCE_CHARACTERS = 1000
"""A run without a full stop is cut at white space here. Cartesia documents no limit for one input; none of
its published examples comes near this one."""

_SENTENCE_END = re.compile(
    r"(?:[.!?…]+[\"'”’»)\]]*(?=\s)|[。！？]+[」』”]*|\n)\s*",
)
_ABBREVIATION = re.compile(
    r"(?:^|[\s(])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Nr|No|vs|approx|e\.g|i\.e|z\.B)\.\s*$"
)

_LONGEST_ABBREVIATION = 16
"""Characters before a full stop that are looked at: more than the longest of them and a bracket."""


def sentence_ends(text: str) -> tuple[int, ...]:
    """Behind which of its characters a sentence of `text` ends, the last one with `text` itself.

    Never inside one of Cartesia's tags, nor between `<spell>` and `</spell>`.
    """
    closed = _tag_spans(text)
    ends: list[int] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        inside_tag = any(first < end < last for first, last in closed)
        if inside_tag or end == len(text) or _is_abbreviation(text, start, match):
            continue
        ends += _ends_within(text, start, end)
        start = end
    if start < len(text):
        ends += _ends_within(text, start, len(text))
    return tuple(ends)


def ends_sentence(text: str) -> bool:
    """True if `text` ends where a sentence does, whatever may follow it."""
    matches = list(_SENTENCE_END.finditer(text))
    return bool(matches) and matches[-1].end() == len(text) and not _is_abbreviation(text, 0, matches[-1])


def _is_abbreviation(text: str, start: int, end: re.Match[str]) -> bool:
    """Whether what looks like the end of the sentence from `start` on belongs to an abbreviation."""
    return bool(_ABBREVIATION.search(text[max(start, end.start() - _LONGEST_ABBREVIATION) : end.end()]))


def _tag_spans(text: str) -> list[tuple[int, int]]:
    spans = [match.span() for match in TAG.finditer(text)]
    spans += [match.span() for match in re.finditer(r"<spell>.*?</spell>", text, re.IGNORECASE | re.DOTALL)]
    return spans


def _ends_within(text: str, start: int, end: int) -> list[int]:
    """Where the sentence from `start` to `end` is cut because it is too long, and `end`."""
    ends = []
    while end - start > MAX_SENTENCE_CHARACTERS:
        cut = text.rfind(" ", start + 1, start + MAX_SENTENCE_CHARACTERS) + 1
        spans = _tag_spans(text[start : min(end, start + 2 * MAX_SENTENCE_CHARACTERS)])
        if cut == 0 or any(first < cut - start < last for first, last in spans):
            break
        ends.append(cut)
        start = cut
    return [*ends, end]


def without_tags(text: str) -> str:
    """`text` for a voice that would read Cartesia's tags aloud: their contents stay, the tags go."""
    return TAG.sub(lambda tag: " " if tag[0].lower().startswith("<break") else "", text).strip()


def says_nothing(text: str) -> bool:
    """True if no voice could make a sound of `text`: only tags, white space and invisible characters."""
    return all(unicodedata.category(character)[0] in "ZC" for character in without_tags(text))
