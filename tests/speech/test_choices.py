"""A voice and a language as users write them.

What a model's ID tells before anything is asked of it, and languages as people name them.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.settings.speaking import MODEL_ID
from cartesia_call.speech.choices import base_language, check_model, parse_language, parse_voice


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (parse_voice, "F786B574-DAA5-4673-AA0C-CBE3E8534C02", "f786b574-daa5-4673-aa0c-cbe3e8534c02"),
        (parse_voice, "Katie", "Katie"),
        (parse_voice, "Léa - Calm Narrator", "Léa - Calm Narrator"),
        (parse_voice, "v" * 100, "v" * 100),
        (parse_language, "DE", "de"),
        (parse_language, "xx", "xx"),
        (parse_language, "en_gb", "en-GB"),
    ],
)
def test_readable(parse: Callable[[str], str], text: str, value: str) -> None:
    """What people write becomes the value the program uses."""
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "reason"),
    [
        (parse_voice, "v" * 101, "neither the UUID nor the name"),
        (parse_voice, "Ka\ntie", "in one line"),
        (parse_voice, "sk_car_fake", "an API key"),
        (parse_language, "en-GBR", "perhaps with a region, such as en-GB"),
        (parse_language, "eng", "two letters"),
    ],
)
def test_unreadable(parse: Callable[[str], str], text: str, reason: str) -> None:
    """The sentence says what is wrong and what to write; a voice is never quoted."""
    with pytest.raises(ValueError, match=reason) as caught:
        parse(text)
    assert parse is not parse_voice or text not in str(caught.value)


@pytest.mark.parametrize(
    "model_id",
    [
        "sonic",
        "sonic-english",
        "sonic-multilingual",
        "sonic-2",
        "sonic-2-2025-03-07",
        "sonic-turbo",
        "sonic-turbo-2025-03-07",
        "sonic-3-2025-10-27",
    ],
)
def test_models_that_are_gone_are_refused(model_id: str) -> None:
    """By a sentence that names one that is there."""
    problem = check_model(model_id)
    assert problem is not None
    assert model_id in problem
    assert str(MODEL_ID.default) in problem


@pytest.mark.parametrize(
    "model_id",
    [
        *("sonic-3", "sonic-3-2026-01-12", "sonic-3.5", "sonic-3.6", "sonic-3.6-2026-08-27"),
        *("sonic-latest", "sonic-4", "new"),
    ],
)
def test_models_that_are_there_or_may_be_new_pass(model_id: str) -> None:
    assert check_model(model_id) is None


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
