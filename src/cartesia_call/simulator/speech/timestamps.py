"""Word and phoneme timestamps, estimated: a word's share of the time is its share of the letters."""

from __future__ import annotations

from cartesia_call.offline_voice.markup import plain_text


def word_timestamps(transcript: str, start_s: float, end_s: float) -> dict[str, list[str] | list[float]]:
    """`word_timestamps` of a transcript that was spoken from `start_s` to `end_s` of its context."""
    return _timestamps("words", plain_text(transcript).split(), start_s, end_s)


def phoneme_timestamps(transcript: str, start_s: float, end_s: float) -> dict[str, list[str] | list[float]]:
    """`phoneme_timestamps`, with each letter in the place of a phoneme."""
    letters = [character for character in plain_text(transcript).lower() if character.isalpha()]
    return _timestamps("phonemes", letters, start_s, end_s)


def _timestamps(
    key: str, units: list[str], start_s: float, end_s: float
) -> dict[str, list[str] | list[float]]:
    total = sum(map(len, units)) or 1
    edges_s, passed = [start_s], 0
    for unit in units:
        passed += len(unit)
        edges_s.append(round(start_s + (end_s - start_s) * passed / total, 3))
    return {key: units, "start": edges_s[:-1], "end": edges_s[1:]}
