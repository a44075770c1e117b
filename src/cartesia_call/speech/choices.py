"""What a user may choose of the speech, as it is written: a voice, a language, a model.

ValueError with half a sentence for anything else.
"""

from __future__ import annotations

import re

from cartesia_call.patterns import regex

LONGEST_VOICE_CHARACTERS = 100

_TAG = regex(
    r"(?P<primary>[a-z]{2}|fil|cmn)(?:[-_](?:hans|hant|latn|cyrl|arab))?(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?",
    re.ASCII | re.IGNORECASE,
)
_AS_CARTESIA = {"fil": "tl", "cmn": "zh", "nb": "no", "nn": "no", "iw": "he", "in": "id"}
"""Other codes of languages that Cartesia has: Twilio's, Norwegian's two, and ISO 639's former ones."""


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
    """A language in Cartesia's two letters, with its region where `text` names one: `en-GB` of `en_gb`.

    A script is passed over: that is how it is written, not how it is said.
    """
    match = _TAG.fullmatch(text.strip())
    if match is None:
        raise ValueError(
            f"{text!r} is not a language; write its two letters of ISO 639, such as en or de, "
            "perhaps with a region, such as en-GB"
        )
    primary = match["primary"].lower()
    base = _AS_CARTESIA.get(primary, primary)
    return f"{base}-{match['region'].upper()}" if match["region"] else base


_GONE = regex(r"sonic(-2|-turbo|-english|-multilingual)?(-\d{4}-\d{2}-\d{2})?|sonic-3-2025-10-27")
"""Gone since June 2026 or sunset after 2026-10-20 (docs.cartesia.ai, `tts-models/api-changes`; the changelog
of July 2026). All but the last one are older than sonic-3."""


def check_model(model_id: str) -> str | None:
    """What is wrong with a model, and what to do; None for one that is there, or that may be new."""
    if not _GONE.fullmatch(model_id):
        return None
    return f"Cartesia has switched off the model {model_id}; name a current one: the default is sonic-3.5"


def base_language(tag: str) -> str:
    """The language of a BCP 47 tag without its region: `de` of `de-AT`."""
    return tag.partition("-")[0].lower()
