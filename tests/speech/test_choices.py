"""A voice and a language as users write them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.speech.choices import parse_language, parse_voice


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
