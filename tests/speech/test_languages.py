"""Languages as people name them."""

from __future__ import annotations

import pytest

from cartesia_call.speech.choices import parse_language
from cartesia_call.speech.languages import base_language


@pytest.mark.parametrize(
    ("written", "tag"),
    [
        ("de", "de"),
        ("EN-gb", "en-GB"),
        ("en_GB", "en-GB"),
        ("pt-PT", "pt-PT"),
        ("zh-TW", "zh-TW"),
        ("zh-Hant-TW", "zh-TW"),
        ("zh-Hans", "zh"),
        ("es-419", "es-419"),
        ("nb-NO", "no-NO"),
        ("fil-PH", "tl-PH"),
        ("cmn-TW", "zh-TW"),
        ("xx", "xx"),
    ],
)
def test_a_language_perhaps_with_a_region(written: str, tag: str) -> None:
    """In Cartesia's two letters; how it is written is not how it is said."""
    assert parse_language(written) == tag
    assert base_language(tag) == tag[:2]


@pytest.mark.parametrize("written", ["", "e", "eng", "english", "en-", "en-GBR", "en-G1", "en GB", "-GB"])
def test_other_texts_are_none(written: str) -> None:
    with pytest.raises(ValueError, match="is not a language"):
        parse_language(written)
