"""Rules for durations that are written like a time of day, and for offsets from UTC."""

from __future__ import annotations

import re

from cartesia_call.reading.rule import Manner, Rule

_SAID_AS_TIME = re.compile(
    r"(?:\b(?:at|since|from|until|till|by|before|to|on|between|between [0-9:]{4,8} and|started|starts"
    r"|ended|ends|finished|seen|next run|window|Mon|Tue|Wed|Thu|Fri|Sat|Sun"
    r"|(?:start|end|local|current|event) ?time|(?:^|\n)(?:time|timestamp|when|date)) ?[:=]?|@) ?\Z",
    re.IGNORECASE,
)
"""In front of a time of day."""
_SAID_AS_DURATION = re.compile(
    r"(?:\b(?:took|takes|taken|lasted|lasts|elapsed(?: time)?|duration|uptime|downtime|runtime|run time|TTL"
    r"|lag|delay|latency|remaining|left|timeout|timed out after|ETA|age|idle|within)(?: ?[:=]| is| was| of)?"
    r"|\bdays?,?) *\Z",
    re.IGNORECASE,
)
"""In front of a duration without seconds."""
_DURATION_BEHIND = re.compile(r" (?:long|elapsed|remaining|left|ago|late|behind|ahead|total|so far)\b")
_LONGEST_WORDS_CHARACTERS = 40
"""In front of a number, that are looked at."""
_START = re.compile(r"(?:^|\n|[.!?] )[\s\[(]*\Z")
"""Of a line or a sentence."""


def _part(number: int | str, unit: str) -> str:
    return f"{number} {unit}{'' if number in {1, '1'} else 's'}"


def _words(hours: int, minutes: int, seconds: str) -> str:
    """`seconds` is a decimal number, possibly empty; of what is zero nothing is said unless all is."""
    whole = seconds.lstrip("0") or ("0" if seconds else "")
    whole = f"0{whole}" if whole.startswith(".") else whole
    parts = [_part(number, unit) for number, unit in ((hours, "hour"), (minutes, "minute")) if number]
    if whole not in {"", "0"} or not parts:
        parts.append(_part(whole or "0", "second"))
    return f" {' '.join(parts)} "


def _duration(found: re.Match[str], manner: Manner) -> str | None:
    first, second, third, fraction, unit = found.groups()
    if int(second) > 59 or int(third or 0) > 59:
        return None
    text, end = found.string, found.end()
    before = text[max(0, found.start() - _LONGEST_WORDS_CHARACTERS) : found.start()]
    if third is None and unit and unit.startswith("m"):
        return _words(0, int(first), second) if int(first) or int(second) else " 0 minutes "
    is_certain = (
        unit or int(first) > 23 or _SAID_AS_DURATION.search(before) or _DURATION_BEHIND.match(text, end)
    )
    if third is None:
        return _words(int(first), int(second), "") if is_certain else None
    seconds = third + (f".{fraction}" if fraction else "")
    # A line or a sentence that begins with it and goes on is one of a log.
    is_time = _SAID_AS_TIME.search(before) or (
        _START.search(before) and re.match(r"[\])]? *[^\W\d]|[\])]? *\[", text[end : end + 8])
    )
    return None if is_time and not is_certain else _words(int(first), int(second), seconds)


def _offset(found: re.Match[str], manner: Manner) -> str:
    sign = "plus" if found[2] == "+" else "minus"
    hours, minutes = int(found[3]), int(found[4] or 0)
    if hours == minutes == 0:
        return f" {found[1]} "
    return f" {found[1]} {sign} {hours}{f' {minutes}' if minutes else ''} "


CLOCK_DURATIONS = (
    Rule(
        name="offset from UTC",
        does='"Plus" or "minus" and the hours.',
        pattern=re.compile(r"(?<![\w/])(UTC|GMT) ?([+\-−])([0-9]{1,2})(?::?([0-9]{2}))?(?![\w:]|[.-][0-9])"),
        read=_offset,
        leaves_out="zeros in front, and an offset of zero",
    ),
    Rule(
        name="clock's duration",
        does='Hours, minutes and seconds: of what has seconds, unless it stands behind "at", "since" and '
        "such words, or begins a log's line; of 24 hours or more; and where words say so.",
        pattern=re.compile(
            r"(?<![\w.:/+-])([0-9]{1,4}):([0-9]{2})(?::([0-9]{2})(?:[.,]([0-9]{1,9}))?)?"
            r"(?! ?(?:[AaPp][Mm]|Z|UTC|GMT)\b)(?![\w:]|[.,-][0-9]|[+-][0-9])"
            r"(?: (minutes?|mins?|hours?|hrs?)\b(?!\.\w))?"
        ),
        read=_duration,
        leaves_out="zeros",
    ),
)
