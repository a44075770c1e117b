"""Counts, shares, lengths and moments as people read them, never rounded into another statement."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from cartesia_call.report.words import counted, length, moment_text, offset, share


@pytest.mark.parametrize(
    ("part", "whole", "written"),
    [
        *((0, 0, "0 %"), (0, 9, "0 %"), (9, 9, "100 %"), (1, 3, "33.3 %")),
        *((99_999, 100_000, "99.9 %"), (1, 100_000, "0.1 %")),
    ],
)
def test_only_all_is_a_hundred_per_cent(part: int, whole: int, written: str) -> None:
    assert share(part, whole) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        *((0, "0.0 s"), (3.14, "3.1 s"), (59.94, "59.9 s"), (59.96, "1 min 00 s"), (125, "2 min 05 s")),
        *((3599.7, "1 h 00 min"), (7384, "2 h 03 min"), (100 * 3600, "4 d 4 h")),
    ],
)
def test_lengths(seconds: float, written: str) -> None:
    assert length(seconds) == written


def test_counts() -> None:
    assert [counted(1, "call"), counted(0, "call"), counted(1200, "person", "people")] == [
        "1 call",
        "0 calls",
        "1,200 people",
    ]


def test_moments_have_their_offset() -> None:
    moment = datetime(2026, 3, 1, 9, 0, 5, 999_000, tzinfo=timezone(timedelta(hours=-3, minutes=-30)))
    assert (moment_text(moment), offset(moment)) == ("2026-03-01 09:00:05 -03:30", "UTC-03:30")
