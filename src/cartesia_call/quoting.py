"""What others wrote, made fit for lines of ours: they end up on terminals, in logs and in mails."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

from cartesia_call.patterns import regex

LONGEST_QUOTE_CHARACTERS = 300
_LEAST_SECRET_CHARACTERS = 8
_UNMISTAKABLE_CHARACTERS = 16
"""Half a Twilio token; Cartesia's and ngrok's are longer."""

_CONTROL_SEQUENCE = regex(
    r"\x1b\][^\x07\x1b\x9c\n]{0,2000}(?:\x07|\x1b\\|\x9c|(?=\n|$))"  # OSC, perhaps without its end
    r"|\x1b[PX^_][^\x1b\x9c\n]{0,2000}(?:\x1b\\|\x9c|(?=\n|$))"  # DCS, SOS, PM, APC
    r"|(?:\x1b\[|\x9b)[0-?]{0,64}[ -/]{0,8}[@-~]?"  # CSI
    r"|\x1b[ -/]{1,4}[0-~]?"  # character sets
    r"|\x1b[0-~]?",
    re.MULTILINE,
)
"""Control sequences by ECMA-48, section 5, and xterm's OSC, which BEL may end."""
_SLASH = r"(?:\\|%(?:25)*5C)*(?:/|%(?:25)*2F)"
"""As it is, and escaped for JSON or for URLs, once or more often."""
_OF_SECRET_SHAPE = regex(
    rf"(?P<door>{_SLASH}(?:media|status|probe){_SLASH})[\w-]+(?:\.[\w-]+)?"
    r"|(?P<scheme>\b(?:Basic|Bearer)\s+)[\w+/=.~-]{8,}"
    r"|sk_car_\S+",
    re.IGNORECASE,
)
"""The last part of an address that we gave the carrier; a login, as a header carries it; Cartesia's keys, a
part of one too."""


def quotable(text: str, *, secrets: Iterable[str] = ()) -> str:
    """`text` on one line, without control characters, escape sequences and secrets, of bounded length.

    `secrets` are hidden wherever they stand, and so is whatever has a secret's shape. They are looked for
    before anything is cut, and again where taking something out may have joined one.
    """
    hidden = tuple(secrets)
    visible = without_control_sequences(without_secrets(text, hidden))
    spaced = "".join(character if character.isprintable() else " " for character in visible)
    line = without_secrets(" ".join(spaced.split()), hidden)
    if len(line) <= LONGEST_QUOTE_CHARACTERS:
        return line
    return line[: LONGEST_QUOTE_CHARACTERS - 1] + "…"


def without_control_sequences(text: str) -> str:
    """`text` without what steers a terminal, each sequence as a whole; of a hyperlink its text stays."""
    return _CONTROL_SEQUENCE.sub("", text) if "\x1b" in text or "\x9b" in text else text


def one_line(text: str) -> str:
    """`text` without anything that could steer a terminal, turn the reading direction or begin a new line.

    Bidi marks and other invisible characters go; controls and line breaks become spaces; half characters,
    such as bytes of a file name that are no text, become U+FFFD. Of an escape sequence the rest stays: what a
    stranger opens in one place and closes in another must not hide our words between.
    """
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if character.isprintable():
        return character
    category = unicodedata.category(character)
    return "" if category == "Cf" else "\ufffd" if category == "Cs" else " "


def without_secrets(text: str, secrets: Iterable[str] = ()) -> str:
    """`text` with `secrets`, and whatever has a secret's shape, replaced by `***`.

    A word of a few letters is no key, whoever set it as one, and hiding it would hide our own words. What is
    longer is hidden as a whole word, and what no text holds by chance wherever it stands.
    """
    for secret in secrets:
        if len(secret) >= _UNMISTAKABLE_CHARACTERS:
            text = text.replace(secret, "***")
        elif len(secret) >= _LEAST_SECRET_CHARACTERS:
            text = re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", "***", text)
    return _OF_SECRET_SHAPE.sub(lambda match: f"{match['door'] or match['scheme'] or ''}***", text)
