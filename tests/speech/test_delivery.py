"""Texts of how a voice speaks, and their values."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest

from cartesia_call.speech import delivery
from cartesia_call.speech.tags import EMOTIONS

READABLE: list[tuple[Callable[[str], object], str, object]] = [
    (delivery.ratio(0.6, 1.5), "0.6", 0.6),
    (delivery.ratio(0.6, 1.5), "1.5", 1.5),
    (delivery.ratio(0.5, 2.0), "1", 1.0),
    (delivery.parse_emotion, "Calm", "calm"),
    *((delivery.parse_emotion, name, name) for name in sorted(EMOTIONS)),
    (delivery.pronunciation_dict_id, "pdict_8fG2", "pdict_8fG2"),
]

UNREADABLE: list[tuple[Callable[[str], object], str, str]] = [
    (delivery.ratio(0.6, 1.5), "0.59", "from 0.6 to 1.5"),
    (delivery.ratio(0.6, 1.5), "1.501", "from 0.6 to 1.5"),
    (delivery.ratio(0.5, 2.0), "fast", "from 0.5 to 2.0"),
    (delivery.ratio(0.5, 2.0), "nan", "from 0.5 to 2.0"),
    (delivery.ratio(0.5, 2.0), "١", "from 0.5 to 2.0"),
    (delivery.parse_emotion, "very calm", "one word"),
    (delivery.parse_emotion, "joking/", "one word"),
    (delivery.parse_emotion, "a/b/c", "one word"),
    (delivery.pronunciation_dict_id, "a b", "pronunciation dictionary"),
]


@pytest.mark.parametrize(("parse", "text", "value"), READABLE)
def test_text_becomes_a_value(parse: Callable[[str], object], text: str, value: object) -> None:
    """Factors, moods, and the ID of a dictionary."""
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "problem"), UNREADABLE)
def test_what_makes_no_sense_is_refused(parse: Callable[[str], object], text: str, problem: str) -> None:
    """The rest of a sentence says what to write."""
    with pytest.raises(ValueError, match=re.escape(problem)):
        parse(text)
