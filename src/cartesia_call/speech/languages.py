"""Languages as people name them: `de`, or `de-AT` where the region matters."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"(?P<primary>[a-z]{2}|fil|cmn)(?:[-_](?:hans|hant|latn|cyrl|arab))?(?:[-_](?P<region>[a-z]{2}|[0-9]{3}))?",
    re.ASCII | re.IGNORECASE,
)
_AS_CARTESIA = {"fil": "tl", "cmn": "zh", "nb": "no", "nn": "no", "iw": "he", "in": "id"}
"""Other codes of languages that Cartesia has: Twilio's, Norwegian's two, and ISO 639's former ones."""


def base_language(tag: str) -> str:
    """The language of a BCP 47 tag without its region: `de` of `de-AT`."""
    return tag.partition("-")[0].lower()


def parse_language(text: str) -> str:
    """A language in Cartesia's two letters, with its region where `text` names one: `en-GB` of `en_gb`.

    A script is passed over: that is how it is written, not how it is said. ValueError for anything else.
    """
    match = _TAG.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is no language")
    primary = match["primary"].lower()
    base = _AS_CARTESIA.get(primary, primary)
    return f"{base}-{match['region'].upper()}" if match["region"] else base
