"""Counts, shares, times and lengths as a report writes them."""

from __future__ import annotations

from datetime import datetime

from cartesia_call.report.markup import Markup, element


def counted(number: int, one: str, many: str | None = None) -> str:
    """`1 call`, `1,200 calls`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def share(part: int, whole: int) -> str:
    """`81.2 %`; nothing of nothing is 0 %. Only all is 100 %, and only nothing is 0 %."""
    if part in {0, whole}:
        return "100 %" if part else "0 %"
    return f"{min(max(100 * part / whole, 0.1), 99.9):.1f} %"


def length(seconds: float) -> str:
    """`3.1 s`, `2 min 05 s`, `1 h 02 min`, `3 d 4 h`."""
    if seconds < 60 and round(seconds, 1) < 60:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    if whole < 48 * 3600:
        return f"{whole // 3600} h {whole % 3600 // 60:02} min"
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def offset(moment: datetime) -> str:
    """`UTC+01:00`."""
    return f"UTC{_offset(moment)}"


def moment_text(moment: datetime) -> str:
    """`2026-03-01 13:00:05 +01:00`: local, with its offset."""
    return f"{moment:%Y-%m-%d %H:%M:%S} {_offset(moment)}"


def moment_markup(moment: datetime) -> Markup:
    """The same, as a machine can read it, too."""
    day, _, clock = moment_text(moment).partition(" ")
    return element(
        "time",
        element("span", day, class_="nowrap"),
        " ",
        element("span", clock, class_="nowrap"),
        datetime=moment.isoformat(timespec="seconds"),
    )


def _offset(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")[len("2026-03-01T13:00:05") :]
