"""Machine text as a person on the telephone understands it: the table of rules applied to a message."""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterator

from cartesia_call.reading.layout import LAYOUT
from cartesia_call.reading.rule import HIDDEN, Manner, Rule
from cartesia_call.reading.table import WORDS
from cartesia_call.records import dataclass
from cartesia_call.speech.choices import base_language
from cartesia_call.speech.tags import TAG
from cartesia_call.speech.terminal_codes import without_terminal_codes

ALERT = "alert"
"""The one manner of reading (`--read-as`) that changes anything."""

_TIDYING = (
    (re.compile(r"[ \t]+"), " "),
    (re.compile(r" ?\n ?"), "\n"),
    (re.compile(r" (?=[,.;:!?)\]](?:[\s,.;:!?)\]\"']|$))"), ""),
    (re.compile(r"([(\[]) "), r"\1"),
    (re.compile(r"(?<![\w\"'])([\"']) (?=\w)"), r"\1"),
    (re.compile(r"(?<=\w) ([\"'])(?![\w\"'])"), r"\1"),
    (re.compile(r"([,;:!?]),+"), r"\1"),
    (re.compile(r"(?<!,),++(?=[.;:!?)\]]| ?(?:\n|$))"), ""),
    (re.compile(r" ?,(?=[A-Za-z])"), ", "),
    (re.compile(r"^[, ]+", re.MULTILINE), ""),
    (re.compile(r"\n{3,}"), "\n\n"),
)


@dataclass(frozen=True, kw_only=True)
class Piece:
    """Some of a text and what is said of it; `rule` is None for what is said as it is written."""

    written: str
    said: str
    rule: Rule | None


def spoken_text(message: str, *, read_as: str, spells: bool, language: str) -> str:
    """What is said of `message`, or of a sentence of it: with `alert` what the rules make of it."""
    return speakable(message, spells=spells, language=language) if read_as == ALERT else message


def speakable(text: str, *, spells: bool, language: str = "en") -> str:
    """`text` with everything read as the table of rules says, without white space at its ends.

    `spells` puts identifiers between `<spell>` and `</spell>`. The words that are put in are English: for
    another `language` only the rules for any language apply. Cartesia's own tags stay as they are, with what
    stands in `<spell>`. Lines stay lines, and sentences sentences. A text of which the rules would leave
    nothing to say stays as it is. Takes time in proportion to the length of the text.
    """
    manner = Manner(spells=spells, is_english=base_language(language) == "en")
    hidden, tags = _hide_tags(without_terminal_codes(text))
    bare = without_layout(hidden, manner)
    said = _tidy("".join(piece.said for piece in pieces(bare, manner)))
    if not _has_words(said) and _has_words(hidden):
        return text.strip()
    return _show_tags(said, tags)


def without_layout(text: str, manner: Manner) -> str:
    """`text` without its markup."""
    for rule in LAYOUT:
        text = rule.pattern.sub(_sayer(rule, manner), text)
    return text


def pieces(text: str, manner: Manner) -> Iterator[Piece]:
    """The walk through a text without markup; the pieces written are `text` again."""
    ahead = [match for order, rule in enumerate(WORDS) for match in _next_match(order, rule, text, 0)]
    heapq.heapify(ahead)
    place = 0
    while ahead:
        start, order, found = ahead[0]
        rule = WORDS[order]
        said = rule.say(found, manner) if start >= place else None
        if said is not None:
            if start > place:
                yield Piece(written=text[place:start], said=text[place:start], rule=None)
            yield Piece(written=found[0], said=said, rule=rule)
            place = found.end()
        heapq.heappop(ahead)
        for match in _next_match(order, rule, text, max(place, start + 1)):
            heapq.heappush(ahead, match)
    if place < len(text):
        yield Piece(written=text[place:], said=text[place:], rule=None)


def _next_match(order: int, rule: Rule, text: str, place: int) -> Iterator[tuple[int, int, re.Match[str]]]:
    """The first match at or behind `place`, if there is one; earlier ones and earlier rules come first."""
    found = rule.pattern.search(text, place)
    if found is not None:
        yield found.start(), order, found


def _sayer(rule: Rule, manner: Manner) -> Callable[[re.Match[str]], str]:
    def say(found: re.Match[str]) -> str:
        said = rule.say(found, manner)
        return found[0] if said is None else said

    return say


def _has_words(text: str) -> bool:
    return any(map(str.isalnum, text))


def _tidy(text: str) -> str:
    for pattern, replacement in _TIDYING:
        text = pattern.sub(replacement, text)
    return text.strip()


def _hide_tags(text: str) -> tuple[str, list[str]]:
    """Each tag, and each `<spell>` with what it holds, becomes one character that no rule touches."""
    text = text.replace(HIDDEN, " ")
    shown: list[str] = []
    tags: list[str] = []
    place = 0
    for start, end in _spans(text):
        shown += (text[place:start], HIDDEN)
        tags.append(text[start:end])
        place = end
    return "".join([*shown, text[place:]]), tags


def _spans(text: str) -> list[tuple[int, int]]:
    """Of the tags, and of `<spell>` up to the next tag if that closes it."""
    spans: list[tuple[int, int]] = []
    opened = False
    for tag in TAG.finditer(text):
        is_spell, is_end = tag[0].strip("<>/ ").lower() == "spell", tag[0][1] == "/"
        if is_spell and is_end and opened:
            spans[-1] = (spans[-1][0], tag.end())
        else:
            spans.append(tag.span())
        opened = is_spell and not is_end
    return spans


def _show_tags(text: str, tags: list[str]) -> str:
    shown = iter(tags)
    return re.sub(HIDDEN, lambda _: next(shown), text)
