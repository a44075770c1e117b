"""What stands in a list, as it may stand in a sentence about it: short, on one line, numbers masked."""

from __future__ import annotations

import re

from cartesia_call.quoting import one_line
from cartesia_call.telephony.numbers import mask_number

LONGEST_NAME_CHARACTERS = 40

_DIGITS = re.compile(r"\+?\d(?:[\W_]{0,4}\d){6,}")
"""As many as a number has, however they are separated."""


def masked_digits(text: str) -> str:
    """`text` with whatever has as many digits as a number masked."""
    return _DIGITS.sub(lambda digits: mask_number(re.sub(r"[^\d+]", "", digits[0])), text)


def shown_name(name: str) -> str:
    """A column's name, or whatever stands in the place of one."""
    line = masked_digits(one_line(name))
    return line if len(line) <= LONGEST_NAME_CHARACTERS else f"{line[:LONGEST_NAME_CHARACTERS]}…"
