"""Rules for dates and times of day, in English and by the twelve-hour clock."""

from __future__ import annotations

import re
from datetime import date

from cartesia_call.reading.names import dotted_words
from cartesia_call.reading.rule import Manner, Rule

_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_ZONE = r"Z|UTC|GMT|[+-][0-9]{2}(?::?[0-9]{2})?"
_SHORT_MONTHS = tuple(month[:3] for month in _MONTHS)
_MONTH = "|".join(_SHORT_MONTHS)


def _date_words(year: str, month: str, day: str) -> str | None:
    try:
        when = date(int(year), int(month), int(day))
    except ValueError:
        return None
    return f" {_MONTHS[when.month - 1]} {when.day}, {year}"


def _minutes(minute: int) -> str:
    return "" if minute == 0 else f" oh {minute}" if minute < 10 else f" {minute}"


def _clock_words(hour: int, minute: int, zone: str | None) -> str | None:
    if hour > 23 or minute > 59:
        return None
    if minute == 0 and hour in {0, 12}:
        words = "noon" if hour else "midnight"
    else:
        words = f"{hour % 12 or 12}{_minutes(minute)} {'AM' if hour < 12 else 'PM'}"
    return f" {words}{_zone_words(zone)} "


def _zone_words(zone: str | None) -> str:
    if zone is None:
        return ""
    if zone.isalpha():
        return " UTC" if zone == "Z" else f" {zone}"
    hours, minutes = int(zone[1:3]), int(zone[3:].lstrip(":") or 0)
    if hours == minutes == 0:
        return " UTC"
    return f" UTC {'plus' if zone[0] == '+' else 'minus'} {hours}{_minutes(minutes)}"


def _timestamp(found: re.Match[str], manner: Manner) -> str | None:
    day = _date_words(found["year"], found["month"], found["day"])
    clock = _clock_words(int(found["hour"]), int(found["minute"]), found["zone"])
    return f"{day},{clock}" if day and clock else None


def _log_timestamp(found: re.Match[str], manner: Manner) -> str | None:
    month = f"{_SHORT_MONTHS.index(found['month'] or found['late_month']) + 1}"
    year = found["year"] or found["late_year"]
    day = _date_words(year or "2000", month, found["day"] or found["late_day"])  # 2000: it has a 29 February
    clock = _clock_words(int(found["hour"]), int(found["minute"]), found["zone"] or found["late_zone"])
    return f"{day if year else day.removesuffix(', 2000')},{clock}" if day and clock else None


def _date(found: re.Match[str], manner: Manner) -> str | None:
    words = _date_words(found["year"], found["month"], found["day"])
    return f"{words} " if words else None


def _time(found: re.Match[str], manner: Manner) -> str | None:
    hour, minute, second = int(found[1]), int(found[2]), found[3]
    if minute > 59 or (second and int(second) > 59):
        return None
    if second and found[4] is None:  # with seconds it is a duration, where it stands for no time of day
        return _clock_words(hour, minute, None)
    if found[4] is None:
        return _bare_words(hour, minute) + " "
    rest = f" and {int(second)} second{'' if int(second) == 1 else 's'}" if int(second or 0) else ""
    if found[4].lower() not in {"am", "pm"}:
        clock = _clock_words(hour, minute, found[4])
        return clock and clock + rest
    return f" {hour}{_minutes(minute)}{rest} {found[4].upper()} " if 1 <= hour <= 12 else None


def _bare_words(hour: int, minute: int) -> str:
    """Of what may be a time of day, or how long something took."""
    if minute == 0:
        return f" {hour} o'clock" if hour else " midnight"
    return f" {hour}{_minutes(minute)}"


_STAMP = (
    r"(?P<year>[0-9]{4})(?P<dash>[-/.]?)(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
    r"[Tt_ ](?P<hour>[0-9]{2}):?(?P<minute>[0-9]{2})(?::?[0-9]{2}(?:[.,][0-9]{1,9})?)?"
    rf"(?: ?(?P<zone>{_ZONE})(?:/UTC)?)?(?![\w:]|[.-][0-9])"
)


def _dated_name(found: re.Match[str], manner: Manner) -> str | None:
    when = _timestamp(found, manner)
    return f" {dotted_words(found['name'], manner)},{when}" if when else None


TIMES = (
    Rule(
        name="dated name",
        does="A name, as of hosts, and the timestamp behind its dash.",
        pattern=re.compile(
            rf"(?<![\w.:/-])(?P<name>[A-Za-z][\w.]{{0,40}}(?:-[A-Za-z_][\w.]{{0,40}}){{0,4}})[-_]{_STAMP}"
        ),
        read=_dated_name,
        leaves_out="seconds, and zeros in front",
    ),
    Rule(
        name="timestamp",
        does="Month, day and year, then the time by the twelve-hour clock, and the zone if there is one.",
        pattern=re.compile(rf"(?<![\w.:/-]){_STAMP}"),
        read=_timestamp,
        leaves_out="seconds, and zeros in front",
    ),
    Rule(
        name="log's timestamp",
        does="The same, if the month is written in letters.",
        pattern=re.compile(
            r"(?<![\w.:/-])(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?"
            rf"(?:(?P<month>{_MONTH})  ?(?P<day>[0-9]{{1,2}})"
            r"|(?P<late_day>[0-9]{1,2})(?P<dash>[ /-])"
            rf"(?P<late_month>{_MONTH})(?P=dash)(?P<year>[0-9]{{4}}))"
            r"[ :](?P<hour>[0-9]{2}):(?P<minute>[0-9]{2}):[0-9]{2}(?:\.[0-9]{1,9})?"
            rf"(?: (?P<zone>{_ZONE}|[A-Z]{{3,4}}(?= 20)))?(?: (?P<late_year>20[0-9]{{2}}))?"
            rf"(?: (?P<late_zone>{_ZONE}))?(?![\w:]|[.-][0-9])"
        ),
        read=_log_timestamp,
        leaves_out="the day of the week, seconds, and zeros in front",
    ),
    Rule(
        name="date",
        does="Month, day and year.",
        pattern=re.compile(
            r"(?<![\w.:/-])(?P<year>[0-9]{4})(?P<dash>[-/.])(?P<month>[0-9]{2})(?P=dash)(?P<day>[0-9]{2})"
            r"(?![\w:/]|[.-][0-9])"
        ),
        read=_date,
        leaves_out="zeros in front",
    ),
    Rule(
        name="time",
        does="By the twelve-hour clock with a zone or with seconds; else as written: it may be a duration.",
        pattern=re.compile(
            r"(?<![\w.:/-])([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]{1,9})?)?"
            r"(?: ?([AaPp][Mm]|Z|UTC|GMT))?(?![\w:]|[.-][0-9])"
        ),
        read=_time,
        leaves_out="zeros in front, seconds without a zone, and fractions of seconds",
    ),
)
