"""Cartesia's tags: how each is written, and what is wrong with one (docs.cartesia.ai, ssml-tags).

What is no tag of theirs is text, `<html>` and `a < b` too: the voice reads it. Phonemes between `<<` and `>>`
are as good as text here, for so may be two shifts of a program.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from cartesia_call.patterns import regex
from cartesia_call.quoting import quotable
from cartesia_call.records import dataclass

TAG = regex(r"</?(?:break|spell|speed|volume|emotion|phoneme)(?![\w-])[^<>]*>", re.IGNORECASE)
"""Anything that is written like one of them. `phoneme` is documented no more and passed on as it is."""

_EMOTION_WORDS = (
    "neutral happy excited enthusiastic elated euphoric triumphant amazed surprised flirtatious curious "
    "content peaceful serene calm grateful affectionate trust sympathetic anticipation mysterious angry mad "
    "outraged frustrated agitated threatened disgusted contempt envious sarcastic ironic sad dejected "
    "melancholic disappointed hurt guilty bored tired rejected nostalgic wistful apologetic hesitant "
    "insecure confused resigned anxious panicked alarmed scared proud confident distant skeptical "
    "contemplative determined joking/comedic"
)
EMOTIONS = frozenset(_EMOTION_WORDS.split())
"""The enumeration `Emotion` of Cartesia's OpenAPI file, as of August 2026, and what only the page about
emotions (docs.cartesia.ai, volume-speed-emotion) names beside it: `joking/comedic`."""

SPEED_RATIOS = (0.6, 1.5)
VOLUME_RATIOS = (0.5, 2.0)
"""Lowest and highest, of tags and `generation_config` alike."""

_LONGEST_QUOTE_CHARACTERS = 40
_LONGEST_ATTRIBUTES_CHARACTERS = 200
"""No tag has a use for more, and much white space would be looked through again and again."""

LONGEST_BREAK_S = 10.0
"""No callee waits longer in silence, and the call ends for a slip of the finger if none is shorter."""

_OPENED = regex(r"<(/?)(break|spell|speed|volume|emotion|phoneme)(?![\w-])([^<>]*)(>)?", re.IGNORECASE)
"""A tag, or the beginning of one: the last group is None if it does not end."""

_ATTRIBUTE = regex(r"""\s*([A-Za-z_][\w-]*)\s*=\s*("[^"]*"|'[^']*')""")
_TIME = regex(r"\d{1,9}(?:\.\d{1,9})?\s*(?:ms|s)", re.IGNORECASE | re.ASCII)
_RATIO = regex(r"\d{1,9}(?:\.\d{1,9})?", re.ASCII)


@dataclass(frozen=True)
class Tag:
    """What is written like a tag, from `start` to `end` of a text. `name` is in lower case, `inside` is what
    stands between name and bracket. `problem` says what Cartesia would read aloud or refuse of it, and what
    to do; None for a tag that is as it should be.
    """

    start: int
    end: int
    name: str
    is_closing: bool
    inside: str
    problem: str | None

    def quoted(self, text: str) -> str:
        """The tag and its place in `text`, counted in characters from 1, for a sentence."""
        return f"the tag {_cut(quotable(text[self.start : self.end]))} at character {self.start + 1}"


def find_tags(text: str) -> Iterator[Tag]:
    """Everything in `text` that is written like one of Cartesia's tags, in order."""
    found = list(_OPENED.finditer(text))
    problems: list[str | None] = []
    open_spell: int | None = None
    for place, tag in enumerate(found):
        problem = _problem(tag, is_open=open_spell is not None)
        problems.append(problem)
        if tag[2].lower() == "spell" and problem is None:
            open_spell = None if tag[1] else place
    if open_spell is not None:
        problems[open_spell] = "it is never closed; write </spell> behind what is to be spelled"
    for tag, problem in zip(found, problems, strict=True):
        yield Tag(tag.start(), tag.end(), tag[2].lower(), bool(tag[1]), tag[3], problem)


def break_s(inside: str) -> float:
    """How long a `<break>` with no problem is silent, by what stands inside it."""
    given = _attributes(inside)
    written = given["time"].lower() if given else "0s"
    is_ms = written.endswith("ms")
    return float(written.removesuffix("ms" if is_ms else "s")) * (0.001 if is_ms else 1.0)


def check_emotion(name: str) -> str | None:
    """What is wrong with an emotion, and what to do; None for one that is documented."""
    if name in EMOTIONS:
        return None
    return (
        f"{_cut(name)!r} is no emotion that Cartesia documents; "
        "write neutral, calm, angry, content, sad, scared or another of its names"
    )


def _problem(tag: re.Match[str], *, is_open: bool) -> str | None:
    """`is_open`: a <spell> is, before this tag."""
    slash, name, inside = tag[1], tag[2].lower(), tag[3]
    if tag[4] is None:
        return "it does not end; write > behind it"
    if name == "phoneme":
        return None
    if name == "spell":
        return _spell_problem(inside, is_closing=bool(slash), is_open=is_open)
    attribute, example, check = _TAGS[name]
    if slash:
        return f"this tag has no end of its own; leave it out, and write {example} where it begins"
    given = _attributes(inside)
    if given is None or given.keys() != {attribute}:
        return f"it takes {attribute} and nothing else; write it as {example}"
    return check(given[attribute])


def _spell_problem(inside: str, *, is_closing: bool, is_open: bool) -> str | None:
    if inside.strip():
        return "it takes no attribute; write <spell>A7X</spell>"
    if is_closing and not is_open:
        return "no <spell> is open here; leave it out"
    if is_open and not is_closing:
        return "another <spell> is open; write </spell> before this one"
    return None


def _attributes(inside: str) -> dict[str, str] | None:
    """What stands between the tag's name and `/>`; None if it is written in any other way."""
    body, slash, rest = inside.rpartition("/")
    if len(inside) > _LONGEST_ATTRIBUTES_CHARACTERS or not slash or rest.strip():
        return None
    found = list(_ATTRIBUTE.finditer(body))
    given = {attribute[1].lower(): attribute[2][1:-1].strip() for attribute in found}
    is_whole = "".join(attribute[0] for attribute in found) == body.rstrip()
    return given if is_whole and len(given) == len(found) else None


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_QUOTE_CHARACTERS:
        return text
    return text[: _LONGEST_QUOTE_CHARACTERS - 1] + "…"


def _check_time(value: str) -> str | None:
    return None if _TIME.fullmatch(value) else f"{_cut(value)!r} is no time; write one such as 1s or 500ms"


def _ratio_between(lowest: float, highest: float) -> Callable[[str], str | None]:
    def check(value: str) -> str | None:
        if _RATIO.fullmatch(value) and lowest <= float(value) <= highest:
            return None
        return f"{_cut(value)!r} is no ratio from {lowest} to {highest}; 1 is the voice's own"

    return check


_TAGS: dict[str, tuple[str, str, Callable[[str], str | None]]] = {
    "break": ("time", '<break time="1s"/>', _check_time),
    "speed": ("ratio", '<speed ratio="1.2"/>', _ratio_between(*SPEED_RATIOS)),
    "volume": ("ratio", '<volume ratio="1.2"/>', _ratio_between(*VOLUME_RATIOS)),
    "emotion": ("value", '<emotion value="calm"/>', check_emotion),
}
"""Each tag that stands alone: its one attribute, how it is written, and what checks the attribute's value."""
