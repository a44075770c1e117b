"""Rules for what identifies one thing among many: UUIDs, hashes, tickets, long numbers."""

from __future__ import annotations

import re

from cartesia_call.reading.part_words import (
    KEPT_CHARACTERS,
    LEFT_OUT,
    LONGEST_CODE_CHARACTERS,
    part_words,
)
from cartesia_call.reading.rule import Manner, Rule

_UUID = re.compile(
    r"(?<![\w-])([0-9A-Fa-f]{8})-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{4}-[0-9A-Fa-f]{12}(?![\w-])"
)
_HEX = re.compile(
    r"(?<![\w.-])(?:0[xX][0-9A-Fa-f]{1,128}|(?=[0-9]*[A-Fa-f])(?=[A-Fa-f]*[0-9])(?:[0-9a-f]{7,128}|[0-9A-F]{7,128}))"
    r"(?![\w]|[.-]\w)"
)
_TICKET = re.compile(r"(?<![\w.-])([A-Z]{2,10})(?:([0-9]{5,15})|((?:-[0-9]{2,10}){1,3}))(?![\w]|[.-]\w)")
_PHONE = re.compile(r"(?<![\w+])\+([0-9]{7,15})(?![\w]|[.-]\w)")
_LONG_NUMBER = re.compile(r"(?<![\w.,:/+-])(?:0[0-9]{1,39}|[0-9]{9,40})(?![\w]|[.,:/-]\w)")


def _uuid(found: re.Match[str], manner: Manner) -> str:
    return f"{manner.letters(found[1])}{manner.and_more}"


def _hex(found: re.Match[str], manner: Manner) -> str:
    return manner.cut_letters(found[0], LONGEST_CODE_CHARACTERS, KEPT_CHARACTERS)


def _ticket(found: re.Match[str], manner: Manner) -> str:
    if manner.spells:
        return f" <spell>{found[0]}</spell> "
    numbers = [found[2]] if found[2] else found[3].strip("-").split("-")
    return f" {found[1]} {' '.join(part_words(number, manner) for number in numbers)} "


def _phone(found: re.Match[str], manner: Manner) -> str:
    return f" {'plus' if manner.is_english else '+'} {' '.join(found[1])} "


def _long_number(found: re.Match[str], manner: Manner) -> str:
    return manner.cut_letters(found[0], LONGEST_CODE_CHARACTERS, KEPT_CHARACTERS)


IDENTIFIERS = (
    Rule(
        name="UUID",
        does='The first eight characters one by one, and "and more".',
        pattern=_UUID,
        read=_uuid,
        leaves_out="what stands behind the first dash",
        any_language=True,
    ),
    Rule(
        name="telephone number",
        does="Digit by digit.",
        pattern=_PHONE,
        read=_phone,
        any_language=True,
    ),
    Rule(
        name="hexadecimal",
        does="Seven characters or more of letters and digits, or 0x and any number: one by one; "
        f'of more than {LONGEST_CODE_CHARACTERS} the first {KEPT_CHARACTERS}, and "and more".',
        pattern=_HEX,
        read=_hex,
        leaves_out=LEFT_OUT,
        any_language=True,
    ),
    Rule(
        name="ticket",
        does="The letters as they are, a long number digit by digit; with `--spell`, spelled as a whole.",
        pattern=_TICKET,
        read=_ticket,
        any_language=True,
    ),
    Rule(
        name="long number",
        does="Nine digits or more, and any that begin with 0: digit by digit; "
        f"of more than {LONGEST_CODE_CHARACTERS} the first {KEPT_CHARACTERS}.",
        pattern=_LONG_NUMBER,
        read=_long_number,
        leaves_out=LEFT_OUT,
        any_language=True,
    ),
)
