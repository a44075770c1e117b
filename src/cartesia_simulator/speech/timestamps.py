"""Word and phoneme timestamps, estimated: the letters share what is no pause.

Seconds count from the beginning of the context's audio, as Cartesia's do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from cartesia_call.offline_voice.markup import Break, parse_markup

Timestamps = dict[str, list[str] | list[float]]

WORDS_PER_MESSAGE = 8
"""Cartesia sends a transcript's words in pieces, of no documented size."""


def word_timestamps(transcript: str, start_s: float, end_s: float) -> Iterator[Timestamps]:
    """Each `word_timestamps` of a transcript that was spoken from `start_s` to `end_s` of its context."""
    whole = _timestamps("words", list(_units(transcript, str.split)), start_s, end_s)
    for first in range(0, len(whole["words"]), WORDS_PER_MESSAGE):
        yield {key: values[first : first + WORDS_PER_MESSAGE] for key, values in whole.items()}


def phoneme_timestamps(transcript: str, start_s: float, end_s: float) -> Timestamps:
    """`phoneme_timestamps`, with each letter in the place of a phoneme."""
    return _timestamps("phonemes", list(_units(transcript.lower(), _letters)), start_s, end_s)


def _letters(text: str) -> Iterator[str]:
    return filter(str.isalpha, text)


def _units(transcript: str, split: Callable[[str], Iterable[str]]) -> Iterator[str | float]:
    """What is named, and the seconds of each pause, in order."""
    for part in parse_markup(transcript):
        if isinstance(part, Break):
            yield part.duration_ms / 1000
        else:
            yield from split(part.text)


def _timestamps(key: str, units: list[str | float], start_s: float, end_s: float) -> Timestamps:
    paused_s = sum(unit for unit in units if isinstance(unit, float))
    letters = sum(len(unit) for unit in units if isinstance(unit, str)) or 1
    letter_s = max(end_s - start_s - paused_s, 0.0) / letters
    names: list[str] = []
    starts_s: list[float] = []
    ends_s: list[float] = []
    at_s = start_s
    for unit in units:
        begin_s = at_s
        at_s = min(at_s + (unit if isinstance(unit, float) else len(unit) * letter_s), end_s)
        if isinstance(unit, str):
            names.append(unit)
            starts_s.append(round(begin_s, 3))
            ends_s.append(round(at_s, 3))
    return {key: names, "start": starts_s, "end": ends_s}
