"""Durations as people write them: `500ms`, `30s`, `2m`, `1h`, or a bare number of seconds; ages: `90d`."""

from __future__ import annotations

import re
from collections.abc import Callable

from cartesia_call.patterns import regex

_DURATION = regex(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?", re.ASCII)
_LONGEST_S = 24 * 3600.0
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}

_AGE = regex(r"(\d{1,6})\s*(h|d|w)", re.ASCII)
_AGE_UNIT_S = {"h": 3600.0, "d": 24 * 3600.0, "w": 7 * 24 * 3600.0}
_OLDEST_DAYS = 36_500
"""A hundred years: enough to say "for ever", and no date falls out of the calendar."""


def parse_duration_s(text: str) -> float:
    """Seconds in `text`; ValueError with one sentence if it is not a duration, or longer than a day."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write 500ms, 30s, 2m or a number of seconds")
    duration_s = float(match[1]) * _UNIT_S[match[2]]
    if duration_s > _LONGEST_S:  # not quoted: it may have any number of digits
        raise ValueError("that is longer than a day; write 24h or less")
    return duration_s


def duration_between(least_s: float, most_s: float) -> Callable[[str], float]:
    """A parser of durations in this range, in seconds."""

    def parse(value: str) -> float:
        duration_s = parse_duration_s(value)
        if not least_s <= duration_s <= most_s:
            raise ValueError(f"{value!r} is outside {format_duration(least_s)} to {format_duration(most_s)}")
        return duration_s

    return parse


def parse_age_s(text: str) -> float:
    """Seconds in `text`, which may be days or weeks, too: `90d`, `12w`. ValueError with one sentence."""
    match = _AGE.fullmatch(text.strip())
    if match is None:
        try:
            return parse_duration_s(text)
        except ValueError:
            raise ValueError(
                f"{text[:20]!r} is no age; write 36h, 90d or 12w, up to {_OLDEST_DAYS}d"
            ) from None
    age_s = int(match[1]) * _AGE_UNIT_S[match[2]]
    if age_s > _OLDEST_DAYS * _AGE_UNIT_S["d"]:
        raise ValueError(f"that is longer than {_OLDEST_DAYS} days")
    return age_s


def format_duration(duration_s: float) -> str:
    """The shortest of the forms that `parse_duration_s` reads, e.g. `500ms`, `30s`, `1.5s`, `2m`."""
    if duration_s < 1 and duration_s > 0:
        return f"{duration_s * 1000:g}ms"
    if duration_s >= 60 and duration_s % 60 == 0:
        return f"{duration_s / 60:g}m"
    return f"{duration_s:g}s"


def about(duration_s: float) -> str:
    """What is enough to know of a long time: `45s`, `12m 5s`, `27h 46m`, `3d 4h`."""
    seconds = round(duration_s)
    for unit_s, unit, part_s, part in ((86_400, "d", 3_600, "h"), (3_600, "h", 60, "m"), (60, "m", 1, "s")):
        if seconds >= unit_s:
            rest = seconds % unit_s // part_s
            return f"{seconds // unit_s}{unit}" + (f" {rest}{part}" if rest else "")
    return f"{seconds}s"
