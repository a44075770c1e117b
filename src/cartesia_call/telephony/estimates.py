"""How long a text takes to speak, at the slowest and at the fastest: for limits and for honest guesses."""

from __future__ import annotations

import functools
import math
import re

from cartesia_call.patterns import regex

SLOW_S_PER_CHARACTER = 0.12
"""About 100 words a minute, slower than any voice's default (150 to 180)."""

SLOW_S_PER_SPELLED_CHARACTER = 0.7
"""Digits, capitals and symbols may be read one by one, Chinese, Japanese and Korean characters always are."""

FAST_S_PER_CHARACTER = 0.05
"""About 240 words a minute: whoever listened for less than this has not heard it all."""

FAST_S_PER_SPELLED_CHARACTER = 0.12
"""Digits and Chinese, Japanese and Korean characters are a syllable or more each: eight a second are more
than any voice says."""

SHORTEST_READING_S = 0.2
"""Even one syllable takes its time: espeak-ng says "The" in 0.27 s, and nobody who heard that left early."""

_SPELLED = "0-9A-Z/%&@#+=_~^$"
_SPELLED_BEYOND_ASCII = "€£\u1100-\u11ff\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_SYLLABLES = "0-9"
_SYLLABLES_BEYOND_ASCII = "\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af"
_BREAK = regex(r"<break\s+time\s*=\s*[\"']\s*(\d+(?:\.\d+)?)\s*(ms|s)\s*[\"']\s*/>", re.IGNORECASE | re.ASCII)

TIME_LIMIT_MARGIN_S = 60.0
MAX_TIME_LIMIT_S = 14_400
"""Twilio's own default limit of a call, four hours."""


def slowest_reading_s(text: str) -> float:
    """An upper bound of how long any voice takes for `text`, Cartesia's pauses included."""
    spelled = _count(text, _SPELLED, _SPELLED_BEYOND_ASCII)
    spelled_s = spelled * SLOW_S_PER_SPELLED_CHARACTER
    return pauses_s(text) + spelled_s + (len(text) - spelled) * SLOW_S_PER_CHARACTER


def _count(text: str, in_ascii: str, beyond: str) -> int:
    """Characters of these sets. Compiling ranges far beyond ASCII takes milliseconds, which only a text pays
    that may need them."""
    return len(_one_of(in_ascii if text.isascii() else in_ascii + beyond).findall(text))


@functools.cache
def _one_of(characters: str) -> re.Pattern[str]:
    return re.compile(f"[{characters}]")


def pauses_s(text: str) -> float:
    """How long Cartesia is silent for the breaks in `text`."""
    if "<" not in text:
        return 0.0
    return sum(float(n) * (0.001 if unit.lower() == "ms" else 1.0) for n, unit in _BREAK.findall(text))


def fastest_reading_s(text: str) -> float:
    """A lower bound of how long a telephone voice takes for `text`."""
    syllables = _count(text, _SYLLABLES, _SYLLABLES_BEYOND_ASCII)
    spelled_s = syllables * FAST_S_PER_SPELLED_CHARACTER
    return max(SHORTEST_READING_S, spelled_s + (len(text) - syllables) * FAST_S_PER_CHARACTER)


def time_limit_s(message: str, fallback: str | None) -> int:
    """`TimeLimit` of a call that speaks `message`, then perhaps `fallback`: a seat belt, never the end.

    Twice the slowest reading of both, plus a minute, in whole seconds.
    """
    readings_s = slowest_reading_s(message) + slowest_reading_s(fallback or "")
    return min(MAX_TIME_LIMIT_S, math.ceil(2 * readings_s + TIME_LIMIT_MARGIN_S))


def longest_call_s(max_duration_s: float | None) -> int:
    """The highest `TimeLimit` of a call that ends itself after `max_duration_s`, in whole seconds."""
    longest_s = MAX_TIME_LIMIT_S if max_duration_s is None else max_duration_s + TIME_LIMIT_MARGIN_S
    return min(MAX_TIME_LIMIT_S, math.ceil(longest_s))


def proven_time_limit_s(audio_s: float, max_duration_s: float | None) -> int:
    """`TimeLimit` of a call whose message proved to be `audio_s` long: twice that, plus a minute."""
    return min(longest_call_s(max_duration_s), math.ceil(2 * audio_s + TIME_LIMIT_MARGIN_S))
