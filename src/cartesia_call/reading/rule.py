"""What one rule of reading is."""

from __future__ import annotations

import re
from collections.abc import Callable

from cartesia_call.records import dataclass

HIDDEN = "\x00"
"""Stands for one of Cartesia's tags while rules are applied. No pattern may match it."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a text is read: whether identifiers are wrapped in `<spell>`, and whether words may be English."""

    spells: bool
    is_english: bool

    def letters(self, code: str) -> str:
        """An identifier of letters, digits and dashes, to be heard one by one."""
        if self.spells:
            return f" <spell>{code}</spell> "
        return f" {' '.join(code.upper().replace('-', ''))} "

    def cut_letters(self, code: str, most: int, kept: int) -> str:
        """The same; of one that has more than `most` characters the first `kept`."""
        if len(code) <= most:
            return self.letters(code)
        return f"{self.letters(code[:kept])}{self.and_more}"

    @property
    def and_more(self) -> str:
        """Says that something was left out."""
        return ", and more, " if self.is_english else " ... "


Read = Callable[[re.Match[str], Manner], str | None]
"""What is said in place of a match; None if it is not what the rule looks for after all."""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One row of the table.

    `does` says what is read how, and `leaves_out` what nobody hears. In a language other than English a
    rule that is not for `any_language` leaves what it matches as it is, and so do the rules behind it.
    Replacements put spaces around themselves; superfluous ones go at last.
    """

    name: str
    does: str
    pattern: re.Pattern[str]
    read: Read
    leaves_out: str = ""
    any_language: bool = False

    def say(self, found: re.Match[str], manner: Manner) -> str | None:
        """What is said in place of `found`."""
        said = self.read(found, manner)
        if said is None or self.any_language or manner.is_english:
            return said
        return found[0]


def always(text: str) -> Read:
    """The same for every match."""
    return lambda found, manner: text


def group(number: int) -> Read:
    """One group of the match, as it is."""
    return lambda found, manner: found[number]
