"""A list is looked through once: what is wrong is refused, what is odd is told, all of it is counted."""

from __future__ import annotations

from pathlib import Path

import pytest

from cartesia_call.errors import DialListError
from tests.cli.lists import opened, settings_of, surveyed, write

ZONES = (
    "to,name,timezone\n+12025550143,Anna,\n+18005550144,Toll,\nsip:x@example.com,Sip,\n+18005550145,Own,UTC\n"
)


def test_a_row_whose_hour_nobody_knows_is_a_bad_row(tmp_path: Path) -> None:
    """With --window, and without a time zone of its own or for all."""
    path = write(tmp_path / "people.csv", ZONES)
    with opened(path) as file:
        with pytest.raises(DialListError) as refusal:
            surveyed(file, settings_of(window="08:00-20:00"))
        assert [(one.line, one.column) for one in refusal.value.problems] == [(3, "to"), (4, "to")]
    for options in ({}, {"window": "08:00-20:00", "timezone": "UTC"}):
        with opened(path) as file:
            assert surveyed(file, settings_of(**options)).rows == 4


def test_bad_rows_that_only_the_survey_sees_are_not_called(tmp_path: Path) -> None:
    with opened(write(tmp_path / "people.csv", ZONES)) as file:
        found = surveyed(file, settings_of(window="08:00-20:00", skip_bad=True))
        assert [row.line for row in file.rows()] == [2, 5]
    assert (found.rows, found.bad_rows) == (2, 2)
    assert [warning.partition(":")[0] for warning in found.warnings()] == [
        "line 3 is left out",
        "line 4 is left out",
    ]


def test_odd_numbers_are_told_and_masked(tmp_path: Path) -> None:
    text = "to,name\n" + "".join(f"+155555501{row:02d},Odd\n" for row in range(30))
    with opened(write(tmp_path / "people.csv", text)) as file:
        warnings = surveyed(file, settings_of()).warnings()
    assert len(warnings) == 21
    assert warnings[0].startswith("line 2: +1555***0100 is outside")
    assert warnings[-1] == "and 10 more rows with an odd number"


def test_texts_that_the_limit_cuts_are_told_once(tmp_path: Path) -> None:
    text = "to,name\n+12025550143,Anna\n+12025550144,Bert\n"
    with opened(write(tmp_path / "people.csv", text), message="Hello {name}. " * 100) as file:
        (warning,) = surveyed(file, settings_of({"CARTESIA_CALL_MAX_DURATION": "20s"})).warnings()
    assert warning.startswith("line 2: the message takes at least")
    assert warning.endswith("(and 1 more rows)")
