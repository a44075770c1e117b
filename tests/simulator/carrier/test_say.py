"""What may stand in `<Say>`."""

from __future__ import annotations

import pytest

from cartesia_simulator.carrier.notifications import Problem
from cartesia_simulator.carrier.say import excess_of, failure_of


def code(problem: Problem | None) -> int | None:
    return None if problem is None else problem.code


@pytest.mark.parametrize(
    ("voice", "language", "expected"),
    [
        ("", "", None),
        ("man", "en-GB", None),
        ("Polly.Joanna-Neural", "en-US", None),
        ("Polly.Joanna-Neural", "en-GB", None),
        ("Polly.Joanna-Neural", "", None),
        ("Polly.Joanna-Neural", "de-DE", 12200),
        ("Polly.Joana-Neural", "en-US", 13511),
        ("polly.joanna-neural", "en-US", 13511),
        ("Google.hr-HR-Standard-A", "hr-HR", 13511),
        ("woman", "ja-JP", 12200),
        ("alice", "ja-JP", None),
        ("Google.cmn-CN-Chirp3-HD-Aoede", "cmn-CN", None),
        ("", "de", None),
        ("", "xx-YY", 12200),
        ("", "en_US", 12200),
        ("robot", "", 13511),
        ("Polly.", "", 13511),
        ("polly.Amy", "xx-YY", 13511),
    ],
)
def test_voices_and_languages(voice: str, language: str, expected: int | None) -> None:
    """Those of Twilio's lists, letter by letter, and no voice in another language than its own."""
    assert code(failure_of(voice, language)) == expected


@pytest.mark.parametrize(
    ("text", "voice", "is_too_long"),
    [
        ("x" * 4096, "", False),
        ("x" * 4097, "", True),
        ("x" * 3000, "Polly.Amy", False),
        ("x" * 3001, "Polly.Amy", True),
        ("x" * 4500, "Google.en-GB-Standard-A", False),
        ("x" * 4501, "Google.en-GB-Standard-A", True),
        ("é" * 750, "", False),
        ("é" * 751, "", True),
        ("a b " * 1000, "", False),
    ],
)
def test_length(text: str, voice: str, is_too_long: bool) -> None:
    """Bytes of UTF-8, by the voice's provider; and 4500 characters once it is URL-encoded, for all."""
    assert code(excess_of(text, voice)) == (13521 if is_too_long else None)
