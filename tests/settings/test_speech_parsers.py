"""Texts of the settings about the voice, and their values."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from cartesia_call.settings import speech_parsers

READABLE: list[tuple[Callable[[str], object], str, object]] = [
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
