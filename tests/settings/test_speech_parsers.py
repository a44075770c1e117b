"""Texts of the settings about the voice, and their values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.settings import speech_parsers
from cartesia_call.speech.tags import EMOTIONS

READABLE: list[tuple[Callable[[str], object], str, object]] = [
    (speech_parsers.ratio(0.6, 1.5), "0.6", 0.6),
    (speech_parsers.ratio(0.6, 1.5), "1.5", 1.5),
    (speech_parsers.ratio(0.5, 2.0), "1", 1.0),
    (speech_parsers.emotion, "Calm", "calm"),
    *((speech_parsers.emotion, name, name) for name in sorted(EMOTIONS)),
    (speech_parsers.pronunciation_dict_id, "pdict_8fG2", "pdict_8fG2"),
    (speech_parsers.say_voice, "polly.amy", "Polly.Amy"),
    (speech_parsers.say_voice, "Google.hr-HR-Standard-A", "Google.hr-HR-Standard-A"),
    (speech_parsers.size_bytes, "256MB", 256_000_000),
    (speech_parsers.size_bytes, "1.5 gb", 1_500_000_000),
    (speech_parsers.size_bytes, "10kB", 10_000),
    (speech_parsers.size_bytes, "10KB", 10_000),
    (speech_parsers.size_bytes, "1B", 1),
    (speech_parsers.size_bytes, "4096", 4096),
]

UNREADABLE: list[tuple[Callable[[str], object], str, str]] = [
    (speech_parsers.ratio(0.6, 1.5), "0.59", "from 0.6 to 1.5"),
    (speech_parsers.ratio(0.6, 1.5), "1.501", "from 0.6 to 1.5"),
    (speech_parsers.ratio(0.5, 2.0), "fast", "from 0.5 to 2.0"),
    (speech_parsers.ratio(0.5, 2.0), "nan", "from 0.5 to 2.0"),
    (speech_parsers.ratio(0.5, 2.0), "١", "from 0.5 to 2.0"),
    (speech_parsers.emotion, "very calm", "one word"),
    (speech_parsers.emotion, "joking/", "one word"),
    (speech_parsers.emotion, "a/b/c", "one word"),
    (speech_parsers.pronunciation_dict_id, "a b", "pronunciation dictionary"),
    (speech_parsers.say_voice, "Polly.Joana", "perhaps Polly.Joanna or"),
    (speech_parsers.say_voice, "alice", "text-speech"),
    (speech_parsers.size_bytes, "256MiB", "B, kB, MB or GB"),
    (speech_parsers.size_bytes, "-1MB", "B, kB, MB or GB"),
    (speech_parsers.size_bytes, "9" * 400, "not a size"),
    (speech_parsers.size_bytes, "0MB", "--no-cache"),
    (speech_parsers.size_bytes, "0.4B", "--no-cache"),
]


@pytest.mark.parametrize(("parse", "text", "value"), READABLE)
def test_readable(parse: Callable[[str], object], text: str, value: object) -> None:
    """What people write becomes the value the program uses."""
    assert parse(text) == value


@pytest.mark.parametrize(("parse", "text", "reason"), UNREADABLE)
def test_unreadable(parse: Callable[[str], object], text: str, reason: str) -> None:
    """The sentence says what is wrong and what to write."""
    with pytest.raises(ValueError, match=reason):
        parse(text)
