"""How one part of a name is said: `web01`, `sda1`, `7d9c5b8f6b`."""

from __future__ import annotations

import re

from cartesia_call.reading.rule import Manner

LONGEST_CODE_CHARACTERS = 15
"""Whoever hears more letters and digits than that in a row writes none of them down."""

KEPT_CHARACTERS = 8
"""What is said of a longer one: enough to find it, as Git's short hashes are."""

LEFT_OUT = f"of a code of more than {LONGEST_CODE_CHARACTERS} characters, all but the first {KEPT_CHARACTERS}"

LONGEST_NUMBER_DIGITS = 4
"""In names a longer run of digits is no number but a code."""

_RUNS = re.compile(r"[A-Za-z]+|[0-9]+")
_HUMPS = re.compile(r"IPv(?![a-z])|PostgreSQL|[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+")
_DISK = re.compile(r"(?:[shv]d|xvd)[a-z]{1,2}")
_LETTER_BY_LETTER = "acl api aws cpu ecs eks etc gid gpu iam iops ssd uid uri url usb uuid"
_INITIALS = frozenset(_LETTER_BY_LETTER.split())
"""They have a vowel and are no words."""

_TWO_LETTERS = "am an as at be by do go he if in is it me my no of on or so to up we"
_SHORT_WORDS = frozenset(_TWO_LETTERS.split())
_VOWEL = re.compile(r"[aeiou]|(?<=.)y", re.IGNORECASE)


def part_words(part: str, manner: Manner) -> str:
    """What is said of a part of a name that has letters and digits only.

    Letters and digits are parted; letters that make no word, and numbers with a leading zero or more than
    four digits, are said one by one; what changes between letters and digits often is a code.
    """
    runs = _RUNS.findall(part)
    if is_code(part):
        return manner.cut_letters(part, LONGEST_CODE_CHARACTERS, KEPT_CHARACTERS)
    return " ".join(_digits(run) if run.isdigit() else _letters(run) for run in runs)


def is_code(part: str) -> bool:
    """Whether letters and digits alternate so often that nobody would pronounce it as words."""
    runs = _RUNS.findall(part)
    is_mixed = len(runs) >= 4 and len(part) >= 5
    return is_mixed or (len(runs) == 1 and runs[0].isdigit() and len(part) > LONGEST_CODE_CHARACTERS)


def words_of_letters(letters: str) -> str:
    """`DiskUsageHigh` as three words."""
    return " ".join(_HUMPS.findall(letters))


def _digits(run: str) -> str:
    is_number = len(run) <= LONGEST_NUMBER_DIGITS and (run[0] != "0" or run == "0")
    return run if is_number else " ".join(run)


def _letters(run: str) -> str:
    if run.isupper():
        return run
    if not run.islower():
        return words_of_letters(run)
    is_short = len(run) <= 2 and run not in _SHORT_WORDS
    has_no_vowel = len(run) <= 4 and _VOWEL.search(run) is None
    if is_short or has_no_vowel or run in _INITIALS or _DISK.fullmatch(run):
        return " ".join(run.upper())
    return run
