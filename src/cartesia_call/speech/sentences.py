"""Where the sentences of a text end. A join too many costs nothing; a cut too many is heard as a pause."""

from __future__ import annotations

import re
from collections.abc import Callable

import sentencex

from cartesia_call.patterns import regex
from cartesia_call.speech.choices import base_language
from cartesia_call.speech.tags import TAG

MAX_SENTENCE_CHARACTERS = 1000
"""A run without a full stop is cut at white space here. Cartesia documents no limit for one input; none of
its published examples comes near this one."""

_CLOSING = r"[\"'”’»)\]」』]*"
_FULL_WIDTH = "。！？।॥؟۔։။።፧"
"""Marks of Chinese and Japanese, Devanagari, Arabic, Urdu, Armenian, Burmese and Ethiopic: none of them has
another meaning, so no white space need follow. U+0589, U+104B, U+1362, U+1367 are the last four."""


def _ending(marks: str) -> re.Pattern[str]:
    return regex(rf"(?:[{marks}]+{_CLOSING}(?=\s)|[{_FULL_WIDTH}]+[!?]*{_CLOSING}|\n)\s*")


_SENTENCE_END = _ending(".!?…")
_GREEK_END = _ending(".!?…;\u037e")
"""Greek asks with a semicolon, or with a sign of its own that looks like one."""

_NEVER_LAST = regex(r"(?:^|[\s(])(?:[^\W\d_]|Mr|Mrs|Ms|Dr|Prof|St|Nr|No|vs|approx|e\.g|i\.e|z\.B)\.\s*$")
"""A sentence never ends with them: what they stand before is missing."""
_ABBREVIATION = regex(
    r"(?:^|[\s(])(?:[^\W\d_]{1,3}(?:\.[^\W\d_]{1,3})+|Sgt|Lt|Capt|Gen|Col|Maj|Rev|Hon|Gov|Sen|Rep|Sr|Jr|Mt|Ft"
    r"|Mme|Mlle|Sra|Srta|Inc|Ltd|Co|Corp|Dept|Attn|Tel|Ext|Apt|Ave|Blvd|Rd|Mon|Tue|Tues|Wed|Thu|Thurs|Fri|Sat|Sun|Jan|Feb|Mar|Apr"
    r"|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|etc|min|max|est|fig|Fig|Hr|Fr|Hrn|Abt|Dña|Av|av|nº|pág|godz|mevr|okt|bzw|usw|ca|med|ggf|inkl|evtl|\w*[Ss]tr)"
    r"\.\s*$"
)
"""And these seldom do. sentencex knows more of them, and those of other languages."""
_NO_VOWEL = regex(r"(?<!\w)[b-df-hj-np-tv-xzB-DF-HJ-NP-TV-XZ][b-df-hj-np-tv-xz]{1,4}\.\s*$")
"""No word of a language in Latin letters, so an abbreviation: "kl.", "vgl.", "pp."; of more than capitals, as
"DB." may end a sentence."""
_LONGEST_ABBREVIATION = 20
"""Characters before a full stop's end that are looked at: more than the longest of them."""

_SHORT_WORD = regex(r"(?<!\w)[^\W\d_]{1,5}\.\s*$")
"""Before a number it is more likely "vol. 4" than the end of a sentence."""
_ITEM_NUMBER = regex(r"\s*\(?[0-9]{1,3}\.(?:\s+|$)")
_ORDINAL = regex(r"(?<![\w.,:])[0-9]{1,3}\.\s*$")
_ORDINAL_LANGUAGES = frozenset(
    {"bs", "cs", "da", "de", "et", "fi", "hr", "hu", "is", "lb", "lv"}
    | {"nb", "nn", "no", "pl", "sk", "sl", "sr", "tr"}
)
"""In which "3." is "third"."""
_FOLLOWING = regex(r"[\s\"'“‘«„(\[]*(\w)")


