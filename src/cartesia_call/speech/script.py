"""The message as text: sentences for the speech service, plain words for a voice that knows no tags."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

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


def split_sentences(text: str) -> tuple[str, ...]:
    """`text` in pieces that end where a sentence does; joined, they are `text` again, byte for byte.

    Never inside one of Cartesia's tags, nor between `<spell>` and `</spell>`.
    """
    closed = _tag_spans(text)
    pieces: list[str] = []
    start = 0
    for match in _SENTENCE_END.finditer(text):
        end = match.end()
        inside_tag = any(first < end < last for first, last in closed)
        if inside_tag or end == len(text) or _is_abbreviation(text, start, match):
            continue
        pieces += _split_long(text[start:end])
        start = end
    if start < len(text):
        pieces += _split_long(text[start:])
    return tuple(pieces)


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


def _split_long(sentence: str) -> list[str]:
    pieces = []
    while len(sentence) > MAX_SENTENCE_CHARACTERS:
        cut = sentence.rfind(" ", 1, MAX_SENTENCE_CHARACTERS) + 1
        spans = _tag_spans(sentence[: 2 * MAX_SENTENCE_CHARACTERS])
        if cut == 0 or any(first < cut < last for first, last in spans):
            break
        pieces.append(sentence[:cut])
        sentence = sentence[cut:]
    return [*pieces, sentence]


def without_tags(text: str) -> str:
    """`text` for a voice that would read Cartesia's tags aloud: their contents stay, the tags go."""
    return TAG.sub(lambda tag: " " if tag[0].lower().startswith("<break") else "", text).strip()


def says_nothing(text: str) -> bool:
    """True if no voice could make a sound of `text`: only tags, white space and invisible characters."""
    return all(unicodedata.category(character)[0] in "ZC" for character in without_tags(text))


def fit_sentences(text: str, fits: Callable[[str], bool]) -> tuple[str, bool]:
    """As many whole sentences of `text`, from the first on, as `fits` says there is room for.

    Returns them and whether anything was left out. A first sentence that alone is too long is cut at white
    space, or anywhere if it has none. What fits still fits when its end is cut off.
    """
    if fits(text):
        return text, False
    kept = ""
    for sentence in split_sentences(text):
        if not fits((kept + sentence).rstrip()):
            break
        kept += sentence
    return (kept.rstrip() or _fit_words(text, fits)), True


def _fit_words(text: str, fits: Callable[[str], bool]) -> str:
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if fits(text[:middle]):
            low = middle
        else:
            high = middle - 1
    prefix = text[:low]
    return (prefix[: prefix.rfind(" ")] if " " in prefix.strip() else prefix).rstrip()
