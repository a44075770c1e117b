"""Cartesia's tags inside a transcript, as the voices of this machine understand them.

`<break time="1s"/>` is silence, `<spell>ABC</spell>` is read letter by letter, and the other tags (speed,
volume, emotion, phoneme) are left out: neither voice has a use for them. Any other `<` is text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from cartesia_call.audio import mulaw
from cartesia_call.records import dataclass

_SPELL = re.compile(r"<spell\s*>(.*?)</spell\s*>", re.IGNORECASE | re.DOTALL)
_BREAK = re.compile(r"<break\s+time\s*=\s*[\"']?\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*[\"']?\s*/?>", re.IGNORECASE)
_TAG = re.compile(r"</?(?:break|spell|speed|volume|emotion|phoneme)(?![\w-])[^<>]*>", re.IGNORECASE)
_MS_PER_UNIT = {"ms": 1, "s": 1000}
_LONGEST_BREAK_MS = 10_000
"""No callee waits longer in silence, and a slip of the finger must not fill the memory with it."""


@dataclass(frozen=True, kw_only=True)
class Words:
    """Text to be read aloud, without tags and never blank."""

    text: str


@dataclass(frozen=True, kw_only=True)
class Break:
    """Silence of `duration_ms`, ten seconds at most."""

    duration_ms: int


def parse_markup(text: str) -> Iterator[Words | Break]:
    """What to say and where to be silent, in order."""
    start = 0
    for tag in _BREAK.finditer(text):
        yield from _words(text[start : tag.start()])
        asked_ms = float(tag[1]) * _MS_PER_UNIT[tag[2].lower()]
        yield Break(duration_ms=round(min(asked_ms, _LONGEST_BREAK_MS)))
        start = tag.end()
    yield from _words(text[start:])


def plain_text(text: str) -> str:
    """The words of `text`, without tags and with single spaces."""
    return " ".join(part.text for part in parse_markup(text) if isinstance(part, Words))


def _words(text: str) -> Iterator[Words]:
    spelled = _SPELL.sub(lambda tag: ", ".join(tag[1].replace(" ", "")), text)
    plain = " ".join(_TAG.sub(" ", spelled).split())
    if plain:
        yield Words(text=plain)


_STEP_MS = 1000


def pause(duration_ms: int) -> Iterator[bytes]:
    """Mu-law silence of `duration_ms`, in steps of at most a second."""
    for start_ms in range(0, duration_ms, _STEP_MS):
        yield mulaw.silence(min(_STEP_MS, duration_ms - start_ms))