def sentence_ends(text: str, language: str = "en") -> tuple[int, ...]:
    """Behind which of its characters a sentence of `text` ends, the last one with `text` itself.

    Never inside one of Cartesia's tags, nor between `<spell>` and `</spell>`; never before a small letter,
    nor behind an abbreviation or an ordinal of `language`, a BCP 47 tag.
    """
    closed = _tag_spans(text)
    is_boundary = _boundaries(text, language)
    ends: list[int] = []
    start = 0
    for match in _pattern(language).finditer(text):
        end = match.end()
        inside_tag = any(first < end < last for first, last in closed)
        if inside_tag or end == len(text) or not _parts(text, start, match, language, is_boundary):
            continue
        ends += _ends_within(text, start, end)
        start = end
    if start < len(text):
        ends += _ends_within(text, start, len(text))
    return tuple(ends)


def ends_sentence(text: str, language: str = "en") -> bool:
    """True if `text` ends where a sentence does, whatever may follow it."""
    return _ends(text, language) and sentence_ends(f"{text}A", language)[-2:-1] == (len(text),)


def may_end(text: str, language: str = "en") -> bool:
    """True if `text`, behind which nothing comes for now, ends as a sentence can: "at 9 p.m." too."""
    return _ends(text, language) and not _NEVER_LAST.search(text[-_LONGEST_ABBREVIATION:])


def _ends(text: str, language: str) -> bool:
    matches = list(_pattern(language).finditer(text))
    return bool(matches) and matches[-1].end() == len(text)


def _pattern(language: str) -> re.Pattern[str]:
    return _GREEK_END if base_language(language) == "el" else _SENTENCE_END


def _boundaries(text: str, language: str) -> Callable[[int], bool]:
    """Whether sentencex ends a sentence with the mark that stands before a place; asked for once."""
    found: frozenset[int] | None = None

    def is_boundary(place: int) -> bool:
        nonlocal found
        if found is None:
            parts = sentencex.get_sentence_boundaries(base_language(language), text)
            found = frozenset(part["start_index"] + len(part["text"].rstrip()) for part in parts)
        return place in found

    return is_boundary


def _parts(
    text: str, start: int, match: re.Match[str], language: str, is_boundary: Callable[[int], bool]
) -> bool:
    """Whether what looks like the end of the sentence from `start` on is one."""
    mark = match[0].rstrip()
    following = _FOLLOWING.match(text, match.end())
    if following and following[1].islower() and match[0].count("\n") < 2:
        return False
    if mark != "." or "\n" in match[0]:
        return True
    behind = text[max(start, match.end() - _LONGEST_ABBREVIATION) : match.end()]
    is_ordinal = base_language(language) in _ORDINAL_LANGUAGES and _ORDINAL.search(behind)
    number_follows = following and following[1].isdecimal() and not _ITEM_NUMBER.match(text, match.end())
    is_item = _ITEM_NUMBER.fullmatch(text, start, match.end())
    is_short = _NO_VOWEL.search(behind) or (number_follows and _SHORT_WORD.search(behind))
    if is_ordinal or is_item or is_short or _NEVER_LAST.search(behind) or _ABBREVIATION.search(behind):
        return False
    return is_boundary(match.start() + len(mark))


def _tag_spans(text: str) -> list[tuple[int, int]]:
    if "<" not in text:
        return []
    spans = [match.span() for match in TAG.finditer(text)]
    spans += [match.span() for match in re.finditer(r"<spell>.*?</spell>", text, re.IGNORECASE | re.DOTALL)]
    return spans


def _ends_within(text: str, start: int, end: int) -> list[int]:
    """Where the sentence from `start` to `end` is cut because it is too long, and `end`."""
    ends = []
    while end - start > MAX_SENTENCE_CHARACTERS:
        longest = start + MAX_SENTENCE_CHARACTERS
        # Rather between two lines than within one.
        cut = text.rfind("\n", start + MAX_SENTENCE_CHARACTERS // 2, longest) + 1
        cut = cut or text.rfind(" ", start + 1, longest) + 1
        spans = _tag_spans(text[start : min(end, start + 2 * MAX_SENTENCE_CHARACTERS)])
        if cut == 0 or any(first < cut - start < last for first, last in spans):
            break
        ends.append(cut)
        start = cut
    return [*ends, end]
