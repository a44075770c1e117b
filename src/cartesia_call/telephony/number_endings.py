"""What stands behind a number that is written for people, and what is said of it."""

from __future__ import annotations

import re

from cartesia_call.patterns import regex

_EXTENSION_HINT = "Leave the extension out, or call a direct number."
SLASH_HINT = "Leave the slash and what is behind it out."
WHOLE_DIGITS = 9
"""A national number of so many digits is a whole one; before the slash of `+49 30 / 23125000` are fewer."""
ODD_ENDINGS = tuple(
    (regex(pattern, re.IGNORECASE), what, hint)
    for pattern, what, hint in (
        (
            r"^[+]?\d(?:[.,]\d+)?E\+?\d+$",
            "is a number as a spreadsheet shortens it, and its digits are lost",
            "Format the spreadsheet's column as text.",
        ),
        (
            r";\s*ext=|ext\.?\s*\d|\d\s*x\s*\d",
            "has an extension, which cannot be dialled after the answer",
            _EXTENSION_HINT,
        ),
        (r"\d\s*[,;]\s*$", "has a comma or semicolon behind it", "Write the number alone."),
        (
            r"\d.*\+\s*\d",
            "has more than one number in it",
            "Write one here, and the next person with --then.",
        ),
        (r"\d\s*(?:[#;,(<|]|//|--)\s*[^\W\d]", "has words behind the number", "Write the number alone."),
        (
            # Of two lines that differ in their last digits, as Germans write them, or Austria's extension 0.
            r"\d\s*[/\\]\s*\d{1,3}$",
            "has one to three digits behind a slash: an extension, or the end of a second number",
            SLASH_HINT,
        ),
        (
            r"\d\s*(?:[#;]|,(?!\s*\+))",
            "has an extension, which cannot be dialled after the answer",
            _EXTENSION_HINT,
        ),
    )
)
"""Of each a pattern, the end of a sentence about a number, and what to do. The first that fits is told."""
