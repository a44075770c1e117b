"""When calls may be placed: the hours of a day where the callee is, and an end where this machine is."""

from __future__ import annotations

import functools
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING

from cartesia_call.patterns import regex
from cartesia_call.policy.withheld import Rule, Withheld, moment_text
from cartesia_call.records import dataclass

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

_LONGEST_CLOSED_MINUTES = 4 * 24 * 60
"""More than any window is closed: a day, and another where clocks jump over it."""

_TIME = regex(r"([01]?[0-9]|2[0-3]):([0-5][0-9])")


@dataclass(frozen=True, kw_only=True)
class Window:
    """From `start`, included, to `end`, not included; across midnight if `end` is the earlier of the two."""

    start: time
    end: time

    def is_open(self, local: time) -> bool:
        """Whether a call may be placed when clocks where the callee is show `local`."""
        if self.start < self.end:
            return self.start <= local < self.end
        return local >= self.start or local < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


def parse_time(text: str) -> time:
    """`HH:MM` of a 24-hour clock; ValueError with half a sentence for anything else."""
    match = _TIME.fullmatch(text.strip())
    if match is None:
        raise ValueError(f"{text!r} is not a time of day; write HH:MM, such as 08:00 or 21:30")
    return time(int(match[1]), int(match[2]))


def parse_window(text: str) -> Window:
    """`HH:MM-HH:MM`, the end possibly `24:00`; ValueError with half a sentence for anything else."""
    start_text, dash, end_text = text.replace("\N{EN DASH}", "-").partition("-")
    if not dash:
        raise ValueError(f"{text!r} is not a window; write HH:MM-HH:MM, such as 08:00-21:00")
    start = parse_time(start_text)
    end = time(0) if end_text.strip() == "24:00" else parse_time(end_text)
    if start == end:
        raise ValueError(f"{text!r} begins where it ends; leave it out if every hour is fine")
    return Window(start=start, end=end)


def withheld_by_window(window: Window, zone: ZoneInfo, now: datetime) -> Withheld | None:
    """Whether `window` is closed where the callee is, in `zone`, at `now`, which is aware."""
    local = now.astimezone(zone)
    if window.is_open(local.time()):
        return None
    minute = now.astimezone(UTC).replace(second=0, microsecond=0)
    until = _next_opening(window, zone, minute)
    detail = f"it is {local:%H:%M %Z} there, outside {window}; the window opens at {moment_text(until)}"
    return Withheld(rule=Rule.WINDOW, detail=detail, until=until)


@functools.lru_cache(maxsize=1000)
def _next_opening(window: Window, zone: ZoneInfo, minute: datetime) -> datetime:
    """The first minute behind that one, in UTC, in which `window` is open.

    Minute by minute, as where clocks change a time of day comes twice or not at all: some milliseconds, and a
    list asks for many people in one zone.
    """
    minutes = (minute + timedelta(minutes=ahead) for ahead in range(1, _LONGEST_CLOSED_MINUTES))
    locals_ahead = (ahead.astimezone(zone) for ahead in minutes)
    return next(local for local in locals_ahead if window.is_open(local.time()))


def withheld_by_not_after(not_after: time, now: datetime) -> Withheld | None:
    """Whether `not_after` is past today; `now` is aware and in this machine's zone.

    Past is past: the call is not meant for tomorrow, so there is no end.
    """
    if now.time() <= not_after:
        return None
    detail = f"it is {now:%H:%M %Z}, and the call was not to be placed after {not_after:%H:%M} today"
    return Withheld(rule=Rule.NOT_AFTER, detail=detail, until=None)
