"""What a user may choose of the speech, as it is written: a voice, a language.

ValueError with half a sentence for anything else.
"""

from __future__ import annotations

import re

LONGEST_VOICE_CHARACTERS = 100


def parse_voice(text: str) -> str:
    """A voice's UUID, in lower case, or its name. Never quoted: a key is easily pasted in its place."""
    if re.fullmatch(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}", text):
        return text.lower()
    if len(text) > LONGEST_VOICE_CHARACTERS or not text.isprintable():
        raise ValueError(
            "is neither the UUID nor the name of a voice: "
            f"a name has up to {LONGEST_VOICE_CHARACTERS} characters in one line"
        )
    if text.startswith("sk_"):
        raise ValueError("looks like an API key, not a voice; write the voice's UUID or name")
    return text


def parse_language(text: str) -> str:
    """Two letters of ISO 639-1, in lower case."""
    if re.fullmatch(r"[A-Za-z]{2}", text):
        return text.lower()
    raise ValueError(f"{text!r} is not a language; write its two letters of ISO 639, such as en or de")
