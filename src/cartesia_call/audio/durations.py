"""Durations as people write them: `500ms`, `30s`, `2m`, `1h`, or a bare number of seconds."""

from __future__ import annotations

import re

_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*(ms|s|m|h)?", re.ASCII)
_LONGEST_S = 24 * 3600.0
_UNIT_S = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0, None: 1.0}


def parse_duration_s(text: str) -> float:
    """Seconds in `text`; ValueError with one sentence if it is not a duration, or longer than a day."""
    match = _DURATION.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a duration; write 500ms, 30s, 2m or a number of seconds")
    duration_s = float(match[1]) * _UNIT_S[match[2]]
    if duration_s > _LONGEST_S:  # not quoted: it may have any number of digits
        raise ValueError("that is longer than a day; write 24h or less")
    return duration_s


def format_duration(duration_s: float) -> str:
    """The shortest of the forms that `parse_duration_s` reads, e.g. `500ms`, `30s`, `1.5s`, `2m`."""
    if duration_s < 1 and duration_s > 0:
        return f"{duration_s * 1000:g}ms"
    if duration_s >= 60 and duration_s % 60 == 0:
        return f"{duration_s / 60:g}m"
    return f"{duration_s:g}s"
